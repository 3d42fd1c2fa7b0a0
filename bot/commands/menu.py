"""`menu`: the menu under the chat, in the words of knowledge/replies.yaml; pressing an item says it."""

from collections.abc import Sequence
from pathlib import Path

from bot.commands.one_channel import cannot, opened, report
from bot.messaging import Button
from bot.upkeep import Finding, MenuChannel
from knowledge.console import words
from knowledge.model import Knowledge

_FIRST = ("menu.report", "menu.legal")
_FURTHER = ("menu.progress", "menu.volunteer", "menu.information", "menu.person")


def run_menu(name: str, *, confirmed: bool, config: Path | None) -> None:
    with opened(name, config) as one:
        if not isinstance(one.channel, MenuChannel):
            cannot(one)
        knowledge = one.app.engine.knowledge()
        if not confirmed:
            print("\n".join(button.label for button in _buttons(knowledge, _FIRST)))
            print(knowledge.replies["menu.more"])
            print("\n".join(f"  {button.label}" for button in _buttons(knowledge, _FURTHER)))
            print(words("menu.preview"))
            return
        findings = one.ask(_set(one.channel, knowledge))
    report(findings)


async def _set(channel: MenuChannel, knowledge: Knowledge) -> Sequence[Finding]:
    try:
        await channel.set_menu(
            _buttons(knowledge, _FIRST), knowledge.replies["menu.more"], _buttons(knowledge, _FURTHER)
        )
    except ValueError:
        return [Finding("menu_too_long", is_wrong=True)]
    return [Finding("menu_set")]


def _buttons(knowledge: Knowledge, keys: Sequence[str]) -> list[Button]:
    return [Button(knowledge.replies[key], knowledge.replies[key]) for key in keys]
