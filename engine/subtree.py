"""The organisations of a subtree as a condition; and columns by which nothing is sought."""

from sqlalchemy import ColumnElement, or_, select

from engine.register import BRANCHES
from models.organisations import Organisation

_ORGANISATIONS = Organisation.__table__


def unsought(column: ColumnElement[str]) -> ColumnElement[str]:
    """A column for a condition on what is found otherwise: not the bare one, by which SQLite would
    look for far more, or put in order what stands in order."""
    return column + ""


_BRANCHES = (
    select(_ORGANISATIONS.c.code, _ORGANISATIONS.c.parent)
    .where(_ORGANISATIONS.c.kind.in_(BRANCHES))
    .cte("branches")
)


def within(top: str) -> ColumnElement[bool]:
    """A condition on organisations: those of a subtree, itself included. Only branches are climbed,
    for nothing else has anybody below it: for 15,000 five times as fast as climbing all."""
    tree = select(_BRANCHES.c.code).where(_BRANCHES.c.code == top).cte("tree", recursive=True)
    tree = tree.union_all(select(_BRANCHES.c.code).join(tree, _BRANCHES.c.parent == tree.c.code))
    parent = unsought(_ORGANISATIONS.c.parent)
    return or_(unsought(_ORGANISATIONS.c.code) == top, parent.in_(select(tree.c.code)))
