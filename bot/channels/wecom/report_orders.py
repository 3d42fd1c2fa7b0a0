"""What 居民上报 and 巡查上报 list: orders, as letters whose writers cannot be answered there."""

from dataclasses import dataclass
from enum import StrEnum

from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom import nodes
from bot.channels.wecom.nodes import Node
from bot.messaging import Attachment, AttachmentKind, InboundMessage

_CREATED, _DONE, _REFUSED = 1, 5, 6  # steps of an order
_TAKEN = 1  # a step that has been taken, not one that is being taken


class Kind(StrEnum):
    """Who reports; also part of the interfaces' paths."""

    RESIDENT = "resident"
    PATROL = "patrol"


@dataclass(frozen=True, slots=True)
class Order:
    """`is_over`: it was settled or refused in WeCom already."""

    letter: InboundMessage
    is_over: bool


def decode_order(value: object, kind: Kind, *, channel: str) -> Order:
    """Raises MalformedMessageError where a field that the platform always sends is missing or wrong.

    The writer's phone number stays in WeCom, where staff answer the order.
    """
    node = nodes.as_node(value)
    number = f"{kind}/{nodes.identifier(node, 'order_id')}"
    steps = [nodes.as_node(step) for step in nodes.items(node, "process_list")]
    writer = nodes.text(node, "unionid") if kind is Kind.RESIDENT else _creator(steps)
    account = writer.strip() or number
    words, attachments = _words(node), _attachments(node)
    if not (words or attachments):
        raise MalformedMessageError
    letter = InboundMessage(
        id=number,
        channel=channel,
        sender=account,
        chat=account,
        text=words,
        received_at=nodes.moment(node, "create_time"),
        sender_name=nodes.text(node, "reporter_name").strip() or None,
        one_way=True,
        attachments=attachments,
    )
    return Order(letter, is_over=bool(steps) and _is_end(steps[-1]))


def _words(node: Node) -> str:
    """What was written and, on a line of its own, where, unless that was written too."""
    said = nodes.text(node, "desc").strip() or nodes.text(node, "case_name").strip()
    place = nodes.as_node(node.get("location") or {})
    where = nodes.text(place, "name").strip() or nodes.text(place, "address").strip()
    return f"{said}\n{where}".strip() if where not in said else said


def _attachments(node: Node) -> tuple[Attachment, ...]:
    pictures = [Attachment(AttachmentKind.PICTURE, "", url) for url in nodes.texts(node, "image_urls")]
    videos = [Attachment(AttachmentKind.VIDEO, media) for media in nodes.texts(node, "video_media_ids")]
    place = nodes.as_node(node.get("location") or {})
    if not place.get("latitude") or not place.get("longitude"):
        return (*pictures, *videos)
    position = f"{place['latitude']},{place['longitude']}"
    return (*pictures, *videos, Attachment(AttachmentKind.LOCATION, position))


def _creator(steps: list[Node]) -> str:
    """The member who reported it on a round."""
    return next(
        (nodes.text(step, "solve_userid") for step in steps if step.get("process_type") == _CREATED), ""
    )


def _is_end(step: Node) -> bool:
    return step.get("process_type") in {_DONE, _REFUSED} and step.get("status") == _TAKEN
