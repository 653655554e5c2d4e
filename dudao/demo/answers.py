"""Filled-in forms: an answer for every indicator, and the sentences people write."""

from typing import Any

from dudao.demo.luck import Luck
from rules.indicators import Indicator
from rules.standard import Standard

STRENGTHS = (
    "班子分工明确，制度落实到位。",
    "课程开齐开足，课堂常规扎实。",
    "校园文化建设有特色，师生精神面貌好。",
    "家校协同机制健全，家长满意度较高。",
)
PROBLEMS = (
    "部分功能室使用记录不全，设备利用率偏低。",
    "校本教研主题不够聚焦，成果转化不足。",
    "安全隐患排查台账更新不及时。",
    "作业批改反馈不够细致，分层设计不足。",
    "骨干教师示范引领作用发挥不充分。",
    "图书更新慢，生均图书未达到要求。",
    "体育场地面积不足，大课间组织不够有序。",
)
CAUSES = ("制度执行检查不够经常。", "经费和人员安排不足。", "培训针对性不强。")
MEASURES = (
    "明确责任人，建立周检查制度。",
    "列入年度经费预算，分步实施。",
    "开展专题培训并跟踪检查。",
)


def answers(standard: Standard, kind: str, luck: Luck, who: str, side: str) -> dict[str, Any]:
    """An answer for every indicator of a school; ``side`` is self or review. A school is as good
    as its luck, judges itself a little kindly, and the review says why each point was lost."""
    quality = 0.76 + 0.22 * luck.share("quality", who)
    kindness = 0.03 if side == "self" else 0.0
    return {
        indicator.code: _answer(indicator, min(1.0, quality + kindness), luck, who, side)
        for indicator in standard.for_school(kind)
    }


def _answer(
    indicator: Indicator, quality: float, luck: Luck, who: str, side: str
) -> dict[str, Any]:
    here = luck.share("leaf", who, indicator.code, side)
    good = max(0.0, min(1.0, quality + 0.16 * (here - 0.5)))
    answer = _WAYS[indicator.scoring.way](indicator, good)
    if side == "review":
        answer["reason"] = luck.one_of(PROBLEMS, "why", who, indicator.code)
    return answer


def _points(indicator: Indicator, good: float) -> dict[str, Any]:
    return {"points": f"{round(float(indicator.points) * good * 2) / 2:.1f}"}


def _level(indicator: Indicator, good: float) -> dict[str, Any]:
    levels = [name for name, _ in sorted(indicator.scoring.levels.items(), key=lambda p: -p[1])]
    return {"level": levels[0] if good > 0.88 else levels[1] if good > 0.68 else levels[2]}


def _deductions(indicator: Indicator, good: float) -> dict[str, Any]:
    if good > 0.86:
        return {"taken": []}
    item = indicator.scoring.items[0]
    taken: dict[str, Any] = {"item": 1, "times": 1}
    if item.between is not None:
        taken["points"] = str(item.between[0])
    return {"taken": [taken]}


def _measure(indicator: Indicator, good: float) -> dict[str, Any]:
    way = indicator.scoring
    full = float(way.full)
    worst = float(way.zero) if way.zero is not None else full * 0.8
    value = full + (worst - full) * max(0.0, 0.9 - good) * 2
    if way.of == "ratio":
        return {"part": str(round(value * 10)), "whole": "1000"}
    return {"value": f"{value:.1f}"}


_WAYS = {"points": _points, "levels": _level, "deductions": _deductions, "measure": _measure}


def report(standard: Standard, kind: str, luck: Luck, who: str) -> dict[str, Any]:
    """The texts of a self-assessment report: by area strengths, problems and causes."""
    return {
        "organised": "成立自评工作组，对照标准逐项自查，全体教师参与，家长代表列席。",
        "areas": {
            area.code: {
                "strengths": luck.one_of(STRENGTHS, "strength", who, area.code),
                "problems": luck.one_of(PROBLEMS, "problem", who, area.code),
                "causes": luck.one_of(CAUSES, "cause", who, area.code),
            }
            for area in standard.areas_for(kind)
        },
        "improvement": "对照问题逐条制定整改措施，明确责任人和完成时限，按月检查。",
    }
