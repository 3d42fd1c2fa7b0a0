"""The chat page: private chats with whoever opens it. No account, no login, one cookie."""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.channels.bells import Bells, wait
from bot.channels.door import Door
from bot.channels.pages import Pages
from bot.channels.photos import LARGEST_FILE, NotAPhoto, PhotoRefused, PhotoStore
from bot.channels.posted import clean, json_object, limited, text_of
from bot.channels.visitor import Visitor, new_visitor, visitor_of
from bot.clock import Clock, to_local
from bot.messaging import (
    Address,
    Capabilities,
    Delivered,
    InboundMessage,
    MailboxPage,
    OutboundMessage,
    ReadMailbox,
    Receive,
    StoreAway,
)

_MESSAGE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_LONGEST_PLACE = 60
_LONGEST_CURSOR = 16_000
_MOST_PHOTOS = 9

_MOST_STREAMS = 1000
_MOST_STREAMS_OF_ONE = 4
_LOOK_AGAIN = timedelta(seconds=5)
_AFTER_THE_BELL = (0.0, 0.1, 0.4, 1.0)
"""Seconds before each look after the bell: it rings when a message is handed over, and only a moment later
does the store say that it was."""
_BEAT_EVERY = 4  # looks without news: often enough for proxies, seldom enough for a battery
_BEAT = b"event: beat\ndata: 1\n\n"

_PHOTO_OVERHEAD = 64 * 1024  # bytes of a form beside its file
_PHOTOS_AT_ONCE = 2  # unpacked pictures are large


