"""Which letter a file is: known by its bytes, else by what its properties say."""

import re
from datetime import date
from hashlib import sha256
from html import unescape
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from documents.catalogue import LETTERS
from documents.word_reading import identifier_of
from models.letters import Letter
from models.orders import OrderRow
from rules.orders import Order

_LETTERS, _ORDERS = Letter.__table__, OrderRow.__table__
_DRAFTS = (
    select(_ORDERS.c.case, _ORDERS.c.seq, _ORDERS.c.body, _LETTERS)
    .join(_LETTERS, _LETTERS.c.order == _ORDERS.c.id)
    .order_by(_LETTERS.c.drafted_on, _LETTERS.c.order)
)
# As typst writes it into the metadata, which it leaves readable.
_KEYWORDS = re.compile(rb"<pdf:Keywords>([^<]{1,1000})</pdf:Keywords>")
_SAID = re.compile(r"(?P<case>[^#]+)#(?P<seq>\d{1,9})/(?P<kind>\w+)/(?P<item>.*)", re.DOTALL)

PDF = b"%PDF-"
KEPT = ("sha256", "text", "pdf")  # hashes of a letter's files: as drafted, as it holds, as a PDF


class Unknown(Exception):
    """Why it cannot be said which letter a file is, in Chinese."""


class Found(NamedTuple):
    """A letter: the event of a case that called for it, what it is about, and its entry in the
    office's list where it has one."""

    case: str
    seq: int
    kind: str
    about: dict[str, Any]
    entry: Row | None

    def is_kept(self, content: bytes, *names: str) -> bool:
        """Whether these bytes are among the letter's files."""
        hashed = sha256(content).hexdigest()
        return self.entry is not None and any(self.entry._mapping[n] == hashed for n in names)

    def issued_as(self, content: bytes) -> tuple[str, date | None]:
        """The number and day it was issued with; none before, and none in the file as drafted."""
        if self.entry is None or self.is_kept(content, "sha256"):
            return "", None
        return self.entry.number, self.entry.issued_on

    @property
    def title(self) -> str:
        """What kind of letter it is, and where it was called for."""
        return f"{LETTERS[self.kind].title}（案卷{self.case}第{self.seq}条）"


def find(connection: Connection, content: bytes) -> Found:
    """The letter a file is. Unknown, with the reason; UnsafeWord for a Word file that must not be
    opened."""
    hashed = sha256(content).hexdigest()
    own = or_(*(_LETTERS.c[name] == hashed for name in KEPT))
    known = connection.execute(_DRAFTS.where(own)).first()
    if known is not None:
        return _found(known)
    said = _SAID.fullmatch(_identifier(content))
    if said is None or said["kind"] not in LETTERS:
        raise Unknown("文件既不是登记过的文书，属性中也没有注明是哪一份文书，无法核对。")
    of_case = _DRAFTS.where(_ORDERS.c.case == said["case"], _ORDERS.c.seq == int(said["seq"]))
    for row in connection.execute(of_case):
        found = _found(row)
        if (found.kind, found.about.get("item", "")) == (said["kind"], said["item"]):
            return found
    raise Unknown(f"文件注明是案卷{said['case']}第{said['seq']}条的文书，这个数据库里没有登记。")


def _found(row: Row) -> Found:
    order = Order.model_validate_json(row.body)
    return Found(row.case, row.seq, order.name, dict(order.about), row)


def _identifier(content: bytes) -> str:
    if not content.startswith(PDF):
        return identifier_of(content)
    found = _KEYWORDS.search(content)
    return unescape(found[1].decode("utf-8", "replace")) if found else ""
