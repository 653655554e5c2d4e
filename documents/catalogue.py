"""The letters there are: what each is called, whose it is, and how one is written from a case."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple

from documents import (
    follow_up_visit,
    issue_list,
    on_site_review,
    planning,
    process_guidance,
    self_assessment,
)
from documents.case_view import CaseView
from documents.cleaning import file_name
from documents.faces import Faces
from documents.papers import Paper
from documents.pdf import to_pdf
from documents.round_figures import read_figures
from documents.word import to_word
from engine.dossier import Dossier


class LetterKind(NamedTuple):
    """One kind of letter. ``stem`` names the stage kind it belongs to; ``write`` makes the paper
    from a view of the case, and of the round's figures too where it is ``of_round``."""

    kind: str
    title: str
    stem: str
    write: Callable[..., Paper]
    of_round: bool = False


class Written(NamedTuple):
    """A letter as a file. ``sources`` are the numbers of the events it quotes; ``mended`` says in
    Chinese what in the texts no paper can carry and was replaced or cut; ``official`` that it goes
    out under the office's red head, with a number."""

    title: str
    file_name: str
    content: bytes
    sources: list[int]
    mended: tuple[str, ...] = ()
    official: bool = False


def _of(room: ModuleType, of_round: bool = False, **titles: str) -> dict[str, LetterKind]:
    """The letters of one stem: a function of its module writes the kind of its own name."""
    stem = room.__name__.rpartition(".")[2]
    return {
        kind: LetterKind(kind, title, stem, getattr(room, kind), of_round)
        for kind, title in titles.items()
    }


LETTERS: dict[str, LetterKind] = {
    **_of(
        self_assessment,
        self_assessment_handbook="自评手册",
        self_assessment_report="自查自评报告",
    ),
    **_of(
        self_assessment, of_round=True, special_report="专项督导报告", annual_bulletin="年度通报"
    ),
    **_of(planning, annual_plan_notice="年度计划公示"),
    **_of(process_guidance, process_guidance_record="过程指导记录", visit_bulletin="视导通报"),
    **_of(
        on_site_review,
        visit_announcement="督导公告",
        visit_notice="督导评估通知书",
        preliminary_opinion="初步意见",
        opinion_letter="督评意见书",
    ),
    **_of(
        issue_list,
        issue_demand="整改通知书",
        rectification_plan="整改计划",
        rectification_report="整改报告",
        issue_ledger="问题清单",
    ),
    **_of(follow_up_visit, follow_up_report="回访督导报告"),
}


def write_paper(
    dossier: Dossier, kind: str, about: Mapping[str, Any], seq: int
) -> tuple[Paper, CaseView]:
    """The paper as it stood when event ``seq`` called for it, whatever happened since, and the view
    it was written from.

    ``about`` is the order's (the event's name, its item). A round's letter counts its schools
    itself, up to the event, on the dossier's connection. KeyError for a kind there is not;
    ValueError, in Chinese, where the case cannot carry such a letter.
    """
    letter = LETTERS[kind]
    item = str(about.get("item", ""))
    view = CaseView(dossier, seq, item)
    figures = (read_figures(dossier.connection, dossier, seq),) if letter.of_round else ()
    paper = letter.write(view, *figures)
    return replace(paper, identifier=f"{dossier.id}#{seq}/{kind}/{item}"), view


def write_letter(
    dossier: Dossier,
    kind: str,
    about: Mapping[str, Any],
    seq: int,
    set_in: Callable[[Paper, str], tuple[bytes, tuple[str, ...]]] = to_word,
) -> Written:
    """A letter as a Word file; see `write_paper`. ``set_in`` lays it out: by the built-in template,
    or by an office's own (`documents.template_store`)."""
    paper, view = write_paper(dossier, kind, about, seq)
    content, mended = set_in(paper, view.office.name)
    name, official = file_name(paper.title), bool(paper.mark)
    return Written(paper.title, name, content, view.sources, mended, official)


def write_pdf(
    dossier: Dossier, kind: str, about: Mapping[str, Any], seq: int, faces: Faces
) -> Written:
    """The same letter as a PDF, of the same name; see `write_paper`."""
    paper, view = write_paper(dossier, kind, about, seq)
    content, mended = to_pdf(paper, view.office.name, faces)
    name = file_name(paper.title).removesuffix(".docx") + ".pdf"
    return Written(paper.title, name, content, view.sources, mended, bool(paper.mark))