class WebChat:
    """Answers go back in the request; everything lies in the mailbox too, which the page reads by cursor."""

    capabilities = Capabilities(buttons=True, is_mailbox=True)

    def __init__(
        self,
        name: str,
        *,
        mailbox: ReadMailbox,
        pages: Pages,
        photos: PhotoStore,
        door: Door,
        clock: Clock,
        look_again: timedelta = _LOOK_AGAIN,
    ) -> None:
        """`look_again`: how often a stream looks into the mailbox unasked. What another process delivers
        rings no bell here."""
        self.name = name
        self._mailbox = mailbox
        self._pages = pages
        self._photos = photos
        self._door = door
        self._clock = clock
        self._look_again = look_again.total_seconds()
        self._bells = Bells()
        self._unpacking = asyncio.Semaphore(_PHOTOS_AT_ONCE)
        self._is_closed = False

    async def send(self, message: OutboundMessage) -> None:
        self.notify(message.address)

    def notify(self, address: Address) -> None:
        """Something has come into this mailbox, or is about to."""
        self._bells.ring(address.chat)

    async def close(self) -> None:
        """End the streams, which would keep the server from stopping."""
        self._is_closed = True
        self._bells.ring_all()

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        async def take_message(request: Request) -> Response:
            return await self._take_message(request, receive)

        async def take_form(request: Request) -> Response:
            return await self._take_form(request, receive)

        return [
            Route("/", self._show_page),
            Route("/chat/messages", self._list_messages),
            Route("/chat/messages", take_message, methods=["POST"]),
            Route("/chat/events", self._stream_messages),
            Route("/chat/photos", self._take_photo, methods=["POST"]),
            Route("/chat/plain", self._show_plain_page),
            Route("/chat/plain", take_form, methods=["POST"]),
        ]

    # -- the page and its script ------------------------------------------------------------------

    async def _show_page(self, request: Request) -> Response:
        visitor = visitor_of(request) or new_visitor()
        response = HTMLResponse(
            self._pages.render("chat.html", place=_place(request), now=self._clock.now().isoformat())
        )
        visitor.remember(request, response)
        return response

    async def _take_message(self, request: Request, receive: Receive) -> Response:
        posted = await json_object(request)
        visitor = visitor_of(request)
        if visitor is None:
            return self._introduce(request)
        photos = posted.get("photos", [])
        if not isinstance(photos, list) or not all(isinstance(name, str) for name in photos):
            raise HTTPException(400)
        text = text_of(posted, "text")
        self._door.let_in(request, visitor, text)
        message = self._inbound(
            visitor,
            message_id=text_of(posted, "id"),
            text=text,
            place=text_of(posted, "place", most=_LONGEST_PLACE),
            photos=photos,
        )
        answer = await receive(message)
        now = self._clock.now()
        return JSONResponse(
            {"at": now.isoformat(), "messages": [_shown(Delivered(one, now)) for one in answer.messages]}
        )

    async def _list_messages(self, request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is None:
            return self._introduce(request)
        page = await self._mailbox(self._address(visitor), _cursor(request))
        return JSONResponse(_page(page))

    async def _stream_messages(self, request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is None:
            raise HTTPException(403)
        address = self._address(visitor)
        if (
            self._bells.listeners >= _MOST_STREAMS
            or self._bells.listeners_of(address.chat) >= _MOST_STREAMS_OF_ONE
        ):
            raise HTTPException(429)
        cursor = request.headers.get("last-event-id") or _cursor(request)
        first = await self._mailbox(address, cursor)  # where the store is away, the answer still can be 503
        return StreamingResponse(
            self._events(address, first), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )

    async def _events(self, address: Address, page: MailboxPage) -> AsyncIterator[bytes]:
        with self._bells.listening(address.chat) as bell:
            yield _event(page)
            looks: Iterator[float] = iter(())
            in_vain = 0
            while not self._is_closed:
                if await wait(bell, next(looks, self._look_again)):
                    looks = iter(_AFTER_THE_BELL)
                    continue
                try:
                    page = await self._mailbox(address, page.cursor)
                except StoreAway:
                    return  # the page tries again by itself, and says what is wrong
                in_vain = 0 if page.delivered else in_vain + 1
                if page.delivered:
                    yield _event(page)
                elif in_vain % _BEAT_EVERY == 0:
                    yield _BEAT

    async def _take_photo(self, request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor is None:
            return self._introduce(request)
        self._door.let_in(request, visitor)
        async with limited(request, LARGEST_FILE + _PHOTO_OVERHEAD).form(max_files=1, max_fields=1) as form:
            photo = form.get("photo")
            if not isinstance(photo, UploadFile):
                raise HTTPException(400)
            content = await photo.read()
        return JSONResponse({"name": await self._keep(content)})

    # -- the same without a script ----------------------------------------------------------------

    async def _show_plain_page(self, request: Request) -> Response:
        visitor = visitor_of(request) or new_visitor()
        return await self._plain_page(request, visitor, place=_place(request))

    async def _take_form(self, request: Request, receive: Receive) -> Response:
        """The answer is the page itself: sent again, the form repeats its id, which does no harm."""
        visitor = visitor_of(request)
        if visitor is None:
            raise HTTPException(403)
        async with limited(request, LARGEST_FILE + _PHOTO_OVERHEAD).form(max_files=1, max_fields=5) as form:
            texts = {key: value for key, value in form.items() if isinstance(value, str)}
            photo = form.get("photo")
            content = await photo.read() if isinstance(photo, UploadFile) else b""
        place = text_of(dict(texts), "place", most=_LONGEST_PLACE)
        text = clean(texts.get("choice") or texts.get("text", ""))
        self._door.let_in(request, visitor, text)
        if content:
            self._door.let_in(request, visitor)
        message = self._inbound(
            visitor,
            message_id=texts.get("id", ""),
            text=text,
            place=place,
            photos=[await self._keep(content)] if content else [],
        )
        await receive(message)
        return await self._plain_page(request, visitor, place=place, said=message.text)

    async def _plain_page(
        self, request: Request, visitor: Visitor, *, place: str, said: str = ""
    ) -> Response:
        page = await self._mailbox(self._address(visitor), "")
        context = {
            "lines": [(f"{to_local(one.at):%m-%d %H:%M}", one.message.text) for one in page.delivered],
            "choices": page.delivered[-1].message.buttons if page.delivered else (),
            "message_id": secrets.token_hex(16),
        }
        response = HTMLResponse(self._pages.render("plain.html", place=place, said=said, **context))
        visitor.remember(request, response)
        return response

    # -- below ------------------------------------------------------------------------------------

    def _address(self, visitor: Visitor) -> Address:
        return Address(self.name, visitor.account)

    def _inbound(
        self, visitor: Visitor, *, message_id: str, text: str, place: str, photos: Sequence[str]
    ) -> InboundMessage:
        if not _MESSAGE_ID.fullmatch(message_id):
            raise HTTPException(400)
        return InboundMessage(
            id=f"{visitor.account}/{message_id}",  # nobody can use up the ids of somebody else
            channel=self.name,
            sender=visitor.account,
            chat=visitor.account,
            text=text,
            received_at=self._clock.now(),
            place_hint=place or None,
            photos=tuple(name for name in photos[:_MOST_PHOTOS] if self._photos.has(name)),
        )

    async def _keep(self, content: bytes) -> str:
        async with self._unpacking:
            try:
                return await asyncio.to_thread(self._photos.keep, content)
            except NotAPhoto as refused:
                raise HTTPException(415) from refused
            except PhotoRefused as refused:
                raise HTTPException(413) from refused
            except OSError as refused:
                raise HTTPException(507) from refused

    def _introduce(self, request: Request) -> Response:
        """A browser without its cookie gets one, and tries again; where it keeps none, the page says so."""
        response = JSONResponse({"error": self._pages.error_sentence(403)}, 403)
        new_visitor().remember(request, response)
        return response


def _place(request: Request) -> str:
    """What a building's QR code says; anything longer is none."""
    place = clean(request.query_params.get("place", "")).strip()
    return place if len(place) <= _LONGEST_PLACE else ""


def _cursor(request: Request) -> str:
    return request.query_params.get("after", "")[:_LONGEST_CURSOR]


def _shown(one: Delivered) -> dict[str, object]:
    message = one.message
    return {
        "id": str(message.id),  # too large a number for a script
        "at": one.at.isoformat(),
        "text": message.text,
        "buttons": [{"label": button.label, "says": button.says} for button in message.buttons],
    }


def _page(page: MailboxPage) -> dict[str, object]:
    return {"messages": [_shown(one) for one in page.delivered], "cursor": page.cursor}


def _event(page: MailboxPage) -> bytes:
    return f"id: {page.cursor}\ndata: {json.dumps(_page(page), ensure_ascii=False)}\n\n".encode()
