"""`codes`: links for the QR codes of every stairwell, made by the platform, which say where they hang."""

from collections.abc import Sequence
from pathlib import Path

from bot.commands.one_channel import cannot, opened, report
from bot.community.speech import spoken_place
from bot.upkeep import Finding, LinkingChannel
from knowledge.console import words
from knowledge.model import Knowledge


def run_codes(name: str, *, confirmed: bool, config: Path | None) -> None:
    with opened(name, config) as one:
        if not isinstance(one.channel, LinkingChannel):
            cannot(one)
        places = _places(one.app.engine.knowledge())
        if not confirmed:
            print("\n".join(places))
            print(words("codes.preview", number=len(places)))
            return
        findings = one.ask(_print_links(one.channel, places))
    report(findings)


async def _print_links(channel: LinkingChannel, places: Sequence[str]) -> Sequence[Finding]:
    too_long = []
    for place in places:
        try:
            print(f"{place}\t{await channel.link_to(place)}", flush=True)
        except ValueError:
            too_long.append(Finding("code_place_too_long", {"place": place}, is_wrong=True))
    return too_long


def _places(knowledge: Knowledge) -> list[str]:
    """Every unit of every building of the community."""
    return [
        spoken_place(knowledge, compound=compound.name, building=str(building), unit=str(unit))
        for compound in knowledge.compounds.values()
        for building in range(compound.first_building, compound.last_building + 1)
        for unit in range(1, compound.units + 1)
    ]
