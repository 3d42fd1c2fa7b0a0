"""WeCom's group webhooks: a key, a group, twenty messages a minute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from tests.counterparts.serving import Json, Refused
from tests.counterparts.wecom.server import Server

A_MINUTE = 20
LONGEST_TEXT = 2048


@dataclass
class Group:
    """`screen` is all that was said in it by the webhook, oldest first."""

    screen: list[str] = field(default_factory=list)
    said_at: list[datetime] = field(default_factory=list)
    refused: int = 0


class Webhooks:
    """All state is public: tests read it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.groups: dict[str, Group] = {}  # by key
        self.server = Server()
        self.server.add("/cgi-bin/webhook/send", self._send)

    def _send(self, body: Json, parameters: Mapping[str, str]) -> Json:
        group = self.groups.get(parameters.get("key", ""))
        if group is None:
            raise Refused(93000, "invalid webhook url")
        if body.get("msgtype") != "text":
            raise Refused(40008, "invalid message type")
        text = body.get("text", {}).get("content", "")
        if not text:
            raise Refused(44004, "empty content")
        if len(text.encode()) > LONGEST_TEXT:
            raise Refused(40058, "text.content exceed max length 2048")
        now = self.clock.now()
        group.said_at = [at for at in group.said_at if now - at < timedelta(minutes=1)]
        if len(group.said_at) >= A_MINUTE:
            group.refused += 1
            raise Refused(45009, "api freq out of limit")
        group.said_at.append(now)
        group.screen.append(text)
        return {}
