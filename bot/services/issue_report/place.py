"""The place of a reported matter: what the message says of it, what is known already, what is missing."""

import re
from dataclasses import replace

from bot.clock import local_day
from bot.community import directory
from bot.community.models import Home
from bot.community.speech import spoken_place
from bot.conversation.state import Form
from bot.conversation.turn import Question, Turn
from bot.messaging import Button
from bot.tickets.models import Place
from intents.numerals import NUMBER, to_number
from intents.result import PlaceMention
from knowledge.model import PlaceDetail

_BARE_NUMBER = re.compile(rf"第?({NUMBER})(?:号|栋|楼|单元|室|户)?")
_SPATIAL = re.compile(r"[东南西北左右前后中间边头洞层口路街桥旁]")  # “东边那个门洞”
_NAME_FIRST = re.compile(r"[^0-9\W]{2}")  # “碧水湾2号楼”, not “2号楼”
_LEAST_WORDS = 2  # characters that can describe a place

# What must be known before a ticket of each exactness can be handled, in the order it is asked.
_NEEDED: dict[PlaceDetail, tuple[str, ...]] = {
    PlaceDetail.NONE: (),
    PlaceDetail.ANYWHERE: ("where",),
    PlaceDetail.COMPOUND: ("compound",),
    PlaceDetail.BUILDING: ("compound", "building"),
    PlaceDetail.UNIT: ("compound", "building", "unit"),
    PlaceDetail.ROOM: ("compound", "building", "unit", "room"),
}
_SLOTS = ("compound", "building", "unit", "room")
_CAN_BE_DESCRIBED = ("building", "unit", "room")


def place_said(turn: Turn, form: Form) -> PlaceMention | None:
    """The place in the message; a bare number answers the question that was asked."""
    bare = _BARE_NUMBER.fullmatch(turn.meaning.text.strip())
    value = to_number(bare[1]) if bare is not None else None
    if value is not None and form.asked in ("building", "unit", "room"):
        number = str(value)
        return PlaceMention(
            building=number if form.asked == "building" else None,
            unit=number if form.asked == "unit" else None,
            room=number if form.asked == "room" else None,
        )
    return turn.meaning.place


def take_place(turn: Turn, form: Form, said: PlaceMention | None) -> None:
    if said is None:
        return
    before = dict(form.values)
    if said.own:
        form.values["own"] = "yes"
        if turn.person.home is not None:
            _take_home(form, turn.person.home)
    for slot in _SLOTS:
        if value := getattr(said, slot):
            form.values[slot] = value
    if said.text and not said.own:
        _take_words(form, said)
    _forget_home_elsewhere(turn, form, before, said)


def assume_scanned(turn: Turn, form: Form) -> None:
    """Who comes by the QR code on a door means that building, who writes in a compound's group that
    compound, unless another was named."""
    scanned = turn.scanned_place()
    if scanned is None:
        if turn.group is not None:
            form.values.setdefault("compound", turn.group.compound)
        return
    for slot in ("compound", "building", "unit"):
        value = getattr(scanned, slot)
        if value and form.values.setdefault(slot, value) != value:
            return
    form.values.setdefault("where", scanned.text)


def assume_home(turn: Turn, form: Form) -> None:
    """Fill in from the known home what the message leaves open; the read-back shows it."""
    home = None if form.get("for") else turn.person.home  # entered for a resident: not the worker's own
    detail = _detail(turn, form)
    if home is None and detail is not PlaceDetail.NONE:
        _assume_place_served(turn, form)
    if home is None:
        return
    if detail is PlaceDetail.NONE:
        if not form.get("category"):
            form.values.setdefault("compound", home.compound)
        return
    if detail is PlaceDetail.ANYWHERE:
        form.values.setdefault("compound", home.compound)  # “东门口” is that of one's own compound
        return
    if form.values.setdefault("compound", home.compound) != home.compound:
        return
    if form.values.setdefault("building", home.building) != home.building:
        return
    if home.unit and form.values.setdefault("unit", home.unit) == home.unit and home.room:
        form.values.setdefault("room", home.room)


def assume_spoken_of(form: Form, said: PlaceMention | None, known: Place | None) -> None:
    """“还有门禁刷不开”: where nothing is said of a place, it is the one that was spoken of before."""
    if known is None:
        return
    slots = ("compound",) if said is not None and said.building else ("compound", "building", "unit")
    for slot in slots:
        if value := getattr(known, slot):
            form.values.setdefault(slot, value)


def _assume_place_served(turn: Turn, form: Form) -> None:
    """“3号楼” said by one of the staff is that of the compound they serve; a leader means the building."""
    member = directory.member(turn.knowledge, turn.person.staff_name, local_day(turn.now))
    if member is not None and len(member.buildings) == 1:
        compound, building = member.buildings[0]
        if form.values.setdefault("compound", compound) == compound:
            form.values.setdefault("building", building)
        return
    served = directory.own_compound(turn.knowledge, turn.person.staff_name, local_day(turn.now))
    if served is not None and not form.get("own"):
        form.values.setdefault("compound", served)


def take_description(turn: Turn, form: Form) -> bool:
    """The whole message as the answer to the question about the place."""
    text = turn.meaning.text.strip()
    if len(text) < _LEAST_WORDS:
        return False
    if form.get("urgency") == "E":
        return False  # taken at once by `take_spot`
    if form.asked == "where":
        form.values["where"] = text
        return True
    if form.asked == "compound" and form.misses > 0:
        form.values["where"] = text  # a place that is in no file: a person will know
        form.values["outside"] = "yes"
        return True
    if form.asked in _CAN_BE_DESCRIBED and _SPATIAL.search(text):
        form.values["where"] = text  # good enough for somebody who knows the place
        form.values[form.asked] = ""
        return True
    return False


