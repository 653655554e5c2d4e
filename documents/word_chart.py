"""A radar or bars as Word's own chart: drawn by whoever opens the letter, restyled there, no
picture."""

from typing import Any

from documents.papers import Bars, Chart, points

PART = "word/charts/chart{}.xml"
RELATION = (
    '{% for chart in charts %}<Relationship Id="rIdChart{{ loop.index }}" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart" '
    'Target="charts/chart{{ loop.index }}.xml"/>{% endfor %}'
)
CONTENT_TYPE = (
    '{% for chart in charts %}<Override PartName="/word/charts/chart{{ loop.index }}.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.drawingml.chart+xml"/>{% endfor %}'
)
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_WIDE = 5_040_000  # 14 cm, in English metric units
_TALL, _TALL_BARS, _BAR = 3_000_000, 2_340_000, 270_000  # 8.3 cm, 6.5 cm; a lying bar 7.5 mm

# Where the chart stands in the text; `block.number` is its number in the paper.
INLINE = f"""<w:r><w:drawing><wp:inline
 xmlns:wp="{_DRAWING}/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">
<wp:extent cx="{_WIDE}" cy="{{{{ block.tall }}}}"/>
<wp:docPr id="{{{{ 1000 + block.number }}}}" name="图{{{{ block.number }}}}"
 descr="{{{{ block.says }}}}"/>
<a:graphic xmlns:a="{_DRAWING}/main"><a:graphicData uri="{_DRAWING}/chart">
<c:chart xmlns:c="{_DRAWING}/chart"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"
 r:id="rIdChart{{{{ block.number }}}}"/></a:graphicData></a:graphic></wp:inline></w:drawing>
</w:r>"""

_INK = '<a:solidFill><a:srgbClr val="{{ series.ink }}"/></a:solidFill>'

# How a series is drawn: a line of the radar, bars with their figures.
_LINE = f"""<c:spPr><a:ln w="19050">{_INK}<a:prstDash val="{{{{ series.dash }}}}"/></a:ln></c:spPr>\
<c:marker><c:symbol val="none"/></c:marker>"""
_BARS = f"""<c:spPr>{_INK}</c:spPr><c:invertIfNegative val="0"/>
<c:dLbls><c:numFmt formatCode="{{{{ chart.figures }}}}" sourceLinked="0"/>
<c:spPr><a:noFill/></c:spPr>
<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="750"/></a:pPr><a:endParaRPr lang="zh-CN"/></a:p>
</c:txPr><c:dLblPos val="outEnd"/>
<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/>\
<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>"""

_SERIES = f"""{{% for series in chart.series %}}<c:ser>
<c:idx val="{{{{ loop.index0 }}}}"/><c:order val="{{{{ loop.index0 }}}}"/>
<c:tx><c:strRef><c:f>''</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>\
{{{{ series.name }}}}</c:v></c:pt></c:strCache></c:strRef></c:tx>
{{% if chart.bars %}}{_BARS}{{% else %}}{_LINE}{{% endif %}}
<c:cat><c:strRef><c:f>''</c:f><c:strCache><c:ptCount val="{{{{ chart.axes|length }}}}"/>
{{% for axis in chart.axes %}}<c:pt idx="{{{{ loop.index0 }}}}"><c:v>{{{{ axis }}}}</c:v></c:pt>\
{{% endfor %}}</c:strCache></c:strRef></c:cat>
<c:val><c:numRef><c:f>''</c:f><c:numCache><c:formatCode>{{{{ chart.figures }}}}</c:formatCode>
<c:ptCount val="{{{{ series.shares|length }}}}"/>{{% for share in series.shares %}}\
<c:pt idx="{{{{ loop.index0 }}}}"><c:v>{{{{ share }}}}</c:v></c:pt>{{% endfor %}}
</c:numCache></c:numRef></c:val></c:ser>{{% endfor %}}"""

_PLOT = f"""{{% if chart.bars %}}<c:barChart><c:barDir val="{{{{ chart.bars }}}}"/>
<c:grouping val="clustered"/><c:varyColors val="0"/>{_SERIES}<c:gapWidth val="60"/>
<c:axId val="1"/><c:axId val="2"/></c:barChart>{{% else %}}
<c:radarChart><c:radarStyle val="marker"/><c:varyColors val="0"/>{_SERIES}
<c:axId val="1"/><c:axId val="2"/></c:radarChart>{{% endif %}}"""

