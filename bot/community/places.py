"""Checks a place a resident named against the places we know."""

from bot.community.speech import sentence
from intents.result import PlaceMention
from knowledge.model import Knowledge


def place_refusal(knowledge: Knowledge, said: PlaceMention | None, known_compound: str | None) -> str | None:
    """Why this place cannot be (“幸福里没有15号楼”), as a sentence; None if it can."""
    if said is None:
        return None
    compound = knowledge.compounds.get(said.compound or known_compound or "")
    if compound is None:
        return None
    if said.building is not None and said.building.isdigit() and not compound.has_building(said.building):
        values = {"compound": compound.name, "building": said.building}
        range_ = {"first": compound.first_building, "last": compound.last_building}
        return sentence(knowledge, "place.no_such_building", {**values, **range_})
    if said.unit is not None and said.unit.isdigit() and not compound.has_unit(said.unit):
        values = {"compound": compound.name, "unit": said.unit, "units": str(compound.units)}
        return sentence(knowledge, "place.no_such_unit", values)
    return None
