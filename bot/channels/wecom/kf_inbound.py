"""What 微信客服 tells: that there is something new, and then, asked for it, what."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from urllib.parse import unquote

from bot.channels.wechat_codec import MalformedMessageError, fields, parse_xml
from bot.channels.wechat_messages import identifier
from bot.channels.wecom import nodes
from bot.channels.wecom.nodes import Node
from bot.messaging import Attachment, AttachmentKind, InboundMessage

_LONGEST_ID = 128
_BY_CUSTOMER, _BY_PLATFORM, _BY_SERVICER = 3, 4, 5  # where a message comes from
_OVER = 3  # how a conversation with a servicer changed: it ended

_FILES = {
    "image": AttachmentKind.PICTURE,
    "voice": AttachmentKind.VOICE,
    "video": AttachmentKind.VIDEO,
    "file": AttachmentKind.FILE,
}


@dataclass(frozen=True, slots=True)
class Ring:
    """There is something new for one of our accounts; the token lets us ask at once, for ten minutes."""

    account: str
    token: str


class Happening(Enum):
    SAID = auto()
    ENTERED = auto()
    SERVED = auto()  # a servicer talks with the customer
    SERVED_NO_MORE = auto()
    NOT_DELIVERED = auto()
    NOTHING = auto()  # none of our business


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened between a customer and one of our accounts, in their order.

    `welcome_code` lets us greet within 20 seconds. `scene` is what the link or QR code said. `failed_id` is
    our own id of a message that was not delivered.
    """

    happening: Happening
    account: str
    person: str
    at: datetime
    message: InboundMessage | None = None
    welcome_code: str = ""
    scene: str = ""
    failed_id: str = ""


def decode_ring(plain: bytes, *, corp_id: str) -> Ring | None:
    """None where the callback is about something else. Raises MalformedMessageError."""
    said = fields(parse_xml(plain))
    if identifier(said, "ToUserName") != corp_id:
        raise MalformedMessageError
    if (
        identifier(said, "MsgType").lower() != "event"
        or identifier(said, "Event").lower() != "kf_msg_or_event"
    ):
        return None
    return Ring(identifier(said, "OpenKfId"), said.get("Token", "").strip()[:_LONGEST_ID])


def decode_item(value: object, *, channel: str) -> Item:
    """Raises MalformedMessageError where a field that the platform always sends is missing or wrong."""
    node = nodes.as_node(value)
    at = nodes.moment(node, "send_time")
    if nodes.text(node, "msgtype") == "event":
        return _event(nodes.inner(node, "event"), node, channel=channel, at=at)
    account, person = nodes.identifier(node, "open_kfid"), nodes.identifier(node, "external_userid")
    if node.get("origin") == _BY_SERVICER:
        return Item(Happening.SERVED, account, person, at)
    said = _said(nodes.identifier(node, "msgtype"), node) if node.get("origin") == _BY_CUSTOMER else None
    if said is None:
        return Item(Happening.NOTHING, account, person, at)
    message = _message(node, person, said[0], channel=channel, at=at, attachments=said[1])
    return Item(Happening.SAID, account, person, at, message)


def _event(event: Node, node: Node, *, channel: str, at: datetime) -> Item:
    kind = nodes.identifier(event, "event_type")
    account, person = nodes.text(event, "open_kfid"), nodes.text(event, "external_userid")
    if kind == "enter_session" and account and person:
        # It comes as it was put into the link, so it may still be written for one.
        scene = unquote(nodes.text(event, "scene_param")).strip()
        code = nodes.text(event, "welcome_code")
        return Item(
            Happening.ENTERED, account, person, at, _message(node, person, "", channel=channel, at=at),
            code, scene,
        )  # fmt: skip
    if kind == "session_status_change" and account and person:
        is_over = event.get("change_type") == _OVER
        return Item(Happening.SERVED_NO_MORE if is_over else Happening.SERVED, account, person, at)
    if kind == "msg_send_fail" and account and person:
        return Item(Happening.NOT_DELIVERED, account, person, at, failed_id=nodes.text(event, "fail_msgid"))
    return Item(Happening.NOTHING, account, person, at)


def _said(kind: str, node: Node) -> tuple[str, tuple[Attachment, ...]] | None:
    """The words and what comes with them; None for a kind that is none of our business."""
    if kind == "text":
        text = nodes.inner(node, "text")
        # A choice of a menu of ours carries what it stands for.
        return nodes.text(text, "menu_id") or nodes.text(text, "content"), ()
    if kind in _FILES:
        return "", (Attachment(_FILES[kind], nodes.text(nodes.inner(node, kind), "media_id")),)
    if kind == "location":
        place = nodes.inner(node, "location")
        position = f"{nodes.number(place, 'latitude')},{nodes.number(place, 'longitude')}"
        words = nodes.text(place, "name") or nodes.text(place, "address")
        return words, (Attachment(AttachmentKind.LOCATION, position),)
    if kind == "link":
        link = nodes.inner(node, "link")
        return nodes.text(link, "title"), (Attachment(AttachmentKind.LINK, "", nodes.text(link, "url")),)
    return None


def _message(
    node: Node,
    person: str,
    text: str,
    *,
    channel: str,
    at: datetime,
    attachments: tuple[Attachment, ...] = (),
) -> InboundMessage:
    return InboundMessage(
        id=nodes.identifier(node, "msgid"),
        channel=channel,
        sender=person,
        chat=person,
        text=text.strip(),
        received_at=at,
        attachments=attachments,
    )
