"""The register of organisations: how a name is found again by part of it or by its initials."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from sqlalchemy import ColumnElement, or_

from models.organisations import Organisation

_ORGANISATIONS = Organisation.__table__


@lru_cache(maxsize=50_000)
def initials_of(name: str) -> str:
    """The pinyin initials of a name (马蹄镇中心小学: mtzzxxx), letters and digits as they are."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()[:120]


def named_like(text: str) -> ColumnElement[bool]:
    """A condition on organisations: a part of the name, of its initials, or the whole code."""
    wanted = " ".join(text.split())
    quoted = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return or_(
        _ORGANISATIONS.c.name.like(f"%{quoted}%", escape="\\"),
        _ORGANISATIONS.c.initials.like(f"%{quoted.lower()}%", escape="\\"),
        _ORGANISATIONS.c.code == wanted,
    )
