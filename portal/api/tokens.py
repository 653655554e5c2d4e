"""Tokens of other systems: each of one office, made and revoked there, shown once, kept as a
fingerprint. Who calls with one acts as its person, from their seat in that office."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from engine.writing import iso
from models.connections import ApiToken
from portal.access import Visitor, person_of, seats_of
from portal.api.describe import MISTAKES
from portal.desk import Desk
from portal.signing import fingerprint, new_token

_TOKENS = ApiToken.__table__

MARK = "dudao_"  # so that a token that lies about is known for what it is
MOST = 20  # of one office
USED_EVERY = timedelta(minutes=10)  # how often "last used" is written

READ, WRITE, SIGNED, ANYBODY = "read", "write", "signed", "anybody"

_ONE = select(_TOKENS).where(_TOKENS.c.id == bindparam("wanted"))
_OF_OFFICE = (
    select(_TOKENS)
    .where(_TOKENS.c.office == bindparam("wanted"))
    .order_by(_TOKENS.c.revoked_at, _TOKENS.c.made_at.desc())
)
_USED = update(_TOKENS).where(_TOKENS.c.id == bindparam("wanted")).values(used_at=bindparam("used"))


class NotTaken(Exception):
    """A call that is not answered: the status, and why in Chinese."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class Caller(NamedTuple):
    """Another system: ``visitor`` is whom it acts as, ``token`` the fingerprint of its token."""

    visitor: Visitor
    token: str
    may_write: bool


_BEARER = HTTPBearer(
    auto_error=False, scheme_name="令牌", description="在“系统对接”页面生成的令牌。"
)
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def caller(request: Request, given: Given = None) -> Caller:
    """Depends: who calls; NotTaken without a token that holds."""
    desk: Desk = request.app.state.desk
    if given is None or not given.credentials:
        raise NotTaken(401, "请在请求头中提供令牌：Authorization: Bearer 令牌。")
    return _caller_with(desk, given.credentials)


def writer(one: Annotated[Caller, Depends(caller)]) -> Caller:
    """Depends: who calls, and may change something."""
    if not one.may_write:
        raise NotTaken(403, "这个令牌只能读取，不能办理；请督导室另发可办理的令牌。")
    return one


def _caller_with(desk: Desk, token: str) -> Caller:
    today = desk.today()
    with desk.database.reading() as connection:
        row = connection.execute(_ONE, {"wanted": fingerprint(token)}).first()
        if row is None:
            raise NotTaken(401, "令牌不对，请核对是否复制完整。")
        if row.revoked_at:
            raise NotTaken(401, "这个令牌已被撤销，请督导室重新生成。")
        person = person_of(connection, row.person, today)
        seats = seats_of(connection, row.person, today) if person else ()
    held = [seat for seat in seats if (seat.role, seat.organisation) == ("office", row.office)]
    if person is None or not held:
        raise NotTaken(401, "令牌的经办人已不在这个督导室任职，请由现任人员重新生成。")
    _note_use(desk, row)
    visitor = Visitor(row.person, person.name, held[0], (held[0],), "", today)
    return Caller(visitor, row.id, row.may_write)


def _note_use(desk: Desk, row: Row) -> None:
    if row.used_at < iso(desk.now() - USED_EVERY):
        with desk.database.writing(redoable=True) as connection:
            connection.execute(_USED, {"wanted": row.id, "used": iso(desk.now())})


# -- made and revoked ----------------------------------------------------------------------------


def tokens_of(connection: Connection, office: str) -> list[Row]:
    """The tokens of an office, those that hold first."""
    return list(connection.execute(_OF_OFFICE, {"wanted": office}))


def make_token(desk: Desk, visitor: Visitor, name: str, may_write: bool) -> str:
    """A new token of the visitor's office, acting as the visitor: kept nowhere else. Empty where
    the office has as many as it may."""
    token = MARK + new_token()
    row = {
        "id": fingerprint(token),
        "office": visitor.organisation,
        "person": visitor.person,
        "name": name,
        "may_write": may_write,
        "made_at": iso(desk.now()),
        "used_at": "",
        "revoked_at": "",
    }
    held = _TOKENS.c.office == visitor.organisation, _TOKENS.c.revoked_at == ""
    with desk.database.writing() as connection:
        if connection.execute(select(func.count()).where(*held)).scalar_one() >= MOST:
            return ""
        connection.execute(insert(_TOKENS).values(row))
    return token


def revoke_token(desk: Desk, office: str, token: str) -> bool:
    """Revoke an office's token, by its fingerprint; whether it held until now."""
    which = _TOKENS.c.id == token, _TOKENS.c.office == office, _TOKENS.c.revoked_at == ""
    with desk.database.writing() as connection:
        done = update(_TOKENS).where(*which).values(revoked_at=iso(desk.now()))
        return connection.execute(done).rowcount == 1


# -- routes --------------------------------------------------------------------------------------


class Calls(APIRouter):
    """A router whose routes cannot be written without saying who may call them."""

    def answers(self, method: str, path: str, access: str, **declared) -> Callable:
        """Declare a call: READ and WRITE ask for a token, SIGNED calls show who they are
        themselves, ANYBODY needs nothing."""
        guards = {READ: [Depends(caller)], WRITE: [Depends(writer)], SIGNED: [], ANYBODY: []}
        responses = {**MISTAKES, **declared.pop("responses", {})}

        def declare(endpoint: Callable) -> Callable:
            endpoint.__access__ = access
            self.add_api_route(
                path,
                endpoint,
                methods=[method],
                dependencies=guards[access],
                responses=responses,
                **declared,
            )
            return endpoint

        return declare
