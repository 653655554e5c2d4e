"""What a Word template may use: the shape of `word_view.WordView`'s values as data, in Chinese.

The check of an office's template and the page that explains the tags both read it.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Field(NamedTuple):
    """One value: ``says`` what it is. ``holds`` names what is inside it, ``each`` is one of its
    items, ``parts`` are those of a row that always has as many."""

    says: str
    holds: "Mapping[str, Field] | None" = None
    each: "Field | None" = None
    parts: "tuple[Field, ...]" = ()


_CELL = Field(
    "单元格",
    parts=(
        Field("栏宽（1/20磅）"),
        Field("对齐方式"),
        Field("单元格中的各行文字", each=Field("一行文字")),
    ),
)

_BLOCK = Field(
    "一段内容：文字、表格或图",
    holds={
        "lines": Field("各段文字（表格和图没有）", each=Field("一段文字")),
        "style": Field("文字的样式"),
        "kept": Field("末段是否与落款同页"),
        "head": Field("表头各栏（不是表格时为空）", each=_CELL),
        "rows": Field(
            "表格各行",
            each=Field(
                "一行",
                holds={
                    "cells": Field("各单元格", each=_CELL),
                    "whole": Field("是否不跨页"),
                    "kept": Field("是否与下一行同页"),
                },
            ),
        ),
        "caption": Field("表或图的标题"),
        "number": Field("图的序号（不是图时为0）"),
        "tall": Field("图的高度（1/360000厘米）"),
        "says": Field("图的文字说明"),
    },
)

FIELDS: Mapping[str, Field] = {
    "title": Field("标题"),
    "titled": Field("标题按词义分成的各行", each=Field("一行")),
    "identifier": Field("文书的标识"),
    "author": Field("发文单位"),
    "day": Field("成文日期，如2026-09-18"),
    "mark": Field("发文机关标志（没有红头的文书为空）"),
    "condensed": Field("发文机关标志的字宽（百分比）"),
    "number": Field("发文字号"),
    "addressee": Field("主送机关"),
    "blocks": Field("正文", each=_BLOCK),
    "listed": Field("附件说明各行", each=Field("一行")),
    "signed": Field(
        "落款各行，末行是成文日期",
        each=Field(
            "一行",
            holds={
                "text": Field("文字"),
                "left": Field("左缩进"),
                "right": Field("右缩进"),
                "align": Field("对齐方式"),
            },
        ),
    ),
    "annexes": Field(
        "附件",
        each=Field(
            "一个附件",
            holds={
                "mark": Field("“附件1”"),
                "title": Field("附件标题"),
                "titled": Field("附件标题按词义分成的各行", each=Field("一行")),
                "blocks": Field("附件正文", each=_BLOCK),
            },
        ),
    ),
    "imprint": Field(
        "版记",
        holds={
            "lines": Field(
                "各行，每行两栏",
                each=Field("一行", parts=(Field("左栏"), Field("右栏"))),
            ),
            "tall": Field("高度（1/20磅）"),
        },
    ),
    "page": Field(
        "页面（1/20磅）",
        holds={
            name: Field(says)
            for name, says in {
                "orient": "方向",
                "w": "纸宽",
                "h": "纸高",
                "text": "版心宽",
                "top": "上边距",
                "bottom": "下边距",
                "left": "左边距",
                "right": "右边距",
            }.items()
        },
    ),
    "charts": Field(
        "图",
        each=Field(
            "一幅图",
            holds={
                "axes": Field("各轴", each=Field("轴名")),
                "bars": Field("柱形图的方向（不是柱形图时为空）"),
                "figures": Field("数字的写法"),
                "most": Field("刻度的最大值"),
                "step": Field("刻度的间隔"),
                "legend": Field("是否有图例"),
                "series": Field(
                    "各组数据",
                    each=Field(
                        "一组数据",
                        holds={
                            "name": Field("名称"),
                            "shares": Field("各轴的比例", each=Field("比例")),
                            "ink": Field("颜色"),
                            "dash": Field("线型"),
                        },
                    ),
                ),
            },
        ),
    ),
}

# What Jinja itself knows inside a loop.
LOOP = Field(
    "循环",
    holds={
        "index": Field("第几项，从1数起"),
        "index0": Field("第几项，从0数起"),
        "first": Field("是否第一项"),
        "last": Field("是否最后一项"),
        "length": Field("共几项"),
    },
)

# Pieces laid out by rule: a paragraph that holds nothing but {{p name }}.
PIECES: Mapping[str, str] = {
    "head": "版头：发文机关标志、发文字号、红色分隔线；没有红头的文书不出现",
    "blocks": "正文：各级标题、段落、表格、图",
    "listed": "附件说明",
    "signed": "落款：署名和成文日期",
    "annexes": "附件全文，每个附件另起一页",
    "imprint": "版记：抄送、印发机关和日期，在末页底部",
}


def described() -> Iterator[tuple[str, str]]:
    """Every field by the name a template gives it, and what it is: ``blocks[].lines[]``."""
    for name, field in FIELDS.items():
        yield from _described(name, field)


def _described(name: str, field: Field) -> Iterator[tuple[str, str]]:
    yield name, field.says
    for inner, one in (field.holds or {}).items():
        yield from _described(f"{name}.{inner}", one)
    if field.each is not None:
        each = field.each
        if each.holds or each.parts:
            yield from list(_described(f"{name}[]", each))[1:]
    for place, one in enumerate(field.parts):
        yield f"{name}.{place}", one.says
