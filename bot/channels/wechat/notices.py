"""Notices that may be sent long after the person last wrote: 订阅通知 and template messages.

The platform drops or refuses what does not fit a template's fields, so values are fitted before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from bot.channels.wechat.account import Template
from bot.channels.wechat.api import Api
from bot.channels.wechat.inbound import Heard
from bot.clock import Clock, to_local
from bot.messaging import Brief, PermanentFailure, QuotaUsedUp, TemporaryFailure, UnclearOutcome
from bot.notebook import Entry, Notebook

_CONSENT_LASTS = timedelta(days=3650)  # a consent has no end
_REPEATS_LAST = timedelta(hours=1)
_REPEAT_SOON = 30.0  # seconds: the platform recognises a repeated template message for ten minutes

# Longest value of a field by the kind in its name (thing1, phrase2, …), and what it may consist of.
_LONGEST = {"thing": 20, "const": 20, "phrase": 5, "character_string": 32, "number": 32}
_ALLOWED = {"phrase": re.compile(r"[\u4e00-\u9fff]+"), "character_string": re.compile(r"[!-~]+")}
_ELLIPSIS = "…"
_MAY_BE_SHORTENED = frozenset({"thing"})
_EMOJI = re.compile("[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]")


@dataclass(frozen=True, slots=True)
class Notice:
    """`fields` as the template names them: {"thing1": …, "time2": …}; `url` is opened by a tap.

    `is_long_term`: one consent covers all notices (only for public services that the platform approved).
    """

    template_id: str
    fields: Mapping[str, str]
    url: str = ""
    is_long_term: bool = False


class Notices:
    def __init__(
        self,
        api: Api,
        *,
        notebook: Notebook,
        clock: Clock,
        subscription: Template | None = None,
        template: Template | None = None,
    ) -> None:
        self._api = api
        self._subscription = subscription
        self._template = template
        self._notebook = notebook
        self._clock = clock

    async def send(self, openid: str, brief: Brief, *, message_id: int) -> bool:
        """By a consent where the person has given one, else as a template message. False where neither is
        set up, or the consents are used up: nothing was sent."""
        now = self._clock.now()
        if self._subscription is not None:
            try:
                await self.send_subscribed(openid, notice_of(self._subscription, brief, now))
            except QuotaUsedUp:
                pass
            else:
                return True
        if self._template is None:
            return False
        await self.send_template(openid, notice_of(self._template, brief, now), message_id=message_id)
        return True

    async def note_consents(self, heard: Heard) -> None:
        """Keep the account of consents; the same callback again changes nothing."""
        now = self._clock.now()
        mark = Entry(uuid4().hex, now + _REPEATS_LAST)
        if await self._notebook.put_if_absent(f"consent/{heard.id}", mark) != mark:
            return
        for consent in heard.consents:
            if consent.is_given:
                await self._add(heard.sender, consent.template_id, 1)
            else:
                await self._forget(heard.sender, consent.template_id)

    async def consents(self, openid: str, template_id: str) -> int:
        """How many 订阅通知 of this template the person still allows."""
        entry = await self._notebook.get(_key(openid, template_id))
        return int(entry.value) if entry else 0

    async def send_subscribed(self, openid: str, notice: Notice) -> None:
        """A 订阅通知. Raises QuotaUsedUp where the person has not consented, or not often enough."""
        body = _body(openid, notice)
        cost = 0 if notice.is_long_term else 1
        if await self.consents(openid, notice.template_id) < 1 or (
            await self._add(openid, notice.template_id, -cost) is None
        ):
            raise QuotaUsedUp("the person has not allowed another 订阅通知 of this template")
        try:
            await self._api.call("message/subscribe/bizsend", {**body, "page": notice.url})
        except QuotaUsedUp:
            await self._forget(openid, notice.template_id)
            raise
        except (TemporaryFailure, PermanentFailure):
            await self._add(openid, notice.template_id, cost)
            raise

    async def send_template(self, openid: str, notice: Notice, *, message_id: int) -> None:
        """A template message. An unclear outcome is safe to repeat soon: `message_id` tells a repeat."""
        body = {**_body(openid, notice), "url": notice.url, "client_msg_id": str(message_id)}
        try:
            await self._api.call("message/template/send", body)
        except UnclearOutcome as error:
            raise TemporaryFailure(str(error), retry_after=_REPEAT_SOON) from error

    async def _add(self, openid: str, template_id: str, amount: int) -> int | None:
        until = self._clock.now() + _CONSENT_LASTS
        return await self._notebook.add(_key(openid, template_id), amount, until=until)

    async def _forget(self, openid: str, template_id: str) -> None:
        none = Entry("0", self._clock.now() + _CONSENT_LASTS)
        await self._notebook.put({_key(openid, template_id): none})


def notice_of(template: Template, brief: Brief, now: datetime) -> Notice:
    """The brief in the template's fields; the time is the community's own."""
    said = {
        template.number: brief.number,
        template.place: brief.place,
        template.what: brief.what,
        template.when: f"{to_local(now):%Y-%m-%d %H:%M}",
    }
    fields = {name: value for name, value in said.items() if name is not None}
    return Notice(template.id, fields, is_long_term=template.is_long_term)


def fitted(name: str, value: str) -> str:
    """The value as the platform takes it in this field. Raises PermanentFailure where it cannot be."""
    kind = name.rstrip("0123456789")
    text = " ".join(_EMOJI.sub("", value).split())
    longest = _LONGEST.get(kind, len(text))
    if len(text) > longest and kind in _MAY_BE_SHORTENED:
        text = text[: longest - 1] + _ELLIPSIS
    allowed = _ALLOWED.get(kind)
    if not text or len(text) > longest or (allowed is not None and not allowed.fullmatch(text)):
        raise PermanentFailure(f"the template's field {name} does not take this value")
    return text


def _body(openid: str, notice: Notice) -> dict[str, object]:
    data = {name: {"value": fitted(name, value)} for name, value in notice.fields.items()}
    return {"touser": openid, "template_id": notice.template_id, "data": data}


def _key(openid: str, template_id: str) -> str:
    return f"consents/{openid}/{template_id}"
