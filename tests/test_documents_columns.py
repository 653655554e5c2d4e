"""How wide columns are: a number or a day is not broken while a long text can give way."""

from hypothesis import given
from hypothesis import strategies as st

from documents.column_widths import BESIDE, CHARACTER, column_widths, on_one_line
from documents.papers import Table, table

UPRIGHT = 8844  # twentieths of a point: 156 mm
RESULTS = [
    ("序号", 9),
    ("学校", 32),
    ("类型", 21),
    ("自评", 11),
    ("督评", 11),
    ("增值（单列）", 13),
    ("等级", 9),
    ("一票否决", 13),
    ("意见书日期", 36),
]


def characters(width: int) -> float:
    """How many Chinese characters a column has room for."""
    return (width - BESIDE) / CHARACTER


def test_scores_and_days_stay_whole_and_names_give_way() -> None:
    rows = [
        [str(n), "示例县职业教育中心", "中等职业学校", "1000.0", "989.5", "97.6", "A", "—", day]
        for n, day in ((1, "2026年6月5日"), (15, "2026年10月25日"))
    ]
    widths = column_widths(table(RESULTS, rows), UPRIGHT)
    assert sum(widths) == UPRIGHT
    assert characters(widths[3]) >= 6 * 0.56  # 1000.0
    assert characters(widths[4]) >= 5 * 0.56  # 989.5
    assert characters(widths[8]) >= 8 * 0.56 + 3  # 2026年10月25日
    assert characters(widths[0]) >= 2 and characters(widths[7]) >= 4


def test_widths_a_paper_asks_for_hold_where_everything_fits() -> None:
    short = table([("编码", 14), ("指标", 60), ("分值", 26)], [["A1", "班额", "10.0"]])
    assert column_widths(short, 10_000) == [1400, 6000, 2600]


def test_a_row_is_known_to_be_one_line_only_if_no_font_could_break_it() -> None:
    columns = [("甲", 10), ("乙", 10)]
    rows = [
        ("短", "10.0"),
        ("很长" * 30, "10.0"),  # breaks
        ("两\n行", "1"),
        ("😀", "1"),  # who knows how wide that is
        ("喆昇", "𬀩"),
        ("", ""),
    ]
    known = on_one_line(table(columns, rows), [2000, 2000])
    assert known == [True, False, False, False, False, True]


cells = st.text(max_size=40)


@given(
    st.lists(st.tuples(cells, st.integers(1, 60)), min_size=1, max_size=12).flatmap(
        lambda heads: st.tuples(
            st.just(heads),
            st.lists(st.lists(cells, min_size=len(heads), max_size=len(heads)), max_size=4),
        )
    ),
    st.sampled_from([8844, 14117]),
)
def test_columns_always_fill_the_page(made: tuple[list, list], width: int) -> None:
    found: Table = table(made[0], made[1])
    widths = column_widths(found, width)
    assert sum(widths) == width
    assert len(on_one_line(found, widths)) == len(found.rows)
