"""`replay`: a file of messages through the whole engine, as letters whose writers cannot be asked back."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from bot.clock import MovableClock, from_local
from bot.commands.common import fail, knowledge_in_force, settings_in_force, store
from bot.conversation import inbox
from bot.engine import Engine
from bot.messaging import Answer, Capabilities, InboundMessage
from bot.storage.transaction import Transaction
from bot.tickets import queries
from knowledge.console import words

CHANNEL = "replay"
_BATCH = 50  # messages a commit; each is still its own turn


@dataclass(slots=True)
class Tally:
    new: int = 0
    repeated: int = 0
    answered: int = 0
    silent: int = 0

    def count(self, was_known: bool, answer: Answer) -> None:
        if was_known:
            self.repeated += 1
        else:
            self.new += 1
            self.answered += bool(answer.messages)
            self.silent += not answer.messages

    def add(self, other: "Tally") -> None:
        self.new += other.new
        self.repeated += other.repeated
        self.answered += other.answered
        self.silent += other.silent


def run_replay(file: Path, *, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    messages = _read(file, knowledge.community.mention_names)
    if not messages:
        fail(words("replay.empty", file=file))
    clock = MovableClock(messages[0].received_at)
    capabilities = {CHANNEL: Capabilities(groups=True, private_from_group=True, is_mailbox=True)}
    engine = Engine(knowledge=knowledge, clock=clock, capabilities=capabilities)
    tally = Tally()

    def take(tx: Transaction, batch: Sequence[InboundMessage]) -> Tally:
        counted = Tally()
        for message in batch:
            clock.move_to(message.received_at)
            counted.count(inbox.is_known(tx, message), engine.receiver.receive(tx, message))
        return counted

    with (
        store(settings) as database,
        tqdm(total=len(messages), unit=words("replay.unit"), file=sys.stderr) as progress,
    ):
        tenant = knowledge.community.id
        database.run(tenant, engine.prepare)
        before = database.run(tenant, queries.count)
        started = time.perf_counter()
        for start in range(0, len(messages), _BATCH):
            batch = messages[start : start + _BATCH]
            with database.transaction(tenant) as tx:
                counted = take(tx, batch)
            tally.add(counted)
            progress.update(len(batch))
        seconds = time.perf_counter() - started
        filed = database.run(tenant, queries.count) - before
    print(
        f"{tally.new} new, {tally.repeated} repeated, {tally.answered} answered, {tally.silent} silent, "
        f"{filed} filed, {len(messages) / seconds:.0f} messages/s"
    )


def _read(file: Path, mention_names: Sequence[str]) -> list[InboundMessage]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        fail(words("replay.unreadable", file=file, reason=error))
    return [
        _message(file, number, line, mention_names) for number, line in enumerate(lines, 1) if line.strip()
    ]


def _message(file: Path, number: int, line: str, mention_names: Sequence[str]) -> InboundMessage:
    try:
        record = json.loads(line)
        moment = datetime.fromisoformat(record["at"])
        is_group = record["chat"] == "group"
        return InboundMessage(
            id=str(record["id"]),
            channel=CHANNEL,
            sender=record["from"],
            sender_name=record["from"],
            chat=record["group"] if is_group else record["from"],
            is_group=is_group,
            mentioned=is_group and any(name in record["text"] for name in mention_names),
            one_way=not is_group,
            text=record["text"],
            received_at=moment if moment.tzinfo else from_local(moment),
        )
    except (ValueError, KeyError, TypeError) as error:
        fail(words("replay.bad_line", file=file, line=number, reason=error))
