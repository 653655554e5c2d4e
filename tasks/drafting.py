"""Letters drafted from the case as it stood when it called for them, and drafted again while nobody
has taken a step with them. A flow's task and the command for a whole round call the same functions.

A file is put where no other content is, so whatever somebody reads, checks or has received stays as
it was; which file a letter is, its row says, and one transaction writes that. Done twice, or by two
at once, it comes to the same.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from documents.catalogue import Written, write_letter
from documents.kept_files import marked, put_beside
from documents.template_rendering import OfficeTemplate
from documents.template_store import Templates, keep
from documents.word import built_in, built_in_hash, to_word
from engine.dossier import Dossier, read_dossiers
from engine.orders import Claimed, Outcome, hold
from engine.statements import inserting
from models.letters import Letter
from tasks.house import House

_LETTERS = Letter.__table__

# Built once: building a statement anew costs as much as running it.
_ADD = inserting(_LETTERS)
_KNOWN = select(_LETTERS).where(_LETTERS.c.order.in_(bindparam("orders", expanding=True)))
# Only a draft that is still what it was: whoever took a step with it, or opened it as the
# addressee, was first.
_REPLACE = (
    update(_LETTERS)
    .where(
        _LETTERS.c.order == bindparam("b_order"),
        _LETTERS.c.sha256 == bindparam("b_was"),
        _LETTERS.c.state == "drafted",
        _LETTERS.c.text == "",
        _LETTERS.c.received_at == "",
    )
    .values(
        {name: bindparam(f"b_{name}") for name in ("sha256", "path", "title", "sources")}
        | {"template": bindparam("b_template"), "numbered": bindparam("b_numbered")}
    )
)

UNCHANGED, DRAFTED, TOUCHED, FAILED = "unchanged", "drafted", "touched", "failed"
ANOTHER = "文件与登记的不一致，可能被改动过，没有动它；要重新起草，请先把它移走：{}"


class Came(NamedTuple):
    """What came of drafting a letter again: UNCHANGED, DRAFTED, TOUCHED (it is no untouched draft
    any more) or FAILED, with the reason in Chinese."""

    order: str
    came: str
    why: str = ""


def draft(home: House, claimed: Sequence[Claimed]) -> list[Outcome]:
    """Draft each letter owed; one that cannot be written is failed with its reason, alone."""
    outcomes: list[Outcome] = []
    rows: dict[str, dict[str, Any]] = {}
    with home.database.reading() as connection, Templates(home.home, connection) as templates:
        known = _known(connection, claimed)
        new = [order for order in claimed if order.id not in known]
        dossiers = read_dossiers(connection, home.journal.shelf, [order.case for order in new])
        for order in new:
            try:
                row = _drafted(home, dossiers[order.case], order, templates)
            except Exception as error:  # whatever went wrong is this letter's task
                outcomes.append(Outcome(order, "failed", _why(error)))
            else:
                rows[order.id] = row
    if rows:
        keep(home.home, built_in())  # a later program has another one
        with home.database.writing(redoable=True) as connection:
            hold(connection, list(rows))
            known |= _known(connection, claimed)  # another was quicker: theirs holds
            _ADD.run(connection, [row for order, row in rows.items() if order not in known])
    paths = {order: row["path"] for order, row in rows.items()}
    paths |= {order: row.path for order, row in known.items()}
    outcomes += [Outcome(o, "done", paths[o.id]) for o in claimed if o.id in paths]
    return outcomes


def draft_again(home: House, orders: Sequence[Claimed], anew: bool) -> list[Came]:
    """Look after letters that were drafted: one whose file is gone is drafted again, and where
    ``anew`` every one, in the template that holds now. Never one that somebody edited, checked or
    issued, or that its addressee has opened."""
    came: list[Came] = []
    changed: list[dict[str, Any]] = []
    with home.database.reading() as connection, Templates(home.home, connection) as templates:
        known = _known(connection, orders)
        dossiers = read_dossiers(connection, home.journal.shelf, [order.case for order in orders])
        for order in orders:
            found = known[order.id]
            place = home.letters / found.path
            if not is_untouched(found):
                came.append(Came(order.id, TOUCHED))
            elif (there := place.exists()) and not _same(place, found):
                came.append(Came(order.id, FAILED, ANOTHER.format(found.path)))
            elif there and not anew:
                came.append(Came(order.id, UNCHANGED))
            else:
                try:
                    row = _drafted(home, dossiers[order.case], order, templates, found)
                except Exception as error:
                    came.append(Came(order.id, FAILED, _why(error)))
                    continue
                if there and row["sha256"] == found.sha256:
                    came.append(Came(order.id, UNCHANGED))
                else:
                    changed.append({**row, "was": found.sha256})
    return came + _replaced(home, changed)


def is_untouched(row: Row) -> bool:
    """Whether nobody has taken a step with a letter since it was drafted."""
    return (row.state, row.text, row.received_at) == ("drafted", "", "")


def _replaced(home: House, changed: Sequence[dict[str, Any]]) -> list[Came]:
    """Let the rows name the files that were drafted again."""
    if not changed:
        return []
    keep(home.home, built_in())
    came = []
    names = ("order", "was", "sha256", "path", "title", "sources", "template", "numbered")
    with home.database.writing(redoable=True) as connection:
        for row in sorted(changed, key=lambda row: row["order"]):
            values = {f"b_{name}": row[name] for name in names}
            mine = connection.execute(_REPLACE, values).rowcount
            came.append(Came(row["order"], DRAFTED if mine else TOUCHED))
    return came


def _known(connection: Connection, orders: Sequence[Claimed]) -> dict[str, Row]:
    found = connection.execute(_KNOWN, {"orders": [order.id for order in orders]})
    return {row.order: row for row in found}


def _why(error: Exception) -> str:
    return f"文书未能生成：{error}"[:1000]


def _same(place: Path, row: Row) -> bool:
    return sha256(place.read_bytes()).hexdigest() == row.sha256


def _drafted(
    home: House, dossier: Dossier, order: Claimed, templates: Templates, was: Row | None = None
) -> dict[str, Any]:
    """Write a letter and put its file in its place; its row. Where it was drafted before (``was``),
    only the very same file comes there: until the row says so, no other text has its name."""
    template = templates.of(order.office, order.order.name)
    written = _written(dossier, order, template)
    folder = Path(dossier.round.period) / dossier.process.definition.title / dossier.subject.name
    place = home.letters / folder / f"{order.seq:05}-{written.file_name}"
    row = _row(order, written)
    if was is not None:
        same = row["sha256"] == was.sha256
        place = home.letters / was.path if same else marked(place, written.content)
    row["path"] = str(put_beside(place, written.content).relative_to(home.letters))
    row["template"] = template.sha256 if template else built_in_hash()
    return row


def _written(dossier: Dossier, order: Claimed, template: OfficeTemplate | None) -> Written:
    set_in = template.to_word if template else to_word
    return write_letter(dossier, order.order.name, order.order.about, order.seq, set_in)


def _row(order: Claimed, written: Written) -> dict[str, Any]:
    return {
        "order": order.id,
        "case": order.case,
        "office": order.office,
        "kind": order.order.name,
        "title": written.title,
        "drafted_on": date.fromisoformat(order.owed_on),
        "path": "",
        "sha256": sha256(written.content).hexdigest(),
        "template": "",
        "sources": ",".join(str(seq) for seq in written.sources),
        "numbered": written.official,
        "state": "drafted",
        "received_at": "",
        "received_by": "",
        "received_note": "",
        "called_by": order.id,
        "text": "",
        "pdf": "",
        "number": "",
        "issued_on": None,
        "replaced_by": "",
    }
