"""The composition root: settings in, a running bot out."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.pages import Pages
from bot.channels.photo_links import PhotoLinks
from bot.channels.photos import PhotoStore
from bot.clock import Clock, MovableClock, SystemClock, local_day
from bot.community.cover import presence
from bot.community.identity import staff_person
from bot.community.speech import sentence
from bot.engine import Engine
from bot.health import Watchman
from bot.intake import Intake
from bot.kinds import CHANNELS, channel_options
from bot.kinds.base import Parts
from bot.messaging import (
    Address,
    Answer,
    CallbackChannel,
    ConnectedChannel,
    Fate,
    InboundMessage,
    MailboxPage,
    OutboundMessage,
)
from bot.outbox.delivery import Delivery, drain_queue
from bot.outbox.enqueue import enqueue
from bot.outbox.mailbox import channel_messages_after, messages_after
from bot.outbox.models import Purpose
from bot.reminders.data_retention import Keep
from bot.roles import Role
from bot.settings import ConfigFile, Settings
from bot.storage.database import Database, why_away
from bot.storage.migrate import migrate
from bot.storage.notebook import StoredNotebook, shared_secret
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from bot.tickets.ageing import photos_in_use
from bot.web import telling_when_away, web_app
from knowledge.library import SHIPPED
from knowledge.model import Knowledge
from knowledge.replies import community_values
from knowledge.watch import LiveKnowledge

log = logging.getLogger(__name__)

T = TypeVar("T")


class App:
    """A process's parts, wired together once, with one writer to the store; which of them run is
    `serving`'s."""

    def __init__(
        self,
        settings: Settings,
        file: ConfigFile,
        *,
        clock: Clock | None = None,
        role: Role = Role.ALL,
        is_demo: bool = False,
    ) -> None:
        """Raises ConfigError, KnowledgeError, and the store's own errors."""
        options = channel_options(settings, file, is_demo=is_demo)
        self.settings = settings
        self.clock = clock or SystemClock()
        self.live = LiveKnowledge(settings.knowledge or SHIPPED)
        self.tenant = self.live.current.community.id
        self.database = Database(settings.database_url)
        migrate(self.database, with_jobs=role is not Role.ALL)
        self.writer = Writer(self.database)
        self._photos = PhotoStore(settings.photos)
        self._photo_links = PhotoLinks(
            self._photos,
            base=settings.public_url or (f"http://{settings.listen}" if is_demo else None),
            key=self.run(lambda tx: shared_secret(tx, "photo_links", self.clock.now())),
            clock=self.clock,
        )
        named = tuple(name for name, option in options.items() if option.kind == "sandbox")
        self.engine = Engine(
            knowledge=self.live.current,
            clock=self.clock,
            capabilities={},
            named_channels=named,
            photo_link=self._photo_links.link,
            keep=Keep(**settings.keep.model_dump()),
            most_a_minute=settings.messages_a_minute,
        )
        self.pages = Pages(
            texts=lambda: self.engine.knowledge().replies,
            values=lambda: community_values(self.engine.knowledge().community),
        )
        parts = Parts(
            engine=self.engine,
            mailbox=telling_when_away(self._mailbox),
            channel_mailbox=lambda name: telling_when_away(partial(self._channel_mailbox, name)),
            move_clock=self._move_clock,
            notebook=self._notebook,
            settle=self._settle,
            pages=self.pages,
            photos=settings.photos,
            clock=self.clock,
        )
        self.channels = {
            name: CHANNELS[option.kind][1](name, option, parts) for name, option in options.items()
        }
        self.engine.capabilities.update(
            {name: channel.capabilities for name, channel in self.channels.items()}
        )
        self.delivery = self.new_delivery(None if role is Role.ALL else self.held_here)
        self.on_promise: list[Callable[[], None]] = [self.delivery.wake]
        self.watchman = Watchman(
            database=self.database,
            tenant=self.tenant,
            clock=self.clock,
            store_failure=lambda: self.writer.away,
            knowledge_problems=lambda: self.live.problems,
            waiting_for_the_writer=lambda: self.writer.waiting,
            job_queue=None if role is Role.ALL else drain_queue(self.tenant),
        )
        self.intake = Intake(
            writer=self.writer,
            receiver=self.engine.receiver,
            knowledge=self.engine.knowledge,
            clock=self.clock,
            capabilities=self.engine.capabilities,
            after_commit=self._promised,
        )
        self.run(self.engine.prepare)
        if isinstance(self.clock, MovableClock):
            self._go_on_from_the_last_tick(self.clock)
        self.live.on_change(self._use)

    def web(self, channels: Sequence[CallbackChannel]) -> Any:
        """The ASGI application with the routes of these channels."""
        return web_app(
            channels=channels,
            receive=self.receive,
            health=self.watchman.health,
            metrics=self.watchman.metrics,
            pages=(self.pages.static, self._photo_links.route),
            error_page=self.pages.error_page,
            error_sentence=self.pages.error_sentence,
        )

    def new_delivery(self, on: Callable[[], Collection[str]] | None) -> Delivery:
        """One that sends on these channels; on all where `on` is None."""
        return Delivery(
            courier=self.engine.courier,
            channels=self.channels,
            writer=self.writer,
            tenant=self.tenant,
            clock=self.clock,
            on=on,
            count=lambda channel, outcome: self.watchman.sends.labels(channel, outcome).inc(),
        )

    @property
    def carried(self) -> list[str]:
        """The channels that any process can send on."""
        return [name for name, channel in self.channels.items() if not isinstance(channel, ConnectedChannel)]

    @property
    def held(self) -> dict[str, ConnectedChannel]:
        """The channels that only the holder of their connection can send on."""
        return {name: one for name, one in self.channels.items() if isinstance(one, ConnectedChannel)}

    def held_here(self) -> set[str]:
        """The channels whose connection this process holds now."""
        return {name for name, channel in self.held.items() if channel.is_held_here}

    async def receive(self, message: InboundMessage) -> Answer:
        """Hand in one message, and count what became of it. Raises StoreAway."""
        outcome = "store_away"
        try:
            answer = await self.intake(message)
            outcome = _outcome(answer)
            return answer
        finally:
            self.watchman.turns.labels(message.channel, outcome).inc()

    def close(self) -> None:
        self.live.stop()
        self.writer.close()
        self.database.close()

    def run(self, work: Callable[[Transaction], T], /) -> T:
        """Run work in one transaction of the community."""
        return self.writer.run(self.tenant, work)

    # -- what the parts need --------------------------------------------------------------------

    def _go_on_from_the_last_tick(self, clock: MovableClock) -> None:
        """A demo whose clock was moved ahead starts again where it was: time does not run backwards."""
        last = self.run(self.engine.scheduler.last_tick)
        if last is not None and last > clock.now():
            clock.move_to(last)

    async def sweep(self) -> None:
        """Delete the photos that no matter has any more, or that were never sent."""
        try:
            in_use = await asyncio.to_thread(self._read, photos_in_use)
            await asyncio.to_thread(self._photos.sweep, in_use)
        except (SQLAlchemyError, OSError) as failure:  # the next sweep makes it good
            log.warning("photos are not swept", extra={"reason": type(failure).__name__})

    async def tick(self) -> None:
        try:
            await self.writer.do(self.tenant, self._tick_in)
        except SQLAlchemyError as failure:  # the next tick makes it good
            log.warning("store away, the clock waits", extra={"reason": why_away(failure)})
        self._promised()

    def _tick_in(self, tx: Transaction) -> None:
        now = self.clock.now()
        self.engine.scheduler.tick(tx, now)
        self._tell_of_broken_knowledge(tx, now)

    def _tell_of_broken_knowledge(self, tx: Transaction, now: datetime) -> None:
        """The administrator hears once of each edit that could not be used."""
        problems = self.live.problems
        if not problems:
            return
        knowledge = self.engine.knowledge()
        here = presence(tx, knowledge, local_day(now))
        dispatcher = here.there(here.dispatcher())
        person = staff_person(tx, dispatcher) if dispatcher else None
        if person is not None:
            first = problems[0]
            is_news = enqueue(
                tx,
                dedupe_key=f"knowledge/{first.file}/{first.line}/{first.message}/{now:%Y%m%d}",
                person_id=person.id,
                purpose=Purpose.NOTICE,
                text=sentence(knowledge, "failure.knowledge", {"problem": first, "count": len(problems)}),
                now=now,
            )
            if is_news:
                log.warning("a knowledge edit is not in use", extra={"problem": str(first)})

    def _use(self, knowledge: Knowledge) -> None:
        if knowledge.community.id != self.tenant:
            log.error("the community's id was changed in the files; the old reading stays in use")
            return
        self.engine.use(knowledge)
        self.run(self.engine.prepare)

    async def _mailbox(self, address: Address, cursor: str) -> MailboxPage:
        return await asyncio.to_thread(self._read, lambda tx: messages_after(tx, address, cursor))

    async def _channel_mailbox(self, name: str, cursor: str) -> MailboxPage:
        return await asyncio.to_thread(self._read, lambda tx: channel_messages_after(tx, name, cursor))

    def _read(self, work: Callable[[Transaction], T]) -> T:
        with self.database.reading(self.tenant) as tx:
            return work(tx)

    def _notebook(self, channel: str) -> StoredNotebook:
        return StoredNotebook(channel, writer=self.writer, tenant=self.tenant, clock=self.clock)

    async def _settle(self, carried: Sequence[OutboundMessage], left_over: Sequence[OutboundMessage]) -> None:
        self.delivery.settle(carried, left_over)

    def _promised(self) -> None:
        """There may be something new to send."""
        for wake in self.on_promise:
            wake()

    async def _move_clock(self, to: datetime) -> None:
        clock = self.clock
        assert isinstance(clock, MovableClock), "only the demo's clock can be moved"
        loop = asyncio.get_running_loop()

        def deliver() -> None:
            while asyncio.run_coroutine_threadsafe(self.delivery.drain(), loop).result():
                pass

        await asyncio.to_thread(self.engine.pass_time, self.run, to, clock=clock, deliver=deliver)


def _outcome(answer: Answer) -> str:
    if answer.fate is not Fate.TAKEN:
        return answer.fate
    return "answered" if answer.messages else "silent"
