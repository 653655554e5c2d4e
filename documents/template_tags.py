"""The tags of an office's template: which there may be, and everything wrong with those there are.

What is not on the lists here is not allowed: fields as declared, `if` and `for`, comparisons and
sums, a few filters. Nothing can be called, assigned, included or defined.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from documents.word_fields import FIELDS, LOOP, Field

FILTERS = ("default", "length", "join", "first", "last", "trim", "upper", "lower", "int")
TESTS = ("defined", "even", "odd", "none")
WORDS = ("if", "elif", "else", "endif", "for", "endfor")
_TAG = re.compile(r"\{\{(.*?)\}\}|\{%[-+]?(.*?)[-+]?%\}", re.DOTALL)
_OPENED, _LEFT_OPEN = re.compile(r"\{\{|\{%"), "标签没有写完，缺少“}}”或“%}”"
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If),
    *(nodes.For, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test, nodes.Tuple),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg),
    *(nodes.Concat,),
)
_REFUSED: Mapping[type, str] = {
    nodes.Call: "不能调用函数或方法",
    nodes.Pow: "不能用乘方（**）",
    nodes.Slice: "不能用切片（[a:b]）",
}


class Sandbox(ImmutableSandboxedEnvironment):
    """Where an office's template is compiled: texts are escaped, nothing is global, and only
    numbers are multiplied and divided (a text times 10⁸ would fill the memory)."""

    intercepted_binops = frozenset({"*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.tests = {name: self.tests[name] for name in TESTS}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Only between numbers."""
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise SecurityError(operator)
        return super().call_binop(context, operator, left, right)


def problems_of_tags(source: str) -> Iterator[str]:
    """What is wrong with the tags of one part, as docxtpl hands it to Jinja, each in Chinese with
    the paragraph it stands in."""
    text = re.sub(r"<w:(p|tr)([ >])", r"\n<w:\1\2", source)  # a line of Jinja's is a paragraph
    environment, lines = Sandbox(), text.split("\n")

    def beside(number: int) -> str:
        paragraph = re.sub(r"<[^>]+>", "", lines[min(number, len(lines)) - 1]).strip()
        return f"（所在段落：“{paragraph[:80]}”）" if paragraph else ""

    wrong, sound = _problems_of_each(environment, text, beside)
    try:
        wrong += _Names(beside).problems(environment.parse(sound))
    except TemplateSyntaxError as error:
        if not wrong:  # else it may well come from what was named already
            wrong = [f"{_in_chinese(error)}{beside(error.lineno)}"]
    except RecursionError:
        wrong.append("标签嵌套太深")
    yield from dict.fromkeys(wrong)


def _problems_of_each(
    environment: Sandbox, text: str, beside: Callable[[int], str]
) -> tuple[list[str], str]:
    """Each tag for itself, so that one mistake does not hide the others; and the text without
    those that are wrong."""
    bare = _COMMENT.sub(_blank, text)
    wrong: list[str] = []

    def looked_at(found: re.Match[str]) -> str:
        why = _problem_of_tag(environment, found[0], found[2])
        if not why:
            return found[0]
        wrong.append(f"{why}{beside(bare.count(chr(10), 0, found.start()) + 1)}")
        return _blank(found)

    sound = _TAG.sub(looked_at, bare)
    for found in _OPENED.finditer(_TAG.sub(_blank, bare)):
        wrong.append(f"{_LEFT_OPEN}：“{_plain(bare, found[0])}”")
    return wrong, sound


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _problem_of_tag(environment: Sandbox, shown: str, statement: str | None) -> str:
    """What is wrong with a tag, wherever it stands; "" for nothing."""
    words = (statement or "").split()
    word = words[0] if words else ""
    if statement is not None and word not in WORDS:
        return f"不能使用“{shown[:60]}”：没有“{word}”这种标签，只能用if、for等"
    whole = shown
    if statement is not None:
        whole = {
            "if": f"{shown}{{% endif %}}",
            "for": f"{shown}{{% endfor %}}",
            "elif": f"{{% if 1 %}}{shown}{{% endif %}}",
        }.get(word, "")
    try:
        environment.parse(whole)
    except TemplateSyntaxError as error:
        return f"“{shown[:60]}”写法有误：{_in_chinese(error)}"
    except RecursionError:
        return f"“{shown[:60]}”嵌套太深"
    return ""


def _plain(text: str, opened: str) -> str:
    rest = text[text.rfind(opened) :]
    return re.sub(r"<[^>]+>", "", rest)[:40].strip()


def _in_chinese(error: TemplateSyntaxError) -> str:
    """Jinja's complaint, as far as a clerk can use it."""
    said = error.message or ""
    if "Unexpected end of template" in said:
        return "有{%p if … %}或{%p for … %}没有结束，缺少{%p endif %}或{%p endfor %}"
    if unknown := re.search(r"unknown tag '(\w+)'", said):
        if unknown[1] in WORDS:
            return f"多出了“{unknown[1]}”，或与前面的if、for不成对"
        return f"没有“{unknown[1]}”这种标签"
    if found := re.search(r"No (filter|test) named '(\w+)'", said):
        among = FILTERS if found[1] == "filter" else TESTS
        return f"不能使用“{found[2]}”，只能用：{'、'.join(among)}"
    return "标签里的文字不合规则，请对照标签说明检查"


