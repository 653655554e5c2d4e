"""学校概况: the figures of a subject that its papers quote, as the register has them."""

from documents.case_view import CaseView
from documents.papers import Table, facts
from rules.definition import SUBJECT_TITLES

# fact → what it is called and its unit, in the order a profile gives them
FIGURES = {
    "classes": ("教学班", "个"),
    "pupils": ("在校学生（幼儿）", "人"),
    "boys": ("其中男生", "人"),
    "girls": ("其中女生", "人"),
    "minority": ("其中少数民族学生", "人"),
    "migrant": ("其中进城务工人员随迁子女", "人"),
    "boarders": ("其中寄宿生", "人"),
    "staff": ("教职工", "人"),
    "established": ("其中在编", "人"),
    "key_teachers": ("县级以上骨干教师", "人"),
    "key_provincial": ("其中省级", "人"),
    "key_prefectural": ("其中市级", "人"),
    "key_county": ("其中县级", "人"),
}


def profile(view: CaseView) -> Table:
    """Name, kind, place, and every figure the register has; nothing is asked for again."""
    subject, known = view.subject, view.subject.facts or {}
    place = next((found.name for found in view.above("township")), "")
    rows = [
        ("单位名称", subject.name),
        ("类别", SUBJECT_TITLES.get(subject.kind, "")),
        ("所在乡镇（片区）", place),
        ("地址", str(known.get("address", ""))),
        ("负责人", str(known.get("head", ""))),
        *(
            (title, f"{known[key]}{unit}")
            for key, (title, unit) in FIGURES.items()
            if known.get(key) not in (None, "")
        ),
    ]
    return facts(rows, "基本情况表")
