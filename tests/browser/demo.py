"""The demo with a clock that begins where a test needs it: `python -m tests.browser.demo PORT MOMENT`.

What the demo does depends on the hour and on holidays, and tests must not.
"""

import asyncio
import sys
from datetime import datetime

from bot.app import App
from bot.clock import MovableClock
from bot.serving import Serving
from bot.settings import ChannelSettings, ConfigFile, Settings


def main(port: str, moment: str) -> None:
    settings = Settings(
        database_url="sqlite:///var/demo.sqlite3",
        listen=f"127.0.0.1:{port}",
        channels={"web": ChannelSettings(kind="web"), "sandbox": ChannelSettings(kind="sandbox")},
    )
    clock = MovableClock(datetime.fromisoformat(moment), running=True)
    app = App(settings, ConfigFile("demo", None), clock=clock, is_demo=True)
    asyncio.run(Serving(app).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
