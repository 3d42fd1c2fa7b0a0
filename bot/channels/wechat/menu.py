"""The account's menu. Pressing an item says something, or opens a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.wechat.api import Api

_MOST_ITEMS = 3
_MOST_SUB_ITEMS = 5
_LONGEST_NAME = 16  # bytes of UTF-8: five Chinese characters
_LONGEST_SUB_NAME = 60
_LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class Says:
    """Pressing it says `text`, exactly as if it had been typed."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Opens:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SubMenu:
    name: str
    items: tuple[Says | Opens, ...]


async def create_menu(api: Api, items: Sequence[Says | Opens | SubMenu]) -> None:
    """Replace the menu. Raises ValueError, before anything is sent, where the platform would refuse it."""
    if not 1 <= len(items) <= _MOST_ITEMS:
        raise ValueError(f"a menu has 1 to {_MOST_ITEMS} items, not {len(items)}")
    await api.call("menu/create", {"button": [_top(item) for item in items]})


def _top(item: Says | Opens | SubMenu) -> dict[str, object]:
    if not isinstance(item, SubMenu):
        return _leaf(item, longest_name=_LONGEST_NAME)
    if not 1 <= len(item.items) <= _MOST_SUB_ITEMS:
        raise ValueError(f"{item.name}: a sub-menu has 1 to {_MOST_SUB_ITEMS} items, not {len(item.items)}")
    _check(item.name, "name", _LONGEST_NAME)
    return {
        "name": item.name,
        "sub_button": [_leaf(leaf, longest_name=_LONGEST_SUB_NAME) for leaf in item.items],
    }


def _leaf(item: Says | Opens, *, longest_name: int) -> dict[str, object]:
    _check(item.name, "name", longest_name)
    if isinstance(item, Opens):
        return {"type": "view", "name": item.name, "url": item.url}
    _check(item.text, "text", _LONGEST_KEY)
    return {"type": "click", "name": item.name, "key": item.text}


def _check(text: str, what: str, longest: int) -> None:
    if not 1 <= len(text.encode()) <= longest:
        raise ValueError(f"{text!r}: the {what} of a menu item has 1 to {longest} bytes of UTF-8")
