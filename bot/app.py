"""The composition root: settings in, a running bot out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.pages import Pages
from bot.clock import Clock, MovableClock, SystemClock
from bot.community import directory
from bot.community.identity import staff_person
from bot.community.speech import sentence
from bot.engine import Engine
from bot.health import Watchman
from bot.intake import Intake
from bot.kinds import CHANNELS, Parts, channel_options
from bot.messaging import (
    Address,
    Answer,
    CallbackChannel,
    InboundMessage,
    MailboxPage,
    OutboundMessage,
    ReachingChannel,
)
from bot.outbox.delivery import Delivery
from bot.outbox.enqueue import enqueue
from bot.outbox.mailbox import channel_messages_after, messages_after
from bot.outbox.models import Purpose
from bot.settings import ConfigFile, Settings
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.notebook import StoredNotebook
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from bot.web import WebServer, telling_when_away, web_app
from knowledge.library import SHIPPED
from knowledge.model import Knowledge
from knowledge.replies import community_values
from knowledge.watch import LiveKnowledge

log = logging.getLogger(__name__)

T = TypeVar("T")

_TICK_EVERY = timedelta(seconds=5)
_REACH_AGAIN = 5.0  # seconds after a channel failed that reaches out by itself


class App:
    """One running process: web, delivery and clock on one event loop, one writer to the store."""

    def __init__(
        self, settings: Settings, file: ConfigFile, *, clock: Clock | None = None, is_demo: bool = False
    ) -> None:
        """Raises ConfigError, KnowledgeError, and the store's own errors."""
        options = channel_options(settings, file, is_demo=is_demo)
        self._settings = settings
        self.clock = clock or SystemClock()
        self._live = LiveKnowledge(settings.knowledge or SHIPPED)
        self.tenant = self._live.current.community.id
        self.database = Database(settings.database_url)
        migrate(self.database)
        self.writer = Writer(self.database)
        named = tuple(name for name, option in options.items() if option.kind == "sandbox")
        self.engine = Engine(
            knowledge=self._live.current,
            clock=self.clock,
            capabilities={},
            named_channels=named,
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
        self.delivery = Delivery(
            courier=self.engine.courier,
            channels=self.channels,
            writer=self.writer,
            tenant=self.tenant,
            clock=self.clock,
        )
        self.watchman = Watchman(
            database=self.database,
            tenant=self.tenant,
            clock=self.clock,
            knowledge_problems=lambda: self._live.problems,
        )
        self.intake = Intake(
            writer=self.writer,
            receiver=self.engine.receiver,
            knowledge=self.engine.knowledge,
            clock=self.clock,
            capabilities=self.engine.capabilities,
            after_commit=self.delivery.wake,
        )
        self.run(self.engine.prepare)
        if isinstance(self.clock, MovableClock):
            self._go_on_from_the_last_tick(self.clock)
        self._live.on_change(self._use)

    def web(self) -> Any:
        """The ASGI application."""
        return web_app(
            channels=[channel for channel in self.channels.values() if isinstance(channel, CallbackChannel)],
            receive=self.receive,
            health=self.watchman.health,
            metrics=self.watchman.metrics,
            static=self.pages.static,
            error_page=self.pages.error_page,
            error_sentence=self.pages.error_sentence,
        )

    async def receive(self, message: InboundMessage) -> Answer:
        answer = await self.intake(message)
        self.watchman.turns.labels(message.channel, "answered" if answer.messages else "silent").inc()
        return answer

    async def serve(self, *, ready: Callable[[], None] = lambda: None) -> None:
        """Run until the server is told to stop (SIGINT, SIGTERM)."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(
            self._tick,
            "interval",
            seconds=_TICK_EVERY.total_seconds(),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
            next_run_time=datetime.now(scheduler.timezone),
        )
        scheduler.start()
        self._live.start()
        delivering = asyncio.create_task(self.delivery.run(), name="delivery")
        reaching = [
            asyncio.create_task(self._keep_reaching(channel), name=f"channel {name}")
            for name, channel in self.channels.items()
            if isinstance(channel, ReachingChannel)
        ]
        server = WebServer(
            uvicorn.Config(
                self.web(),
                host=self._settings.host,
                port=self._settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=3,
                server_header=False,
            ),
            before_stop=self._end_streams,
        )
        server.config.load()
        ready()
        try:
            await server.serve()
        finally:
            scheduler.shutdown(wait=False)
            for task in reaching:
                task.cancel()
            await asyncio.gather(*reaching, return_exceptions=True)
            self.delivery.stop()
            await delivering
            for channel in self.channels.values():
                await channel.close()
            await self.delivery.finish()
            await asyncio.to_thread(self.close)

    async def _keep_reaching(self, channel: ReachingChannel) -> None:
        while True:
            try:
                await channel.run(self.receive)
            except SQLAlchemyError as failure:
                reason = type(failure).__name__
                log.warning("store away, channel waits", extra={"channel": channel.name, "reason": reason})
            except Exception:  # who writes there must not wait for the next start
                log.exception("a channel failed unexpectedly", extra={"channel": channel.name})
            else:
                return
            await asyncio.sleep(_REACH_AGAIN)

    async def _end_streams(self) -> None:
        """Open chat pages would keep the server from stopping."""
        for channel in self.channels.values():
            if channel.capabilities.is_mailbox:
                await channel.close()

    def close(self) -> None:
        self._live.stop()
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

    async def _tick(self) -> None:
        try:
            await self.writer.do(self.tenant, self._tick_in)
        except SQLAlchemyError as failure:  # the next tick makes it good
            log.warning("store away, the clock waits", extra={"reason": type(failure).__name__})
        self.delivery.wake()

    def _tick_in(self, tx: Transaction) -> None:
        now = self.clock.now()
        self.engine.scheduler.tick(tx, now)
        self._tell_of_broken_knowledge(tx, now)

    def _tell_of_broken_knowledge(self, tx: Transaction, now: datetime) -> None:
        """The administrator hears once of each edit that could not be used."""
        problems = self._live.problems
        if not problems:
            return
        knowledge = self.engine.knowledge()
        dispatcher = directory.dispatcher(knowledge, now.date())
        person = staff_person(tx, dispatcher.name) if dispatcher else None
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

    async def _move_clock(self, to: datetime) -> None:
        clock = self.clock
        assert isinstance(clock, MovableClock), "only the demo's clock can be moved"
        loop = asyncio.get_running_loop()

        def deliver() -> None:
            while asyncio.run_coroutine_threadsafe(self.delivery.drain(), loop).result():
                pass

        await asyncio.to_thread(self.engine.pass_time, self.run, to, clock=clock, deliver=deliver)
