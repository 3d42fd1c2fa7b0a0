"""Take one message: one transaction, and what we do when it fails."""

import logging
from collections.abc import Callable, Mapping

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from bot.clock import Clock, local_day
from bot.community.cover import presence
from bot.community.identity import identify, staff_person
from bot.community.speech import sentence
from bot.conversation import inbox
from bot.conversation.receive import Receiver
from bot.conversation.speaking import first_state
from bot.messaging import Address, Answer, Capabilities, Fate, InboundMessage, StoreAway
from bot.outbox.enqueue import enqueue, enqueue_answer
from bot.outbox.models import Purpose
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from knowledge.model import Knowledge

log = logging.getLogger(__name__)

_AWAY = (OperationalError, InterfaceError, NoConnectionError)
"""The store's own failures: gone, full, locked. What it refuses because of the data is our mistake."""


class Intake:
    """Hands messages to the receiver through the one writer; awaits until the turn is durable."""

    def __init__(
        self,
        *,
        writer: Writer,
        receiver: Receiver,
        knowledge: Callable[[], Knowledge],
        clock: Clock,
        capabilities: Mapping[str, Capabilities],
        after_commit: Callable[[], None],
    ) -> None:
        """`after_commit` is called when the outbox may hold something new to send."""
        self._writer = writer
        self._receiver = receiver
        self._knowledge = knowledge
        self._clock = clock
        self._capabilities = capabilities
        self._after_commit = after_commit

    async def __call__(self, message: InboundMessage) -> Answer:
        """The answer, once it is durable.

        A store that does not answer raises: the platform must not be told that the message arrived.
        Any other failure is ours: the message counts as received, its sender gets an apology that says
        whom to ring, and the administrator is told.
        """
        tenant = self._knowledge().community.id
        try:
            answer = await self._writer.do_together(tenant, self._receiver.receive_all, message)
        except _AWAY as failure:
            raise StoreAway from failure
        except Exception:
            log.exception("turn failed", extra={"channel": message.channel, "message_id": message.id})
            answer = await self._writer.do(tenant, lambda tx: self._apologise(tx, message))
        self._after_commit()
        return answer

    def _apologise(self, tx: Transaction, message: InboundMessage) -> Answer:
        now = self._clock.now()
        if not inbox.claim(tx, message, now, failed=True):
            return inbox.recall(tx, message)
        knowledge = self._knowledge()
        here = presence(tx, knowledge, local_day(now))
        dispatcher = here.there(here.dispatcher())
        person = staff_person(tx, dispatcher) if dispatcher else None
        if person is not None:
            enqueue(
                tx,
                dedupe_key=f"failed/{message.channel}/{message.id}",
                person_id=person.id,
                purpose=Purpose.NOTICE,
                text=sentence(knowledge, "failure.to_staff", {"message": message.id[:40]}),
                now=now,
            )
        if message.is_group:
            return Answer(fate=Fate.FAILED)
        sender = identify(
            tx, channel=message.channel, account=message.sender, name=message.sender_name, now=now
        )
        state, lease_until = first_state(self._capabilities[message.channel], now)
        apology = enqueue_answer(
            tx,
            message,
            part=0,
            address=Address(message.channel, message.chat, message.is_group),
            person_id=sender.id,
            text=sentence(knowledge, "failure.apology", {}),
            buttons=(),
            now=now,
            not_before=now,
            state=state,
            lease_until=lease_until,
        )
        return Answer((apology,), Fate.FAILED)
