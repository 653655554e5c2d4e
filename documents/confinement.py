"""A process that reads what strangers sent: so much memory and time, and no more.

It imports nothing: whoever starts in a process of its own confines itself before anything else.
"""


def confine(memory: int, seconds: int, files: bool = True) -> None:
    """Bound this process's memory in bytes and its time on the processor; without ``files`` it can
    write none either. A system that knows no limits has those of whoever started it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not files:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    except (OSError, ValueError):
        return
