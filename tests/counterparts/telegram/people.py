"""Who writes to the bot, in which chats, and what they are shown; as updates in Telegram's own words."""

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
MENTION_OR_COMMAND = re.compile(r"(?<!\S)(@\w{5,32}|/[a-z_]{1,32}(@\w{5,32})?)", re.ASCII)
THEN = 1_795_000_000  # when everything is said


@dataclass
class Shown:
    """A message of the bot, as it stands in a chat."""

    id: int
    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Chat:
    """Private or a group. `screen` is all that the bot has said in it, oldest first."""

    id: int
    title: str
    kind: str
    has_bot: bool = True  # of a private chat: the person has written, and has not blocked the bot
    was_started: bool = True
    moved_to: int | None = None
    screen: list[Shown] = field(default_factory=list)
    times: list[float] = field(default_factory=list)  # when messages came for it
    last_speaker_is_bot: bool = False

    @property
    def is_group(self) -> bool:
        return self.kind != "private"

    def as_json(self) -> Json:
        name = {"title": self.title} if self.is_group else {"first_name": self.title}
        return {"id": self.id, "type": self.kind, **name}


class People:
    """All state is public: tests read it. `me` is the bot as Telegram describes it."""

    def __init__(self, me: Json) -> None:
        self.me = me
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        self._numbers = itertools.count(7_000_001)

    def next_number(self) -> int:
        return next(self._numbers)

    def person(self, number: int, name: str) -> Chat:
        """Somebody, by their private chat with the bot; not opened before they write."""
        return self.chats.setdefault(number, Chat(number, name, "private", has_bot=True, was_started=False))

    def group(self, number: int, title: str, kind: str = "group") -> Chat:
        return self.chats.setdefault(number, Chat(number, title, kind))

    def upgrade(self, group: Chat, new: int) -> list[Json]:
        """The group becomes a supergroup; what the platform tells the bot of it."""
        supergroup = self.group(new, group.title, "supergroup")
        group.moved_to = new
        return [
            self.update(group, ANONYMOUS, migrate_to_chat_id=supergroup.id),
            self.update(supergroup, ANONYMOUS, migrate_from_chat_id=group.id),
        ]

    def says(self, person: Chat, text: str, *, chat: Chat | None = None, **more: Any) -> Json | None:
        """The update of it; None where the bot does not hear it."""
        return self.sends(person, chat=chat, text=text, entities=entities(text), **more)

    def sends(self, person: Chat, *, chat: Chat | None = None, **content: Any) -> Json | None:
        where = chat or person
        if where is person:
            person.was_started = True
        is_heard = not where.is_group or self._hears(where, content)
        where.last_speaker_is_bot = False
        return self.update(where, self.author(person), **content) if is_heard else None

    def presses(self, person: Chat, label: str, *, chat: Chat | None = None) -> Json:
        where = chat or person
        shown, data = next(
            (shown, data) for shown in reversed(where.screen) for text, data in shown.buttons if text == label
        )
        query = {
            "id": str(self.next_number() * 10**9),
            "from": self.author(person),
            "chat_instance": "1",
            "data": data,
            "message": {**self.as_message(where, shown), "reply_markup": keyboard(shown.buttons)},
        }
        return {"update_id": self.next_number(), "callback_query": query}

    def author(self, person: Chat) -> Json:
        return {"id": person.id, "is_bot": False, "first_name": person.title, "language_code": "zh-hans"}

    def update(self, chat: Chat, author: Json, **content: Any) -> Json:
        message = {
            "message_id": self.next_number(),
            "date": THEN,
            "chat": chat.as_json(),
            "from": author,
            **content,
        }
        return {"update_id": self.next_number(), "message": message}

    def reply_to(self, chat: Chat) -> Json:
        """What makes a line a reply to the bot's last one."""
        return {"reply_to_message": self.as_message(chat, chat.screen[-1])}

    def picture(self, content: bytes) -> list[Json]:
        """The photo of a message, in two sizes."""
        number = self.next_number()
        self.files[f"photos/file_{number}.jpg"] = content
        return [
            {"file_id": f"small-{number}", "file_unique_id": "s", "width": 90, "height": 60},
            {"file_id": f"photo-{number}", "file_unique_id": "l", "width": 1280, "height": 853},
        ]

    def _hears(self, chat: Chat, content: Json) -> bool:
        """Privacy mode: commands, mentions and replies only."""
        if self.me["can_read_all_group_messages"] or "migrate_to_chat_id" in content:
            return True
        if content.get("reply_to_message", {}).get("from", {}).get("id") == self.me["id"]:
            return True
        written = content.get("text") or content.get("caption") or ""
        named = f"@{self.me['username']}".lower() in written.lower()
        return named or (written.startswith("/") and "@" not in written and chat.last_speaker_is_bot)

    def as_message(self, chat: Chat, shown: Shown) -> Json:
        return {
            "message_id": shown.id,
            "date": THEN,
            "chat": chat.as_json(),
            "from": {key: self.me[key] for key in ("id", "is_bot", "first_name", "username")},
            "text": shown.text,
        }


def entities(text: str) -> list[Json]:
    """The mentions and commands that Telegram finds in a text; places are in units of UTF-16."""

    def units(part: str) -> int:
        return len(part.encode("utf-16-le")) // 2

    return [
        {
            "type": "mention" if found[0].startswith("@") else "bot_command",
            "offset": units(text[: found.start()]),
            "length": units(found[0]),
        }
        for found in MENTION_OR_COMMAND.finditer(text)
    ]


def keyboard(buttons: list[tuple[str, str]]) -> Json:
    return {"inline_keyboard": [[{"text": label, "callback_data": data}] for label, data in buttons]}
