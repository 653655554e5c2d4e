"""The channels an office has set up: `channels.toml` in the house's home, read once at the start.

Secrets stand in the file itself, in an environment variable (``env:NAME``) or in a file of their
own (``file:PATH``). Whatever is wrong is said in Chinese with its place and never with its value.
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from engine.calls import flaw_of_address
from notifications.policy import Policy
from notifications.sender import MAIL_ADDRESS
from rules.values import ROLE_TITLES, Frozen

FILE = "channels.toml"
PLACE = "DUDAO_CHANNELS"  # in the environment: the file, where it is not in the home
SECRETS = ("password", "token", "key", "secret")
OUR_OWN = ("outbox", "desk", "link")  # as the ledger calls a person's hand, and a receipt
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Secret = Annotated[SecretStr, Field(min_length=1, max_length=500)]


class BadChannels(ValueError):
    """The settings cannot be used; the text says why, in Chinese and without any secret."""


def _wrong(why: str) -> PydanticCustomError:
    return PydanticCustomError("dudao", why)  # type: ignore[arg-type]


def _address(url: str) -> str:
    if flaw := flaw_of_address(url):
        raise _wrong(flaw.rstrip("。"))
    return url.rstrip("/")


def _https(url: str) -> str:
    """What carries a robot's token goes encrypted, but on this machine."""
    url = _address(url)
    if not url.startswith("https://") and urlsplit(url).hostname not in LOOPBACK:
        raise _wrong("网址应以https://开头")
    return url


def _token(given: SecretStr) -> SecretStr:
    """A platform's token, which stands in an address."""
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,200}", given.get_secret_value()):
        raise _wrong("只能是字母、数字、“-”和“_”；不要写整个网址")
    return given


def _alphanumeric(given: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9]{1,200}", given.get_secret_value()):
        raise _wrong("只能是字母和数字；不要写整个网址")
    return given


Token = Annotated[SecretStr, AfterValidator(_token)]
Alphanumeric = Annotated[SecretStr, AfterValidator(_alphanumeric)]
Https = Annotated[str, BeforeValidator(lambda given: _https(str(given)))]
Address = Annotated[str, BeforeValidator(lambda given: _address(str(given)))]


class Channel(Frozen):
    """What every channel has. ``name`` is what the ledger calls it; ``roles`` whom it serves (all
    where none are named); ``timeout`` in seconds, for each step of a conversation."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: str = Field(default="", max_length=40, pattern=r"^[\w\-（）·]*$")
    roles: tuple[str, ...] = ()
    timeout: float = Field(default=10.0, ge=0.2, le=20)

    @model_validator(mode="after")
    def _known_roles(self) -> "Channel":
        if any(role not in ROLE_TITLES for role in self.roles):
            raise _wrong(f"roles里有不认识的角色，可用的是{'、'.join(ROLE_TITLES)}")
        return self

    def serves(self, role: str) -> bool:
        """Whether people are told by this channel in a role (``unit:…`` is a department)."""
        return not self.roles or role in self.roles

    @property
    def whole_name(self) -> str:
        """The name, by default its kind's."""
        return self.name or str(getattr(self, "kind", ""))


