"""Questionnaires as tests ask and answer them: one school's review on its first day, 25 May."""

from datetime import date

from sqlalchemy import Row, select

from models.questionnaires import QuestionnaireAnswer
from portal.questionnaires import example, make
from tests.portal_people import Browser, County

SCHOOL, TODAY, ENDS = "S0005", date(2026, 5, 25), date(2026, 5, 26)
_ANSWERS = QuestionnaireAnswer.__table__


def place(county: County) -> str:
    """Where the questionnaires of the school's review are."""
    return f"/cases/{county.key(SCHOOL)}/on_site_review/questionnaires"


def asked(county: County, audience: str = "parents", at_least: int = 3) -> str:
    """The code of a questionnaire, open today and tomorrow."""
    days, sheet = (TODAY, ENDS), example(audience)
    with county.database.writing() as connection:
        return make(connection, county.case(SCHOOL), "on_site_review", sheet, days, at_least)


def answers(county: County) -> list[Row]:
    """All answers as they are stored."""
    with county.database.reading() as connection:
        return list(connection.execute(select(_ANSWERS)))


def fill_in(phone: Browser, code: str, status: int = 303, **typed: str) -> None:
    """Open the questionnaire by its code and send it."""
    phone.open(f"/q/{code}")
    phone.send(f"/q/{code}", status, **typed)
