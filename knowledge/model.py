"""Everything the knowledge files say, as frozen values. One `Knowledge` is one consistent reading."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from knowledge.offers import Activity, LegalService
from knowledge.rota import Rota


@dataclass(frozen=True, slots=True)
class Community:
    """The community itself (community.yaml). `id` is the tenant in every key of the store."""

    id: int
    name: str
    subdistrict: str
    ticket_letter: str
    bot_name: str
    mention_names: tuple[str, ...]
    duty_phone: str
    service_centre: str
    service_centre_phone: str
    office_hours: Mapping[int, tuple[tuple[time, time], ...]]  # ISO weekday -> spans, local time
    numbers: Mapping[str, str]  # name in replies ("gas_rescue", "lift_rescue", "police" …) -> phone


@dataclass(frozen=True, slots=True)
class Compound:
    name: str
    aliases: tuple[str, ...]
    first_building: int
    last_building: int
    units: int
    floors: int
    has_lift: bool
    property_firm: str | None
    office_hours: Mapping[int, tuple[tuple[time, time], ...]] | None = None  # None = the community's

    def has_building(self, building: str) -> bool:
        return building.isdigit() and self.first_building <= int(building) <= self.last_building

    def has_unit(self, unit: str) -> bool:
        return unit.isdigit() and 1 <= int(unit) <= self.units


@dataclass(frozen=True, slots=True)
class Scope:
    """A run of buildings of one compound; None = all of it."""

    compound: str
    first: int | None = None
    last: int | None = None

    def covers(self, compound: str, building: str | None) -> bool:
        if compound != self.compound:
            return False
        if self.first is None or self.last is None:
            return True
        return building is not None and building.isdigit() and self.first <= int(building) <= self.last


@dataclass(frozen=True, slots=True)
class Grid:
    name: str
    scopes: tuple[Scope, ...]
    worker: str
    stand_in: str | None


class RoleName(StrEnum):
    """Roles as code knows them; their Chinese names are in people.yaml's vocabulary."""

    GRID_WORKER = "grid_worker"  # 网格员
    SECRETARY = "secretary"  # 社区书记
    DISPATCHER = "dispatcher"  # 社区管理员
    REPAIRER = "repairer"  # 物业维修
    PROPERTY_MANAGER = "property_manager"  # 物业经理
    SUBDISTRICT_OFFICER = "subdistrict_officer"  # 街道干部
    BUILDING_LEADER = "building_leader"  # 楼长 (volunteer: asked, never timed)
    LAWYER = "lawyer"  # 公益律师


@dataclass(frozen=True, slots=True)
class StaffMember:
    name: str
    role: RoleName
    role_title: str  # as written in the file, shown to people
    phone: str | None = None
    firm: str | None = None
    buildings: tuple[tuple[str, str], ...] = ()  # (compound, building) of a building leader
    accounts: Mapping[str, str] = field(default_factory=dict)  # channel name -> account there
    since: date | None = None
    until: date | None = None
    deputy: str | None = None  # 替补: stands in for them whenever nobody else does
    stand_ins: tuple[str, ...] = ()  # the deputy, then the 顶班 of the grids they look after

    def serves_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def may_replace(self, other: "StaffMember") -> bool:
        """Whether they can stand in: staff for staff, a leader for a leader, a lawyer for a lawyer."""
        apart = (RoleName.BUILDING_LEADER, RoleName.LAWYER)
        return self.name != other.name and (
            self.role is other.role or (self.role not in apart and other.role not in apart)
        )


@dataclass(frozen=True, slots=True)
class ResidentEntry:
    """A resident with a known home, for the demo neighbourhood and for imports."""

    name: str
    compound: str
    building: str
    unit: str
    room: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    compound: str
    for_staff: bool
    chats: Mapping[str, str] = field(default_factory=dict)  # channel name -> chat id there


