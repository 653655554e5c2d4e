"""Word files printed to PDF by LibreOffice, where it is installed: the only way that follows an
office's own template. The archive's exact PDF is typst's (`documents.pdf`), of the built-in layout.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

AT_MOST = 200  # files of one call: of more it silently leaves some out, and says all went well
SECONDS, EACH = 60.0, 3.0  # for a call, and for each of its files


class NotConverted(Exception):
    """No PDF, and why, in Chinese."""


def converter() -> str:
    """LibreOffice's program; "" where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def to_pdfs(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The PDF of each Word file, by the same names. NotConverted where LibreOffice is not there, or
    does not print one of them: every one is looked for, whatever it says itself."""
    program = converter()
    if not program:
        raise NotConverted("本机没有安装LibreOffice，不能生成PDF；Word文件不受影响。")
    found: dict[str, bytes] = {}
    names = list(files)
    for begin in range(0, len(names), AT_MOST):
        some = {name: files[name] for name in names[begin : begin + AT_MOST]}
        with tempfile.TemporaryDirectory() as folder:
            found |= _printed(program, Path(folder), some)
    return found


def _printed(program: str, folder: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    sources = {name: folder / f"{number}.docx" for number, name in enumerate(files)}
    for name, source in sources.items():
        source.write_bytes(files[name])
    profile = (folder / "profile").as_uri()  # one of its own: two calls at once do not meet
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--norestore"]
    command += ["--convert-to", "pdf", "--outdir", str(folder), *map(str, sources.values())]
    try:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS + EACH * len(files),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotConverted("LibreOffice用时太长，已停止，没有生成PDF。") from None
    printed = {name: source.with_suffix(".pdf") for name, source in sources.items()}
    missing = [name for name, place in printed.items() if not place.is_file()]
    if missing:
        raise NotConverted(f"LibreOffice没有生成{'、'.join(missing[:5])}的PDF。")
    return {name: place.read_bytes() for name, place in printed.items()}
