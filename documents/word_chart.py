"""A radar as Word's own chart: drawn by whoever opens the letter, restyled there, no picture."""

from typing import Any

from documents.papers import Radar

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
_WIDE, _TALL = 4_320_000, 3_000_000  # 12 by 8.3 cm, in English metric units

# Where the chart stands in the text; `block.number` is its number in the paper.
INLINE = f"""<w:r><w:drawing><wp:inline
 xmlns:wp="{_DRAWING}/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">
<wp:extent cx="{_WIDE}" cy="{_TALL}"/>
<wp:docPr id="{{{{ 1000 + block.number }}}}" name="图{{{{ block.number }}}}"
 descr="{{{{ block.says }}}}"/>
<a:graphic xmlns:a="{_DRAWING}/main"><a:graphicData uri="{_DRAWING}/chart">
<c:chart xmlns:c="{_DRAWING}/chart"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"
 r:id="rIdChart{{{{ block.number }}}}"/></a:graphicData></a:graphic></wp:inline></w:drawing>
</w:r>"""

CHART = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<c:chartSpace xmlns:c="{_DRAWING}/chart" xmlns:a="{_DRAWING}/main">
<c:roundedCorners val="0"/>
<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>
<c:radarChart><c:radarStyle val="marker"/><c:varyColors val="0"/>
{{% for series in chart.series %}}<c:ser>
<c:idx val="{{{{ loop.index0 }}}}"/><c:order val="{{{{ loop.index0 }}}}"/>
<c:tx><c:strRef><c:f>''</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>\
{{{{ series.name }}}}</c:v></c:pt></c:strCache></c:strRef></c:tx>
<c:spPr><a:ln w="19050"><a:solidFill><a:srgbClr val="{{{{ series.ink }}}}"/></a:solidFill>
<a:prstDash val="{{{{ series.dash }}}}"/></a:ln></c:spPr><c:marker><c:symbol val="none"/></c:marker>
<c:cat><c:strRef><c:f>''</c:f><c:strCache><c:ptCount val="{{{{ chart.axes|length }}}}"/>
{{% for axis in chart.axes %}}<c:pt idx="{{{{ loop.index0 }}}}"><c:v>{{{{ axis }}}}</c:v></c:pt>\
{{% endfor %}}</c:strCache></c:strRef></c:cat>
<c:val><c:numRef><c:f>''</c:f><c:numCache><c:formatCode>0%</c:formatCode>
<c:ptCount val="{{{{ series.shares|length }}}}"/>{{% for share in series.shares %}}\
<c:pt idx="{{{{ loop.index0 }}}}"><c:v>{{{{ share }}}}</c:v></c:pt>{{% endfor %}}
</c:numCache></c:numRef></c:val></c:ser>{{% endfor %}}
<c:axId val="1"/><c:axId val="2"/></c:radarChart>
<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="minMax"/></c:scaling>
<c:delete val="0"/><c:axPos val="b"/><c:majorGridlines/><c:numFmt formatCode="General"
 sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>
<c:tickLblPos val="nextTo"/><c:crossAx val="2"/></c:catAx>
<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:max val="1"/><c:min val="0"/>
</c:scaling><c:delete val="0"/><c:axPos val="l"/><c:majorGridlines><c:spPr><a:ln w="6350">
<a:solidFill><a:srgbClr val="BFBFBF"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>
<c:numFmt formatCode="0%" sourceLinked="0"/><c:majorTickMark val="none"/>
<c:minorTickMark val="none"/><c:tickLblPos val="none"/><c:crossAx val="1"/>
<c:majorUnit val="0.2"/></c:valAx></c:plotArea>
<c:legend><c:legendPos val="b"/></c:legend><c:plotVisOnly val="1"/></c:chart>
<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900"/></a:pPr><a:endParaRPr lang="zh-CN"/></a:p>
</c:txPr></c:chartSpace>"""

_INKS = (("1F5FA8", "solid"), ("C0392B", "dash"), ("3C7D3C", "sysDot"))


def chart_view(radar: Radar, clean: Any) -> dict[str, Any]:
    """A radar as plain values, with how each line is drawn."""
    series = [
        {"name": clean(one.name), "shares": [f"{share:.4f}" for share in one.shares]}
        | dict(zip(("ink", "dash"), _INKS[place % len(_INKS)], strict=True))
        for place, one in enumerate(radar.series)
    ]
    return {"axes": [clean(axis) for axis in radar.axes], "series": series}


def in_words(radar: Radar) -> str:
    """The chart in words, for whoever does not see it."""
    return "；".join(
        f"{one.name}："
        + "，".join(
            f"{axis}{share:.1%}" for axis, share in zip(radar.axes, one.shares, strict=True)
        )
        for one in radar.series
    )
