"""Play WeCom by hand: type what people do, see what they are shown.

    python -m tests.counterparts.wecom app --corp-id ww… --agent-id 1000002 --secret … --token … --aes-key …
    python -m tests.counterparts.wecom webhook --key …
    python -m tests.counterparts.wecom robot --name robot --token … --aes-key …
    python -m tests.counterparts.wecom line --bot-id aib… --secret …
    python -m tests.counterparts.wecom kf --corp-id ww… --secret … --token … --aes-key …
    python -m tests.counterparts.wecom report --corp-id ww… --secret …

Give the bot's channel the address that is printed. Lines: `text` speaks as the last person, `LiMin: text` as
another one, `LiMin@工作群: text` in a group; `/press 收到` presses a button of the last card, `/enter` opens
the chat. An empty line shows what has come in since. What is said to `report` is reported there.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import aiohttp

from bot.clock import SystemClock
from tests.counterparts.wecom.caller import AppCaller, Keys, Line
from tests.counterparts.wecom.cards import Shown
from tests.counterparts.wecom.corp import App, Corp
from tests.counterparts.wecom.gateway import Gateway
from tests.counterparts.wecom.groups import Group, Webhooks
from tests.counterparts.wecom.reports import Reports
from tests.counterparts.wecom.robots import RobotCaller, RobotHost
from tests.counterparts.wecom.service import Service, ServiceCaller

Options = argparse.Namespace


class Told(Protocol):
    """Whom people speak to: an application or a robot, over either way."""

    async def says(self, userid: str, text: str, *, group: str | None) -> object: ...
    async def enters(self, userid: str) -> object: ...
    async def presses(self, userid: str, shown: Shown, label: str, *, group: str | None) -> object: ...


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.counterparts.wecom",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    app = kinds.add_parser("app", help="a self-made application")
    webhook = kinds.add_parser("webhook", help="a staff group that the bot may only speak in")
    robot = kinds.add_parser("robot", help="a robot that is called")
    line = kinds.add_parser("line", help="a robot that keeps a connection")
    kf = kinds.add_parser("kf", help="微信客服")
    report = kinds.add_parser("report", help="政民沟通: 居民上报")
    for kind, names in {
        app: ["--corp-id", "--secret", "--token", "--aes-key"],
        webhook: ["--key"],
        robot: ["--name", "--token", "--aes-key"],
        line: ["--bot-id", "--secret"],
        kf: ["--corp-id", "--secret", "--token", "--aes-key"],
        report: ["--corp-id", "--secret"],
    }.items():
        for name in names:
            kind.add_argument(name, required=True)
        kind.add_argument("--port", type=int, default=8091)
        kind.add_argument("--callback", default="http://127.0.0.1:8080")
    app.add_argument("--agent-id", type=int, required=True)
    options = parser.parse_args()
    play = {
        "app": play_app, "webhook": play_webhook, "robot": play_robot, "line": play_line, "kf": play_kf,
        "report": play_report,
    }  # fmt: skip
    asyncio.run(play[options.kind](options))


async def play_app(options: Options) -> None:
    clock = SystemClock()
    corp = Corp(corp_id=options.corp_id, apps=[App(options.agent_id, "app", options.secret)], clock=clock)
    keys = Keys(options.token, options.aes_key, options.corp_id)
    async with corp.server.running(options.port) as base, aiohttp.ClientSession() as session:
        line = Line(f"{options.callback}/wecom/app/{options.agent_id}", keys, session, clock)
        print(f"api_base: {base}")
        print("the callback answers" if await line.verify() else "the callback does not verify", flush=True)
        caller = AppCaller(corp, line, agent_id=options.agent_id)
        await converse(caller, lambda name: corp.member(name).screen)


async def play_webhook(options: Options) -> None:
    platform = Webhooks(SystemClock())
    group = platform.groups[options.key] = Group()
    async with platform.server.running(options.port) as base:
        print(f"api_base: {base}", flush=True)
        shown = 0
        while True:
            await asyncio.sleep(0.5)
            for text in group.screen[shown:]:
                print(f"  → {text}", flush=True)
            shown = len(group.screen)


async def play_robot(options: Options) -> None:
    clock = SystemClock()
    host = RobotHost(clock)
    keys = Keys(options.token, options.aes_key, "")
    async with host.server.running(options.port) as base, aiohttp.ClientSession() as session:
        host.base = base
        line = Line(f"{options.callback}/wecom/robot/{options.name}", keys, session, clock)
        print(f"api_base: {base}")
        print("the callback answers" if await line.verify() else "the callback does not verify", flush=True)
        await converse(RobotCaller(host, line), lambda name: host.chat(name).screen)


async def play_line(options: Options) -> None:
    host = RobotHost(SystemClock())
    gateway = Gateway(host, bot_id=options.bot_id, secret=options.secret)
    async with gateway.running(options.port) as url:
        print(f"url: {url}", flush=True)
        await gateway.subscribed()
        print("the robot is connected", flush=True)
        await converse(gateway, lambda name: host.chat(name).screen)


async def play_kf(options: Options) -> None:
    clock = SystemClock()
    corp = Corp(corp_id=options.corp_id, apps=[App(0, "kf", options.secret)], clock=clock)
    service = Service(corp, ["wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"])
    keys = Keys(options.token, options.aes_key, options.corp_id)
    async with corp.server.running(options.port) as base, aiohttp.ClientSession() as session:
        line = Line(f"{options.callback}/wecom/kf", keys, session, clock)
        print(f"api_base: {base}")
        print("the callback answers" if await line.verify() else "the callback does not verify", flush=True)
        await converse(ServiceCaller(service, line), lambda name: service.customer(name).screen)


async def play_report(options: Options) -> None:
    corp = Corp(corp_id=options.corp_id, apps=[App(0, "report", options.secret)], clock=SystemClock())
    reports = Reports(corp)
    async with corp.server.running(options.port) as base:
        print(f"api_base: {base}", flush=True)
        while typed := await asyncio.to_thread(sys.stdin.readline):
            name, _, text = typed.strip().partition(":")
            if text.strip():
                number = reports.resident_reports(name.strip(), text.strip())
                print(f"  → {number}", flush=True)


async def converse(told: Told, screen: Callable[[str], Sequence[Shown]]) -> None:
    person, group, shown = "LiMin", "", 0
    while typed := await asyncio.to_thread(sys.stdin.readline):
        name, colon, text = typed.strip().partition(":")
        if colon and not name.startswith("/"):
            person, _, group = name.strip().partition("@")
            shown = len(screen(group or person))
        else:
            text = typed
        await act(told, person, group or None, text.strip(), screen(group or person))
        await asyncio.sleep(0.5)  # time for the answer
        for one in screen(group or person)[shown:]:
            show(group or person, one)
        shown = len(screen(group or person))


async def act(told: Told, person: str, group: str | None, text: str, screen: Sequence[Shown]) -> None:
    if text.startswith("/press "):
        card = next(one for one in reversed(screen) if one.buttons)
        await told.presses(person, card, text.removeprefix("/press "), group=group)
    elif text == "/enter":
        await told.enters(person)
    elif text:
        await told.says(person, text, group=group)


def show(where: str, one: Shown) -> None:
    print(f"  → {where}: {one.text}", flush=True)
    if one.buttons:
        choices = " ".join(f"[{label}]" for label in one.buttons)
        print(f"    {one.chosen or choices}", flush=True)


if __name__ == "__main__":
    main()
