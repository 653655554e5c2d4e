"""The life of a letter: drafted, edited, checked, issued; then withdrawn, or another in its place.

Who checks is not who edited, where an office has two people. Whatever the addressee has signed for
is changed no more. A number is the next of its office, code and year, or none at all: the journal
reads it while it holds the office, and what took it in the meantime is a refusal, never a gap.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rules import letter_words as w
from rules.explanation import full
from rules.kinds import Context, Decided
from rules.messages import Event
from rules.state import CaseState, LetterState
from rules.values import Refusal

PHASES = {
    "drafted": "还没有核稿",
    "edited": "修改后还没有核稿",
    "checked": "已经核稿",
    "issued": "已经印发",
    "withdrawn": "已经撤回",
    "superseded": "已由新件替代",
}
OVER = ("withdrawn", "superseded")
CHANGED = "文书的文本刚被改动，请打开最新的文本核对后再办理。"
TAKEN = "发文字号刚被另一份文书占用，请重新办理。"


def number_line(code: str, year: int, number: int | str) -> str:
    """发文字号 as it stands on a paper; ``number`` may be a blank to be filled in."""
    return f"{code}〔{year}〕{number}号"


def decide_letter(context: Context, case: CaseState, command: w.LetterCommand) -> Decided:
    """Whether a letter may take a step. Of the facts ``letter`` is the paper as drafted (kind,
    sha256, drafted_on, received, the stage it was called_in and the issue it is about), ``others``
    those of the same case by name, ``colleagues`` how many others the office has, ``code`` its
    代字 and ``next`` the number that is free."""
    letter = context.facts.get("letter")
    if letter is None:
        return Refusal("没有这份文书，请核对。")
    now = case.letters.get(command.letter) or LetterState(text=letter["sha256"])
    if now.phase not in command.phases:
        return Refusal(f"这份文书{PHASES[now.phase]}，现在不能{command.title}。")
    since = max(letter["drafted_on"], now.since or date.min)
    if context.happened_on < since:
        return Refusal(
            f"发生日期{full(context.happened_on)}不对：这份文书上一步是{full(since)}办的，"
            f"{command.title}不能比它早。"
        )
    return _STEPS[type(command)](context, case, now, command)


def _edit(context: Context, case: CaseState, now: LetterState, command: w.EditLetter) -> Decided:
    if context.facts["letter"]["received"]:
        return Refusal("收件单位已经签收了这份文书，不能再改；请印发后以新件替代。")
    if command.sha256 == now.text:
        return Refusal("上传的文件与现在的文本完全相同，没有改动。")
    return [
        w.LetterEdited(
            item=command.letter,
            happened_on=context.happened_on,
            sha256=command.sha256,
            editor=context.actor.person,
            payload=context.payload,
        )
    ]


def _check(context: Context, case: CaseState, now: LetterState, command: w.CheckLetter) -> Decided:
    if command.text != now.text:
        return Refusal(CHANGED)
    if context.actor.person in now.editors and context.facts["colleagues"]:
        return Refusal("您修改过这份文书，请由本室另一位同志核稿。")
    return [
        w.LetterChecked(item=command.letter, happened_on=context.happened_on, sha256=command.text)
    ]


def _issue(context: Context, case: CaseState, now: LetterState, command: w.IssueLetter) -> Decided:
    if command.text != now.text:
        return Refusal(CHANGED)
    line = ""
    if command.number:
        code, year = context.facts["code"], context.happened_on.year
        if not code:
            return Refusal("本室还没有登记发文代字，不能编号；请先在单位名册中填写。")
        if (command.code, command.year, command.number) != (code, year, context.facts["next"]):
            return Refusal(TAKEN)
        line = number_line(code, year, command.number)
    numbered = {"code": command.code, "year": command.year, "number": command.number}
    return [
        w.LetterIssued(
            item=command.letter,
            happened_on=context.happened_on,
            kind=context.facts["letter"]["kind"],
            sha256=command.sha256,
            pdf_sha256=command.pdf_sha256,
            line=line,
            **(numbered if line else {}),
        )
    ]


def _print(context: Context, case: CaseState, now: LetterState, command: w.PrintLetter) -> Decided:
    if command.text != now.text:
        return Refusal(CHANGED)
    if now.printed:
        return []
    return [
        w.LetterPrinted(
            item=command.letter,
            happened_on=context.happened_on,
            sha256=command.text,
            pdf_sha256=command.pdf_sha256,
        )
    ]


def _withdraw(
    context: Context, case: CaseState, now: LetterState, command: w.WithdrawLetter
) -> Decided:
    if not command.form.get("reason"):
        return Refusal("撤回文书须写明理由。")
    return [
        w.LetterWithdrawn(
            item=command.letter,
            happened_on=context.happened_on,
            payload=context.payload,
            **_reached(context),
        )
    ]


def _supersede(
    context: Context, case: CaseState, now: LetterState, command: w.SupersedeLetter
) -> Decided:
    if not command.form.get("reason"):
        return Refusal("以新件替代须写明理由。")
    if bool(command.by) == bool(command.sha256):
        return Refusal("请上传新件，或者选择本案卷中替代它的文书，两者选一。")
    event = w.LetterSuperseded(
        item=command.letter,
        happened_on=context.happened_on,
        by=command.by or _next_name(case, command.letter),
        sha256=command.sha256,
        editor=context.actor.person if command.sha256 else "",
        payload=context.payload,
        **_reached(context),
    )
    return _other_will_not_do(context, case, command) or [event]


def _reached(context: Context) -> dict[str, str]:
    """What says whom a letter reached."""
    letter = context.facts["letter"]
    return {name: letter[name] for name in ("kind", "called_in", "about")}


def _other_will_not_do(
    context: Context, case: CaseState, command: w.SupersedeLetter
) -> Refusal | None:
    if not command.by:
        return None
    other = context.facts["others"].get(command.by)
    if other is None or command.by == command.letter:
        return Refusal("替代它的须是本案卷的另一份文书，请核对。")
    if other["kind"] != context.facts["letter"]["kind"]:
        return Refusal("替代它的须是同一种文书，请核对。")
    state = case.letters.get(command.by)
    if state is not None and state.phase in OVER:
        return Refusal(f"选择的文书{PHASES[state.phase]}，不能用来替代。")
    return None


def _next_name(case: CaseState, letter: str) -> str:
    """What the paper is called that takes a letter's place: the first's name, and a number."""
    first = letter.partition("-")[0]
    replaced = sum(1 for name in case.letters if name.startswith(f"{first}-"))
    return f"{first}-{replaced + 2}"


_STEPS: Mapping[type[w.LetterCommand], Any] = {
    w.EditLetter: _edit,
    w.CheckLetter: _check,
    w.IssueLetter: _issue,
    w.PrintLetter: _print,
    w.WithdrawLetter: _withdraw,
    w.SupersedeLetter: _supersede,
}


def evolve_letter(letters: Mapping[str, LetterState], event: Event) -> dict[str, LetterState]:
    """A case's letters after an event of one of them."""
    now = letters.get(event.item) or LetterState()
    changes: dict[str, Any] = {"since": event.happened_on}
    beside: dict[str, LetterState] = {}
    match event:
        case w.LetterEdited():
            editors = tuple(dict.fromkeys((*now.editors, event.editor)))
            changes |= {"phase": "edited", "text": event.sha256, "editors": editors}
        case w.LetterChecked():
            changes |= {"phase": "checked", "text": event.sha256}
        case w.LetterIssued():
            changes |= {"phase": "issued", "text": event.sha256, "number": event.line}
        case w.LetterPrinted():
            changes = {"printed": event.pdf_sha256}
        case w.LetterWithdrawn():
            changes |= {"phase": "withdrawn"}
        case w.LetterSuperseded():
            changes |= {"phase": "superseded", "by": event.by}
            if event.sha256:
                beside[event.by] = LetterState(
                    phase="edited",
                    since=event.happened_on,
                    text=event.sha256,
                    editors=(event.editor,),
                )
    return {**letters, event.item: now.model_copy(update=changes), **beside}
