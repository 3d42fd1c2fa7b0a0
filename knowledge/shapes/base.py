"""What the shapes of several files are made of."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from knowledge.fields import BuildingsText, ClockRange, Line, Weekdays


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _blank_means_not_given(cls, values: object) -> object:
        """`别名:` with nothing behind it says the same as no line at all, where the field may be left out."""
        if not isinstance(values, dict):
            return values
        optional = {field.alias for field in cls.model_fields.values() if not field.is_required()}
        return {key: value for key, value in values.items() if value is not None or key not in optional}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[
    tuple[BuildingsText, ...],
    BeforeValidator(_as_list, json_schema_input_type=BuildingsText | tuple[BuildingsText, ...]),
]
Names = Annotated[tuple[Line, ...], BeforeValidator(_as_list, json_schema_input_type=Line | tuple[Line, ...])]
OfficeHours = Mapping[Weekdays, tuple[ClockRange, ...]]
