"""What a callback of the platform says, as our values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lxml import etree

from bot.channels.wechat_codec import fields
from bot.channels.wechat_messages import identifier, message_of, number
from bot.messaging import InboundMessage


class Trigger(StrEnum):
    """What somebody did that lets us write to them for a while."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody's decision about notices made from one template: one more of them, or none any more."""

    template_id: str
    is_given: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """One callback; `id` is the same when it is repeated.

    `account` is our own id over there, which a passive reply must name as its sender.
    """

    id: str
    sender: str
    account: str
    message: InboundMessage | None = None
    opens: Trigger | None = None
    consents: tuple[Consent, ...] = ()
    has_left: bool = False


_EVENTS_THAT_OPEN = {
    "subscribe": Trigger.FOLLOW,
    "scan": Trigger.SCAN,
    "click": Trigger.MENU,
    "scancode_push": Trigger.MENU,
    "scancode_waitmsg": Trigger.MENU,
}
_EVENTS_THAT_SPEAK = frozenset({"subscribe", "scan", "click"})
_CONSENT_ASKED = "subscribe_msg_popup_event"
_CONSENT_CHANGED = "subscribe_msg_change_event"


def decode(root: etree._Element, *, channel: str, now: datetime) -> Heard:
    """Raises MalformedMessageError where a field that the platform always sends is missing or wrong."""
    said = fields(root)
    created_at = number(said, "CreateTime")
    sender = identifier(said, "FromUserName")
    account = identifier(said, "ToUserName")
    kind = identifier(said, "MsgType").lower()
    if kind != "event":
        message_id = number(said, "MsgId")
        message = message_of(said, kind, message_id=message_id, sender=sender, channel=channel, now=now)
        return Heard(message_id, sender, account, message, Trigger.MESSAGE)
    event = identifier(said, "Event").lower()
    key = said.get("EventKey", "").strip()
    # Events have no MsgId; these together tell a repeated one.
    event_id = f"{sender}/{created_at}/{event}/{key}"
    happening = InboundMessage(
        id=event_id,
        channel=channel,
        sender=sender,
        chat=sender,
        text=key if event == "click" else "",
        received_at=now,
        place_hint=_scene(event, key),
    )
    return Heard(
        event_id,
        sender,
        account,
        happening if event in _EVENTS_THAT_SPEAK else None,
        _EVENTS_THAT_OPEN.get(event),
        _consents(event, root),
        has_left=event == "unsubscribe",
    )


def _scene(event: str, key: str) -> str | None:
    """What the scanned QR code said. A new follower's scene comes with a prefix, if there is one."""
    if event == "scan":
        return key or None
    prefix = "qrscene_"
    return key.removeprefix(prefix) or None if key.startswith(prefix) else None


def _consents(event: str, root: etree._Element) -> tuple[Consent, ...]:
    """A no to one more says nothing of those allowed before; switching off in the settings does."""
    if event not in {_CONSENT_ASKED, _CONSENT_CHANGED}:
        return ()
    decisions = [
        Consent(template_id, item.findtext("SubscribeStatusString") == "accept")
        for item in root.iter("List")
        if (template_id := item.findtext("TemplateId"))
    ]
    return tuple(decision for decision in decisions if decision.is_given is (event == _CONSENT_ASKED))
