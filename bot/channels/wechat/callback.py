"""The address that the platform calls: /wechat, a bare ASGI endpoint because every microsecond is paid often.

Whatever is wrong with a request, the answer is the same, and so is the work as far as a stranger can see.
"""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Sequence

from lxml import etree
from starlette.types import Receive as AsgiReceive
from starlette.types import Scope, Send

from bot.channels.callback_requests import (
    FRESH_FOR,
    Query,
    RefusedRequest,
    Seal,
    parameters,
    read_body,
    respond,
)
from bot.channels.late_turns import LateTurns, Take
from bot.channels.settling import Settle, Settlements
from bot.channels.wechat.account import Account
from bot.channels.wechat.inbound import Heard, decode
from bot.channels.wechat.reply import compose
from bot.channels.wechat_codec import (
    Envelope,
    MalformedMessageError,
    find_ciphertext,
    parse_xml,
    spend_parsing_time,
    text_reply,
)
from bot.clock import Clock
from bot.messaging import Answer, OutboundMessage
from bot.notebook import Entry, Notebook


class Callback:
    """An ASGI application. `heard` is told of every callback before it is answered."""

    def __init__(
        self,
        account: Account,
        take: Take,
        *,
        heard: Callable[[Heard], Awaitable[None]],
        settle: Settle,
        notebook: Notebook,
        clock: Clock,
    ) -> None:
        self._name = account.name
        self._answer_within = account.answer_within
        self._seal = Seal(account.token, clock)
        self._envelope = Envelope(account.token, account.aes_key, account.app_id) if account.aes_key else None
        self._heard = heard
        self._settlements = Settlements(settle)
        self._turns = LateTurns(take, self._leave_over)
        self._notebook = notebook
        self._clock = clock

    async def __call__(self, scope: Scope, receive: AsgiReceive, send: Send) -> None:
        deadline = asyncio.get_running_loop().time() + self._answer_within
        query = parameters(scope["query_string"])
        try:
            async with asyncio.timeout_at(deadline):
                body = await read_body(receive)
            if scope["method"] == "GET":
                await respond(send, self._verify(query), b"text/plain")
                return
            root = await self._open(query, body)
            heard = decode(root, channel=self._name, now=self._clock.now())
        except (RefusedRequest, MalformedMessageError, TimeoutError):
            await respond(send, b"", b"text/plain", status=403)
            return
        await self._heard(heard)
        messages = await self._answer(heard, deadline)
        if not messages:
            await respond(send, b"success", b"text/plain")
            return
        text, carried, left = compose(messages)
        now = int(self._clock.now().timestamp())
        reply = text_reply(to=heard.sender, sender=heard.account, created_at=now, text=text)
        if self._envelope is not None and query.get(b"encrypt_type") == b"aes":
            reply = self._envelope.seal(reply, timestamp=b"%d" % now, nonce=os.urandom(8).hex().encode())
        await respond(send, reply, b"text/xml; charset=utf-8")
        self._settlements.add(carried, left)

    async def finish(self) -> None:
        """Give the turns that were too slow for their request a last while; settle what is not settled."""
        await self._turns.finish()
        await self._settlements.write()

    def _verify(self, query: Query) -> bytes:
        if not self._seal.is_on(query, query.get(b"signature", b"")):
            raise RefusedRequest
        return query.get(b"echostr", b"")

    async def _open(self, query: Query, body: bytes) -> etree._Element:
        if query.get(b"encrypt_type") == b"aes":
            ciphertext = find_ciphertext(body)
            is_trusted = self._seal.is_on(query, query.get(b"msg_signature", b""), ciphertext)
            if not is_trusted or self._envelope is None:
                spend_parsing_time()
                raise RefusedRequest
            try:
                return parse_xml(self._envelope.open(ciphertext))
            except MalformedMessageError:
                spend_parsing_time()
                raise
        if not self._seal.is_on(query, query.get(b"signature", b"")):
            spend_parsing_time()
            raise RefusedRequest
        root = parse_xml(body)
        await self._refuse_reuse(query, body)
        return root

    async def _refuse_reuse(self, query: Query, body: bytes) -> None:
        """The signature of a plain callback does not cover its body: one signature, one body.

        The same body again is the platform repeating itself, which the message id takes care of.
        """
        seen = hashlib.sha256(query[b"timestamp"] + b"/" + query[b"nonce"]).hexdigest()
        entry = Entry(hashlib.sha256(body).hexdigest(), self._clock.now() + 2 * FRESH_FOR)
        standing = await self._notebook.put_if_absent(f"signed/{seen}", entry)
        if standing.value != entry.value:
            raise RefusedRequest

    async def _answer(self, heard: Heard, deadline: float) -> Sequence[OutboundMessage]:
        """What to reply; nothing where there is nothing to say, or not yet."""
        if heard.message is None:
            return ()
        answer = await self._turns.answer(heard.message, deadline=deadline)
        return answer.messages if answer is not None else ()

    def _leave_over(self, answer: Answer) -> None:
        if answer.messages:
            self._settlements.add((), answer.messages)
