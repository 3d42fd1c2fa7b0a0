"""Messages and cards as people see them, and what WeCom refuses to make one of."""

import re
from dataclasses import dataclass, field

from tests.counterparts.serving import Json, Refused

TASK_ID = re.compile(r"[A-Za-z0-9_@-]{1,128}")


@dataclass
class Shown:
    """A message as a member sees it. `buttons` maps label to key; `chosen` replaces them once pressed."""

    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    task_id: str = ""
    chosen: str | None = None


def card_shown(card: Json) -> Shown:
    """A card with buttons, or a refusal for what the platform does not take."""
    title = card.get("main_title", {}).get("title", "")
    buttons = {button.get("text", ""): button.get("key", "") for button in card.get("button_list", [])}
    keys = list(buttons.values())
    is_right = (
        card.get("card_type") == "button_interaction"
        and title
        and TASK_ID.fullmatch(card.get("task_id", ""))
        and 0 < len(card.get("button_list", [])) <= 6
        and len(set(keys)) == len(card["button_list"])
        and all(0 < len(key.encode()) <= 1024 for key in keys)
    )
    if not is_right:
        raise Refused(40058, "invalid Request Parameter: template_card")
    text = "\n".join(part for part in (title, card.get("sub_title_text", "")) if part)
    return Shown(text, buttons, card["task_id"])
