"""Who is there for whom on one day: on leave, out of office, stood in for; and the rights that come with it.

A place is filled by its holder, else by who agreed to stand in for this leave, else by a standing stand-in
(替补, or the 顶班 of a grid), and so on for whoever of these is not there either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from knowledge.model import RoleName, StaffMember

# Whoever stands in for several acts in the first of these roles.
_HIGHEST_FIRST = (RoleName.SECRETARY, RoleName.DISPATCHER, RoleName.SUBDISTRICT_OFFICER)


@dataclass(frozen=True, slots=True)
class Presence:
    """`away`: everybody on agreed leave on that day -> who agreed to stand in."""

    staff: Mapping[str, StaffMember]
    on: date
    away: Mapping[str, str]

    def there(self, name: str | None, usual: str | None = None) -> str | None:
        """Who is there for this person: they themselves, else a stand-in, else nobody. `usual` is who stands
        in for them in the matter at hand, rather than in all they do."""
        return self._there(name, usual, set())

    def _there(self, name: str | None, usual: str | None, met: set[str]) -> str | None:
        entry = self.staff.get(name) if name is not None else None
        if entry is None or entry.name in met:
            return None
        met.add(entry.name)
        if self._is_in(entry):
            return entry.name
        others = (self.away.get(entry.name), usual, *entry.stand_ins)
        return next((found for other in others if (found := self._there(other, None, met))), None)

    def _is_in(self, entry: StaffMember) -> bool:
        return entry.name not in self.away and entry.serves_on(self.on)

    def stands_in_for(self, name: str) -> list[str]:
        """Everybody not there for whom this person is, in the order of the file."""
        missing = [entry.name for entry in self.staff.values() if not self._is_in(entry)]
        return [one for one in missing if self.there(one) == name]

    def holders(self, role: RoleName) -> list[str]:
        """Whose the role is, be they on leave; where nobody is in office, who left it to a stand-in."""
        entries = [entry for entry in self.staff.values() if entry.role is role]
        in_office = [entry.name for entry in entries if entry.serves_on(self.on)]
        return in_office or [entry.name for entry in entries if self.there(entry.name)]

    def all_there(self, role: RoleName) -> list[str]:
        """Everybody there who has the role or stands in for somebody who has it, each once."""
        found = (self.there(name) for name in self.holders(role))
        return list(dict.fromkeys(name for name in found if name is not None))

    def holder(self, role: RoleName) -> str | None:
        """The first whose the role is and for whom somebody is there; else the first whose it is."""
        names = self.holders(role)
        return next((name for name in names if self.there(name)), names[0] if names else None)

    def dispatcher(self) -> str | None:
        """Who takes returned tickets, tickets without an owner, and people who ask for a person."""
        return self.holder(RoleName.DISPATCHER) or self.holder(RoleName.SECRETARY)

    def secretary(self) -> str | None:
        return self.holder(RoleName.SECRETARY)

    def acting(self, name: str | None) -> StaffMember | None:
        """The entry of somebody in office, in the highest role in which they act today."""
        entry = self.staff.get(name) if name is not None else None
        if entry is None or not entry.serves_on(self.on):
            return None
        roles = {entry.role} | {self.staff[one].role for one in self.stands_in_for(entry.name)}
        highest = next((role for role in _HIGHEST_FIRST if role in roles), entry.role)
        return entry if highest is entry.role else replace(entry, role=highest)
