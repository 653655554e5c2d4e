"""The letters there are: what each is called, whose it is, and how one is written from a case."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from documents.round_figures import RoundFigures
from engine.dossier import Dossier


class LetterKind(NamedTuple):
    """One kind of letter. ``stem`` names the stage kind it belongs to; ``of_round`` letters count
    over all schools and need the figures of their round (``round_figures.read_figures``)."""

    kind: str
    title: str
    stem: str
    of_round: bool = False


class Written(NamedTuple):
    """A letter as a file. ``sources`` are the numbers of the events it quotes; ``mended`` says in
    Chinese what in the texts no paper can carry and was replaced or cut."""

    title: str
    file_name: str
    content: bytes
    sources: list[int]
    mended: tuple[str, ...] = ()


LETTERS: dict[str, LetterKind] = {
    letter.kind: letter
    for letter in (
        LetterKind("self_assessment_handbook", "自评手册", "self_assessment"),
        LetterKind("self_assessment_report", "自查自评报告", "self_assessment"),
        LetterKind("special_report", "专项督导报告", "self_assessment", of_round=True),
        LetterKind("annual_bulletin", "年度通报", "self_assessment", of_round=True),
        LetterKind("annual_plan_notice", "年度计划公示", "planning"),
        LetterKind("process_guidance_record", "过程指导记录", "process_guidance"),
        LetterKind("visit_bulletin", "视导通报", "process_guidance"),
        LetterKind("visit_announcement", "督导公告", "on_site_review"),
        LetterKind("visit_notice", "督导评估通知书", "on_site_review"),
        LetterKind("preliminary_opinion", "初步意见", "on_site_review"),
        LetterKind("opinion_letter", "督评意见书", "on_site_review"),
        LetterKind("issue_demand", "整改通知书", "issue_list"),
        LetterKind("rectification_plan", "整改计划", "issue_list"),
        LetterKind("rectification_report", "整改报告", "issue_list"),
        LetterKind("issue_ledger", "问题清单", "issue_list"),
        LetterKind("follow_up_report", "回访督导报告", "follow_up_visit"),
    )
}


def write_letter(
    dossier: Dossier,
    kind: str,
    about: Mapping[str, Any],
    seq: int,
    figures: RoundFigures | None = None,
) -> Written:
    """Write a letter as it stood when event ``seq`` called for it, whatever happened since.

    ``about`` is the order's (the event's name, its item); ``figures`` only where ``of_round``:
    ``read_figures(connection, dossier, seq)``. KeyError for a kind there is not.
    """
    raise NotImplementedError(kind)