class _Names:
    """Follows names through a template: which are declared, and what lies inside them."""

    def __init__(self, beside: Any) -> None:
        self.beside = beside

    def problems(self, template: nodes.Template) -> Iterator[str]:
        yield from self._walk(template, dict(FIELDS))

    def _walk(self, node: nodes.Node, known: dict[str, Field]) -> Iterator[str]:
        if not isinstance(node, _ALLOWED):
            why = _REFUSED.get(type(node), f"不能使用“{type(node).__name__}”这种写法")
            yield f"{why}{self.beside(node.lineno)}"
            return
        if isinstance(node, nodes.For):
            yield from self._loop(node, known)
            return
        if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            yield from self._field(node, known)
            return
        if isinstance(node, nodes.Output):
            yield from self._whole(node, known)
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            yield f"不能使用“{node.name}”，只能用：{'、'.join(FILTERS)}{self.beside(node.lineno)}"
        if isinstance(node, nodes.Test) and node.name not in TESTS:
            yield f"不能使用“{node.name}”，只能用：{'、'.join(TESTS)}{self.beside(node.lineno)}"
        for inner in node.iter_child_nodes():
            yield from self._walk(inner, known)

    def _whole(self, node: nodes.Output, known: dict[str, Field]) -> Iterator[str]:
        """Lists are no text."""
        for one in node.nodes:
            field = self._found(one, known)
            if field is not None and (field.holds or field.each or field.parts):
                yield (
                    f"“{_path(one)}”是一组内容，不能直接写出，"
                    f"请用for逐项写，或单独成段写{{{{p … }}}}{self.beside(node.lineno)}"
                )

    def _loop(self, node: nodes.For, known: dict[str, Field]) -> Iterator[str]:
        yield from self._walk(node.iter, known)
        field, where = self._found(node.iter, known), self.beside(node.lineno)
        if node.recursive:
            yield f"不能用recursive循环{where}"
        if field is not None and field.each is None:
            yield f"这里不能循环：for后面的不是清单{where}"
        each = (field.each if field is not None else None) or _ANY
        inside = {**known, "loop": LOOP}
        if isinstance(node.target, nodes.Tuple):
            names = [one.name for one in node.target.items if isinstance(one, nodes.Name)]
            if each.parts and len(names) != len(each.parts):
                yield f"for后面应写{len(each.parts)}个名称{where}"
            inside |= dict(zip(names, each.parts or [_ANY] * len(names), strict=False))
        elif isinstance(node.target, nodes.Name):
            inside[node.target.name] = each
        for one in (*([node.test] if node.test else []), *node.body, *node.else_):
            yield from self._walk(one, inside)

    def _field(self, node: nodes.Node, known: dict[str, Field]) -> Iterator[str]:
        where = self.beside(node.lineno)
        if isinstance(node, nodes.Name):
            if node.name not in known:
                yield f"没有“{node.name}”这个字段{_meant(node.name, known)}{where}"
            return
        if not isinstance(node.node, nodes.Name | nodes.Getattr | nodes.Getitem):
            yield f"只能取字段里的内容，不能取“{_key(node)}”{where}"
            return
        before = list(self._field(node.node, known))
        yield from before
        key, field = _key(node), self._found(node.node, known)
        if str(key).startswith("_"):
            yield f"不能使用以下划线开头的名称“{key}”{where}"
        elif key is None:
            yield f"方括号里只能写数字{where}"
        elif not before and field is not None and _inside(field, key) is None:
            among = field.holds or {}
            yield f"“{_path(node.node)}”下面没有“{key}”{_meant(str(key), among)}{where}"

    def _found(self, node: nodes.Node, known: Mapping[str, Field]) -> Field | None:
        """The field an expression leads to; None where it is none."""
        if isinstance(node, nodes.Name):
            return known.get(node.name)
        if isinstance(node, nodes.Getattr | nodes.Getitem):
            field = self._found(node.node, known)
            return _inside(field, _key(node)) if field is not None else None
        return None


_ANY = Field("")


def _key(node: Any) -> Any:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) else None


def _inside(field: Field, key: Any) -> Field | None:
    if field.holds is not None:
        return field.holds.get(key) if isinstance(key, str) else None
    if not isinstance(key, int):
        return None
    if field.parts:
        return field.parts[key] if -len(field.parts) <= key < len(field.parts) else None
    return field.each


def _path(node: Any) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    return f"{_path(node.node)}.{_key(node)}" if hasattr(node, "node") else "…"


def _meant(name: str, among: Mapping[str, Field]) -> str:
    near = get_close_matches(name, among, 1)
    return f"，是不是“{near[0]}”" if near else ""
