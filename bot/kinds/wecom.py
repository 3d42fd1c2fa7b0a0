"""What WeCom offers: applications, robots, 微信客服, 政民沟通 and webhooks of groups."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from bot.channels.photos import PhotoStore
from bot.channels.wecom import corp as wecom
from bot.channels.wecom.app import StaffApp
from bot.channels.wecom.kf import CustomerService
from bot.channels.wecom.report import Reports
from bot.channels.wecom.robot_callback import CalledRobot, Robot
from bot.channels.wecom.robot_connection import URL as ROBOT_URL
from bot.channels.wecom.robot_connection import RobotAccount
from bot.channels.wecom.robot_socket import ConnectedRobot
from bot.channels.wecom.webhook import GroupWebhook, Hook
from bot.kinds.base import AesKey, Options, Parts, WebAddress, fits_aes
from bot.messaging import Channel


class _CorpOptions(Options):
    """One application of a WeCom corporation; see docs/channels/wecom-*.md for where each value is found."""

    corp_id: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    api_base: WebAddress = wecom.API_BASE


class StaffAppOptions(_CorpOptions):
    """A self-made application. `cards` is false where staff read in WeChat itself."""

    agent_id: int
    token: str = Field(min_length=1)
    aes_key: AesKey
    cards: bool = True


def _needed_in(mode: str) -> Callable[[str, ValidationInfo], str]:
    def check(value: str, info: ValidationInfo) -> str:
        if info.data.get("mode") == mode and not value:
            raise PydanticCustomError("setting_missing", "needed in this mode")
        return value

    return check


class RobotOptions(Options):
    """A 智能机器人: WeCom calls it, or it keeps a connection to WeCom."""

    mode: Literal["callback", "websocket"] = "callback"
    token: Annotated[str, AfterValidator(_needed_in("callback")), Field(validate_default=True)] = ""
    aes_key: Annotated[str, AfterValidator(_needed_in("callback")), Field(validate_default=True)] = ""
    bot_id: Annotated[str, AfterValidator(_needed_in("websocket")), Field(validate_default=True)] = ""
    secret: Annotated[str, AfterValidator(_needed_in("websocket")), Field(validate_default=True)] = ""
    url: str = ROBOT_URL
    api_base: WebAddress = wecom.API_BASE

    @field_validator("aes_key")
    @classmethod
    def _is_key(cls, value: str) -> str:
        return fits_aes(value) if value else value

    @field_validator("url")
    @classmethod
    def _is_line(cls, value: str) -> str:
        if not value.startswith(("wss://", "ws://")):
            raise PydanticCustomError("setting_unreadable", "not the address of a line")
        return value


class CustomerServiceOptions(_CorpOptions):
    """微信客服, through the application that may serve its accounts."""

    token: str = Field(min_length=1)
    aes_key: AesKey


class ReportOptions(_CorpOptions):
    """政民沟通: what residents and grid workers report with WeCom's own pages and robots."""


class WebhookOptions(Options):
    """The webhook of one staff group."""

    key: str = Field(min_length=1)
    api_base: WebAddress = wecom.API_BASE


def _corp(name: str, options: _CorpOptions) -> wecom.Corp:
    return wecom.Corp(name, options.corp_id, options.secret, options.api_base)


def staff_app(name: str, options: StaffAppOptions, parts: Parts) -> Channel:
    return StaffApp(
        _corp(name, options),
        wecom.CallbackKeys(options.token, options.aes_key),
        agent_id=options.agent_id,
        shows_cards=options.cards,
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )


def customer_service(name: str, options: CustomerServiceOptions, parts: Parts) -> Channel:
    return CustomerService(
        _corp(name, options),
        wecom.CallbackKeys(options.token, options.aes_key),
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )


def reports(name: str, options: ReportOptions, parts: Parts) -> Channel:
    return Reports(
        _corp(name, options),
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )


def webhook(name: str, options: WebhookOptions, parts: Parts) -> Channel:
    hook = Hook(name, options.key, options.api_base)
    return GroupWebhook(hook, notebook=parts.notebook(name), clock=parts.clock)


def robot(name: str, options: RobotOptions, parts: Parts) -> Channel:
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
