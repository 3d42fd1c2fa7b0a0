"""What an administrator does with a channel: check its settings, hang out its codes, set its menu, prepare
messages to residents' groups. Everything raises the DeliveryFailure that sending would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bot.messaging import Button, Channel


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for the administrator: the key of a sentence (knowledge/messages.yaml), and what fills it."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    is_wrong: bool = False


@runtime_checkable
class CheckedChannel(Channel, Protocol):
    """Can ask its platform whether the settings are right."""

    async def check(self) -> Sequence[Finding]: ...


@runtime_checkable
class LinkingChannel(Channel, Protocol):
    """Has links, to be hung out as QR codes, that say where they hang."""

    async def link_to(self, place: str) -> str:
        """Raises ValueError where the platform has no room for the place's name."""
        ...


@runtime_checkable
class MenuChannel(Channel, Protocol):
    """Shows a menu under the chat."""

    async def set_menu(self, items: Sequence[Button], more: str, further: Sequence[Button]) -> None:
        """Replace it by `items` and, under `more`, the `further` ones. Raises ValueError where the platform
        has no room for one."""
        ...


@runtime_checkable
class BroadcastingChannel(Channel, Protocol):
    """Prepares messages to residents' groups, which the owner of each group sends by hand."""

    async def prepare_broadcast(self, owner: str, text: str, groups: Sequence[str]) -> Sequence[Finding]:
        """For `groups`, or for those that the owner chooses. Raises ValueError where it does not fit."""
        ...

    async def remind_of_broadcast(self, task: str) -> Sequence[Finding]: ...

    async def broadcast_result(self, task: str) -> Sequence[Finding]: ...
