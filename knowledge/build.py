"""Checked files become one `Knowledge`; what one file says about another is checked on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from knowledge.check_faq import check_numbers
from knowledge.coordination import build_coordination
from knowledge.duties import build_duties, build_local_clocks
from knowledge.faq import FaqSheet
from knowledge.matters import build_categories, build_emergencies, check_emergencies
from knowledge.model import Community, FaqEntry, Knowledge, PushBudget, QuietHours, ReminderRule
from knowledge.neighbourhood import Neighbourhood, build_neighbourhood, by_weekday, quoted
from knowledge.offers import Activity, LegalService, WeeklyWindow
from knowledge.problems import Problem
from knowledge.shapes.community import CalendarFile, CommunityFile
from knowledge.shapes.coordination import CoordinationFile
from knowledge.shapes.duty import DutyFile
from knowledge.shapes.matters import CategoriesFile, EmergenciesFile
from knowledge.shapes.neighbourhood import PeopleFile, PlacesFile, ResidentsFile
from knowledge.shapes.offers import ActivitiesFile, LegalFile
from knowledge.shapes.reminders import BudgetShape, RemindersFile
from knowledge.shapes.replies import RepliesFile, flattened
from knowledge.typed import Sheet


@dataclass(frozen=True, slots=True)
class Sheets:
    """All files of one reading."""

    community: Sheet[CommunityFile]
    places: Sheet[PlacesFile]
    people: Sheet[PeopleFile]
    residents: Sheet[ResidentsFile] | None
    categories: Sheet[CategoriesFile]
    emergencies: Sheet[EmergenciesFile]
    replies: Sheet[RepliesFile]
    reminders: Sheet[RemindersFile]
    calendar: Sheet[CalendarFile] | None
    duty: Sheet[DutyFile] | None
    legal: Sheet[LegalFile] | None
    activities: Sheet[ActivitiesFile] | None
    coordination: Sheet[CoordinationFile] | None
    faqs: tuple[FaqSheet, ...]


def build(sheets: Sheets, *, version: str) -> tuple[Knowledge, list[Problem]]:
    """The knowledge may be used only where there are no problems."""
    around, problems = build_neighbourhood(sheets.places, sheets.people, sheets.residents)
    replies = {".".join(path): sentence for path, sentence in flattened(sheets.replies.value).items()}
    categories, found = build_categories(sheets.categories)
    problems += found
    problems += check_emergencies(sheets.emergencies, replies)
    local_clocks, found = build_local_clocks(sheets.categories, around.compounds)
    problems += found
    responsibilities, rota, found = build_duties(sheets.duty, around, categories)
    problems += found
    community = _community(sheets.community.value)
    faqs, found = _faqs(sheets.faqs, around, _public_numbers(community))
    problems += found
    legal, found = _legal(sheets.legal, around)
    problems += found
    activities, found = _activities(sheets.activities)
    problems += found
    coordination, found = build_coordination(sheets.coordination, staff=around.staff, categories=categories)
    problems += found
    reminders = sheets.reminders.value
    knowledge = Knowledge(
        community=community,
        compounds=around.compounds,
        grids=around.grids,
        staff=around.staff,
        residents=around.residents,
        groups=around.groups,
        categories=categories,
        emergency_classes=build_emergencies(sheets.emergencies),
        emergency_softeners=sheets.emergencies.value.softeners,
        faqs=faqs,
        replies=replies,
        legal=legal,
        activities=activities,
        coordination=coordination,
        reminders=tuple(
            ReminderRule(rule.name, rule.kind, rule.time.at, rule.time.days, rule.time.weekly)
            for rule in reminders.reminders
        ),
        quiet=QuietHours(*reminders.quiet.hours),
        budget=_budget(reminders.budget),
        day_overrides={
            day: kind == "班" for day, kind in (sheets.calendar.value.days if sheets.calendar else {}).items()
        },
        local_clocks=local_clocks,
        responsibilities=responsibilities,
        rota=rota,
        version=version,
    )
    return knowledge, problems


def _community(file: CommunityFile) -> Community:
    return Community(
        id=file.id,
        name=file.name,
        subdistrict=file.subdistrict,
        ticket_letter=file.ticket_letter,
        bot_name=file.bot.name,
        mention_names=file.bot.called,
        duty_phone=file.duty_phone,
        service_centre=file.centre.address,
        service_centre_phone=file.centre.phone,
        office_hours=by_weekday(file.office_hours),
        numbers={"duty": file.duty_phone, **file.numbers.model_dump(), **file.other_numbers},
    )


def _public_numbers(community: Community) -> frozenset[str]:
    """Digits only, so that a hyphen makes no difference."""
    numbers = {*community.numbers.values(), community.duty_phone, community.service_centre_phone}
    return frozenset(number.replace("-", "") for number in numbers)


def _budget(shape: BudgetShape) -> PushBudget:
    return PushBudget(
        worker_singles_a_day=shape.worker_singles,
        resident_per_matter=shape.resident_per_matter,
        leader_a_day=shape.leader,
    )


def _faqs(
    sheets: Sequence[FaqSheet], around: Neighbourhood, public: frozenset[str]
) -> tuple[Mapping[str, FaqEntry], list[Problem]]:
    entries: dict[str, FaqEntry] = {}
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for sheet in sheets:
        entry = sheet.entry
        if entry.id in entries:
            values = {"id": entry.id, "file": files[entry.id]}
            problems.append(sheet.head.problem("faq_twice", ("id",), values))
        for index, name in enumerate(entry.compounds):
            if name not in around.compounds:
                values = {"name": name, "choices": quoted(around.compounds)}
                problems.append(sheet.head.problem("unknown_compound", ("适用", index), values))
        problems += check_numbers(sheet, public)
        entries[entry.id] = entry
        files[entry.id] = sheet.file
    return entries, problems


def _legal(
    sheet: Sheet[LegalFile] | None, around: Neighbourhood
) -> tuple[LegalService | None, list[Problem]]:
    if sheet is None:
        return None, []
    file = sheet.value
    problems: list[Problem] = []
    if file.lawyer not in around.staff:
        problems.append(sheet.problem("unknown_person", ("律师",), {"name": file.lawyer}))
    problems += (
        sheet.problem("window_order", ("时段", index))
        for index, window in enumerate(file.windows)
        if window.start >= window.end
    )
    service = LegalService(
        lawyer=file.lawyer,
        place=file.place,
        windows=tuple(WeeklyWindow(window.weekday, window.start, window.end) for window in file.windows),
        slot=timedelta(minutes=file.slot_minutes),
        seats=file.seats,
        modes=file.modes,
        earliest=timedelta(days=file.ahead.days),
        latest=timedelta(hours=file.ahead.hours),
    )
    return service, problems


def _activities(sheet: Sheet[ActivitiesFile] | None) -> tuple[Mapping[str, Activity], list[Problem]]:
    activities: dict[str, Activity] = {}
    problems: list[Problem] = []
    if sheet is None:
        return activities, problems
    for index, shape in enumerate(sheet.value.activities):
        if shape.id in activities:
            problems.append(sheet.problem("activity_twice", ("活动", index, "编号"), {"id": shape.id}))
        activities[shape.id] = Activity(
            id=shape.id,
            title=shape.title,
            aliases=shape.aliases,
            starts_at=shape.time.starts_at,
            ends_at=shape.time.ends_at,
            place=shape.place,
            seats=shape.seats,
            hours=shape.hours,
        )
    return activities, problems
