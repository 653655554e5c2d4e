"""The register as a workbook: organisations and people, read, compared and entered together."""

import secrets
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from engine.register import put_organisations, put_people, put_posts
from portal import import_organisations, import_people
from portal.importing import Plan, Problems, read_table
from portal.sheets import Grid

SHEETS = {
    import_organisations.SHEET: import_organisations.COLUMNS,
    import_people.SHEET: import_people.COLUMNS,
}


class Todo(NamedTuple):
    """What is to be written."""

    organisations: import_organisations.Found
    people: import_people.Found


def plan(connection: Connection, top: str, grids: dict[str, Grid], today: date) -> Plan:
    """What a workbook would do to the register of a subtree, or what is wrong with it."""
    made = Plan(Problems())
    lines = {
        sheet: read_table(sheet, grids[sheet], columns, made.problems, made.notes)
        for sheet, columns in SHEETS.items()
        if sheet in grids
    }
    if not any(lines.values()) and not made.problems.count:
        names = "”或“".join(SHEETS)
        made.problems.add("", "", f"没有找到要导入的内容：工作表应叫“{names}”，表头下面要有数据。")
    before = import_organisations.organisations_of(connection, top)
    organisations = import_organisations.look_at(
        connection, top, lines.get(import_organisations.SHEET, []), before
    )
    people = import_people.look_at(
        import_people.register_of(connection, top),
        lines.get(import_people.SHEET, []),
        organisations.kinds,
        organisations.names,
        today,
    )
    made.tables = {"单位": organisations.changes, "人员": people.people, "任职": people.posts}
    made.todo = Todo(organisations, people)
    return made


def write(connection: Connection, todo: Todo) -> None:
    """All of it, in the transaction at hand."""
    people = import_people.with_ids(todo.people, new_person_id)
    put_organisations(connection, todo.organisations.new, todo.organisations.changed)
    put_people(connection, people.new, people.changed)
    put_posts(connection, people.new_posts, people.changed_posts)


def new_person_id() -> str:
    """An id for a person: it says nothing of them, for it stays in the log when they are erased."""
    return f"P{secrets.token_hex(5).upper()}"


def rows_for(connection: Connection, top: str) -> dict[str, list[list]]:
    """What is entered, sheet by sheet."""
    organisations = import_organisations.organisations_of(connection, top)
    ordered = [organisations[code] for code in sorted(organisations)]
    return {
        import_organisations.SHEET: import_organisations.rows_for(ordered),
        import_people.SHEET: import_people.rows_for(import_people.register_of(connection, top)),
    }