def take_spot(turn: Turn, form: Form) -> bool:
    """In danger any words that describe a spot are the place; a cry for help is not."""
    text = turn.meaning.text.strip()
    if form.get("urgency") != "E" or form.asked is None or not _SPATIAL.search(text):
        return False
    form.values |= {"where": text, "where_told": "yes"}
    return True


def missing_place(turn: Turn, form: Form) -> Question | None:
    """The next question about the place; None when it is exact enough for the category."""
    if form.get("urgency") == "E":
        return _missing_in_danger(turn, form)
    for slot in _NEEDED[_detail(turn, form)]:
        if slot == "where":
            if not form.get("where"):
                return Question("where", turn.reply("report.ask_where"))
        elif slot not in form.values and not form.get("outside"):
            return _ask(turn, form, slot)
    return None


def filed_place(form: Form) -> Place:
    compound, building, unit, room = (form.get(slot) or None for slot in _SLOTS)
    return Place(compound, building, unit, room, form.get("where") or "")


def adds_to(known: Place, said: PlaceMention) -> bool:
    """Whether what is said only makes the known place more exact."""
    pairs = [(getattr(known, slot), getattr(said, slot)) for slot in _SLOTS]
    return any(value for _, value in pairs) and all(old in (None, new) for old, new in pairs if new)


def corrected(turn: Turn, known: Place, said: PlaceMention) -> Place:
    """A place put right; unit and room assumed from the home do not move along."""
    put_right = Place(
        said.compound or known.compound,
        said.building or known.building,
        said.unit or known.unit,
        said.room or known.room,
        known.text if known.compound or said.text in known.text else known.text + said.text,
    )
    home = turn.person.home
    if home is None:
        return put_right
    moved_house = (put_right.compound, put_right.building) != (known.compound, known.building)
    if moved_house and said.unit is None and known.unit == home.unit:
        put_right = replace(put_right, unit=None)
    moved = (put_right.building, put_right.unit) != (known.building, known.unit)
    if moved and said.room is None and known.room == home.room:
        return replace(put_right, room=None)
    return put_right


def spoken_in(turn: Turn, form: Form) -> str:
    return spoken_place(
        turn.knowledge,
        compound=form.get("compound"),
        building=form.get("building"),
        unit=form.get("unit"),
        text=form.get("where") or "",
    )


def _missing_in_danger(turn: Turn, form: Form) -> Question | None:
    """Compound and building in one question; whatever describes the spot will do."""
    if form.get("where_told"):
        return None
    if form.get("building"):
        return None if form.get("compound") else _ask(turn, form, "compound")
    if form.get("compound"):
        return _ask(turn, form, "building")
    buttons = tuple(Button(name, name) for name in turn.knowledge.compounds)
    return Question("compound", turn.reply("report.ask_danger_place"), buttons)


def _take_words(form: Form, said: PlaceMention) -> None:
    """Keep a place in the words it was told in; those of a compound that is in no file say where it is."""
    where = form.get("where") or ""
    is_name = said.compound is None and not form.get("compound") and _NAME_FIRST.match(said.text)
    if is_name and (form.asked == "compound" or (form.asked == "where" and said.building)):
        form.values |= {"where": said.text, "outside": "yes", "where_told": "yes"}
    elif not where:
        form.values["where"] = said.text
    elif form.get("outside") and said.text not in where:
        form.values["where"] = where + said.text


def _forget_home_elsewhere(turn: Turn, form: Form, before: dict[str, str], said: PlaceMention) -> None:
    """Unit and room assumed from the home are not those of another building or unit."""
    home = turn.person.home
    if home is None:
        return
    moved_house = any(slot in before and form.get(slot) != before[slot] for slot in ("compound", "building"))
    if moved_house and said.unit is None and form.get("unit") == home.unit:
        form.values.pop("unit", None)
    moved = moved_house or ("unit" in before and form.get("unit") != before["unit"])
    if moved and said.room is None and form.get("room") == home.room:
        form.values.pop("room", None)


def _detail(turn: Turn, form: Form) -> PlaceDetail:
    category = turn.knowledge.categories.get(form.get("category") or "")
    # What no category knows goes to the dispatcher, who asks; only a stranger has to say where it is.
    unknown = PlaceDetail.NONE if turn.person.home else PlaceDetail.ANYWHERE
    detail = category.place_detail if category else unknown
    # A street matter inside a compound (“5号楼前路灯”) is still best found by compound and building.
    return PlaceDetail.BUILDING if detail is PlaceDetail.ANYWHERE and form.get("building") else detail


def _ask(turn: Turn, form: Form, slot: str) -> Question:
    compound = form.get("compound") or ""
    building = form.get("building") or ""
    buttons: tuple[Button, ...] = ()
    if slot == "compound":
        buttons = tuple(Button(name, name) for name in turn.knowledge.compounds)
    elif slot == "unit" and compound in turn.knowledge.compounds:
        units = range(1, turn.knowledge.compounds[compound].units + 1)
        labels = [turn.reply("place.unit_only", unit=unit) for unit in units]
        buttons = tuple(Button(label, label) for label in labels)
    text = turn.reply(f"report.ask_{slot}", compound=compound, building=building)
    return Question(slot, text, buttons, optional=slot in ("unit", "room"))


def _take_home(form: Form, home: Home) -> None:
    form.values["compound"] = home.compound
    form.values["building"] = home.building
    if home.unit:
        form.values["unit"] = home.unit
    if home.room:
        form.values["room"] = home.room
