"""The demo's screen: several people and groups side by side, and a clock that can be moved.

Nobody logs in: whoever opens the page speaks for everybody. It must never be served to the public.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.pages import Pages
from bot.channels.posted import json_object, text_of
from bot.clock import Clock, from_local, to_local
from bot.messaging import Capabilities, Delivered, InboundMessage, MailboxPage, OutboundMessage, Receive

_MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_LONGEST_NAME = 20
_MOST_LINES = 2000  # kept to be shown; the store keeps what counts
_FARTHEST_MOVE = timedelta(days=14)  # the scheduler makes good no longer gap


@dataclass(frozen=True, slots=True)
class SandboxPerson:
    """Somebody with a phone. The name is the account. `about` is shown under it: a role, or a home."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class SandboxGroup:
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in the sandbox, and the names that call the bot in a group. `opened`: the phones and groups
    that are on the screen at first."""

    people: tuple[SandboxPerson, ...]
    groups: tuple[SandboxGroup, ...]
    opened: tuple[str, ...]
    mention_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """Something said in a chat; by the bot where `speaker` is empty."""

    chat: str
    speaker: str
    at: str
    text: str
    buttons: tuple[dict[str, str], ...] = ()


class Sandbox:
    """`mailbox` reads all chats of this channel from a cursor. `move_clock` returns when everything that
    falls due on the way has happened."""

    capabilities = Capabilities(groups=True, buttons=True, private_from_group=True, is_mailbox=True)

    def __init__(
        self,
        name: str,
        *,
        cast: Callable[[], Cast],
        mailbox: Callable[[str], Awaitable[MailboxPage]],
        move_clock: Callable[[datetime], Awaitable[None]],
        pages: Pages,
        clock: Clock,
    ) -> None:
        self.name = name
        self._cast = cast
        self._mailbox = mailbox
        self._move_clock = move_clock
        self._pages = pages
        self._clock = clock
        self._run = secrets.token_hex(4)  # tells a page that its numbers are of an earlier process
        self._lines: list[_Line] = []
        self._forgotten = 0
        self._cursor = ""
        self._turn = asyncio.Lock()  # a line is always noted before what it was answered with

    async def close(self) -> None:
        """Nothing is held open: the page asks again and again."""

    async def send(self, message: OutboundMessage) -> None:
        """Nothing to do: the screen asks every second."""

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        async def take_line(request: Request) -> Response:
            return await self._take_line(request, receive)

        return [
            Route("/sandbox", self._show_screen),
            Route("/sandbox/feed", self._feed),
            Route("/sandbox/messages", take_line, methods=["POST"]),
            Route("/sandbox/clock", self._turn_clock, methods=["POST"]),
        ]

    async def _show_screen(self, _request: Request) -> Response:
        cast = asdict(self._cast())
        return HTMLResponse(self._pages.render("sandbox.html", cast=cast))

    async def _feed(self, request: Request) -> Response:
        """Everything said since line number `after` of run `run`; from the start for another run."""
        query = request.query_params
        after = query.get("after", "0")
        seen = int(after) if after.isdigit() and query.get("run") == self._run else 0
        async with self._turn:
            await self._fetch()
        lines = self._lines[max(0, seen - self._forgotten) :]
        return JSONResponse(
            {
                "run": self._run,
                "next": self._forgotten + len(self._lines),
                "now": to_local(self._clock.now()).isoformat(timespec="seconds"),
                "lines": [asdict(line) for line in lines],
            }
        )

    async def _take_line(self, request: Request, receive: Receive) -> Response:
        posted = await json_object(request)
        speaker = text_of(posted, "speaker", most=_LONGEST_NAME)
        chat = text_of(posted, "chat", most=_LONGEST_NAME)
        text = text_of(posted, "text")
        message_id = text_of(posted, "id")
        cast = self._cast()
        is_group = any(group.name == chat for group in cast.groups)
        if not speaker or not _MESSAGE_ID.fullmatch(message_id) or not (is_group or chat == speaker):
            raise HTTPException(400)
        mentioned, said = _mention(text, cast.mention_names)
        now = self._clock.now()
        message = InboundMessage(
            id=message_id,
            channel=self.name,
            sender=speaker,
            chat=chat,
            text=said if is_group else text,
            received_at=now,
            sender_name=speaker,
            is_group=is_group,
            mentioned=is_group and mentioned,
        )
        async with self._turn:
            await receive(message)
            self._note(_Line(chat, speaker, now.isoformat(), text))
        return JSONResponse({})

    async def _turn_clock(self, request: Request) -> Response:
        """`to` is a wall-clock time, `forward` a number of minutes."""
        posted = await json_object(request)
        now = self._clock.now()
        try:
            if "forward" in posted:
                to = now + timedelta(minutes=int(str(posted["forward"])))
            else:
                to = from_local(datetime.fromisoformat(str(posted.get("to"))))
        except (ValueError, OverflowError) as broken:
            raise HTTPException(400) from broken
        if to <= now:
            return self._refuse("page.clock_backwards")
        if to - now > _FARTHEST_MOVE:
            return self._refuse("page.clock_too_far", days=_FARTHEST_MOVE.days)
        await self._move_clock(to)
        return JSONResponse({})

    # -- below ------------------------------------------------------------------------------------

    async def _fetch(self) -> None:
        while True:
            page = await self._mailbox(self._cursor)
            self._cursor = page.cursor
            for one in page.delivered:
                self._note(_shown(one))
            if not page.delivered:
                return

    def _note(self, line: _Line) -> None:
        self._lines.append(line)
        too_many = len(self._lines) - _MOST_LINES
        if too_many > 0:
            del self._lines[:too_many]
            self._forgotten += too_many

    def _refuse(self, key: str, **values: object) -> Response:
        return JSONResponse({"error": self._pages.text(key, **values)}, 409)


def _mention(text: str, names: Sequence[str]) -> tuple[bool, str]:
    """Whether the bot is called, and the text without the call where it begins with it."""
    for name in sorted(names, key=len, reverse=True):  # the short name may begin the long one
        if text.startswith(name):
            return True, text.removeprefix(name).lstrip(" ，,：:")
    return any(name in text for name in names), text


def _shown(one: Delivered) -> _Line:
    message = one.message
    buttons = tuple({"label": button.label, "says": button.says} for button in message.buttons)
    return _Line(message.address.chat, "", one.at.isoformat(), message.text, buttons)
