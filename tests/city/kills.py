"""Kill processes at random instants under load, and look afterwards whether anything was lost or doubled."""

import hashlib
import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from bot.community.identity import identify
from bot.offers.models import BookingState, bookings
from bot.outbox.models import DeliveryState, outbox
from bot.roles import Role
from bot.storage.database import Database
from bot.storage.ids import new_id
from bot.tickets.models import ticket_events
from tests.city.fleet import TOKEN, Fleet, Platform

TENANT = 1
FILED = ("open", "join", "supplement")
_ON_THEIR_WAY = (DeliveryState.WAITING, DeliveryState.LEASED)
_LETS_START = 0.7
_DONE_WITHIN = 3.0  # seconds; sooner than a callback is answered before its turn is done
_REMINDERS = ("legal.reminder", "legal.lawyer_reminder")


@dataclass
class Story:
    """What was done, and what the store and the platform say of it."""

    kills: int = 0
    acknowledged: list[str] = field(default_factory=list)  # the texts
    asked_twice: int = 0
    reminded: int = 0
    problems: list[str] = field(default_factory=list)
    outbox: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        states = "、".join(f"{state} {count}" for state, count in sorted(self.outbox.items()))
        lines = [
            f"{self.kills} kills, {len(self.acknowledged)} messages acknowledged "
            f"({self.asked_twice} sent again), {self.reminded} bookings reminded of, outbox: {states}",
            *(f"PROBLEM {problem}" for problem in self.problems),
        ]
        return "\n".join(lines)


class Residents:
    """Everybody writes one urgent report in words of their own, again and again until it is answered."""

    def __init__(self, fleet: Fleet, story: Story, *, writers: int = 4, pause: float = 0.05) -> None:
        self._fleet = fleet
        self._story = story
        self._pause = pause
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._count = 0
        self._threads = [threading.Thread(target=self._write) for _ in range(writers)]

    def __enter__(self) -> "Residents":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                self._count += 1
                number = self._count
            text = f"有人从幸福里{number % 12 + 1}号楼{number % 3 + 1}单元往下扔东西，第{number}次看见了"
            tries = 0
            while not self._post(number, text):
                tries += 1
                time.sleep(0.2)
            with self._lock:
                self._story.acknowledged.append(text)
                self._story.asked_twice += tries > 0
            self._stopping.wait(self._pause)

    def _post(self, number: int, text: str) -> bool:
        """Whether the bot has taken it. After some seconds “success” says only that it is working on it."""
        web = [member for member in self._fleet.members if member.role is not Role.WORKER]
        timestamp, nonce = str(int(time.time())), str(random.randrange(10**10))
        signature = hashlib.sha1("".join(sorted((TOKEN, timestamp, nonce))).encode()).hexdigest()
        body = (
            f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{writer(number)}</FromUserName>"
            f"<CreateTime>{timestamp}</CreateTime><MsgType>text</MsgType><Content>{text}</Content>"
            f"<MsgId>{number}</MsgId></xml>"
        )
        connection = http.client.HTTPConnection("127.0.0.1", random.choice(web).port, timeout=10)
        try:
            query = f"signature={signature}&timestamp={timestamp}&nonce={nonce}"
            started = time.monotonic()
            connection.request("POST", f"/wechat?{query}", body.encode())
            response = connection.getresponse()
            is_answered = b"<Content>" in response.read() or time.monotonic() - started < _DONE_WITHIN
        except (OSError, http.client.HTTPException):
            return False
        else:
            return response.status == 200 and is_answered
        finally:
            connection.close()


def writer(number: int) -> str:
    return f"openid-{number}"


def book(database: Database, count: int, *, within: timedelta) -> None:
    """Bookings whose reminders fall due one after the other from now on. Each reminds two people once."""
    now = datetime.now(UTC)

    def work(tx: object) -> None:
        for index in range(count):
            person = identify(tx, channel="wechat", account=f"booked-{index}", name=None, now=now)
            starts = now + timedelta(hours=1, seconds=5) + within * index / count
            tx.add(
                bookings, id=new_id(), person_id=person.id, lawyer="刘律师", start_at=starts,
                end_at=starts + timedelta(minutes=30), seat=1, place="居委会", mode="当面", phone=None,
                topic="", state=BookingState.BOOKED, created_at=now,
            )  # fmt: skip

    database.run(TENANT, work)


