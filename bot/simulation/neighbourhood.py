"""One community, lived with the clock moved: people speak when their time has come, and everything else
is the program's own way from a message to the outbox to the phones."""

import random
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import TypeVar

from bot.clock import MovableClock
from bot.engine import Engine
from bot.intake import Intake
from bot.messaging import InboundMessage, OutboundMessage
from bot.outbox.delivery import Delivery
from bot.simulation.diary import Diary, Line
from bot.simulation.material import County, Trouble
from bot.simulation.phones import CHANNEL, Phones
from bot.simulation.residents import Residents
from bot.simulation.staff import Staff
from bot.simulation.town import Plan
from bot.simulation.verdicts import Findings, Promise, look_back
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer

T = TypeVar("T")


class Neighbourhood:
    def __init__(self, plan: Plan, county: County, writer: Writer, starts_at: datetime) -> None:
        self.knowledge = plan.knowledge
        self.said = self.answered = self.repeated_otherwise = 0
        self._writer = writer
        self._clock = MovableClock(starts_at)
        self._engine = Engine(
            knowledge=plan.knowledge,
            clock=self._clock,
            capabilities={CHANNEL: Phones.capabilities},
            named_channels=(CHANNEL,),
        )
        self.phones = Phones(
            self._arrived, failing=county.undelivered, chance=random.Random(f"{plan.seed}/line")
        )
        self._delivery = Delivery(
            courier=self._engine.courier,
            channels={CHANNEL: self.phones},
            writer=writer,
            tenant=self.tenant,
            clock=self._clock,
        )
        self._intake = Intake(
            writer=writer,
            receiver=self._engine.receiver,
            knowledge=self._engine.knowledge,
            clock=self._clock,
            capabilities=self._engine.capabilities,
            after_commit=lambda: None,
        )
        self._diary = Diary()
        self._residents = Residents(plan, county.residents, plan.knowledge.community.ticket_letter)
        self._staff = Staff(plan.knowledge, county.staff, plan.seed)
        self._ids = count(1)
        self._redelivered = county.redelivered
        self._chance = random.Random(f"{plan.seed}/platform")
        writer.run(self.tenant, self._engine.prepare)

    @property
    def tenant(self) -> int:
        return self.knowledge.community.id

    async def live(self, until: datetime, troubles: list[tuple[Trouble, str | None]]) -> None:
        """The day that begins now, up to `until`, its midnight."""
        now = self._clock.now()
        for line in (*self._residents.begin_day(now, troubles), *self._staff.begin_day(now)):
            self._diary.plan(line)
        while True:
            target = min(self._diary.next_at() or until, until)
            if not await self._pass_time(max(target, self._clock.now())):
                continue
            if target == until:
                return
            await self._speak(self._diary.take())

    def look_back(self, database: Database, findings: Findings) -> None:
        """What became of it all, so far."""
        sent_before = findings.sent
        with database.reading(self.tenant) as tx:
            look_back(tx, self.knowledge, self._clock.now(), findings)
        if findings.sent - sent_before != self.phones.delivered:
            findings.complain(Promise.DELIVERED, f"{self.phones.delivered} / {findings.sent - sent_before}")
        if self.repeated_otherwise:
            findings.complain(Promise.SAID_ONCE, f"{self.repeated_otherwise}")

    async def _pass_time(self, until: datetime) -> bool:
        """Go on to `until`, or to what falls due before and makes people speak; whether that is `until`."""
        reached = self._engine.step(self._run, until, clock=self._clock)
        await self._delivery.drain()
        return reached == until

    async def _speak(self, line: Line) -> None:
        message = self._message(line)
        answer = await self._intake(message)
        self.said += 1
        self.answered += bool(answer.messages)
        if self._chance.random() < self._redelivered:  # the platform has not heard that it arrived
            again = await self._intake(message)
            self.said += 1
            self.repeated_otherwise += [said.id for said in again.messages] != [
                said.id for said in answer.messages
            ]
        self._staff.said(line)
        await self._delivery.drain()

    def _message(self, line: Line) -> InboundMessage:
        mentioned = any(name in line.text for name in self.knowledge.community.mention_names)
        return InboundMessage(
            id=f"{next(self._ids)}",
            channel=CHANNEL,
            sender=line.account,
            sender_name=line.name,
            chat=line.group or line.account,
            is_group=line.group is not None,
            mentioned=line.group is not None and mentioned,
            text=line.text,
            received_at=self._clock.now(),
        )

    def _arrived(self, message: OutboundMessage) -> None:
        """Somebody's phone rings; what they make of it comes later."""
        if message.address.is_group:
            return
        now = self._clock.now()
        reply = self._residents.react(message, now)
        for line in (*([reply] if reply else ()), *self._staff.react(message, now)):
            self._diary.plan(line)

    def _run(self, work: Callable[[Transaction], T], /) -> T:
        return self._writer.run(self.tenant, work)
