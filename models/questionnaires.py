"""Anonymous questionnaires: what teachers, parents and students say, nothing of who they are."""

from datetime import date

from sqlalchemy import Text
from sqlmodel import Column, Field, SQLModel


class Questionnaire(SQLModel, table=True):
    """A questionnaire of one review for one audience (teachers, parents, students). ``code`` is
    what the QR code holds; ``questions`` JSON, ``at_least`` the smallest sample that says much."""

    __tablename__ = "questionnaires"

    code: str = Field(primary_key=True, max_length=32)
    case: str = Field(index=True, max_length=160)
    stage: str = Field(max_length=41)
    audience: str = Field(max_length=20)
    title: str = Field(max_length=120)
    questions: str = Field(sa_column=Column(Text, nullable=False))
    at_least: int = 30
    opens_on: date
    closes_on: date


class QuestionnaireAnswer(SQLModel, table=True):
    """One filled-in questionnaire: the answers and the day, no address, no browser, no time."""

    __tablename__ = "questionnaire_answers"

    id: int | None = Field(default=None, primary_key=True)
    questionnaire: str = Field(foreign_key="questionnaires.code", index=True, max_length=32)
    given_on: date
    forced: bool = False  # a second one from the same browser, which somebody insisted on
    answers: str = Field(sa_column=Column(Text, nullable=False))
