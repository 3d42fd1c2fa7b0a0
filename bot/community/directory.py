"""Who is who today, read from the knowledge files."""

from datetime import date

from knowledge.model import Group, Knowledge, RoleName, StaffMember

_STAFF_ROLES = frozenset(RoleName) - {RoleName.BUILDING_LEADER, RoleName.LAWYER}


def member(knowledge: Knowledge, name: str | None, on: date) -> StaffMember | None:
    """The staff entry of that name, if it serves on that day."""
    entry = knowledge.staff.get(name) if name else None
    return entry if entry is not None and entry.serves_on(on) else None


def with_role(knowledge: Knowledge, role: RoleName, on: date) -> list[StaffMember]:
    return [entry for entry in knowledge.staff.values() if entry.role is role and entry.serves_on(on)]


def may_work_tickets(entry: StaffMember | None) -> bool:
    """Building leaders and lawyers are asked for help; tickets are never put on them."""
    return entry is not None and entry.role in _STAFF_ROLES


def leaders_of(knowledge: Knowledge, compound: str, building: str, on: date) -> list[StaffMember]:
    return [
        entry
        for entry in with_role(knowledge, RoleName.BUILDING_LEADER, on)
        if (compound, building) in entry.buildings
    ]


def is_desk(entry: StaffMember) -> bool:
    """Whether somebody acts for the community on every ticket: dispatcher and secretary."""
    return entry.role in (RoleName.DISPATCHER, RoleName.SECRETARY)


def is_secretary(entry: StaffMember) -> bool:
    return entry.role is RoleName.SECRETARY


def is_subdistrict(entry: StaffMember) -> bool:
    return entry.role is RoleName.SUBDISTRICT_OFFICER


def residents_chats(
    knowledge: Knowledge, compound: str, *, named_channels: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """(channel, chat) of every residents' group of a compound; `named_channels` call groups by name."""
    groups = [
        group for group in knowledge.groups.values() if group.compound == compound and not group.for_staff
    ]
    return [
        chat
        for group in groups
        for chat in (*group.chats.items(), *((channel, group.name) for channel in named_channels))
    ]


def own_compound(knowledge: Knowledge, name: str | None, on: date) -> str | None:
    """The compound that one of the staff means by “3号楼”, where they serve a single one."""
    entry = member(knowledge, name, on)
    if entry is None:
        return None
    compounds = {compound for compound, _ in entry.buildings}
    compounds |= {scope.compound for grid in knowledge.grids if grid.worker == name for scope in grid.scopes}
    compounds |= {
        compound.name
        for compound in knowledge.compounds.values()
        if entry.firm is not None and compound.property_firm == entry.firm
    }
    return next(iter(compounds)) if len(compounds) == 1 else None


def group_at(knowledge: Knowledge, *, channel: str, chat: str) -> Group | None:
    """The group that a chat of a channel is; the sandbox calls its groups by name."""
    for group in knowledge.groups.values():
        if group.chats.get(channel) == chat or (channel not in group.chats and group.name == chat):
            return group
    return None
