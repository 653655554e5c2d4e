"""The commands and events of a case's letters, once a flow has drafted them: edited, checked,
issued, withdrawn, replaced. A letter outlives its case: it is issued after the case is over too.

``letter`` (of events ``item``) names a letter within its case: the number of the event that called
for it and of the order, as ``00012.0``; one that took its place has ``-2`` behind it.
"""

from typing import Annotated, Literal

from pydantic import StringConstraints

from rules.messages import Command, Event

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(max_length=60)]


class LetterCommand(Command):
    """A wish for one letter. ``phases`` are the letter's own."""

    roles = ("office",)
    outlives_case = True

    letter: Name


class EditLetter(LetterCommand):
    """A changed file is the text from now on. The form holds its name and what was changed."""

    title = "修改文书"
    phases = ("drafted", "edited", "checked")
    type: Literal["EditLetter"] = "EditLetter"
    sha256: Sha256
    form: dict[str, str] = {}


class CheckLetter(LetterCommand):
    """The text was read and may go out. ``text`` is the hash of what was read."""

    title = "核稿"
    phases = ("drafted", "edited")
    type: Literal["CheckLetter"] = "CheckLetter"
    text: Sha256


class IssueLetter(LetterCommand):
    """The text checked (``text``) goes out: as the file ``sha256``, with its number where it has
    one, and as a PDF of the same where that is at hand; else it is printed afterwards. What bears
    no number has 0."""

    title = "印发文书"
    phases = ("checked",)
    type: Literal["IssueLetter"] = "IssueLetter"
    text: Sha256
    sha256: Sha256
    pdf_sha256: Sha256 | Literal[""] = ""
    code: Annotated[str, StringConstraints(max_length=20)] = ""
    year: int = 0
    number: int = 0


class PrintLetter(LetterCommand):
    """The very file that went out (``text``) has been printed as ``pdf_sha256``."""

    title = "登记文书的PDF"
    roles = ("system",)
    phases = ("issued", "withdrawn", "superseded")
    type: Literal["PrintLetter"] = "PrintLetter"
    text: Sha256
    pdf_sha256: Sha256


class WithdrawLetter(LetterCommand):
    """It holds no longer; the form says why. Its number stays in the register."""

    title = "撤回文书"
    phases = ("issued",)
    type: Literal["WithdrawLetter"] = "WithdrawLetter"
    form: dict[str, str] = {}


class SupersedeLetter(LetterCommand):
    """Another takes its place, with the reason in the form: a letter of the case (``by``), or a new
    one whose text is the file ``sha256``."""

    title = "以新件替代"
    phases = ("issued", "withdrawn")
    type: Literal["SupersedeLetter"] = "SupersedeLetter"
    by: Name = ""
    sha256: Sha256 | Literal[""] = ""
    form: dict[str, str] = {}


LETTER_COMMANDS = tuple(LetterCommand.__subclasses__())


class LetterEvent(Event):
    """A fact of one letter, ``item``."""


class LetterEdited(LetterEvent):
    type: Literal["letter.edited"] = "letter.edited"
    sha256: str
    editor: str
    payload: str = ""


class LetterChecked(LetterEvent):
    type: Literal["letter.checked"] = "letter.checked"
    sha256: str


class LetterIssued(LetterEvent):
    """``line`` is the number as it stands on the paper, empty where it bears none. Without a PDF
    its print is owed (from version 2 on: until then it went out with the PDF it was to have)."""

    type: Literal["letter.issued"] = "letter.issued"
    v: int = 2
    kind: str
    sha256: str
    pdf_sha256: str = ""
    line: str = ""
    code: str = ""
    year: int = 0
    number: int = 0


class LetterPrinted(LetterEvent):
    """The PDF of an issued letter: a print of the file ``sha256``."""

    type: Literal["letter.printed"] = "letter.printed"
    sha256: str
    pdf_sha256: str


class LetterWithdrawn(LetterEvent):
    """Whom it reached follows from its ``kind``, the stage it was ``called_in``, and the issue it
    is ``about``, if any."""

    type: Literal["letter.withdrawn"] = "letter.withdrawn"
    kind: str = ""
    called_in: str = ""
    about: str = ""
    payload: str = ""


class LetterSuperseded(LetterEvent):
    """``by`` takes its place; of a new one ``sha256`` is the text, ``editor`` who wrote it.
    ``kind``, ``called_in`` and ``about`` as of one withdrawn."""

    type: Literal["letter.superseded"] = "letter.superseded"
    kind: str = ""
    called_in: str = ""
    about: str = ""
    by: str
    sha256: str = ""
    editor: str = ""
    payload: str = ""


LETTER_EVENTS = tuple(LetterEvent.__subclasses__())
