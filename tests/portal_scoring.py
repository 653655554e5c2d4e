"""Scoring as a team does it at the portal: an area's form filled in, by the way each scores."""

from portal.sheet_layout import Line, layout
from tests.people import standard
from tests.portal_people import Browser, County


def review(county: County, school: str = "S0005") -> str:
    return f"/cases/{county.key(school)}/on_site_review"


def best(browser: Browser, page: str) -> dict[str, list[str]]:
    """The form of an area with full marks for everything, as far as a page alone can tell."""
    values = browser.form(page)
    for line in _lines():
        code = line.code
        if f"was.{code}" not in values:
            continue
        way = line.leaf.scoring
        match way.way:
            case "points":
                values[f"a.{code}.points"] = [str(line.leaf.points)]
            case "levels":
                values[f"a.{code}.level"] = [way.choices[0]]
            case "deductions":
                values[f"a.{code}.none"] = ["1"]
            case _ if way.of == "number":
                values[f"a.{code}.value"] = [str(way.full)]
            case _:
                good = way.direction == "at_least"
                values[f"a.{code}.part"] = ["100" if good else "0"]
                values[f"a.{code}.whole"] = ["100"]
    return values


def _lines() -> list[Line]:
    return [
        line
        for block in layout(standard(), "primary")
        for group in block.groups
        for line in group.lines
    ]


AREAS = ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "D1", "Z1")


def fill(browser: Browser, sheet: str, *areas: str) -> None:
    """Full marks in some areas."""
    for area in areas:
        page = f"{sheet}/{area}"
        browser.open(page)
        typed = {name.replace(".", "__"): given for name, given in best(browser, page).items()}
        browser.send(page, **typed)