class MailSettings(Channel):
    """A mail server (SMTP). ``tls`` is encrypted from the first byte, ``starttls`` after one."""

    kind: Literal["mail"]
    host: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9.\-:]+$")
    port: int = Field(default=0, ge=0, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = Field(default="", max_length=200)
    password: Secret | None = None
    sender: str = Field(max_length=200, pattern=MAIL_ADDRESS)
    sender_name: str = Field(default="教育督导室", max_length=40, pattern=r"^[^\r\n]*$")
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _encrypted(self) -> "MailSettings":
        if bool(self.user) != bool(self.password):
            raise _wrong("user和password要么都写，要么都不写")
        if self.password and self.security == "none" and self.host not in LOOPBACK:
            raise _wrong("不加密的连接（security为none）不能使用密码")
        if self.ca_file and not self.ca_file.is_file():
            raise _wrong("ca_file指的证书文件不存在")
        return self


class GroupSettings(Channel):
    """A robot of a chat group. Everybody in the group reads what it says, so the roles must be
    named."""

    @model_validator(mode="after")
    def _roles_named(self) -> "GroupSettings":
        if not self.roles:
            raise _wrong("群里人人可见，须写明roles：这个群里是哪些角色的人")
        return self


class WeComSettings(GroupSettings):
    """企业微信 (政务微信 with its own ``server``); ``key`` is the end of the robot's address."""

    kind: Literal["wecom"]
    key: Token
    server: Https = "https://qyapi.weixin.qq.com"


class DingTalkSettings(GroupSettings):
    """钉钉; ``secret`` where the robot asks for a signature (加签)."""

    kind: Literal["dingtalk"]
    token: Alphanumeric
    secret: Alphanumeric | None = None
    server: Https = "https://oapi.dingtalk.com"


class FeishuSettings(GroupSettings):
    """飞书 (Lark with ``server`` https://open.larksuite.com); ``secret`` for 签名校验."""

    kind: Literal["feishu"]
    token: Token
    secret: Secret | None = None
    server: Https = "https://open.feishu.cn"


class WebhookSettings(Channel):
    """Another system that tells people itself (short messages, an office's own app)."""

    kind: Literal["webhook"]
    url: Address
    secret: Secret


class OutboxSettings(Channel):
    """The local outbox, as one channel among others."""

    kind: Literal["outbox"]


AnyChannel = Annotated[
    MailSettings
    | WeComSettings
    | DingTalkSettings
    | FeishuSettings
    | WebhookSettings
    | OutboxSettings,
    Field(discriminator="kind"),
]


class Channels(Frozen):
    """All channels, the preferred first; what goes for every office, and for one of them;
    ``portal``: our address as readers reach it, for links to confirm by."""

    model_config = ConfigDict(hide_input_in_errors=True)

    channel: tuple[AnyChannel, ...] = Field(min_length=1, max_length=20)
    portal: Address | None = None
    policy: Policy = Policy()
    offices: dict[str, Policy] = {}

    @model_validator(mode="after")
    def _names_differ(self) -> "Channels":
        names = [*OUR_OWN, *(one.whole_name for one in self.channel if one.kind != "outbox")]
        if len(set(names)) < len(names):
            raise _wrong("渠道同名，或者用了系统自用的名称，请用name另起一个")
        waits = any(policy.receipt_hours for policy in (self.policy, *self.offices.values()))
        if waits and not self.portal:
            raise _wrong("receipt_hours要等回执，须写明portal（收件人点开确认的网址）")
        return self


def read_channels(home: Path, environment: Mapping[str, str] = os.environ) -> Channels | None:
    """The channels of a house; None where none are set up. BadChannels for what cannot be used."""
    given = environment.get(PLACE, "")
    path = Path(given) if given else home / FILE
    if not given and not path.exists():
        return None
    try:
        written = tomllib.loads(_private(path, others=0o077).decode("utf-8"))
        channels = written.get("channel")
        if isinstance(channels, list):
            written["channel"] = [
                _with_secrets(one, f"第{number}个渠道", environment)
                for number, one in enumerate(channels, 1)
            ]
        return Channels.model_validate(written)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))  # the rest may quote what stands there
        where = f"第{line[1]}行" if line else "文件结尾"
        raise BadChannels(f"{path}：{where}不是有效的TOML。") from None
    except UnicodeDecodeError:
        raise BadChannels(f"{path}：文件编码应为UTF-8。") from None
    except ValidationError as error:
        raise BadChannels("\n".join(f"{path}：{line}。" for line in _lines(error))) from None
    except BadChannels as reason:
        raise BadChannels(f"{path}：{reason}") from None


def _private(path: Path, others: int) -> bytes:
    """A file's bytes, if only those meant to can read it. ``others``: permissions it may not
    give."""
    try:
        mode = path.stat().st_mode
        if os.name == "posix" and stat.S_IMODE(mode) & others:
            raise BadChannels(f"{path.name}别人也能读，请收紧权限（chmod 600）。")
        return path.read_bytes()
    except OSError:
        raise BadChannels(f"{path.name}不能读取，请核对路径和权限。") from None


def _with_secrets(channel: Any, place: str, environment: Mapping[str, str]) -> Any:
    """A channel with the secrets that are kept elsewhere."""
    if not isinstance(channel, dict):
        return channel
    found = dict(channel)
    for field in SECRETS:
        written = channel.get(field)
        if not isinstance(written, str):
            continue
        how, _, where = written.partition(":")
        if how == "env":
            if not environment.get(where):
                raise BadChannels(f"{place}的{field}：环境变量{where}没有设置。")
            found[field] = environment[where]
        elif how == "file":
            found[field] = _private(Path(where), others=0o007).decode("utf-8", "replace").strip()
        if not found[field]:
            raise BadChannels(f"{place}的{field}：没有内容。")
    return found


_SAID = {
    "missing": "没有写",
    "extra_forbidden": "不认识的设置",
    "union_tag_not_found": "没有写kind",
    "union_tag_invalid": "不认识的kind，可用的是mail、wecom、dingtalk、feishu、webhook、outbox",
    "too_short": "没有写任何渠道（[[channel]]）",
}


def _lines(error: ValidationError) -> list[str]:
    """Every mistake with its place. The value is not shown: it may be the secret."""
    mistakes = error.errors(include_input=False, include_url=False, include_context=False)
    deep = any(len(one["loc"]) > 1 for one in mistakes)  # then the list is not really empty
    return [_line(one) for one in mistakes if not (deep and one["loc"] == ("channel",))]


def _line(mistake: Any) -> str:
    """Place, field and what is wrong: the place is a channel's number, its kind, its field."""
    loc, kind = mistake["loc"], mistake["type"]
    said = mistake["msg"] if kind == "dudao" else _SAID.get(kind, "写法有误")
    if loc[:1] == ("channel",) and len(loc) > 1:
        place = f"第{loc[1] + 1}个渠道"
        shown = f"{place}的{loc[3]}" if len(loc) > 3 else place
    else:
        shown = ".".join(str(part) for part in loc)
    return f"{shown}：{said}" if shown else said
