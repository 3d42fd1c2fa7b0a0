"""Play WeChat by hand: type what a resident does, see what they are shown.

    python -m tests.counterparts.wechat --callback http://127.0.0.1:8080/wechat \\
        --app-id wx… --secret … --token … --aes-key …

Give the bot's channel the address that is printed as its `api_base`. Lines: `text` speaks as the last
resident, `王阿姨: text` as another one; `/follow scene`, `/scan scene`, `/press key` and `/leave` are what a
resident can do besides. An empty line shows what has come in since.
"""

import argparse
import asyncio
import sys

import aiohttp

from bot.clock import SystemClock
from tests.counterparts.wechat.caller import Account, Caller, Outcome
from tests.counterparts.wechat.platform import Platform


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.counterparts.wechat",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--callback", default="http://127.0.0.1:8080/wechat")
    parser.add_argument("--app-id", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--aes-key", default="", help="without it the callbacks are plain")
    parser.add_argument("--port", type=int, default=8090)
    asyncio.run(play(parser.parse_args()))


async def play(options: argparse.Namespace) -> None:
    platform = Platform(app_id=options.app_id, secret=options.secret, clock=SystemClock())
    account = Account(options.app_id, options.token, options.aes_key)
    async with platform.running(options.port) as base, aiohttp.ClientSession() as session:
        caller = Caller(options.callback, account, platform, session, encrypted=bool(options.aes_key))
        print(f"api_base: {base}")
        print("the callback answers" if await caller.verify() else "the callback does not verify")
        await converse(caller, platform)


async def converse(caller: Caller, platform: Platform) -> None:
    person, shown = "居民", 0
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, colon, rest = line.strip().partition(":")
        if colon and not name.startswith("/"):
            person, shown = name, len(platform.resident(name).screen)
            line = rest
        await act(caller, person, line.strip())
        await asyncio.sleep(0.2)  # time for a message after the reply
        for text in platform.resident(person).screen[shown:]:
            print(f"  → {person}: {text}")
        shown = len(platform.resident(person).screen)


async def act(caller: Caller, person: str, line: str) -> Outcome | None:
    command, _, argument = line.partition(" ")
    match command:
        case "":
            return None
        case "/follow":
            return await caller.follows(person, argument)
        case "/scan":
            return await caller.scans(person, argument)
        case "/press":
            return await caller.presses(person, argument)
        case "/leave":
            return await caller.leaves(person)
        case _:
            return await caller.says(person, line)


if __name__ == "__main__":
    main()
