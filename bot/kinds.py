"""The kinds of channels: what each can be set to, and how it is made of the bot's parts."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from bot.channels.door import Door, Limits
from bot.channels.onebot import channel as onebot
from bot.channels.pages import Pages
from bot.channels.photos import PhotoStore
from bot.channels.sandbox import Cast, Sandbox, SandboxGroup, SandboxPerson
from bot.channels.telegram import account as telegram
from bot.channels.telegram.channel import Telegram
from bot.channels.web_chat import WebChat
from bot.channels.wechat.account import API_BASE, Account, Template
from bot.channels.wechat.channel import OfficialAccount
from bot.channels.wecom import corp as wecom
from bot.channels.wecom.app import StaffApp
from bot.channels.wecom.kf import CustomerService
from bot.channels.wecom.report import Reports
from bot.channels.wecom.robot_callback import CalledRobot, Robot
from bot.channels.wecom.robot_connection import URL as ROBOT_URL
from bot.channels.wecom.robot_connection import RobotAccount
from bot.channels.wecom.robot_socket import ConnectedRobot
from bot.channels.wecom.webhook import GroupWebhook, Hook
from bot.clock import Clock
from bot.community.speech import sentence
from bot.engine import Engine
from bot.messaging import Address, Channel, OutboundMessage
from bot.settings import ConfigError, ConfigFile, Settings
from bot.storage.notebook import StoredNotebook
from knowledge.model import Knowledge, Problem, RoleName

_MOST_RESIDENTS_SHOWN = 4
_ROLES_OPENED = (RoleName.GRID_WORKER, RoleName.BUILDING_LEADER, RoleName.LAWYER)


@dataclass(frozen=True, slots=True)
class Parts:
    """What channels are made of."""

    engine: Engine
    mailbox: Callable[[Address, str], Any]
    channel_mailbox: Callable[[str], Callable[[str], Any]]
    move_clock: Callable[[datetime], Any]
    notebook: Callable[[str], StoredNotebook]
    settle: Callable[[Sequence[OutboundMessage], Sequence[OutboundMessage]], Any]
    pages: Pages
    photos: Path
    clock: Clock


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str


def _aes_key(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9+/]{43}", value) is None:
        raise PydanticCustomError("setting_aes_key", "not 43 letters and digits")
    return value


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise PydanticCustomError("setting_web_address", "not a web address")
    return value


class WebOptions(_Options):
    """The chat page, and how much one visitor may ask of it."""

    messages_a_minute: int = Field(default=Limits.messages_a_minute, ge=1)
    photos_in_ten_minutes: int = Field(default=Limits.photos_in_ten_minutes, ge=1)
    newcomers_in_ten_minutes: int = Field(default=Limits.newcomers_in_ten_minutes, ge=1)


class SandboxOptions(_Options):
    """The demo's screen; it has nothing to set."""


def _field(*kinds: str) -> Any:
    """The name of a template's field, which is of one of these kinds."""
    return Field(default=None, pattern=rf"^({'|'.join(kinds)})[0-9]+$")


class TemplateOptions(BaseModel):
    """A template chosen on the platform, and which of its fields carries what."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(min_length=1)
    what: str = Field(pattern=r"^thing[0-9]+$")
    number: str | None = _field("character_string", "thing")
    place: str | None = _field("thing")
    when: str | None = _field("time")


class SubscriptionOptions(TemplateOptions):
    """A template of 订阅通知. `long_term`: one consent covers all."""

    long_term: bool = False


class OfficialAccountOptions(_Options):
    """A 服务号; see docs/channels/wechat.md for where each value is found."""

    app_id: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    token: str = Field(min_length=1)
    aes_key: Annotated[str, AfterValidator(_aes_key)] | None = None
    api_base: Annotated[str, AfterValidator(_web_address)] = API_BASE
    subscription: SubscriptionOptions | None = None
    template: TemplateOptions | None = None


def _bot_token(value: str) -> str:
    if re.fullmatch(r"[0-9]{1,16}:[A-Za-z0-9_-]{1,100}", value) is None:
        raise PydanticCustomError("setting_unreadable", "not a number, a colon and a secret")
    return value


def _needed_to_be_called(value: str, info: ValidationInfo) -> str:
    """Without it, anybody could call."""
    if info.data.get("mode") == "webhook" and not value:
        raise PydanticCustomError("setting_missing", "needed where the platform calls")
    if re.fullmatch(r"[A-Za-z0-9_-]{0,256}", value) is None:
        raise PydanticCustomError("setting_unreadable", "not letters, digits, _ and -")
    return value


class TelegramOptions(_Options):
    """A Telegram bot; see docs/channels/telegram.md."""

    token: Annotated[str, AfterValidator(_bot_token)]
    mode: Literal["webhook", "polling"] = "webhook"
    webhook_secret: Annotated[str, AfterValidator(_needed_to_be_called), Field(validate_default=True)] = ""
    webhook_url: Annotated[str, AfterValidator(_web_address)] | None = None
    api_base: Annotated[str, AfterValidator(_web_address)] = telegram.API_BASE


class OneBotOptions(_Options):
    """A gateway of the operator's own; see docs/channels/onebot.md."""

    access_token: str = Field(min_length=1)


