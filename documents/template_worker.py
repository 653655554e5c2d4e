"""An office's template, checked and rendered in a process of its own: whatever a template does, it
does it here, with so much memory and time and no more. `documents.template_rendering` starts it.

Standard input: the template, then views (`documents.word_view`) as JSON, each behind a line with
its length. Standard output: first what is wrong with the template and its page, as JSON; then for
each view a line of JSON (the file's length, or why there is none) and the file.
"""

import sys

from documents.confinement import confine

MEMORY, SECONDS = 768 * 1024 * 1024, 300
MOST = 40 * 1024 * 1024  # bytes of a letter's parts, unpacked

NOTHING_THERE = (
    "模板中有标签在这份文书里取不到内容（例如没有附件时仍取第1个附件），请用{%p if … %}判断。"
)


def _sent() -> bytes | None:
    line = sys.stdin.buffer.readline()
    return sys.stdin.buffer.read(int(line)) if line else None


def _say(content: bytes = b"", **header: object) -> None:
    import json

    line = json.dumps({**header, "size": len(content)}, ensure_ascii=False).encode()
    sys.stdout.buffer.write(line + b"\n" + content)
    sys.stdout.buffer.flush()


def main() -> None:
    """Check the template; while nothing is wrong with it, render what is sent."""
    confine(MEMORY, SECONDS, files=False)
    from jinja2 import TemplateError

    from documents.template_check import problems_of_parts, problems_of_sources
    from documents.template_tags import Sandbox
    from documents.word import compile_sources
    from documents.word_sources import sources_of

    content = _sent() or b""
    problems = list(dict.fromkeys(problems_of_parts(content)))
    page, compiled = {}, None
    if not problems:
        sources = sources_of(content)
        page, problems = sources.page, list(problems_of_sources(sources))
    if not problems:
        try:
            compiled = compile_sources(sources, Sandbox())
        except (TemplateError, SyntaxError, RecursionError, MemoryError):
            problems = ["模板的标签层层嵌套太深，请减少循环的层数"]
    _say(problems=problems, page=page)
    while compiled is not None and (view := _sent()) is not None:
        _render(compiled, view)


def _render(compiled: object, view: bytes) -> None:
    import json

    from jinja2 import TemplateError, UndefinedError

    try:
        content = compiled.fill(json.loads(view), MOST)
    except UndefinedError:
        _say(problem=NOTHING_THERE)
    except (MemoryError, OverflowError):
        _say(problem="模板渲染出的内容过大，已停止。")
    except (TemplateError, TypeError, ValueError, KeyError, ArithmeticError, RecursionError):
        _say(problem="模板中的标签在渲染时出错（例如用文字做乘法），请检查模板。")
    else:
        _say(content)


if __name__ == "__main__":
    main()
