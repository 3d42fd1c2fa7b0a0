"""What a robot (智能机器人) is told, by callback or over its line: the same JSON on both ways."""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom import nodes
from bot.channels.wecom.cards import Press, pressed
from bot.channels.wecom.nodes import Node
from bot.messaging import Attachment, AttachmentKind, InboundMessage

_ENCRYPT = re.compile(rb'"encrypt"\s*:\s*"([A-Za-z0-9+/=\\]+)"')

# How a group message names the robot; whom else it names further in, it may mean.
_MENTION = re.compile(r"^\s*@\S+\s*|\s*@\S+\s*$")

_FILES = {
    "image": AttachmentKind.PICTURE,
    "file": AttachmentKind.FILE,
    "video": AttachmentKind.VIDEO,
}

_DECOY = b'{"msgid":"-","chattype":"single","from":{"userid":"-"},"msgtype":"text","text":{"content":"-"}}'


class Happening(Enum):
    SAID = auto()
    ENTERED = auto()  # opened the chat with the robot for the first time that day
    PRESSED = auto()
    POLLED = auto()  # the platform asks how a streamed reply goes on
    DISPLACED = auto()  # another connection of the same robot took over this one
    NOTHING = auto()  # none of our business


@dataclass(frozen=True, slots=True)
class Heard:
    """`response_url` takes one message within an hour; only callbacks have it."""

    happening: Happening
    message: InboundMessage | None = None
    press: Press | None = None
    task_id: str = ""
    response_url: str = ""
    stream_id: str = ""


def find_ciphertext(body: bytes) -> bytes:
    """What "encrypt" holds, or nothing. The signature covers it, so the rest need not be parsed."""
    found = _ENCRYPT.search(body)
    return found[1].replace(b"\\/", b"/") if found else b""


def read_json(plain: bytes) -> Node:
    """A JSON object. Raises MalformedMessageError."""
    try:
        return nodes.as_node(json.loads(plain))
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError from error


def pretend() -> None:
    """The work of reading a message, for a refusal that has none."""
    read_json(_DECOY)


def decode(node: Node, *, channel: str, now: datetime) -> Heard:
    """Raises MalformedMessageError where a field that the platform always sends is missing or wrong."""
    kind = nodes.identifier(node, "msgtype")
    if kind == "stream":
        return Heard(Happening.POLLED, stream_id=nodes.identifier(nodes.inner(node, "stream"), "id"))
    if kind == "event":
        return _event(nodes.inner(node, "event"), node, channel=channel, now=now)
    words, attachments = _said(kind, node)
    message = _message(node, words or "", channel=channel, now=now, attachments=attachments)
    if words is None:
        return Heard(Happening.NOTHING)
    if message.is_group:
        message = replace(message, text=_MENTION.sub("", message.text, count=1).strip())
    return Heard(Happening.SAID, message, response_url=nodes.text(node, "response_url"))


def _event(event: Node, node: Node, *, channel: str, now: datetime) -> Heard:
    kind = nodes.identifier(event, "eventtype")
    if kind == "disconnected_event":
        return Heard(Happening.DISPLACED)
    message = _message(node, "", channel=channel, now=now)
    url = nodes.text(node, "response_url")
    if kind == "enter_chat":
        return Heard(Happening.ENTERED, message, response_url=url)
    press, task = _press(event) if kind == "template_card_event" else (None, "")
    if press is None:
        return Heard(Happening.NOTHING)
    # Pressed twice before the card changes is pressed once.
    press_id = f"{message.sender}/{task}/{press.number}"
    says = replace(message, id=press_id, text=press.says.strip())
    return Heard(Happening.PRESSED, says, press, task, url)


def _message(
    node: Node, text: str, *, channel: str, now: datetime, attachments: tuple[Attachment, ...] = ()
) -> InboundMessage:
    user = nodes.identifier(nodes.inner(node, "from"), "userid")
    is_group = node.get("chattype") == "group"
    return InboundMessage(
        id=nodes.identifier(node, "msgid"),
        channel=channel,
        sender=user,
        chat=nodes.identifier(node, "chatid") if is_group else user,
        text=text.strip(),
        received_at=now,
        is_group=is_group,
        mentioned=is_group,  # of a group's messages, only those that name the robot arrive
        attachments=attachments,
    )


def _said(kind: str, node: Node) -> tuple[str | None, tuple[Attachment, ...]]:
    """The words and what comes with them; no words at all for a kind that is none of our business."""
    if kind in {"text", "voice"}:  # voices come written down
        return nodes.text(nodes.inner(node, kind), "content"), ()
    if kind in _FILES:
        return "", (_file(kind, node),)
    if kind != "mixed":
        return None, ()
    items = nodes.inner(node, "mixed").get("msg_item")
    if not isinstance(items, list):
        raise MalformedMessageError
    words: list[str] = []
    attachments: tuple[Attachment, ...] = ()
    for item in map(nodes.as_node, items):
        kind = nodes.text(item, "msgtype")
        text, files = _said(kind, item) if kind != "mixed" else (None, ())
        words.append(text or "")
        attachments += files
    return "\n".join(word for word in words if word), attachments


def _file(kind: str, node: Node) -> Attachment:
    """Its `reference` is the key that it is encrypted with; nothing where that is the robot's own."""
    file = nodes.inner(node, kind)
    return Attachment(_FILES[kind], nodes.text(file, "aeskey"), nodes.text(file, "url"))


def _press(event: Node) -> tuple[Press | None, str]:
    """Published types show the key beside the event's type; what arrives nests it under the type's name."""
    details = nodes.as_node(event.get("template_card_event", event))
    return pressed(nodes.text(details, "event_key")), nodes.text(details, "task_id")
