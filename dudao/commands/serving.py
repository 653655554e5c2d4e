"""`dudao serve`."""


def serve() -> None:
    """启动。"""
