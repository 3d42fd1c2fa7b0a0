"""谁管这儿: grid workers, building leaders, the secretary, the property firm, and who answers for what.

Workers' numbers are service numbers and are told in private; leaders are volunteers and their numbers are
not given out at all. A group hears names and the duty phone.
"""

from bot.clock import local_day
from bot.community import directory
from bot.community.places import place_refusal
from bot.community.speech import spoken_office_hours
from bot.conversation.state import Form
from bot.conversation.turn import Question, Turn
from bot.messaging import Button
from intents.service_words import Cue, asks_duty_phone, has_cue, named_role
from knowledge.model import Knowledge, RoleName, StaffMember

_BY_PLACE = frozenset(
    {RoleName.GRID_WORKER, RoleName.BUILDING_LEADER, RoleName.PROPERTY_MANAGER, RoleName.REPAIRER}
)
_PROPERTY = (RoleName.PROPERTY_MANAGER, RoleName.REPAIRER)


class WhoIs:
    name = "who_is"
    intents = frozenset({"who_is"})
    speaks_in_groups = True

    def start(self, turn: Turn) -> None:
        text = turn.meaning.text
        person = _named(turn)
        role = _role(turn.knowledge, text)
        category = next((turn.knowledge.categories.get(one.key) for one in turn.meaning.categories), None)
        if person is not None:
            self._say_lines(turn, [_introduced(turn, person)])
        elif role in _BY_PLACE:
            self._ask_by_place(turn, role)
        elif role is not None:
            self._say_all(turn, directory.with_role(turn.knowledge, role, local_day(turn.now)))
        elif asks_duty_phone(text):
            turn.say("who_is.duty", hours=spoken_office_hours(turn.knowledge))
        elif category is not None and has_cue(text, Cue.WHO_IS_RESPONSIBLE):
            turn.say("who_is.responsible", matter=category.name, chain=category.chain)
        elif has_cue(text, Cue.WHO_IS_RESPONSIBLE):
            self._ask_by_place(turn, RoleName.GRID_WORKER)
        else:
            turn.say("who_is.not_in_directory")

    # -- the form: only the place may be missing -------------------------------------------------

    def absorb(self, turn: Turn, form: Form) -> bool:
        before = dict(form.values)
        role = _role(turn.knowledge, turn.meaning.text)
        if role in _BY_PLACE:
            form.values["role"] = role.value
        elif role is not None:  # somebody else is asked for, whatever the place
            turn.conversation.stack.remove(form)
            self._say_all(turn, directory.with_role(turn.knowledge, role, local_day(turn.now)))
            return False
        said = turn.meaning.place
        if said is None:
            return form.values != before
        if refusal := place_refusal(turn.knowledge, said, form.get("compound")):
            turn.say_text(refusal)
            form.values["compound"] = said.compound or form.values["compound"]
            return False
        for slot in ("compound", "building"):
            if value := getattr(said, slot):
                form.values[slot] = value
        return form.values != before

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # a place that we do not know has nobody in the directory

    def missing(self, turn: Turn, form: Form) -> Question | None:
        if form.get("compound"):
            return None
        buttons = tuple(Button(name, name) for name in turn.knowledge.compounds)
        building = form.get("building")
        key = "who_is.ask_compound" if building else "who_is.ask_place"
        return Question("compound", turn.reply(key, building=building or ""), buttons)

    def read_back(self, turn: Turn, form: Form) -> None:
        """Nothing is to be done: the answer itself."""
        turn.conversation.stack.remove(form)
        self._say_by_place(turn, RoleName(form.values["role"]), form.values["compound"], form.get("building"))

    def submit(self, turn: Turn, form: Form) -> None:
        """Never reached: the form ends with its answer."""

    # -- answers ----------------------------------------------------------------------------------

    def _ask_by_place(self, turn: Turn, role: RoleName) -> None:
        """Answer for the place named, else the group's, else the person's home; else ask."""
        form = Form(self.name, {"role": role.value})
        group = turn.knowledge.groups.get(turn.message.chat) if turn.is_group else None
        home = turn.person.home
        if group is not None:
            form.values["compound"] = group.compound
        elif home is not None:
            form.values |= {"compound": home.compound, "building": home.building}
        said = turn.meaning.place
        if said is not None and said.compound not in (None, form.get("compound")):
            form.values.pop("building", None)
        said_before = len(turn.said)
        self.absorb(turn, form)
        if len(turn.said) > said_before:
            return  # there is no such place, and that was said
        if turn.is_group:
            self._say_by_place(turn, role, form.get("compound"), form.get("building"))
        else:
            turn.conversation.stack.append(form)

    def _say_by_place(self, turn: Turn, role: RoleName, compound: str | None, building: str | None) -> None:
        if role is RoleName.GRID_WORKER:
            lines = _grid_lines(turn, compound, building)
        elif role is RoleName.BUILDING_LEADER:
            lines = _leader_lines(turn, compound, building)
        else:
            lines = _property_lines(turn, compound)
        if lines:
            self._say_lines(turn, lines)
            if role is RoleName.BUILDING_LEADER and not turn.is_group:
                turn.say("who_is.leaders_are_asked")
        elif role is RoleName.BUILDING_LEADER:
            turn.say("who_is.no_leader_yet", building=building or "")
        else:
            turn.say("who_is.not_in_directory")

    def _say_all(self, turn: Turn, members: list[StaffMember]) -> None:
        if members:
            self._say_lines(turn, [_introduced(turn, member) for member in members])
        else:
            turn.say("who_is.not_in_directory")

    def _say_lines(self, turn: Turn, lines: list[str]) -> None:
        turn.say_text("\n".join(lines))
        if turn.is_group:
            turn.say("who_is.phone_in_private")


