"""Word files that people send: whether one may be kept and opened at all, and if not, why.

A .docx is a zip of XML. Nothing in it is run or fetched here: names and sizes are read from the
zip's directory, which may lie, so parts are unpacked no further than they may be large; their XML
is read as a stream of tags by a reader that knows no entities and no addresses, and builds nothing.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

MEGABYTE = 1024 * 1024
MOST_OF_A_FILE = 10 * MEGABYTE
MOST_UNPACKED, MOST_OF_XML = 60 * MEGABYTE, 24 * MEGABYTE
MOST_PARTS, MOST_TAGS, DEEPEST = 400, 600_000, 150

SAVE_AGAIN = "请在Word或WPS中打开，另存为“Word文档（.docx）”后再上传。"
_OLDER = b"\xd0\xcf\x11\xe0"  # the container of .doc, and of .docx with a password
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES, _RELATIONS = "[Content_Types].xml", ".rels"
_XML = (".xml", _RELATIONS, ".svg", ".vml")
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".odttf")
_LINKS = ("http://", "https://", "mailto:", "#")
# What Word calls them as the last word of a relation's type, and what people call them.
_RELATED = {
    "vbaproject": "宏",
    "wordvbadata": "宏",
    "keymapcustomizations": "宏",
    "attachedtoolbars": "宏",
    "control": "ActiveX控件",
    "activexcontrolbinary": "ActiveX控件",
    "oleobject": "嵌入对象（OLE）",
    "package": "嵌入的文件",
    "attachedtemplate": "外部模板的引用",
    "afchunk": "嵌入的其他文档（altChunk）",
    "subdocument": "子文档的引用",
    "frame": "网页框架的引用",
    "mailmerge": "邮件合并的数据源",
    "mailmergesource": "邮件合并的数据源",
    "mailmergeheadersource": "邮件合并的数据源",
    "recipientdata": "邮件合并的数据源",
    "webextension": "加载项",
    "webextensiontaskpanes": "加载项",
}
# The same by a part's content type, anywhere in it.
_TYPED = {
    "vba": "宏",
    "macro": "宏",
    "keymapcustomizations": "宏",
    "activex": "ActiveX控件",
    "oleobject": "嵌入对象（OLE）",
    "webextension": "加载项",
}
# Tags in the text that stand for such relations.
_TAGS = {
    "altChunk": "afchunk",
    "subDoc": "subdocument",
    "attachedTemplate": "attachedtemplate",
    "mailMerge": "mailmerge",
    "OLEObject": "oleobject",
    "control": "control",
}
_FETCHING = re.compile(
    r"^\W*(INCLUDEPICTURE|INCLUDETEXT|IMPORT|INCLUDE|LINK|DDE|DDEAUTO|DATABASE|RD|MACROBUTTON|EMBED"
    r"|AUTOTEXT|GLOSSARY|GOTOBUTTON)\b",
    re.IGNORECASE,
)


class UnsafeWord(Exception):
    """Why a Word file is not taken: ``problems``, each in Chinese with what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems


def safe_docx(content: bytes) -> None:
    """UnsafeWord, with every reason, unless this is a .docx that holds nothing but a document."""
    if content.startswith(_OLDER):
        raise UnsafeWord((f"文件有打开密码，或是旧版.doc格式。请去掉密码。{SAVE_AGAIN}",))
    if len(content) > MOST_OF_A_FILE:
        raise UnsafeWord((f"文件超过{MOST_OF_A_FILE // MEGABYTE}兆字节，请压缩其中的图片。",))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            problems = tuple(dict.fromkeys(_problems(archive)))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        problems = (f"这不是Word文档（.docx），或文件已损坏。{SAVE_AGAIN}",)
    if problems:
        raise UnsafeWord(problems)


def _problems(archive: zipfile.ZipFile) -> Iterator[str]:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if _TYPES not in names or "word/document.xml" not in names:
        yield f"这不是Word文档（.docx）。{SAVE_AGAIN}"
        return
    if any(part.flag_bits & 1 for part in parts):
        yield f"文件有密码，请去掉密码。{SAVE_AGAIN}"
        return
    if len(parts) > MOST_PARTS:
        yield f"文件由{len(parts)}个部分组成，多于{MOST_PARTS}个，不像一份文书。"
        return
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        yield "文件展开后太大（压缩炸弹），没有打开。"
        return
    if len({name.lower() for name in names}) < len(names):
        yield f"文件中有重名的部分，内容有歧义。{SAVE_AGAIN}"
        return
    if any(".." in name or name.startswith("/") or "\\" in name for name in names):
        yield f"文件中有指向文件之外的路径。{SAVE_AGAIN}"
        return
    for part in parts:
        yield from _part(archive, part)


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[str]:
    name = part.filename.lower()
    if part.is_dir():
        return
    if not name.endswith(_XML):
        if "vba" in name:
            yield "文件带有宏，请删除后另存为“Word文档（.docx）”。"
        elif not name.endswith(_MEDIA):
            yield f"文件中嵌有别的文件（{part.filename}），请删除嵌入的对象、控件，只留文字和图片。"
        return
    if part.file_size > MOST_OF_XML:
        yield f"文件的{part.filename}展开后太大，没有打开。"
        return
    with archive.open(part) as stream:
        content = stream.read(MOST_OF_XML + 1)
    reading = _Reading(part.filename)
    try:
        reading.parse(content)
    except _Stop as stop:
        yield str(stop)
    except (expat.ExpatError, UnicodeDecodeError, LookupError):
        yield f"文件的{part.filename}已损坏。{SAVE_AGAIN}"
    if part.filename == _TYPES and not reading.is_document and not reading.problems:
        yield f"这不是Word文档（.docx）。{SAVE_AGAIN}"
    yield from reading.problems


