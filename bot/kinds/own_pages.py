"""The pages that linli serves itself: the residents' chat and the demo's screen."""

from pydantic import Field

from bot.channels.door import Door, Limits
from bot.channels.photos import PhotoStore
from bot.channels.sandbox import Cast, Sandbox, SandboxGroup, SandboxPerson
from bot.channels.web_chat import WebChat
from bot.community.speech import sentence
from bot.kinds.base import Options, Parts
from bot.messaging import Channel
from knowledge.model import Knowledge, RoleName

_MOST_RESIDENTS_SHOWN = 4
_ROLES_OPENED = (RoleName.GRID_WORKER, RoleName.BUILDING_LEADER, RoleName.LAWYER)


class WebOptions(Options):
    """The chat page, and how much one visitor may ask of it."""

    messages_a_minute: int = Field(default=Limits.messages_a_minute, ge=1)
    photos_in_ten_minutes: int = Field(default=Limits.photos_in_ten_minutes, ge=1)
    newcomers_in_ten_minutes: int = Field(default=Limits.newcomers_in_ten_minutes, ge=1)


class SandboxOptions(Options):
    """The demo's screen; it has nothing to set."""


def web_chat(name: str, options: WebOptions, parts: Parts) -> Channel:
    limits = Limits(**options.model_dump(exclude={"kind"}))
    return WebChat(
        name,
        mailbox=parts.mailbox,
        pages=parts.pages,
        photos=PhotoStore(parts.photos),
        door=Door(limits, is_emergency=parts.engine.is_emergency, clock=parts.clock),
        clock=parts.clock,
    )


def sandbox(name: str, _options: SandboxOptions, parts: Parts) -> Channel:
    return Sandbox(
        name,
        cast=lambda: _cast(parts.engine.knowledge()),
        mailbox=parts.channel_mailbox(name),
        move_clock=parts.move_clock,
        pages=parts.pages,
        clock=parts.clock,
    )


def _cast(knowledge: Knowledge) -> Cast:
    """The sandbox's people: a newcomer, some residents, everybody of the staff."""
    newcomer = SandboxPerson(
        knowledge.replies["sandbox.newcomer"], knowledge.replies["sandbox.newcomer_about"]
    )
    residents = [
        SandboxPerson(
            entry.name,
            sentence(
                knowledge,
                "place.unit",
                {"compound": entry.compound, "building": entry.building, "unit": entry.unit},
            ),
        )
        for entry in knowledge.residents[:_MOST_RESIDENTS_SHOWN]
    ]
    staff = [SandboxPerson(member.name, member.role_title) for member in knowledge.staff.values()]
    first_of_each = {member.role: member.name for member in reversed(list(knowledge.staff.values()))}
    groups = tuple(
        SandboxGroup(
            group.name,
            tuple(person.name for person in (staff if group.for_staff else [newcomer, *residents])),
        )
        for group in knowledge.groups.values()
    )
    opened = [newcomer.name, *(resident.name for resident in residents[:1])]
    opened += [first_of_each[role] for role in _ROLES_OPENED if role in first_of_each]
    opened += [group.name for group in groups[:1]]
    return Cast((newcomer, *residents, *staff), groups, tuple(opened), knowledge.community.mention_names)
