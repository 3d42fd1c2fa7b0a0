"""A robot (智能机器人) that keeps a long connection to WeCom: no address of ours needs to be reached."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.channels.pace import Pace
from bot.channels.photos import PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.progress import Progress
from bot.channels.settling import Settle, Settlements
from bot.channels.wechat_calls import Calls
from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom import robot_replies as replies
from bot.channels.wecom.corp import API_BASE
from bot.channels.wecom.robot_connection import Connection, Displaced, RobotAccount
from bot.channels.wecom.robot_groups import GroupsMet
from bot.channels.wecom.robot_inbound import Happening, Heard, decode
from bot.channels.wecom.robot_line import Line, Tidings
from bot.channels.wecom.robot_pictures import fetching
from bot.clock import Clock
from bot.messaging import (
    Answer,
    Capabilities,
    DeliveryFailure,
    InboundMessage,
    OutboundMessage,
    Receive,
    StoreAway,
    UnclearOutcome,
)
from bot.notebook import Notebook
from bot.upkeep import Finding

log = logging.getLogger(__name__)

_IN_ONE_CHAT = 30
# A second more than the platform's own minute: two messages may travel for different times.
_MINUTE = timedelta(seconds=61)

_CALL_WITHIN = 15.0  # seconds
_ANSWER_EVENTS_WITHIN = 4.5  # seconds; the platform takes no answer to an event after 5
_TRY_AGAIN_AFTER = 1.0  # seconds

_COMMANDS = {
    Happening.SAID: "aibot_respond_msg",
    Happening.ENTERED: "aibot_respond_welcome_msg",
    Happening.PRESSED: "aibot_respond_update_msg",
}


class ConnectedRobot:
    """The platform keeps one connection for each robot, so of several processes one holds it at a time.

    Answers travel with the id of what they answer; everything else is pushed, which the platform allows
    where somebody has spoken to the robot before.
    """

    capabilities = Capabilities(
        groups=True,
        buttons=True,
        answers_inline=True,
        longest_text=replies.LONGEST_TEXT,
        per_minute=_IN_ONE_CHAT,
    )

    def __init__(
        self,
        account: RobotAccount,
        *,
        notebook: Notebook,
        clock: Clock,
        settle: Settle,
        photos: PhotoStore | None = None,
    ) -> None:
        """Without `photos`, pictures are only mentioned to the bot, not kept."""
        self.name = account.name
        self._clock = clock
        self._calls = Calls(API_BASE, within=_CALL_WITHIN)
        fetch = fetching(self._calls, api_base=API_BASE, aes_key="")
        self._pictures = Pictures(fetch, photos) if photos else None
        self._progress = Progress(notebook, clock)
        self._pace = Pace(_IN_ONE_CHAT, _MINUTE, notebook=notebook, clock=clock)
        self._connection = Connection(account, self._hear, notebook=notebook, clock=clock)
        self._groups = GroupsMet()
        self._settlements = Settlements(settle)
        self._receive: Receive | None = None
        self._turns: set[asyncio.Task[None]] = set()  # keeps them from being collected

    async def run(self, receive: Receive) -> None:
        self._receive = receive
        await self._connection.keep()

    @property
    def is_held_here(self) -> bool:
        return self._connection.is_ours

    async def send(self, message: OutboundMessage) -> None:
        async def send_part(body: replies.Body, _number: int) -> None:
            line = self._connection.line
            await self._pace.take(f"in/{message.address.chat}")
            await line.request("aibot_send_msg", {"chatid": message.address.chat, **body})

        await self._progress.send(message.id, replies.pushes(message), send_part)

    async def check(self) -> Sequence[Finding]:
        """Whether the platform lets the robot in. It gives up any other connection of the robot's for that,
        so this is for before the bot is started."""
        await self._connection.try_once()
        return [Finding("channel_wecom_robot")]

    async def close(self) -> None:
        if self._turns:
            await asyncio.wait(self._turns, timeout=_ANSWER_EVENTS_WITHIN)
        await self._settlements.write()
        await self._calls.close()

    # -- what it is told ------------------------------------------------------------------------

    def _hear(self, line: Line, tidings: Tidings) -> None:
        try:
            heard = decode(tidings.body, channel=self.name, now=self._clock.now())
        except MalformedMessageError:
            log.warning("tidings of a form that the platform never uses", extra={"channel": self.name})
            return
        if heard.happening is Happening.DISPLACED:
            raise Displaced
        if heard.message is not None and self._receive is not None:
            self._groups.meet(heard.message)
            turn = self._take_turn(line, tidings.request_id, heard, heard.message, self._receive)
            task = asyncio.get_running_loop().create_task(turn)
            self._turns.add(task)
            task.add_done_callback(self._turns.discard)

    async def _take_turn(
        self, line: Line, request_id: str, heard: Heard, message: InboundMessage, receive: Receive
    ) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _ANSWER_EVENTS_WITHIN
        answer = await self._answer(message, receive)
        passive = replies.passive(heard, message, answer.messages)
        if passive is None:
            return
        if heard.happening is not Happening.SAID and loop.time() > deadline:
            self._settlements.add((), answer.messages)
            return
        try:
            await self._pace.take(f"in/{message.chat}")
            await line.request(_COMMANDS[heard.happening], passive.body, answering=request_id)
        except UnclearOutcome:  # said again it might be shown twice
            self._settlements.add(passive.carried, passive.left)
        except DeliveryFailure:
            self._settlements.add((), answer.messages)
        else:
            self._settlements.add(passive.carried, passive.left)

    async def _answer(self, message: InboundMessage, receive: Receive) -> Answer:
        """The platform tells everything once: it must not be lost while the store is away."""
        if message.attachments and self._pictures is not None:
            message = await self._pictures.keep(message)
        while True:
            try:
                return await receive(message)
            except StoreAway:
                await asyncio.sleep(_TRY_AGAIN_AFTER)
