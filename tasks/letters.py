"""Letters: drafted from the case as it stood when it called for them, kept as files."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Connection, bindparam, select

from documents.catalogue import Written, write_letter
from documents.template_rendering import OfficeTemplate
from documents.template_store import Templates, keep
from documents.word import built_in, built_in_hash, to_word
from engine.dossier import Dossier, read_dossiers
from engine.orders import Claimed, Outcome
from engine.statements import inserting
from models.letters import Letter
from tasks.house import House, house

_LETTERS = Letter.__table__

# Built once: building a statement anew costs as much as running it.
_ADD = inserting(_LETTERS)
_KNOWN = select(_LETTERS.c.order, _LETTERS.c.path).where(
    _LETTERS.c.order.in_(bindparam("orders", expanding=True))
)


@task(cache_policy=NO_CACHE)
def draft_letters(claimed: Sequence[Claimed], at: datetime) -> list[Outcome]:
    """Draft each letter owed; one that cannot be written is failed with its reason, alone."""
    home = house()
    outcomes, rows = [], []
    with home.database.reading() as connection, Templates(home.home, connection) as templates:
        known = _known(connection, claimed)
        cases = [order.case for order in claimed if order.id not in known]
        dossiers = read_dossiers(connection, home.journal.shelf, cases)
        for order in claimed:
            if order.id in known:
                outcomes.append(Outcome(order, "done", known[order.id]))
                continue
            try:
                template = templates.of(order.office, order.order.name)
                written = _write(dossiers[order.case], order, template)
            except Exception as error:  # whatever went wrong is this letter's task
                outcomes.append(Outcome(order, "failed", f"文书未能生成：{error}"[:1000]))
                continue
            row = _keep(home, dossiers[order.case], order, written)
            row["template"] = template.sha256 if template else built_in_hash()
            rows.append(row)
            outcomes.append(Outcome(order, "done", row["path"]))
    if rows:
        keep(home.home, built_in())  # a later program has another one
        with home.database.writing(redoable=True) as connection:
            _ADD.run(connection, rows)
    return outcomes


def _known(connection: Connection, claimed: Sequence[Claimed]) -> dict[str, str]:
    found = connection.execute(_KNOWN, {"orders": [order.id for order in claimed]})
    return {row.order: row.path for row in found}


def _write(dossier: Dossier, order: Claimed, template: OfficeTemplate | None) -> Written:
    set_in = template.to_word if template else to_word
    return write_letter(dossier, order.order.name, order.order.about, order.seq, set_in)


def _keep(home: House, dossier: Dossier, order: Claimed, written: Written) -> dict:
    """Write the file beside its place and move it there, so that it is whole or not there."""
    folder = Path(dossier.round.period) / dossier.process.definition.title / dossier.subject.name
    path = folder / f"{order.seq:05}-{written.file_name}"
    target = home.letters / path
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".part")
    beside.write_bytes(written.content)
    beside.replace(target)
    return {
        "order": order.id,
        "case": order.case,
        "office": order.office,
        "kind": order.order.name,
        "title": written.title,
        "drafted_on": date.fromisoformat(order.owed_on),
        "path": str(path),
        "sha256": sha256(written.content).hexdigest(),
        "template": "",
        "sources": ",".join(str(seq) for seq in written.sources),
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