# The first of lying bars stands at the top.
_NAMES = """<c:catAx><c:axId val="1"/><c:scaling>
<c:orientation val="{% if chart.bars == 'bar' %}maxMin{% else %}minMax{% endif %}"/></c:scaling>
<c:delete val="0"/><c:axPos val="{% if chart.bars == 'bar' %}l{% else %}b{% endif %}"/>
{% if not chart.bars %}<c:majorGridlines/>{% endif %}<c:numFmt formatCode="General"
 sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>
<c:tickLblPos val="nextTo"/><c:crossAx val="2"/></c:catAx>"""

_SCALE = """<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/>
<c:max val="{{ chart.most }}"/><c:min val="0"/></c:scaling><c:delete val="0"/>
<c:axPos val="{% if chart.bars == 'bar' %}b{% else %}l{% endif %}"/>
<c:majorGridlines><c:spPr><a:ln w="6350">
<a:solidFill><a:srgbClr val="BFBFBF"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>
<c:numFmt formatCode="0%" sourceLinked="0"/><c:majorTickMark val="none"/>
<c:minorTickMark val="none"/><c:tickLblPos val="none"/><c:crossAx val="1"/>
<c:majorUnit val="{{ chart.step }}"/></c:valAx>"""

CHART = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<c:chartSpace xmlns:c="{_DRAWING}/chart" xmlns:a="{_DRAWING}/main">
<c:roundedCorners val="0"/>
<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>{_PLOT}
{_NAMES}
{_SCALE}</c:plotArea>
{{% if chart.legend %}}<c:legend><c:legendPos val="b"/></c:legend>{{% endif %}}\
<c:plotVisOnly val="1"/></c:chart><c:spPr><a:ln><a:noFill/></a:ln></c:spPr>
<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900"/></a:pPr><a:endParaRPr lang="zh-CN"/></a:p>
</c:txPr></c:chartSpace>"""

# Told apart in black and white too: by their dashes, and as bars by how dark they are.
_LINES = (("1F5FA8", "solid"), ("C0392B", "dash"), ("3C7D3C", "sysDot"))
_FILLS = (("1F5FA8", ""), ("F0A58C", ""), ("7FB77F", ""))


def chart_view(chart: Chart, clean: Any) -> dict[str, Any]:
    """A chart as plain values, with how each series is drawn: see `documents.word_fields`."""
    bars = isinstance(chart, Bars)
    inks = _FILLS if bars else _LINES
    series = [
        {"name": clean(name), "shares": shares}
        | dict(zip(("ink", "dash"), inks[place % len(inks)], strict=True))
        for place, (name, shares) in enumerate(points(chart))
    ]
    most, step = scale(chart)
    return {
        "axes": [clean(axis) for axis in chart.axes],
        "series": series,
        "bars": ("bar" if chart.lying else "col") if isinstance(chart, Bars) else "",
        "figures": "0" if bars and chart.unit else "0%",
        "most": most,
        "step": step,
        "legend": len(series) > 1 or not bars,
    }


def scale(chart: Chart) -> tuple[float, float]:
    """How far the scale goes, and its step: to the whole, or so that the longest bar leaves room
    for its figure."""
    if not (isinstance(chart, Bars) and chart.unit):
        return (1.1, 0.2) if isinstance(chart, Bars) else (1, 0.2)
    longest = max((share for one in chart.series for share in one.shares), default=0)
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if longest <= 5 * s)
    return longest + step if longest else 1, step


def tall(chart: Chart) -> int:
    """How tall it is, in English metric units."""
    if not isinstance(chart, Bars):
        return _TALL
    bars = len(chart.axes) * max(1, len(chart.series))
    return (2 + bars) * _BAR if chart.lying else _TALL_BARS


def in_words(chart: Chart) -> str:
    """The chart in words, for whoever does not see it."""
    unit = chart.unit if isinstance(chart, Bars) else ""
    return "；".join(
        f"{one.name}："
        + "，".join(
            f"{axis}{f'{share}{unit}' if unit else f'{share:.1%}'}"
            for axis, share in zip(chart.axes, one.shares, strict=True)
        )
        for one in chart.series
    )