class _Stop(Exception):
    """A part that is not read to its end."""


class Tag(NamedTuple):
    """A tag by its name without namespace, and its attributes by theirs."""

    name: str
    attributes: dict[str, str]


class _Reading:
    """One part of a Word file, read tag by tag."""

    def __init__(self, part: str) -> None:
        self.part, self.problems = part, list[str]()
        self.depth = self.tags = 0
        self.field, self.inside = "", False
        self.is_document = False

    def parse(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._declared
        parser.StartElementHandler = self._started
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._said
        parser.buffer_text = True
        parser.Parse(content, True)

    def _declared(self, *declared: object) -> None:
        raise _Stop(f"文件的{self.part}声明了实体或文档类型（DTD），Word文档中不应有，没有打开。")

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        self.depth, self.tags = self.depth + 1, self.tags + 1
        if self.depth > DEEPEST:
            raise _Stop(f"文件的{self.part}层层嵌套超过{DEEPEST}层，没有打开。")
        if self.tags > MOST_TAGS:
            raise _Stop(f"文件的{self.part}内容过多，没有打开。")
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self._look_at(Tag(name.rpartition(" ")[2], plain))

    def _look_at(self, tag: Tag) -> None:
        if self.part == _TYPES:
            self._typed(tag.attributes)
        elif self.part.lower().endswith(_RELATIONS):
            if tag.name == "Relationship":
                self._related(tag.attributes)
        else:
            self._marked(tag)

    def _typed(self, attributes: dict[str, str]) -> None:
        """A part's content type; the main part must be a document, no template, no macros."""
        kind = attributes.get("ContentType", "").lower()
        refused = next((called for word, called in _TYPED.items() if word in kind), "")
        if refused:
            self._refuse(refused)
        if attributes.get("PartName", "").lower() != "/word/document.xml":
            return
        self.is_document = True
        if kind != _MAIN and not refused:
            self.problems.append(f"文件不是普通的Word文档（可能是.dotx模板）。{SAVE_AGAIN}")

    def _related(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2].lower()
        target = attributes.get("Target", "").strip()
        outside = attributes.get("TargetMode", "").lower() == "external"
        if kind in _RELATED:
            self._refuse(_RELATED[kind], target)
        elif kind == "hyperlink" and outside:
            if not target.lower().startswith(_LINKS):
                self.problems.append(f"超链接指向本机或网络文件（{target[:60]}），请删除该链接。")
        elif outside or ":" in target or target.startswith(("//", "\\")):
            self.problems.append(
                f"文件引用了外部内容（{target[:60]}），打开时会从别处读取。"
                "请删除该链接，图片请直接插入文件中。"
            )

    def _refuse(self, called: str, where: str = "") -> None:
        beside = f"（{where[:60]}）" if where else ""
        self.problems.append(f"文件带有{called}{beside}，请删除后另存为“Word文档（.docx）”。")

    def _marked(self, tag: Tag) -> None:
        attributes = tag.attributes
        for name in ("src", "href", "althref"):
            target = attributes.get(name, "")
            if target and not target.startswith(("#", "data:image/")) and tag.name != "hyperlink":
                self.problems.append(f"文件引用了外部内容（{target[:60]}），请删除该链接。")
        if tag.name == "fldSimple":
            self._field(attributes.get("instr", ""))
        elif tag.name in _TAGS:
            self._refuse(_RELATED[_TAGS[tag.name]])
        elif tag.name == "fldChar":
            self._field(self.field)
            self.field = ""
        self.inside = tag.name == "instrText"

    def _field(self, code: str) -> None:
        if found := _FETCHING.match(code):
            self.problems.append(
                f"文件有域代码{found[1].upper()}，打开时会读取别的内容，请按Ctrl+Shift+F9转为文字。"
            )

    def _said(self, text: str) -> None:
        if self.inside and len(self.field) < 4096:
            self.field += text

    def _ended(self, name: str) -> None:
        self.depth -= 1
        self.inside = False
        if not self.depth:
            self._field(self.field)
