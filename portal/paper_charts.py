"""The charts of a paper as the pages draw them: from the figures that Word and the PDF draw."""

from markupsafe import Markup

from documents.papers import Bars, Chart
from portal.charts import Bar, Series, areas, columns, loads

LOOKS = ("own", "review", "before", "plan")


def drawn(chart: Chart) -> Markup:
    """A chart of a paper as SVG: areas as a radar, counts as columns or, lying, as lines."""
    if isinstance(chart, Bars) and chart.unit:
        bars = [
            Bar(axis, count) for axis, count in zip(chart.axes, chart.series[0].shares, strict=True)
        ]
        draw = loads if chart.lying else columns
        return draw(chart.caption, bars, chart.unit)
    series = [
        Series(one.name, look, one.shares) for one, look in zip(chart.series, LOOKS, strict=False)
    ]
    return areas(chart.caption, chart.axes, series)