class _CorpOptions(_Options):
    """One application of a WeCom corporation; see docs/channels/wecom-*.md for where each value is found."""

    corp_id: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    api_base: Annotated[str, AfterValidator(_web_address)] = wecom.API_BASE


class StaffAppOptions(_CorpOptions):
    """A self-made application. `cards` is false where staff read in WeChat itself."""

    agent_id: int
    token: str = Field(min_length=1)
    aes_key: Annotated[str, AfterValidator(_aes_key)]
    cards: bool = True


def _needed_in(mode: str) -> Callable[[str, ValidationInfo], str]:
    def check(value: str, info: ValidationInfo) -> str:
        if info.data.get("mode") == mode and not value:
            raise PydanticCustomError("setting_missing", "needed in this mode")
        return value

    return check


class RobotOptions(_Options):
    """A 智能机器人: WeCom calls it, or it keeps a connection to WeCom."""

    mode: Literal["callback", "websocket"] = "callback"
    token: Annotated[str, AfterValidator(_needed_in("callback")), Field(validate_default=True)] = ""
    aes_key: Annotated[str, AfterValidator(_needed_in("callback")), Field(validate_default=True)] = ""
    bot_id: Annotated[str, AfterValidator(_needed_in("websocket")), Field(validate_default=True)] = ""
    secret: Annotated[str, AfterValidator(_needed_in("websocket")), Field(validate_default=True)] = ""
    url: str = ROBOT_URL
    api_base: Annotated[str, AfterValidator(_web_address)] = wecom.API_BASE

    @field_validator("aes_key")
    @classmethod
    def _is_key(cls, value: str) -> str:
        return _aes_key(value) if value else value

    @field_validator("url")
    @classmethod
    def _is_line(cls, value: str) -> str:
        if not value.startswith(("wss://", "ws://")):
            raise PydanticCustomError("setting_unreadable", "not the address of a line")
        return value


class CustomerServiceOptions(_CorpOptions):
    """微信客服, through the application that may serve its accounts."""

    token: str = Field(min_length=1)
    aes_key: Annotated[str, AfterValidator(_aes_key)]


class ReportOptions(_CorpOptions):
    """政民沟通: what residents and grid workers report with WeCom's own pages and robots."""


class WebhookOptions(_Options):
    """The webhook of one staff group."""

    key: str = Field(min_length=1)
    api_base: Annotated[str, AfterValidator(_web_address)] = wecom.API_BASE


def _web(name: str, options: WebOptions, parts: Parts) -> Channel:
    limits = Limits(**options.model_dump(exclude={"kind"}))
    return WebChat(
        name,
        mailbox=parts.mailbox,
        pages=parts.pages,
        photos=PhotoStore(parts.photos),
        door=Door(limits, is_emergency=parts.engine.is_emergency, clock=parts.clock),
        clock=parts.clock,
    )


def _sandbox(name: str, _options: SandboxOptions, parts: Parts) -> Channel:
    return Sandbox(
        name,
        cast=lambda: _cast(parts.engine.knowledge()),
        mailbox=parts.channel_mailbox(name),
        move_clock=parts.move_clock,
        pages=parts.pages,
        clock=parts.clock,
    )


def _template(options: TemplateOptions | None) -> Template | None:
    if options is None:
        return None
    is_long_term = isinstance(options, SubscriptionOptions) and options.long_term
    return Template(**options.model_dump(exclude={"long_term"}), is_long_term=is_long_term)


def _wechat(name: str, options: OfficialAccountOptions, parts: Parts) -> Channel:
    account = Account(
        name=name,
        app_id=options.app_id,
        token=options.token,
        secret=options.secret,
        aes_key=options.aes_key,
        api_base=options.api_base,
        subscription=_template(options.subscription),
        template=_template(options.template),
    )
    return OfficialAccount(
        account,
        notebook=parts.notebook(name),
        clock=parts.clock,
        settle=parts.settle,
        photos=PhotoStore(parts.photos),
    )


def _telegram(name: str, options: TelegramOptions, parts: Parts) -> Channel:
    account = telegram.Account(
        name=name,
        token=options.token,
        webhook_secret=options.webhook_secret,
        mode=telegram.Mode(options.mode),
        webhook_url=options.webhook_url or "",
        api_base=options.api_base,
    )
    return Telegram(
        account, notebook=parts.notebook(name), clock=parts.clock, photos=PhotoStore(parts.photos)
    )


