"""A self-assessment at hand: its stage and form, what is drafted, handed in, sent back."""

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from engine.dossier import Told
from models.cases import Case
from models.cycles import Round
from models.events import Payload, StoredEvent
from models.evidence import Evidence, EvidenceUse
from models.scores import Score
from portal import drafts
from portal.drafts import Values
from portal.gate import NotAllowed
from portal.offers import Offer, offer_of
from portal.rendering import key_of
from portal.self_assessment_form import Account, Fields, account
from portal.sight import Sight
from rules.self_assessment import SelfAssessmentData, SubmitSelfAssessment

_CASES, _ROUNDS, _SCORES = Case.__table__, Round.__table__, Score.__table__
_EVENTS, _PAYLOADS = StoredEvent.__table__, Payload.__table__
_FILES, _USES = Evidence.__table__, EvidenceUse.__table__

_UPLOADED = (
    select(_USES.c.indicator, _FILES.c.name)
    .join(_FILES, _FILES.c.sha256 == _USES.c.sha256)
    .where(_USES.c.case == bindparam("case_id"), _FILES.c.organisation == bindparam("subject"))
    .order_by(_FILES.c.added_at, _FILES.c.name)
)
# The latest account of the same subject in another round of the same process.
_BEFORE = (
    select(_ROUNDS.c.period, _SCORES.c.scored_on, _EVENTS.c.body)
    .join(_CASES, _CASES.c.id == _SCORES.c.case)
    .join(_ROUNDS, _ROUNDS.c.id == _CASES.c.round)
    .join(_EVENTS, (_EVENTS.c.case == _SCORES.c.case) & (_EVENTS.c.seq == _SCORES.c.seq))
    .where(
        _SCORES.c.subject == bindparam("subject"),
        _SCORES.c.side == "self",
        _SCORES.c.case != bindparam("case_id"),
        _ROUNDS.c.process == bindparam("process"),
    )
    .order_by(_SCORES.c.scored_on.desc(), _SCORES.c.seq.desc())
    .limit(1)
)
_WRITTEN = select(_PAYLOADS.c.body).where(_PAYLOADS.c.digest == bindparam("digest"))


class Before(NamedTuple):
    """An earlier round's account: when, how many of its answers still fit, and their fields."""

    period: str
    on: date
    count: int
    fields: Fields


class Reasons(NamedTuple):
    """Why it was sent back: to all of it, and to single indicators (code → why)."""

    reason: str
    of: dict[str, str]


@dataclass(frozen=True)
class AtHand:
    """The self-assessment of one case. ``offer`` is None where the visitor may not fill it in, or
    not now."""

    sight: Sight
    stage: str
    account: Account
    offer: Offer | None

    @property
    def data(self) -> SelfAssessmentData | None:
        """Where it stands; None before the stage began."""
        standing = self.sight.state.stages.get(self.stage)
        return standing.data if standing else None

    @property
    def stage_address(self) -> str:
        """The stage's page."""
        return f"/cases/{key_of(self.sight.id)}/{self.stage}"

    @property
    def address(self) -> str:
        """The form's page."""
        return f"{self.stage_address}/self-assessment"

    @cached_property
    def uploaded(self) -> dict[str, list[str]]:
        """The names of the files uploaded for each indicator."""
        of = {"case_id": self.sight.id, "subject": self.sight.row.subject}
        found: dict[str, list[str]] = {}
        for indicator, name in self.sight.connection.execute(_UPLOADED, of):
            found.setdefault(indicator, []).append(name)
        return found

    @cached_property
    def submitted(self) -> Told | None:
        """The latest account handed in."""
        return self._last("self_assessment.submitted")

    @cached_property
    def reasons(self) -> Reasons | None:
        """Why the latest was sent back; None where it was not."""
        told = self._last("self_assessment.returned")
        if told is None or self.data is None or self.data.phase != "returned":
            return None
        of = told.form.get("reasons")
        found = {code: str(why) for code, why in (of if isinstance(of, dict) else {}).items()}
        named = dict.fromkeys(told.event.indicators, "审核认为这一项需要核对修改。")
        return Reasons(str(told.form.get("reason", "")), {**named, **found})

    def _last(self, type_: str) -> Told | None:
        found = [
            told
            for told in self.sight.dossier.by_type.get(type_, ())
            if told.event.stage == self.stage
        ]
        return found[-1] if found else None

    def draft(self) -> Values | None:
        """What is saved and not yet handed in."""
        row = drafts.kept(self.sight, self.offer)
        return Values(json.loads(row.body), row.version) if row is not None else None

    def start(self) -> Values:
        """What the form begins with: the draft, else what came back, else nothing."""
        found = self.draft()
        if found is None:
            told = self.submitted
            found = Values(self.account.fields(told.form) if told else {})
        return found

    def keep(self, found: Fields, version: int) -> tuple[int, str]:
        """Save the draft; 0 and why, if somebody else has saved since ``version``."""
        given = {name: texts for name, texts in found.items() if texts}
        return drafts.keep(self.sight, self.offer, Values(given, version))

    def last_year(self) -> Before | None:
        """The latest account of an earlier round, as far as it fits; None once there is a draft or
        something was handed in."""
        if self.offer is None or self.submitted is not None or self.draft() is not None:
            return None
        process = self.sight.process.definition.process
        of = {"case_id": self.sight.id, "subject": self.sight.row.subject, "process": process}
        row = self.sight.connection.execute(_BEFORE, of).first()
        if row is None:
            return None
        digest: Any = {"digest": json.loads(row.body).get("payload", "")}
        written = self.sight.connection.execute(_WRITTEN, digest).scalar()
        form = json.loads(written) if written else {}
        fields = self.account.fields(form, only_answers=True)
        count = len({self.account.code_of[name] for name in fields})
        return Before(row.period, row.scored_on, count, fields) if count else None


def at_hand(sight: Sight, stage: str) -> AtHand:
    """The self-assessment of a stage; NotAllowed where it is not by the standard."""
    declared = sight.process.stages.get(stage)
    standard, kind = sight.dossier.standard, sight.state.subject_kind
    by_standard = getattr(declared, "form", "") == "standard"
    if not by_standard or standard is None or kind not in standard.school_kinds:
        raise NotAllowed("这个环节没有按标准填写的自评表。")
    offer = offer_of(sight, stage, SubmitSelfAssessment.__name__)
    return AtHand(sight, stage, account(standard, kind), offer)
