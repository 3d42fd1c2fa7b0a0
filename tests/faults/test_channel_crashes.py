"""Platforms that repeat themselves, two processes that hear the same, and a sender that dies before it notes
what it sent: nothing is filed or said twice where that can be known."""

import asyncio
import json
import signal
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.channels.wechat.account import Account
from bot.channels.wechat.channel import OfficialAccount
from bot.channels.wechat.quota import Trigger
from bot.channels.wecom.app import StaffApp
from bot.channels.wecom.corp import CallbackKeys
from bot.channels.wecom.corp import Corp as CorpSettings
from bot.clock import MovableClock, SystemClock
from bot.community.identity import identify
from bot.engine import Engine
from bot.messaging import Channel, OutboundMessage
from bot.outbox.delivery import Delivery
from bot.outbox.enqueue import enqueue
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.outbox.policy import LEASE
from bot.storage.database import Database
from bot.storage.notebook import StoredNotebook
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from knowledge.library import SHIPPED, read_knowledge
from tests.channels.process import free_port, serve, until
from tests.channels.wechat.conftest import APP_ID, NOON, Bot
from tests.channels.wecom.conftest import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN
from tests.counterparts.wechat.platform import Platform
from tests.counterparts.wecom.caller import AppCaller, Keys, Line
from tests.counterparts.wecom.corp import App, Corp
from tests.promises.commands import run_bot

pytestmark = pytest.mark.anyio

KNOWLEDGE = read_knowledge(SHIPPED)
TENANT = KNOWLEDGE.community.id


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Dying:
    """A channel whose process is killed right after the platform has taken a message."""

    def __init__(self, channel: Channel) -> None:
        self.name, self.capabilities = channel.name, channel.capabilities
        self.has_sent = asyncio.Event()
        self._channel = channel

    async def send(self, message: OutboundMessage) -> None:
        await self._channel.send(message)
        self.has_sent.set()
        await asyncio.Event().wait()  # and then no more

    async def close(self) -> None:
        await self._channel.close()


async def kill_while_noting(channel: Channel, account: str, writer: Writer, clock: MovableClock) -> list[str]:
    """Promise a push to the account, kill its sender before it can note it, and let another process go on
    when the lease has run out. The states of what was promised."""
    engine = Engine(knowledge=KNOWLEDGE, clock=clock, capabilities={channel.name: channel.capabilities})

    def promise(tx: Transaction) -> None:
        person = identify(tx, channel=channel.name, account=account, name=None, now=clock.now())
        enqueue(
            tx, dedupe_key="k", person_id=person.id, purpose=Purpose.NOTICE, text="修好了", now=clock.now()
        )

    def sending(through: Channel) -> Delivery:
        return Delivery(
            courier=engine.courier,
            channels={channel.name: through},
            writer=writer,
            tenant=TENANT,
            clock=clock,
        )

    writer.run(TENANT, promise)
    dying = Dying(channel)
    killed = asyncio.create_task(sending(dying).drain())
    await dying.has_sent.wait()
    killed.cancel()
    other = sending(channel)
    assert await other.drain() == 0  # it may still be on its way
    clock.move_to(clock.now() + LEASE + timedelta(seconds=1))
    await other.drain()
    return [row.state for row in writer.run(TENANT, lambda tx: tx.fetch(select(outbox.c.state)))]


async def test_a_push_whose_sender_died_is_sent_again_where_the_platform_tells_a_repeat(
    database: Database,
) -> None:
    clock, writer = MovableClock(NOON), Writer(database)
    corp = Corp(corp_id=CORP_ID, apps=[App(AGENT_ID, "邻里", SECRET)], clock=clock)
    member = corp.member("LiMin")
    async with corp.server.running() as api_base:
        channel = StaffApp(
            CorpSettings("staff", CORP_ID, SECRET, api_base),
            CallbackKeys(TOKEN, AES_KEY),
            agent_id=AGENT_ID,
            shows_cards=True,
            notebook=StoredNotebook("staff", writer=writer, tenant=TENANT, clock=clock),
            clock=clock,
        )
        states = await kill_while_noting(channel, "LiMin", writer, clock)
        await channel.close()
    writer.close()

    assert states == [DeliveryState.SENT]
    assert corp.server.count("message/send") == 2
    assert len(member.screen) == 1


async def test_a_push_whose_sender_died_stays_in_doubt_where_the_platform_would_show_it_twice(
    database: Database,
) -> None:
    clock, writer = MovableClock(NOON), Writer(database)
    platform = Platform(app_id=APP_ID, secret=SECRET, clock=clock)
    platform.allow("oA", "message")
    async with platform.running() as api_base:
        channel = OfficialAccount(
            Account("wechat", APP_ID, TOKEN, SECRET, AES_KEY, api_base),
            notebook=StoredNotebook("wechat", writer=writer, tenant=TENANT, clock=clock),
            clock=clock,
            settle=Bot().settle,
        )
        channel.quota.open("oA", Trigger.MESSAGE)
        states = await kill_while_noting(channel, "oA", writer, clock)
        await channel.close()
    writer.close()

    assert states == [DeliveryState.UNKNOWN]
    assert platform.resident("oA").screen == ["修好了"]


CONFIG = """
channels:
  staff:
    {{kind: wecom_app, corp_id: {corp}, agent_id: {agent}, secret: {secret}, token: {token}, aes_key: {key},
      api_base: "{api_base}"}}
"""


async def test_what_two_processes_hear_three_times_each_and_late_is_answered_and_filed_once(
    tmp_path: Path,
) -> None:
    clock = SystemClock()
    corp = Corp(corp_id=CORP_ID, apps=[App(AGENT_ID, "邻里", SECRET)], clock=clock)
    resident = corp.member("Wang")
    ports = free_port(), free_port()
    report = {"MsgType": "text", "Content": "幸福里3号楼2单元电梯坏了", "MsgId": 7001}
    yes = {"MsgType": "text", "Content": "对", "MsgId": 7002}
    connector = aiohttp.TCPConnector(force_close=True)
    async with corp.server.running() as api_base, aiohttp.ClientSession(connector=connector) as session:
        config = CONFIG.format(
            corp=CORP_ID, agent=AGENT_ID, secret=SECRET, token=TOKEN, key=AES_KEY, api_base=api_base
        )
        keys = Keys(TOKEN, AES_KEY, CORP_ID)
        lines = [
            Line(f"http://127.0.0.1:{port}/wecom/app/{AGENT_ID}", keys, session, clock) for port in ports
        ]
        callers = [AppCaller(corp, line, agent_id=AGENT_ID) for line in lines] * 3
        async with (
            serve(tmp_path, ports[0], config, ends_by=signal.SIGTERM),
            serve(tmp_path, ports[1], config, ends_by=signal.SIGTERM),
        ):
            for number, said in enumerate((report, yes), 1):
                arrived = await asyncio.gather(*(caller.tell("Wang", {**said}) for caller in callers))
                assert all(outcome.arrived for outcome in arrived)
                await until(lambda number=number: len(resident.screen) >= number)
            for caller in callers:
                assert (await caller.tell("Wang", {**report})).arrived  # long after what came behind it
            await asyncio.sleep(1)
        listed = await asyncio.to_thread(run_bot, "tickets", "list", "--json", folder=tmp_path)

    tickets = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [ticket["place"]["text"] for ticket in tickets] == ["幸福里3号楼2单元"]
    assert len(resident.screen) == 2
