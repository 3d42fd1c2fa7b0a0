"""Play Telegram by hand: type what people say, see what they are shown.

    python -m tests.counterparts.telegram --token 42:secret --webhook http://127.0.0.1:8080/telegram/tg \\
        --secret …

Give the channel the address that is printed as its `api_base`. A line is said in private, `群 text` in a
group; `/press 2` presses the second button under the last message, `/photo` sends a picture, `/name 王阿姨`
goes on as somebody else. An empty line shows what has come in since.
"""

import argparse
import asyncio
import io
import sys

from PIL import Image

from tests.counterparts.telegram.people import Chat, Json
from tests.counterparts.telegram.platform import Platform


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.counterparts.telegram",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--token", required=True)
    parser.add_argument("--webhook", default="", help="without it the bot has to poll")
    parser.add_argument("--secret", default="")
    parser.add_argument("--reads-groups", action="store_true", help="switch privacy mode off")
    parser.add_argument("--port", type=int, default=8091)
    asyncio.run(play(parser.parse_args()))


async def play(options: argparse.Namespace) -> None:
    platform = Platform(options.token, reads_groups=options.reads_groups)
    platform.webhook["url"], platform.secret = options.webhook, options.secret
    group = platform.people.group(-4001, "幸福里业主群")
    person = platform.people.person(501, "居民")
    async with platform.running(options.port) as base:
        print(f"api_base: {base}    群号: {group.id}")
        while line := await asyncio.to_thread(sys.stdin.readline):
            words = line.strip()
            before = {chat.id: len(chat.screen) for chat in platform.people.chats.values()}
            if words.startswith("/name "):
                name = words.removeprefix("/name ")
                known = (chat for chat in platform.people.chats.values() if chat.title == name)
                person = next(known, None) or platform.people.person(501 + len(platform.people.chats), name)
            elif words:
                status = await platform.deliver(act(platform, person, group, words))
                print(f"  ({status})")
            await asyncio.sleep(0.5)  # time for the answer
            for chat in platform.people.chats.values():
                for shown in chat.screen[before.get(chat.id, 0) :]:
                    labels = "".join(f" [{label}]" for label, _ in shown.buttons)
                    print(f"  → {chat.title}: {shown.text}{labels}")


def act(platform: Platform, person: Chat, group: Chat, words: str) -> Json | None:
    if words.startswith("/press "):
        number = int(words.removeprefix("/press "))
        where = max((person, group), key=lambda chat: chat.screen[-1].id if chat.screen else 0)
        return platform.people.presses(person, where.screen[-1].buttons[number - 1][0], chat=where)
    if words == "/photo":
        picture = io.BytesIO()
        Image.new("RGB", (640, 480), "gray").save(picture, "JPEG")
        return platform.people.sends(person, photo=platform.people.picture(picture.getvalue()))
    where = group if words.startswith("群 ") else person
    return platform.people.says(person, words.removeprefix("群 "), chat=where)


if __name__ == "__main__":
    main()
