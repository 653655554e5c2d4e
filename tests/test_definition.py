"""A definition is refused line by line, in Chinese, with what was probably meant."""

import pytest

from rules.loading import load_definition
from rules.process import Process
from tests.definitions import GOOD, KNOWN, mistakes
from tests.story import LIBRARY, PROCESSES


def test_the_example_is_good():
    definition = load_definition(GOOD, "definition.yaml", KNOWN)
    assert [stage.id for stage in definition.stages] == [
        "account",
        "plan",
        "visit",
        "list",
        "again",
    ]
    Process(definition)


@pytest.mark.parametrize("name", ["shaanxi_316", "tiered_visits"])
def test_what_is_shipped_loads_clean(name: str):
    text = (PROCESSES / f"{name}.yaml").read_text("utf-8")
    definition = load_definition(text, name, LIBRARY)
    again = load_definition(text + "\n# a remark\n", name, LIBRARY)
    assert definition.hash == again.hash and len(definition.hash) == 12
    assert list(Process(definition).stages) == [stage.id for stage in definition.stages]


# One change to the good example, the line of the mistake, and the words it is told in.
CHANGES = [
    # -- unknown words
    ("kind: planning", "kind: plannings", "是否想写“planning”？"),
    ("subjects: [primary]", "subjects: [primery]", "是否想写“primary”？"),
    ("to: office}", "to: ofice}", "是否想写“office”？"),
    ("{submitted: [office]}", "{submitted: [bureau]}", "不认识的值“bureau”"),
    ("    title: 计划\n", "    title: 计划\n    colour: red\n", "不认识的键“colour”"),
    ("period: year", "periods: year", "是否想写“period”？"),
    (
        "{submitted: [office]}",
        "{submited: [office]}",
        "没有“submited”这个事件，是否想写“submitted”？",
    ),
    ("after returned", "after retuned", "没有“retuned”这个事件，是否想写 returned"),
    ("opens: when plan.selected", "opens: when plan.chosen", "没有“plan.chosen”这个事件"),
    ("[opinion_letter.issued, plan.deferred]", "[letter.sent]", "没有“letter.sent”这个事件"),
    ("      submit: 10", "      submitt: 10", "“自查自评”没有期限 submitt，是否想写“submit”？"),
    ("sources: [visit, again]", "sources: [visits, again]", "没有环节 visits，是否想写“visit”？"),
    ("of_issues: list", "of_issues: lists", "lists 不是问题清单环节，是否想写“list”？"),
    ("standard: example-1000", "standard: example-900", "没有评估标准“example-900”"),
    (
        "[self_assessment_report]",
        "[self_report]",
        "没有文书 self_report，是否想写“self_assessment_report”？",
    ),
    ("extendable: [dated]", "extendable: [date]", "“清单”没有写期限 date，是否想写“dated”？"),
    # -- the same word twice
    ("  - id: plan\n", "  - id: account\n", "环节编号“account”重复了，请换一个"),
    ("  - id: plan\n", "  - id: round\n", "环节编号“round”是保留的名字，请换一个"),
    ("    title: 计划\n", "    title: 计划\n    title: 规划\n", "重复的键“title”"),
    # -- clauses
    ("remind: [on the day,", "remind: [3,", "这里要写期限，写的却是3"),
    ("opens: on 1 March", f"opens: on {'9' * 5000} March", "3月没有"),
    ("5 working days after returned", f"{'9' * 5000} days after returned", "数目应在1到3650之间"),
    ("5 working days after returned", "5", "这里要写期限，写的却是5"),
    ("5 working days after returned", "five days", "看不懂期限“five days”"),
    ("5 working days after returned", "5个工作日后", "是否想写“5 working days after"),
    (
        "5 working days after returned",
        "5 wrking days after returned",
        "是否想写“5 working days after returned”？",
    ),
    ("10 days before visit.starts", "10 days after visit.starts", "须在事前完成"),
    (
        "3 working days after visit.ends",
        "3 working days before visit.ends",
        "不能早于它自己的起算日，before 应为 after",
    ),
    (
        "15 working days after visit.ended",
        "15 working days after visit.starts",
        "“印发督评意见书”只能从 visit.ended 起算",
    ),
    (
        "5 working days after opened\n      schedule",
        "on the date in visit.scheduled\n      schedule",
        "有几个日期，请写其中一个：visit.starts、visit.ends",
    ),
    (
        "10 working days after opened",
        "10 working days after returned",
        "应从本环节开始（opened）或使它开始的事起算",
    ),
    (
        "10 working days after opened",
        "10 working days after plan.adopted",
        "发生在整轮，单个学校的案卷的环节不能用它起算",
    ),
    (
        "5 working days after proposed",
        "5 working days after account.submitted",
        "发生在单个学校的案卷，整轮的环节不能用它起算",
    ),
    ("3 working days after visited", "2 times a month", "不能按周期重复，应写成某事之后多少天"),
    ("3 working days after visited", "on 1 May", "不能定在某一天，应写成某事之后多少天"),
    ("opens: on 1 March", "opens: on 31 February", "2月没有31日"),
    ("opens: on 1 March", "opens: twice a year", "不能用来开始一个环节"),
    ("opens: on 1 March", "opens: when plan.selected", "发生在单个学校的案卷"),
    (
        "5 working days after submitted",
        "5 working days after first submitted",
        "“审核自评报告”每次都要重新起算，不能写 first",
    ),
    # -- missing
    ("      submit: 10 working days after opened\n", "", "“自查”缺少期限 submit（提交自评报告）"),
    ("      resubmit: 5 working days after returned\n", "", "写了 review 就还要写期限 resubmit"),
    ("      reopened: 10 days after issue.reopened\n", "", "缺少期限 reopened（回访后重新整改）"),
    ("title: 示例流程\n", "", "缺少“title”"),
    (
        "    opens: when visit.opinion_letter.issued\n",
        "    opens: when opened\n",
        "成了没有出口的循环",
    ),
    # -- reminders and ladders
    ("remind: [on the day, every 2 working days after]", "remind: []", "至少要有 1 项"),
    ("remind: [on the day, every 2 working days after]", "remind: [on day]", "看不懂"),
    ("every 2 working days after]", "1 working day after]", "逾期后要反复提醒"),
    ("every 2 working days after]", "every 3 weeks after]", "逾期后要反复提醒"),
    (
        "  - {after: 5 working days, to: office}",
        "  - {after: 5 days, to: office}",
        "逐级上报按工作日算",
    ),
    (
        "  - {after: 5 working days, to: office}",
        "  - {after: 5 working days, to: office}\n  - {after: 5 working days, to: superior}",
        "应一级比一级晚",
    ),
    ("to: office}", "to: public}", "不能上报给 public"),
    (
        "    extendable: [dated]",
        "    remind: {dates: [on the day]}",
        "“清单”没有写期限 dates，是否想写“dated”？",
    ),
    # -- what a kind asks
    ("cover: {each_year: 1/3}", "cover: {}", "覆盖要求要写 each_year 或 tiers，二选一"),
    ("cover: {each_year: 1/3}", "cover: {each_year: 4/3}", "应是大于0、不大于1的分数"),
    ("cover: {each_year: 1/3}", "cover: {each_year: a third}", "应是大于0、不大于1的分数"),
    ("cover: {each_year: 1/3}", "cover: {tiers: {一层: often}}", "看不懂"),
    (
        "    sources: [visit, again]",
        "    opens: on 1 May\n    sources: [visit, again]",
        "问题清单的 opens 应为 with the round",
    ),
    ("sources: [visit, again]", "sources: [visit]", "请在它的 sources 里加上 again"),
    ("sources: [visit, again]", "sources: [visit, again, account]", "“自查”不会发现问题"),
    (
        "    of_issues: list",
        "    of: round\n    of_issues: list",
        "“回访督导”是单个学校的环节，of 应为 case",
    ),
    ("    title: 自查\n", "    title: 自查\n    responsible: system\n", "system 不能负责一个环节"),
    ("extendable: [dated]", "extendable: [dated, verify]\n    of: case", None),
    (
        "    until: [opinion_letter.issued, plan.deferred]",
        "    extendable: [announcement]",
        "“发布督导公告”的期限依规定不能延长",
    ),
    (
        "    until: [opinion_letter.issued, plan.deferred]",
        "    extendable: [opinion_letter]",
        "“印发督评意见书”的期限依规定不能延长",
    ),
    ("    title: 回访\n", "    title: ''\n", "至少要有 1 个字"),
    ("    title: 计划\n", "    title: 计划\n    responsible: offic\n", "是否想写“office”"),
    ("    title: 督导\n", "    title: 督导\n    responsible: 5\n", "不认识的值5"),
    ("    title: 回访\n", "    title: 回访\n    responsible: inspecter\n", "“inspector”"),
    ("    title: 回访\n", '    title: "  "\n', "不能是空白"),
    ("title: 示例流程\n", 'title: "示例\\n流程"\n', "要写成一行文字"),
    ('version: "1"', 'version: ""', "至少要有 1 个字"),
    ("kind: follow_up_visit", "kind: [follow_up_visit]", "“kind”不认识一个列表"),
    ("kind: follow_up_visit", f"kind: {'visit' * 9000}", "“kind”不认识“visitvisit"),
    ("  - id: visit\n", "  - id: Visit\n", "写法不对"),
]


@pytest.mark.parametrize(("was", "now", "words"), CHANGES)
def test_one_mistake_is_told_with_its_line(was: str, now: str, words: str | None):
    assert was in GOOD
    text = GOOD.replace(was, now, 1)
    if words is None:
        load_definition(text, "definition.yaml", KNOWN)
        return
    told = mistakes(text)
    first = GOOD[: GOOD.index(was)].count("\n") + 1
    near = range(first - 1, first + max(was.count("\n"), now.count("\n")) + 14)
    assert any(words in line for line in told), told
    line = next(line for line in told if words in line)
    assert int(line.split(":")[1]) in near, (first, line)
