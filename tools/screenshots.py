"""A picture of every page, on a phone and on a desk: `make screenshots`, then look at each.

python -m tools.screenshots [folder, by default var/screenshots] [a word that paths must contain]
"""

import re
import sys
import tempfile
from pathlib import Path

from tests.portal_browser import DESK, PHONE, chromium, served
from tests.portal_people import county_at, live_until
from tests.portal_tour import DAYS, TOUR, Stop, address

WIDER = "document.documentElement.scrollWidth > window.innerWidth"


def name_of(stop: Stop, width: int) -> str:
    """A file's name: who, where, how wide."""
    where = re.sub(r"\W+", "_", stop.path).strip("_") or "home"
    return f"{stop.day:%m}_{stop.person or 'anybody'}_{where}_{width}.png"


def main(folder: Path, wanted: str) -> int:
    """Take them all; how many pages are wider than their screen or do not open."""
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    stops_of = {day: [s for s in TOUR if s.day == day and wanted in s.path] for day in DAYS}
    with tempfile.TemporaryDirectory() as work:
        for day, stops in stops_of.items():
            if not stops:
                continue
            lived = live_until(Path(work) / f"lived-{day}", day, schools=36)
            here_is = county_at(lived, Path(work) / f"{day}", day)
            with here_is as county, served(county) as here, chromium() as browser:
                for stop in stops:
                    for size in (PHONE, DESK):
                        page = here.page(browser, stop.person, phone=size is PHONE)
                        answer = page.goto(here.address + address(county, stop))
                        page.screenshot(path=folder / name_of(stop, size["width"]), full_page=True)
                        status = answer.status if answer else 0
                        if status != 200 or page.evaluate(WIDER):
                            print(f"{status} {stop.person} {stop.path} at {size['width']}: look")
                            wrong += 1
                        page.context.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return wrong


if __name__ == "__main__":
    given = [*sys.argv[1:], "", ""]
    sys.exit(main(Path(given[0] or "var/screenshots"), given[1]) > 0)
