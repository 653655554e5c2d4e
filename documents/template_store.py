"""Templates kept: files by their content, versions by office and kind, the one that holds.

Nothing is ever overwritten or removed: a letter names its template by hash for as long as it lies
in the archive. Which version holds follows from the office's own log (`rules.letter_templates`).
"""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Row, select

from documents.kept_files import keep_at
from documents.template_rendering import OfficeTemplate, TemplateFailed
from documents.word import built_in, built_in_hash
from models.letter_templates import ALL_KINDS, LetterTemplate

_TEMPLATES = LetterTemplate.__table__


def place_of(home: Path, hashed: str) -> Path:
    """Where a template's file lies."""
    return home / "templates" / hashed[:2] / f"{hashed}.docx"


def keep(home: Path, content: bytes) -> str:
    """Keep a template's file, whole or not at all; its hash."""
    hashed = sha256(content).hexdigest()
    keep_at(place_of(home, hashed), content)
    return hashed


def content_of(home: Path, hashed: str) -> bytes:
    """A template by its hash, the built-in one too. TemplateFailed, in Chinese, where its file is
    gone or is not what it was."""
    if hashed == built_in_hash():
        return built_in()
    with suppress(OSError):
        content = place_of(home, hashed).read_bytes()
        if sha256(content).hexdigest() == hashed:
            return content
        raise TemplateFailed("模板文件与登记的不一致，可能被改动，请从备份中恢复或重新上传。")
    raise TemplateFailed("服务器上找不到模板文件，请从备份中恢复或重新上传。")


def versions(connection: Connection, office: str) -> dict[str, list[Row]]:
    """An office's versions by kind, the latest, which holds, first."""
    wanted = select(_TEMPLATES).where(_TEMPLATES.c.office == office)
    found: dict[str, list[Row]] = {}
    for row in connection.execute(wanted.order_by(_TEMPLATES.c.version.desc())):
        found.setdefault(row.kind, []).append(row)
    return found


def chosen(connection: Connection, office: str, kind: str) -> str:
    """The hash of the template that holds for a kind: its own, else the office's for all kinds,
    else "" for the built-in one."""
    held = versions(connection, office)
    own = (held[one][0].sha256 for one in (kind, ALL_KINDS) if one in held)
    return next((hashed for hashed in own if hashed), "")


class Templates:
    """The templates that a batch of letters is set in; each one's process is started once."""

    def __init__(self, home: Path, connection: Connection) -> None:
        self.home, self.connection = home, connection
        self._chosen: dict[tuple[str, str], str] = {}
        self._open: dict[str, OfficeTemplate] = {}

    def of(self, office: str, kind: str) -> OfficeTemplate | None:
        """The office's own template for a kind; None where the built-in one holds.
        TemplateFailed where its file is gone."""
        key = (office, kind)
        if key not in self._chosen:
            self._chosen[key] = chosen(self.connection, office, kind)
        hashed = self._chosen[key]
        if not hashed:
            return None
        if hashed not in self._open:
            self._open[hashed] = OfficeTemplate(content_of(self.home, hashed))
        return self._open[hashed]

    def __enter__(self) -> "Templates":
        return self

    def __exit__(self, *error: object) -> None:
        for template in self._open.values():
            template.close()
