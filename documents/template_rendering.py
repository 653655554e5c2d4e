"""An office's own template in use: a process that renders it and cannot do more than that.

Values go in as JSON, Word files come out and are looked at like any file from outside before they
are kept. What takes too long is ended; the reason is in Chinese, for whoever gets the task.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from typing import Any

import docx

from documents.papers import Paper
from documents.template_worker import MOST
from documents.word_safety import UnsafeWord, safe_docx
from documents.word_view import WordView

SECONDS = 30.0  # for one letter, beside the processor time of the whole process
AT_MOST = 200  # letters of one process


class TemplateFailed(ValueError):
    """A template that makes no letter, in Chinese."""


class UnfitTemplate(TemplateFailed):
    """A template that is not accepted: every problem, in Chinese."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems


class OfficeTemplate:
    """One template and the process that renders it, started when first needed. To be closed."""

    def __init__(self, content: bytes, seconds: float = SECONDS) -> None:
        self.content, self.seconds = content, seconds
        self.sha256 = sha256(content).hexdigest()
        self._process: subprocess.Popen[bytes] | None = None
        self._page: dict[str, Any] = {}
        self._rendered = 0

    def to_word(self, paper: Paper, author: str = "") -> tuple[bytes, tuple[str, ...]]:
        """As `documents.word.to_word`, by this template. TemplateFailed where it makes none."""
        if self._rendered >= AT_MOST:
            self.close()
        self.start()
        setting = WordView(self._page, escaped=False)
        view = json.dumps(setting.of(paper, author), ensure_ascii=False).encode()
        self._rendered += 1
        header, content = self._ask(view)
        if problem := header.get("problem"):
            raise TemplateFailed(str(problem))
        try:
            safe_docx(content)
            docx.Document(BytesIO(content))
        except UnsafeWord as unsafe:
            raise TemplateFailed(f"模板渲染出的文件不安全：{unsafe}") from None
        except Exception:
            raise TemplateFailed("模板渲染出的文件Word打不开，请检查模板。") from None
        return content, setting.mended

    def start(self) -> None:
        """Start the process, which checks the template first. UnfitTemplate, with every problem."""
        if self._process is not None:
            return
        try:
            safe_docx(self.content)
        except UnsafeWord as unsafe:
            raise UnfitTemplate(list(unsafe.problems)) from None
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "documents.template_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONUTF8": "1"},
        )
        self._rendered = 0
        header, _ = self._ask(self.content)
        if header["problems"]:
            self.close()
            raise UnfitTemplate(header["problems"])
        self._page = header["page"]

    def _ask(self, sent: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        with _ended_after(process, self.seconds) as late:
            try:
                process.stdin.write(b"%d\n" % len(sent) + sent)
                process.stdin.flush()
                header = json.loads(process.stdout.readline(4 * 1024 * 1024) or b"null")
                size = header["size"] if header else 0
                content = process.stdout.read(size) if size <= MOST else b""
            except (OSError, ValueError):
                header = None
        if header is None or len(content) != size:
            self.close()
            raise TemplateFailed(
                f"模板渲染超过{self.seconds:g}秒，已停止；请检查模板中的循环。"
                if late.is_set()
                else "模板渲染占用的内存或时间过多，已停止；请检查模板中的循环。"
            )
        return header, content

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def __enter__(self) -> "OfficeTemplate":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextmanager
def _ended_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
