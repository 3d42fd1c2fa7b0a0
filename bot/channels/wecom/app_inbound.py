"""What WeCom tells an application: what members send it, and what they press."""

from dataclasses import dataclass
from datetime import datetime

from bot.channels.wechat_codec import MalformedMessageError, fields, parse_xml
from bot.channels.wechat_messages import identifier, message_of, number
from bot.channels.wecom.cards import Press, pressed
from bot.messaging import InboundMessage


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press on a card. `response_code` lets us change the card once."""

    press: Press
    user: str
    response_code: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One callback; nothing in it where it is none of our business."""

    message: InboundMessage | None = None
    pressed: Pressed | None = None


def decode(plain: bytes, *, channel: str, corp_id: str, agent_id: int, now: datetime) -> Heard:
    """Raises MalformedMessageError where a field is missing or wrong, or speaks of somebody else."""
    said = fields(parse_xml(plain))
    sender = identifier(said, "FromUserName")
    created_at = number(said, "CreateTime")
    if identifier(said, "ToUserName") != corp_id or int(number(said, "AgentID")) != agent_id:
        raise MalformedMessageError
    kind = identifier(said, "MsgType").lower()
    if kind != "event":
        message_id = number(said, "MsgId")
        return Heard(message_of(said, kind, message_id=message_id, sender=sender, channel=channel, now=now))
    event = identifier(said, "Event").lower()
    key = said.get("EventKey", "")
    press = pressed(key) if event == "template_card_event" else None
    if press is not None:
        # Pressed twice before the card changes is pressed once.
        press_id = f"{sender}/{identifier(said, 'TaskId')}/{press.number}"
        return Heard(
            _saying(press.says, message_id=press_id, sender=sender, channel=channel, now=now),
            Pressed(press, sender, said.get("ResponseCode", "")),
        )
    if event == "click":
        # Events have no MsgId; these together tell a repeated one.
        click_id = f"{sender}/{created_at}/{event}/{key}"
        return Heard(_saying(key, message_id=click_id, sender=sender, channel=channel, now=now))
    return Heard()


def _saying(text: str, *, message_id: str, sender: str, channel: str, now: datetime) -> InboundMessage:
    return InboundMessage(
        id=message_id, channel=channel, sender=sender, chat=sender, text=text.strip(), received_at=now
    )
