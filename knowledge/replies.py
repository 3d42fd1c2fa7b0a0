"""Sentences with named placeholders: `{name}` and nothing else."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line fills in sentences too, and --help stays quick
    from knowledge.model import Community

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class MissingValueError(LookupError):
    """A sentence names a placeholder for which the caller gave no value."""


def placeholders(template: str) -> frozenset[str]:
    return frozenset(PLACEHOLDER.findall(template))


def render(template: str, values: Mapping[str, object]) -> str:
    """Fills in the placeholders. Values the sentence does not name are left out, so that an editor may
    shorten a sentence; a placeholder without a value raises MissingValueError."""
    try:
        return PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)
    except KeyError:
        missing = sorted(placeholders(template) - values.keys())
        raise MissingValueError(f"no value for {', '.join(missing)} in {template!r}") from None


def community_values(community: "Community") -> dict[str, str]:
    """Values that every sentence may name: the community's own names and numbers."""
    return {
        **community.numbers,
        "bot_name": community.bot_name,
        "community": community.name,
        "subdistrict": community.subdistrict,
        "duty_phone": community.duty_phone,
        "service_centre": community.service_centre,
        "service_centre_phone": community.service_centre_phone,
    }