class SlaUnit(StrEnum):
    MINUTES = "minutes"  # 自然分钟
    WORKING_HOURS = "working_hours"  # 工作时
    WORKING_DAYS = "working_days"  # 工作日: ends with the office hours of that day


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a rule gives it: an amount in its own unit."""

    amount: int
    unit: SlaUnit


@dataclass(frozen=True, slots=True)
class LocalClocks:
    """Times promised in some places otherwise than everywhere else; None = as everywhere else."""

    scopes: tuple[Scope, ...]
    categories: tuple[str, ...]  # codes, or letters of whole groups; empty = all
    accept_within: Span | None
    contact_within: Span | None
    resolve_within: Span | None


@dataclass(frozen=True, slots=True)
class Responsibility:
    """Who answers for some categories, before the grid worker of the place is looked for."""

    categories: tuple[str, ...]  # codes, or letters of whole groups
    scopes: tuple[Scope, ...]  # empty = everywhere
    person: str
    basis: str


class PlaceDetail(StrEnum):
    """How exact a place must be before a ticket of this category can be handled."""

    NONE = "none"  # not asked: the matter is not about a place
    ANYWHERE = "anywhere"  # free text is enough
    COMPOUND = "compound"
    BUILDING = "building"
    UNIT = "unit"
    ROOM = "room"  # in-home repairs only


@dataclass(frozen=True, slots=True)
class Category:
    code: str
    name: str
    short: str  # how the matter is called in a sentence: “电梯故障”
    group: str
    urgency: str  # E, P1 … P4
    accept_within: Span
    contact_within: Span
    resolve_within: Span
    place_detail: PlaceDetail
    chain: str  # who is responsible, as written
    words: tuple[str, ...]
    not_words: tuple[str, ...]
    confidential: bool = False  # never to the grid worker of the place (complaints about staff, abuse)


@dataclass(frozen=True, slots=True)
class EmergencyClass:
    code: str
    name: str
    patterns: tuple[str, ...]
    reply: str  # key in replies: numbers first, then what to do
    private_only: bool


GAP_MARK = "【待社区填写"  # stands in a shipped answer for a local fact that is not known yet
_SENTENCE_END = re.compile(r"(?<=[。！？\n])")


@dataclass(frozen=True, slots=True)
class FaqEntry:
    id: str
    title: str
    phrases: tuple[str, ...]
    answer: str
    topic: str  # the folder it lies in
    compounds: tuple[str, ...] = ()
    source: str = ""
    updated_on: date | None = None
    valid_until: date | None = None
    owner: str = ""
    related: tuple[str, ...] = ()

    @property
    def has_gap(self) -> bool:
        return GAP_MARK in self.answer

    @property
    def known_part(self) -> str:
        """The answer without the sentences in which a local fact is still missing; may be empty."""
        sentences = _SENTENCE_END.split(self.answer)
        return "".join(sentence for sentence in sentences if GAP_MARK not in sentence).strip()


@dataclass(frozen=True, slots=True)
class ReminderRule:
    """When a scheduled reminder is sent. `days`: ISO weekdays. An occurrence that falls on a day off moves to
    the next working day (weekly rules) or is dropped (daily rules)."""

    name: str
    kind: str  # which reminder: building_leader_weekly, worker_morning_list, worker_due_tomorrow …
    at: time
    days: frozenset[int]
    weekly: bool


@dataclass(frozen=True, slots=True)
class QuietHours:
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class PushBudget:
    """How much one person may be sent (shared decision 7). Emergencies and P1 are not counted."""

    worker_singles_a_day: int
    resident_per_matter: int
    leader_a_day: int


@dataclass(frozen=True, slots=True)
class Department:
    """Somebody outside the community who can be called in (吹哨): through one of the staff, or by phone."""

    name: str
    aliases: tuple[str, ...]
    contact: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Coordination:
    """What one worker alone cannot settle. Without its file nothing climbs, is called or announced.

    `climbs`: (rung 2 or 3, working days late). `arrive_within`: by urgency; other matters have the time of
    the matter itself. `outage_from`: how many households make an outage of `outage_categories`.
    """

    climbs: tuple[tuple[int, int], ...] = ()
    answer_within: Span = Span(30, SlaUnit.MINUTES)
    arrive_within: Mapping[str, Span] = field(default_factory=dict)
    departments: tuple[Department, ...] = ()
    outage_categories: frozenset[str] = frozenset()
    outage_from: int = 0

    def is_outage(self, category: str | None) -> bool:
        """Whether a matter of this category is the whole compound's."""
        return category in self.outage_categories


@dataclass(frozen=True, slots=True)
class Knowledge:
    """One consistent reading of all files."""

    community: Community
    compounds: Mapping[str, Compound]
    grids: tuple[Grid, ...]
    staff: Mapping[str, StaffMember]
    residents: tuple[ResidentEntry, ...]
    groups: Mapping[str, Group]
    categories: Mapping[str, Category]
    emergency_classes: Mapping[str, EmergencyClass]
    emergency_softeners: tuple[str, ...]
    faqs: Mapping[str, FaqEntry]
    replies: Mapping[str, str]
    legal: LegalService | None
    activities: Mapping[str, Activity]
    coordination: Coordination
    reminders: tuple[ReminderRule, ...]
    quiet: QuietHours
    budget: PushBudget
    day_overrides: Mapping[date, bool]  # calendar overrides: date -> is a working day
    local_clocks: tuple[LocalClocks, ...]
    responsibilities: tuple[Responsibility, ...]
    rota: Rota
    version: str  # digest of the files read
