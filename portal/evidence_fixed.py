"""The files that what is handed in rests on, fixed by their hash in what was written with it: a
paper that names one is then traced to that very content, whatever is uploaded afterwards."""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from models.evidence import Evidence, EvidenceUse
from portal.evidence_uses import ISSUE
from rules.issue_list.words import ReportRectification
from rules.messages import Command
from rules.self_assessment import SubmitSelfAssessment

_FILES, _USES = Evidence.__table__, EvidenceUse.__table__
_OF = (
    select(_USES.c.indicator, _FILES.c.name, _FILES.c.sha256)
    .distinct()
    .join(_FILES, _FILES.c.sha256 == _USES.c.sha256)
    .where(
        _USES.c.case == bindparam("case"),
        _USES.c.indicator.in_(bindparam("of", expanding=True)),
        _FILES.c.organisation.in_(bindparam("owners", expanding=True)),
    )
    .order_by(_USES.c.indicator, _FILES.c.name, _FILES.c.sha256)
)


def with_files(connection: Connection, case: str, owners: set[str], command: Command) -> Command:
    """A command that hands something in, with ``files`` in its form: {indicator or issue: {name:
    [sha256]}}, those of ``owners`` (organisations' codes). Any other command is as it was."""
    of = _rests_on(command)
    if not of:
        return command
    found: dict[str, dict[str, list[str]]] = {}
    values = {"case": case, "of": sorted(of), "owners": sorted(owners)}
    for indicator, name, sha256 in connection.execute(_OF, values):
        found.setdefault(indicator, {}).setdefault(name, []).append(sha256)
    if not found:
        return command
    form: dict[str, Any] = {**command.form, "files": found}
    return command.model_copy(update={"form": form})


def _rests_on(command: Command) -> set[str]:
    if isinstance(command, SubmitSelfAssessment):
        answers = command.form.get("answers")
        return set(answers) if isinstance(answers, dict) else set()
    if isinstance(command, ReportRectification):
        return {f"{ISSUE}{command.item}"}
    return set()