def _grid_lines(turn: Turn, compound: str | None, building: str | None) -> list[str]:
    """One line for each grid that the place lies in, or may lie in."""
    knowledge, today = turn.knowledge, local_day(turn.now)
    lines = []
    for grid in knowledge.grids:
        certain = any(scope.covers(compound or "", building) for scope in grid.scopes)
        possible = building is None and any(scope.compound == compound for scope in grid.scopes)
        member = directory.member(knowledge, grid.worker, today)
        stand_in = directory.member(knowledge, grid.stand_in, today)
        if (certain or possible or compound is None) and (found := member or stand_in):
            lines.append(turn.reply("who_is.grid", grid=grid.name, who=_introduced(turn, found)))
    return lines


def _leader_lines(turn: Turn, compound: str | None, building: str | None) -> list[str]:
    leaders = directory.with_role(turn.knowledge, RoleName.BUILDING_LEADER, local_day(turn.now))
    return [
        turn.reply("who_is.leader", compound=where, building=number, name=leader.name)
        for leader in leaders
        for where, number in leader.buildings
        if compound in (None, where) and building in (None, number)
    ]


def _property_lines(turn: Turn, compound: str | None) -> list[str]:
    knowledge = turn.knowledge
    firms = [
        found.property_firm
        for found in knowledge.compounds.values()
        if compound in (None, found.name) and found.property_firm
    ]
    members = [
        member for role in _PROPERTY for member in directory.with_role(knowledge, role, local_day(turn.now))
    ]
    named = [turn.reply("who_is.firm", firm=firm) for firm in firms]
    return named + [_introduced(turn, member) for member in members if member.firm in firms]


def _introduced(turn: Turn, member: StaffMember) -> str:
    values = {"name": member.name, "role": member.role_title, "phone": member.phone or ""}
    if turn.is_group or not directory.may_work_tickets(member) or not member.phone:
        return turn.reply("who_is.person", **values)
    return turn.reply("who_is.person_with_phone", **values)


def _role(knowledge: Knowledge, text: str) -> RoleName | None:
    """By the words of the language, else by a title that only this place uses."""
    if (word := named_role(text)) is not None:
        return RoleName(word)
    return next((member.role for member in knowledge.staff.values() if member.role_title in text), None)


def _named(turn: Turn) -> StaffMember | None:
    today = local_day(turn.now)
    serving = [member for member in turn.knowledge.staff.values() if member.serves_on(today)]
    return next((member for member in serving if member.name in turn.meaning.text), None)
