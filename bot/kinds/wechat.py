"""WeChat's 服务号."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.channels.photos import PhotoStore
from bot.channels.wechat.account import API_BASE, Account, Template
from bot.channels.wechat.channel import OfficialAccount
from bot.kinds.base import AesKey, Options, Parts, WebAddress
from bot.messaging import Channel


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


class OfficialAccountOptions(Options):
    """A 服务号; see docs/channels/wechat.md for where each value is found."""

    app_id: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    token: str = Field(min_length=1)
    aes_key: AesKey | None = None
    api_base: WebAddress = API_BASE
    subscription: SubscriptionOptions | None = None
    template: TemplateOptions | None = None


def _template(options: TemplateOptions | None) -> Template | None:
    if options is None:
        return None
    is_long_term = isinstance(options, SubscriptionOptions) and options.long_term
    return Template(**options.model_dump(exclude={"long_term"}), is_long_term=is_long_term)


def official_account(name: str, options: OfficialAccountOptions, parts: Parts) -> Channel:
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
