"""A YAML file with its lines: read it safely, give it a shape, say of every mistake where it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from rules.mistakes import Mistake, Mistakes, Path, in_chinese
from rules.yaml_reading import Reader

__all__ = ["Mistake", "Mistakes", "Path", "Positioned", "read_yaml", "validate"]

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Positioned:
    """A document's plain value (dict, list, str, int, float, bool, None) and its parts' lines."""

    value: Any
    name: str
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a key or list item, or of its nearest ancestor that is there."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def mistake(self, path: Path, reason: str) -> Mistake:
        """A mistake that stands at a path of this document."""
        return Mistake(self.line_of(path), reason, path)


def read_yaml(text: str, name: str) -> Positioned:
    """Read one YAML document of keys and values (or a list); `name` is the file's in messages.

    Raises Mistakes, and nothing else, whatever the text is.
    """
    reader = Reader(text.removeprefix("\ufeff").replace("\r\n", "\n"), name)
    reader.refuse_unreadable()
    value = reader.document()
    if reader.mistakes:
        raise Mistakes(name, reader.mistakes)
    return Positioned(value, name, reader.lines)


def validate(model: type[Model], positioned: Positioned) -> Model:
    """The document as a value of `model`; whatever pydantic refuses becomes Mistakes with lines.

    Models should forbid unknown keys (`extra="forbid"`); their own ValueErrors are shown as
    written, so they must be in Chinese.
    """
    try:
        return model.model_validate(positioned.value)
    except ValidationError as refused:
        mistakes = []
        for error in refused.errors(include_url=False):
            path = locate(positioned.value, error)
            if error["type"] == "missing":
                path = (*path, error["loc"][-1])
            if error["type"] == "union_tag_invalid":
                path = (*path, error["ctx"]["discriminator"].strip("'"))
            reason = in_chinese(error, keys_at(model, error["loc"]))
            mistakes.append(positioned.mistake(path, reason))
        raise Mistakes(positioned.name, mistakes) from None


def locate(value: Any, error: dict[str, Any]) -> Path:
    """Where in the document a pydantic error stands.

    Pydantic's locations also hold the names of union members; which are keys and which are
    names is told by the value at the end, which pydantic hands back as it got it.
    """
    location = error["loc"]
    if error["type"] == "missing":
        location = location[:-1]
    best: Path = ()
    for path, found in readings(value, location):
        if found is error["input"]:
            return path
        best = max(best, path, key=len)
    return best


def readings(value: Any, location: Path) -> Iterator[tuple[Path, Any]]:
    """Every way to follow a location through the document, skipping what may be a member's name."""
    if not location:
        yield (), value
        return
    first, rest = location[0], location[1:]
    inside = isinstance(value, dict) and first in value
    if inside or (isinstance(value, list) and isinstance(first, int) and first < len(value)):
        for path, found in readings(value[first], rest):
            yield (first, *path), found
    if isinstance(first, str):
        yield from readings(value, rest)


def keys_at(annotation: Any, location: Path) -> list[str]:
    """The keys a model allows beside the last key of a pydantic location."""
    here = members(annotation)
    for step in location[:-1]:
        here = [deeper for member in here for deeper in inside(member, step)]
    fields = [field for member in here if is_model(member) for field in member.model_fields.items()]
    return list(dict.fromkeys(field.alias or name for name, field in fields))


def inside(member: Any, step: str | int) -> list[Any]:
    """What may stand one step of a location further in: a field, an item, or a union's member."""
    if is_model(member):
        fields = member.model_fields.items()
        deeper = [field.annotation for name, field in fields if step in (name, field.alias)]
        named = any(step in get_args(field.annotation) for _, field in fields)
        return [*([member] if named else []), *(one for item in deeper for one in members(item))]
    arguments = get_args(member)
    if get_origin(member) is dict:
        return members(arguments[1])
    return [deeper for item in arguments if item is not ... for deeper in members(item)]


def members(annotation: Any) -> list[Any]:
    """The types an annotation may stand for, unions and Annotated opened."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return members(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [deeper for item in get_args(annotation) for deeper in members(item)]
    return [] if origin is Literal else [annotation]


def is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
