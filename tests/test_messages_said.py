"""What a message says of a day that changed before it could be told, and where there is no room for
everything."""

from datetime import date, timedelta

from notifications.catalogue import TEXT_AT_MOST, render
from rules.case_words import CorrectDate
from rules.process_guidance import RecordGuidance
from tests.told_year import INSPECTOR, OFFICE, ToldYear

PROVISIONAL = "暂按法定节假日推算"


def test_a_day_corrected_before_the_message_was_placed_is_told_as_it_was_corrected(tmp_path):
    """The visit of 9 March was typed in as the 10th, and set right before the flow came by."""
    file = "shaanxi_316.yaml"
    year = ToldYear(str(tmp_path / "year.db"), file, "O", date(2026, 1, 5), tells=False)
    year.until(date(2026, 3, 10))
    visit = RecordGuidance(stage="process_guidance", methods=("听",), form={"content": "听课"})
    year.do("S1", visit, INSPECTOR)
    year.today += timedelta(1)
    right = CorrectDate(
        stage="process_guidance",
        event="visited",
        item="1",
        happened_on=date(2026, 3, 9),
        form={"reason": "录入有误"},
    )
    year.do("S1", right, OFFICE)
    year.place_owed()
    [told, *_] = [m for m in year.messages("process_guidance.visited") if m.role == "school"]
    assert "2026年3月9日（周一）" in told.text and "3月10日" not in told.text
    year.database.close()


def test_a_text_without_room_for_its_reasons_still_says_that_a_day_is_provisional():
    due = {
        "title": "提交自评报告",
        "day": "2027年2月3日（周三）",
        "short_day": "2月3日",
        "left": "还有5个工作日",
        "late": False,
        "why": f"自1月4日次日起算{'很长的说明' * 30}，截止日为2027年2月3日（{PROVISIONAL}）",
        "item": "",
        "role": "school",
        "bearer": "马蹄小学",
        "right": "",
        "of": "",
    }
    view = {
        **{"process": "评估", "period": "2027年度", "stage": "自查自评", "subject": "马蹄小学"},
        **{"subject_short": "马蹄小学", "office": "示例县督导室", "phone": "", "deadline": due},
        **{"paper": "自评报告", "account": True, "issued": False},
        "reader": {"name": "示例校长", "role": "school", "bears": True},
    }
    short = render("self_assessment.reminder", view | {"note": ""}).text
    assert "很长的说明" in short
    long = render("self_assessment.reminder", view | {"note": "注意：" + "另有安排" * 60}).text
    assert len(long) <= TEXT_AT_MOST and "很长的说明" not in long
    assert f"期限说明：{PROVISIONAL}。" in long
