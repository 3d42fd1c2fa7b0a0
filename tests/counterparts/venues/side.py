"""What a house needs of the platforms that people write on."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.app import App
from bot.clock import MovableClock
from bot.dialogues.scene import Say, Scene
from bot.dialogues.venue import CannotBePlayed
from knowledge.model import Knowledge


@dataclass(frozen=True)
class Seen:
    """A message of the bot on a screen."""

    text: str
    labels: tuple[str, ...] = ()


class Side(Protocol):
    """Platforms, and the people on them by their names in the scenes."""

    def __init__(self, knowledge: Knowledge, clock: MovableClock) -> None: ...

    @property
    def channels(self) -> dict[str, dict[str, Any]]:
        """The part of the configuration; known once the platforms run."""
        ...

    def admit(self, scene: Scene) -> None: ...

    def account(self, name: str) -> tuple[str, str]: ...

    def group_chat(self, name: str) -> tuple[str, str] | None:
        """The channel of a group and its number there."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """The platforms can be called."""
        ...

    def prepare(self, app: App, photos: Path) -> None:
        """Before the bot is served."""
        ...

    def connected(self, base: str) -> AbstractAsyncContextManager[None]:
        """The platforms can call the bot, which listens at `base`."""
        ...

    async def says(self, who: str, text: str, group: str | None) -> None:
        """A button of the last message that says just this is pressed."""
        ...

    def screen(self, who: str) -> list[Seen]: ...

    def group_screen(self, group: str) -> list[Seen]: ...


def refuse_groups(scene: Scene, why: str) -> None:
    if any(isinstance(step, Say) and step.group for step in scene.steps):
        raise CannotBePlayed(why)


def refuse_private_from_group(scene: Scene, why: str) -> None:
    if any(isinstance(step, Say) and step.in_private for step in scene.steps):
        raise CannotBePlayed(why)