def kill_at_random(fleet: Fleet, story: Story, kills: int, *, pauses: tuple[float, float]) -> None:
    """One at a time; some while they start."""
    chance = random.Random()
    for _ in range(kills):
        if chance.random() < _LETS_START:
            for member in fleet.members:
                fleet.wait_until_open(member, restarts=True)
        time.sleep(chance.uniform(*pauses))
        victim = chance.choice(fleet.members)
        fleet.kill(victim)
        fleet.restart(victim)
        story.kills += 1


def kill_all_and_start_anew(fleet: Fleet, database: Database, story: Story) -> None:
    """The last kill meets everybody. Leases of the dead run out in a minute, which is not waited for."""
    for member in fleet.members:
        fleet.kill(member)
    story.kills += len(fleet.members)
    expired = update(outbox).where(outbox.c.state == DeliveryState.LEASED)
    with database.engine.begin() as connection:
        connection.execute(expired.values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    for member in fleet.members:
        fleet.restart(member)
        fleet.wait_until_open(member)


def wait_until(is_so: Callable[[], bool], *, within: float) -> None:
    until = time.monotonic() + within
    while not is_so() and time.monotonic() < until:
        time.sleep(0.3)


def settled(database: Database) -> bool:
    """Whether nothing waits any more, and every reminder that fell due is promised."""
    with database.reading(TENANT) as tx:
        waiting = tx.fetch_value(select(func.count()).where(outbox.c.state.in_(_ON_THEIR_WAY)))
        due = tx.fetch_value(select(func.count()).where(bookings.c.start_at <= _one_hour_ahead()))
        told = tx.fetch_value(select(func.count()).where(outbox.c.dedupe_key.like("booking/%")))
    return waiting == 0 and told >= len(_REMINDERS) * due


def _one_hour_ahead() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def look_over(database: Database, platform: Platform, story: Story) -> None:
    """Fill in what the store and the platform say."""
    with database.reading(TENANT) as tx:
        filed = Counter(
            row.words
            for row in tx.fetch(select(ticket_events.c.words).where(ticket_events.c.what.in_(FILED)))
        )
        rows = tx.fetch(select(outbox))
        due = tx.fetch(select(bookings.c.id, bookings.c.person_id))
    for text in story.acknowledged:
        if filed[text] != 1:
            story.problems.append(f"filed {filed[text]} times: {text}")
    story.problems += [
        f"filed {count} times: {text}" for text, count in filed.items() if count > 1 and text is not None
    ]
    story.outbox = Counter(row.state for row in rows)
    story.problems += [f"still {row.state}: {row.dedupe_key}" for row in rows if row.state in _ON_THEIR_WAY]
    promised = Counter(row.dedupe_key for row in rows)
    for booking in due:
        for key in _REMINDERS:
            if promised[f"booking/{booking.id}/{key}"] != 1:
                story.problems.append(f"no {key} of booking {booking.id}")
    story.reminded = len(due)
    story.problems += [
        f"the platform was handed this {count} times: {text[:80]}"
        for (_, text), count in platform.sent.items()
        if count > 1
    ]
    handed = Counter(receiver for receiver, _ in platform.sent.elements())
    for row in rows:
        if row.channel == "wechat" and row.state == DeliveryState.SENT and row.answers is None:
            handed[row.chat] -= 1
    story.problems += [f"sent, but never handed over: {who}" for who, left in handed.items() if left < 0]


def hunt(
    fleet: Fleet,
    database: Database,
    platform: Platform,
    *,
    kills: int,
    bookings_made: int,
    pauses: tuple[float, float] = (0.3, 2.0),
    others: Sequence[Callable[[], None]] = (),
) -> Story:
    """The whole story. `others` are further blows, dealt one after each third of the kills."""
    story = Story()
    span = timedelta(seconds=sum(pauses) / 2 * kills)
    book(database, bookings_made, within=span)
    with Residents(fleet, story):
        for blow in (*others, None):
            kill_at_random(fleet, story, kills // (len(others) + 1), pauses=pauses)
            if blow is not None:
                blow()
    kill_all_and_start_anew(fleet, database, story)
    wait_until(lambda: settled(database), within=120)
    look_over(database, platform, story)
    return story
