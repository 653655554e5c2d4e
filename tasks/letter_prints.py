"""Prints: the PDF of a letter that went out as a Word file which only LibreOffice can print - one
that was edited, or set in an office's own template. Made after it was issued, and never while
somebody waits for a page: LibreOffice takes seconds, and sometimes a minute.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Row, bindparam, select

from documents.converted import NotConverted, converter, to_pdfs
from documents.kept_files import keep_at, kept_at
from engine.journal import Entry
from engine.letter_facts import name_of, order_of
from engine.orders import Claimed, Outcome
from engine.rounds import CLOCK
from models.letters import Letter
from rules.letter_words import PrintLetter
from rules.values import Refusal
from tasks.house import House, house

_LETTERS = Letter.__table__
_WANTED = select(_LETTERS).where(_LETTERS.c.order.in_(bindparam("orders", expanding=True)))

AT_ONCE = 20  # files of one call: what one of them breaks off, the others have to be printed again
NO_PROGRAM = "本机没有安装LibreOffice，没有生成PDF；Word文件不受影响。"
GONE = "服务器上找不到这份文书的文件，请从备份中恢复后再生成PDF。"


@task(cache_policy=NO_CACHE)
def print_letters(claimed: Sequence[Claimed], at: datetime) -> list[Outcome]:
    """Print each letter owed, many at once; one that cannot be printed is failed with its reason,
    alone. Without LibreOffice there are no PDFs, and nobody is asked for any."""
    home = house()
    orders = {order_of(one.case, str(one.order.about["item"])): one for one in claimed}
    with home.database.reading() as connection:
        rows = connection.execute(_WANTED, {"orders": list(orders)}).all()
    found = [Outcome(orders[row.order], "done", row.pdf) for row in rows if row.pdf]
    left = [row for row in rows if not row.pdf]
    if not converter():
        return [*found, *(Outcome(orders[row.order], "skipped", NO_PROGRAM) for row in left)]
    for first in range(0, len(left), AT_ONCE):
        some = left[first : first + AT_ONCE]
        found += [
            _outcome(home, orders[row.order], row, pdf, at) for row, pdf in _prints(home, some)
        ]
    return found


def _outcome(
    home: House, claimed: Claimed, row: Row, made: bytes | NotConverted, at: datetime
) -> Outcome:
    """A print kept and recorded: the very file that went out, as the PDF of that hash."""
    if isinstance(made, NotConverted):
        return Outcome(claimed, "failed", str(made))
    hashed = sha256(made).hexdigest()
    keep_at(kept_at(home.letters, hashed), made)
    command = PrintLetter(letter=name_of(row.order), text=row.text, pdf_sha256=hashed)
    result = home.journal.record(Entry(command, row.case, CLOCK, at, f"print {claimed.id}"))
    if isinstance(result, Refusal):
        return Outcome(claimed, "failed", result.reason)
    return Outcome(claimed, "done", hashed)


def _prints(home: House, rows: Sequence[Row]) -> Iterator[tuple[Row, bytes | NotConverted]]:
    """The print of each letter, or why there is none. Where they fail together each is tried by
    itself: one file that LibreOffice cannot read must not cost the others theirs."""
    files: dict[str, bytes] = {}
    for row in rows:
        try:
            files[row.order] = kept_at(home.letters, row.text).read_bytes()
        except OSError:
            yield row, NotConverted(GONE)
    try:
        made: Mapping[str, bytes | NotConverted] = to_pdfs(files) if files else {}
    except NotConverted:
        made = {order: _alone(content) for order, content in files.items()}
    for row in rows:
        if row.order in made:
            yield row, made[row.order]


def _alone(content: bytes) -> bytes | NotConverted:
    try:
        return to_pdfs({"文书": content})["文书"]
    except NotConverted as reason:
        return reason
