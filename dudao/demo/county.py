"""A sample county (示例县): 36 schools, their zones, townships, departments and people.

The schools of 马蹄镇 and 万善片区 bear the names of the project's sources; everything else is
invented and marked so. People are named by their post, never by a person's name.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import insert

from engine.register import initials_of
from models.database import Database
from models.organisations import Organisation
from models.people import Assignment, Person

COUNTY, OFFICE, CITY = "SLX", "SLX-DD", "SLS"

# Ten schools of 马蹄镇 in four tiers by size, as the sources list them.
MATI = {
    "一层": ["马小"],
    "二层": ["八一", "民新", "新平"],
    "三层": ["洋合", "平海", "沿河", "平坝"],
    "四层": ["茶堰", "阳半"],
}
WANSHAN = {
    "万善小学": "primary",
    "宝箴塞小学": "primary",
    "万善初中": "junior_high",
    "金牛小学": "primary",
    "宝箴塞初中": "junior_high",
    "万隆小学": "primary",
}
# Invented, so that every kind of school takes part.
INVENTED = {
    "城关": {
        "县城第一小学": "primary",
        "县城第二小学": "primary",
        "县城实验小学": "primary",
        "县第一中学": "senior_high",
        "县第二中学": "senior_high",
        "县城初级中学": "junior_high",
        "县职业教育中心": "vocational",
        "县机关幼儿园": "kindergarten",
        "县城第一幼儿园": "kindergarten",
        "县城第二幼儿园": "kindergarten",
    },
    "东岭": {
        "东岭九年制学校": "nine_year",
        "东岭中心小学": "primary",
        "东岭幼儿园": "kindergarten",
        "石桥小学": "primary",
        "柳湾小学": "primary",
    },
    "西河": {
        "西河九年制学校": "nine_year",
        "西河中心小学": "primary",
        "西河幼儿园": "kindergarten",
        "黄坡小学": "primary",
        "青山小学": "primary",
    },
}
ZONES = {
    "马蹄": "第一督学责任区",
    "万善": "第二督学责任区",
    "城关": "第三督学责任区",
    "东岭": "第四督学责任区",
    "西河": "第五督学责任区",
}
DEPARTMENTS = {
    "CZ": "县财政局",
    "RS": "县人力资源和社会保障局",
    "BB": "县委机构编制委员会办公室",
    "JY": "县教育局",
}
STEMS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰"

# The figures of the one primary school whose facts the sources give.
FACTS_OF_ONE = {
    "classes": 26,
    "pupils": 1411,
    "boys": 758,
    "girls": 653,
    "minority": 579,
    "migrant": 618,
    "staff": 68,
    "established": 57,
    "key_teachers": 15,
    "key_provincial": 1,
    "key_prefectural": 4,
    "key_county": 10,
}
PUPILS_A_CLASS = {"kindergarten": 28, "primary": 38, "junior_high": 45, "nine_year": 40}


class Unit(NamedTuple):
    """An organisation about to be entered."""

    code: str
    name: str
    kind: str
    parent: str | None
    zone: str | None = None
    tier: str = ""
    invented: bool = True
    facts: dict = {}


def units(schools: int) -> Iterator[Unit]:
    """The tree from the city down, with so many schools: the 36 first, then more of invention."""
    yield Unit(CITY, "示例市", "city", None)
    yield Unit("SLS-DD", "示例市人民政府教育督导室", "office", CITY)
    yield Unit(COUNTY, "示例县", "county", CITY)
    yield Unit(OFFICE, "示例县人民政府教育督导室", "office", COUNTY, facts=_office_facts())
    for code, name in DEPARTMENTS.items():
        yield Unit(code, name, "department", COUNTY)
    for n, zone in enumerate(ZONES.values(), 1):
        yield Unit(f"Z{n}", zone, "zone", COUNTY)
    for n, township in enumerate(ZONES, 1):
        name = "万善片区" if township == "万善" else f"{township}镇"
        yield Unit(f"T{n}", name, "township", COUNTY, invented=township not in ("马蹄", "万善"))
    yield from list(_schools(schools))[:schools]


def _office_facts() -> dict:
    return {
        "doc_code": "示教督",
        "phone": "0000-0000000",
        "mail": "dudao@county.example",
        "address": "示例县城关镇示例路1号",
    }


def _schools(schools: int) -> Iterator[Unit]:
    number = 0
    for tier, names in MATI.items():
        for name in names:
            number += 1
            facts = facts_of(
                "primary", number, {"一层": 18, "二层": 10, "三层": 6, "四层": 3}[tier]
            )
            yield Unit(f"S{number:04}", name, "primary", "T1", "Z1", tier, False, facts)
    for name, kind in WANSHAN.items():
        number += 1
        yield Unit(f"S{number:04}", name, kind, "T2", "Z2", "", False, facts_of(kind, number, 12))
    for place, members in INVENTED.items():
        at = list(ZONES).index(place) + 1
        for name, kind in members.items():
            number += 1
            facts = facts_of(kind, number, 9 + number % 20)
            if name == "县城第一小学":
                facts |= FACTS_OF_ONE
            yield Unit(f"S{number:04}", name, kind, f"T{at}", f"Z{at}", "", True, facts)
    kinds = ("primary", "kindergarten", "primary", "junior_high", "primary", "nine_year")
    for n in range(number + 1, schools + 1):
        kind, at = kinds[n % len(kinds)], n % 3 + 3
        facts = facts_of(kind, n, 6 + n % 18)
        yield Unit(f"S{n:04}", f"示例第{n}学校", kind, f"T{at}", f"Z{at}", "", True, facts)


def facts_of(kind: str, number: int, classes: int) -> dict:
    """Invented but consistent figures of a school, the same at every call."""
    pupils = classes * PUPILS_A_CLASS.get(kind, 48) + number % 17
    boys = pupils * (50 + number % 4) // 100
    staff = max(6, round(classes * 2.4))
    key = 1 + number % 6
    return {
        "classes": classes,
        "pupils": pupils,
        "boys": boys,
        "girls": pupils - boys,
        "minority": pupils * (number % 9) // 100,
        "migrant": pupils * (10 + number % 30) // 100,
        "staff": staff,
        "established": staff - number % 5,
        "key_teachers": key,
        "key_provincial": 0,
        "key_prefectural": key // 4,
        "key_county": key - key // 4,
    }


class Post(NamedTuple):
    """A person in a role."""

    id: str
    name: str
    role: str
    organisation: str
    rank: int = 0


def posts(found: list[Unit]) -> Iterator[Post]:
    """Who holds what: two clerks of the office, fifteen inspectors in five zones, each responsible
    for some of its schools, heads, heads of departments and townships, the county's and city's."""
    yield Post("O1", "督导室主任", "office", OFFICE)
    yield Post("O2", "督导室干事", "office", OFFICE, 1)
    yield Post("V1", "分管副县长", "government", COUNTY)
    yield Post("U1", "市督导室主任", "superior", CITY)
    for n, stem in enumerate(STEMS):
        yield Post(f"I{n + 1:02}", f"督学{stem}", "inspector", f"Z{n % 5 + 1}", n // 5)
    for unit in found:
        if unit.kind == "department":
            yield Post(f"D{unit.code}", f"{unit.name}联系人", "department", unit.code)
        elif unit.kind == "township":
            yield Post(f"W{unit.code}", f"{unit.name}教育干事", "township", unit.code)
        elif unit.code.startswith("S") and unit.zone:
            head = "园长" if unit.kind == "kindergarten" else "校长"
            yield Post(f"H{unit.code[1:]}", f"{unit.name}{head}", "school", unit.code)
            zone, turn = int(unit.zone[1:]) - 1, int(unit.code[1:]) % 3
            number = zone + 5 * turn
            yield Post(f"I{number + 1:02}", f"督学{STEMS[number]}", "inspector", unit.code)


def found_county(database: Database, schools: int, year: int) -> None:
    """Enter the county. The schools were last evaluated in turn over the years before."""
    tree = list(units(schools))
    rows = [
        {
            **unit._asdict(),
            "facts": dict(unit.facts),
            "initials": initials_of(unit.name),
            "last_evaluated_on": _last_evaluated(unit, year),
        }
        for unit in tree
    ]
    people = list(posts(tree))
    with database.writing() as connection:
        connection.execute(insert(Organisation.__table__), rows)
        connection.execute(
            insert(Person.__table__),
            [
                {
                    "id": p.id,
                    "name": p.name,
                    "mail": f"{p.id.lower()}@county.example",
                    "phone": "",
                }
                for p in {post.id: post for post in people}.values()
            ],
        )
        connection.execute(
            insert(Assignment.__table__),
            [
                {
                    "person": p.id,
                    "role": p.role,
                    "organisation": p.organisation,
                    "rank": p.rank,
                }
                for p in people
            ],
        )


def _last_evaluated(unit: Unit, year: int) -> date | None:
    if not unit.zone:
        return None
    number = int(unit.code[1:])
    return None if number % 12 == 0 else date(year - 1 - number % 3, 10, 1 + number % 20)
