"""One workbook, read in a process of its own: whatever a file does to its reader, it does it here,
with so much memory and time and no more. `portal.sheets` starts it and nobody else.

Standard input: a line of JSON (sheet names; most rows, columns and characters) and then the file.
Standard output: JSON, sheet → rows from A1 on, days as {"day": "2026-09-18"}. It ends with 3 where
there is more than asked for, and otherwise than with 0 where the file cannot be read.
"""

import datetime
import io
import json
import sys
from typing import Any

from documents.confinement import confine

MEMORY = 1024 * 1024 * 1024
SECONDS = 60
TOO_MUCH = 3


def plain(value: Any) -> Any:
    """A cell as JSON can say it."""
    if isinstance(value, datetime.datetime):
        return {"day": value.date().isoformat()}
    if isinstance(value, datetime.date):
        return {"day": value.isoformat()}
    if isinstance(value, datetime.time | datetime.timedelta):
        return str(value)
    return value


def main() -> None:
    """Read what was asked for."""
    confine(MEMORY, SECONDS)
    import python_calamine

    asked = json.loads(sys.stdin.buffer.readline())
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    left, found = asked["characters"], {}
    for name in book.sheet_names:
        if name not in asked["sheets"]:
            continue
        sheet = book.get_sheet_by_name(name)
        last_row, last_column = sheet.end or (0, 0)
        if last_row >= asked["rows"] or last_column >= asked["columns"]:
            sys.exit(TOO_MUCH)
        before = [""] * (sheet.start[1] if sheet.start else 0)
        rows = found[name] = []
        for row in sheet.iter_rows():
            rows.append([*before, *map(plain, row)])
            left -= sum(len(cell) for cell in row if isinstance(cell, str)) + len(row)
            if left < 0:
                sys.exit(TOO_MUCH)
    sys.stdout.buffer.write(json.dumps(found).encode())


if __name__ == "__main__":
    main()
