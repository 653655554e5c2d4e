"""What a chat group is told of a message: a paragraph that everybody in it may read."""

import json
import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select, update

from models.events import Payload
from models.organisations import Organisation
from models.people import Person
from notifications.catalogue import MESSAGES, SHORT_AT_MOST, shipped
from notifications.view import NAME_AT_MOST
from tests.told_story import live, told_all
from tests.told_year import WORDS, ToldYear


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Iterator[ToldYear]:
    yield from told_all(tmp_path_factory.mktemp("told"))


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_group_is_not_told_the_subject_twice(told, name):
    for row in told.messages(name):
        fact = re.sub(r"（[^）]*）$", "", row.subject).rpartition("：")[2]
        assert fact not in row.short, (row.subject, row.short)


def test_what_somebody_wrote_is_not_read_out_to_a_group(told):
    with told.database.reading() as connection:
        forms = [json.loads(body) for body in connection.scalars(select(Payload.__table__.c.body))]
    written = {text.rstrip("。") for form in forms for text in texts_of(form) if len(text) > 5}
    quoted = {text for text in written if any(text in row.text for row in told.messages())}
    assert {"运动场塑胶老化，需要更新", "学校正在整体搬迁"} <= quoted  # the reader is told them
    for row in told.messages():
        assert not any(text in row.short for text in written), row.short


def texts_of(form: object) -> Iterator[str]:
    """Every text in what was written."""
    if isinstance(form, str):
        yield form
    elif isinstance(form, dict | list):
        for part in form.values() if isinstance(form, dict) else form:
            yield from texts_of(part)


@pytest.mark.parametrize("word", WORDS)
def test_a_group_is_told_by_which_day(told, word):
    for row in (row for row in told.messages() if row.name.endswith(f".{word}")):
        assert re.search(r"\d+月\d+日前", row.short), row.short
        assert re.search(r"还有\d+个工作日|今天到期|已超过\d+个工作日|不足1个|已经过期", row.short)


def test_whoever_has_to_act_is_told_so_in_a_group_too(told):
    shorts = {(row.name, row.role): row.short for row in told.messages()}
    assert "请在1月12日前（含当日）重新提交自评报告，还有5个工作日。" in {
        part + "。" for row in told.messages() for part in row.short.split("。")
    }
    assert shorts["issue_list.escalation", "government"].endswith("协调解决，督促办理。")
    assert shorts["planning.moved", "public"].startswith("如有需要，请在3月9日前（含当日）提出")


def test_with_the_longest_names_no_group_is_told_more_than_a_paragraph(tmp_path):
    """Room is left for the note to who stands in for somebody."""
    year = ToldYear(str(tmp_path / "long.db"), "shaanxi_316.yaml", "O", date(2026, 1, 5))
    schools, people = Organisation.__table__, Person.__table__
    with year.database.writing() as connection:
        for code in connection.scalars(select(schools.c.code)).all():
            one = update(schools).where(schools.c.code == code)
            connection.execute(one.values(name=f"{code:长<{NAME_AT_MOST}}"))
        connection.execute(update(people).values(name="长" * 10))
    live(year)
    year.place_owed()
    note = shipped("_shared/short.txt").render(note="注意").strip()
    for row in year.messages():
        assert len(row.short) <= SHORT_AT_MOST - len(note), row.short
        assert "…" not in row.short, row.short
    year.database.close()


def test_who_stands_in_is_told_so_in_a_group_without_a_name():
    note = "注意：示例校长甲外出，本消息由您代收。"
    short = shipped("issue_list/opened/short.txt").render(note=note)
    assert short.strip().endswith("（本消息由您代收，请转告。）") and "示例" not in short
