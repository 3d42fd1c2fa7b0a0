"""Runs telemelya, a mock of Telegram's Bot API that is not ours, without the picture store that it asks for.

It is run by the interpreter of an environment of its own, which has it (see tests/channels/telegram/
test_foreign_server.py). Settings come from the environment, as it documents them.
"""

from telemelya.server import media
from telemelya.server.app import main


class NoPictures:
    """Stands in for its connection to MinIO."""

    async def connect(self) -> None:
        return None

    async def close(self) -> None:
        return None

    async def ping(self) -> bool:
        return True


if __name__ == "__main__":
    manager = media.media_manager
    for name in ("connect", "close", "ping"):
        setattr(manager, name, getattr(NoPictures(), name))
    main()