def _onebot(name: str, options: OneBotOptions, parts: Parts) -> Channel:
    return onebot.OneBot(
        onebot.Account(name, options.access_token),
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )


def _corp(name: str, options: _CorpOptions) -> wecom.Corp:
    return wecom.Corp(name, options.corp_id, options.secret, options.api_base)


def _wecom_app(name: str, options: StaffAppOptions, parts: Parts) -> Channel:
    return StaffApp(
        _corp(name, options),
        wecom.CallbackKeys(options.token, options.aes_key),
        agent_id=options.agent_id,
        shows_cards=options.cards,
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )


def _wecom_kf(name: str, options: CustomerServiceOptions, parts: Parts) -> Channel:
    return CustomerService(
        _corp(name, options),
        wecom.CallbackKeys(options.token, options.aes_key),
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )


def _wecom_report(name: str, options: ReportOptions, parts: Parts) -> Channel:
    return Reports(
        _corp(name, options),
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )


def _wecom_webhook(name: str, options: WebhookOptions, parts: Parts) -> Channel:
    hook = Hook(name, options.key, options.api_base)
    return GroupWebhook(hook, notebook=parts.notebook(name), clock=parts.clock)


def _wecom_robot(name: str, options: RobotOptions, parts: Parts) -> Channel:
    if options.mode == "websocket":
        return ConnectedRobot(
            RobotAccount(name, options.bot_id, options.secret, options.url),
            notebook=parts.notebook(name),
            clock=parts.clock,
            settle=parts.settle,
            photos=PhotoStore(parts.photos),
        )
    return CalledRobot(
        Robot(name, wecom.CallbackKeys(options.token, options.aes_key), options.api_base),
        notebook=parts.notebook(name),
        clock=parts.clock,
        settle=parts.settle,
        photos=PhotoStore(parts.photos),
    )


CHANNELS: Mapping[str, tuple[type[_Options], Callable[[str, Any, Parts], Channel]]] = {
    "web": (WebOptions, _web),
    "sandbox": (SandboxOptions, _sandbox),
    "wechat_official": (OfficialAccountOptions, _wechat),
    "telegram": (TelegramOptions, _telegram),
    "onebot": (OneBotOptions, _onebot),
    "wecom_app": (StaffAppOptions, _wecom_app),
    "wecom_webhook": (WebhookOptions, _wecom_webhook),
    "wecom_robot": (RobotOptions, _wecom_robot),
    "wecom_kf": (CustomerServiceOptions, _wecom_kf),
    "wecom_report": (ReportOptions, _wecom_report),
}
"""Kind -> what can be set, and how it is made. A new channel is one line here."""


DEMO_ONLY = frozenset({"sandbox"})
"""Kinds on which anybody may speak as anybody."""


def channel_options(settings: Settings, file: ConfigFile, *, is_demo: bool = False) -> dict[str, _Options]:
    """Each channel's options, checked. Raises ConfigError."""
    checked: dict[str, _Options] = {}
    problems: list[Problem] = []
    for name, channel in settings.channels.items():
        if channel.kind not in CHANNELS or (channel.kind in DEMO_ONLY and not is_demo):
            known = "、".join(kind for kind in CHANNELS if kind not in DEMO_ONLY)
            problems.append(
                file.problem(
                    "unknown_channel", ("channels", name, "kind"), {"kind": channel.kind, "choices": known}
                )
            )
            continue
        shape = CHANNELS[channel.kind][0]
        try:
            checked[name] = shape(**channel.model_dump())
        except ValidationError as error:
            problems += file.problems(error, shape, under=("channels", name))
    if problems:
        raise ConfigError(problems)
    return checked


def _cast(knowledge: Knowledge) -> Cast:
    """The sandbox's people: a newcomer, some residents, everybody of the staff."""
    newcomer = SandboxPerson(
        knowledge.replies["sandbox.newcomer"], knowledge.replies["sandbox.newcomer_about"]
    )
    residents = [
        SandboxPerson(
            entry.name,
            sentence(
                knowledge,
                "place.unit",
                {"compound": entry.compound, "building": entry.building, "unit": entry.unit},
            ),
        )
        for entry in knowledge.residents[:_MOST_RESIDENTS_SHOWN]
    ]
    staff = [SandboxPerson(member.name, member.role_title) for member in knowledge.staff.values()]
    first_of_each = {member.role: member.name for member in reversed(list(knowledge.staff.values()))}
    groups = tuple(
        SandboxGroup(
            group.name,
            tuple(person.name for person in (staff if group.for_staff else [newcomer, *residents])),
        )
        for group in knowledge.groups.values()
    )
    opened = [newcomer.name, *(resident.name for resident in residents[:1])]
    opened += [first_of_each[role] for role in _ROLES_OPENED if role in first_of_each]
    opened += [group.name for group in groups[:1]]
    return Cast((newcomer, *residents, *staff), groups, tuple(opened), knowledge.community.mention_names)
