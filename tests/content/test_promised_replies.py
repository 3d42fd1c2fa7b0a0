"""Every sentence the code says is in replies.yaml with the placeholders the code fills, and none is idle."""

from pathlib import Path

import pytest

from knowledge.library import SHIPPED, read_knowledge
from knowledge.replies import community_values, placeholders
from tests.content.spoken import Spoken, read_spoken

BOT = SHIPPED.parent / "bot"
KNOWLEDGE = read_knowledge(SHIPPED)
COMMON = frozenset(community_values(KNOWLEDGE.community))

# Names of sentences that code puts together from a beginning and a value it knows.
PREFIXES = frozenset(
    {
        "booking_state.",
        "brief.",
        "conversation.button_",
        "due.",
        "greeting.button_",
        "intent.",
        "kind.",
        "legal.ask_",
        "letter.name_",
        "letter.text_",
        "level.rung_",
        "list.",
        "notice.overdue_",
        "page.error_",
        "page.photo_",
        "page.start_",
        "page.state_",
        "privacy.button_",
        "report.ask_",
        "roster.change_",
        "roster.gap_",
        "roster.none_",
        "roster.other_",
        "roster.undo_",
        "roster.you_",
        "satisfaction.",
        "signup_state.",
        "solved.",
        "staff.refused_",
        "state.",
        "time.part_",
        "time.weekday_",
        "written.ask_",
        "written.read_back_",
    }
)


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    return read_spoken(BOT, frozenset(key.partition(".")[0] for key in KNOWLEDGE.replies))


def test_every_sentence_that_code_names_is_in_the_file(spoken: Spoken) -> None:
    missing = {saying.key: saying.where for saying in spoken.sayings if saying.key not in KNOWLEDGE.replies}

    assert missing == {}


def test_every_sentence_in_the_file_is_said_somewhere(spoken: Spoken) -> None:
    said = spoken.mentioned | {emergency.reply for emergency in KNOWLEDGE.emergency_classes.values()}

    idle = [key for key in KNOWLEDGE.replies if key not in said and not key.startswith(tuple(PREFIXES))]

    assert idle == []


def test_names_put_together_at_run_time_begin_as_declared(spoken: Spoken) -> None:
    assert set(spoken.prefixes) == PREFIXES, spoken.prefixes
    for prefix in PREFIXES:
        assert any(key.startswith(prefix) for key in KNOWLEDGE.replies), prefix


def test_every_placeholder_gets_a_value(spoken: Spoken) -> None:
    unfilled = {
        saying.where: sorted(names)
        for saying in spoken.sayings
        if saying.values is not None and saying.key in KNOWLEDGE.replies
        if (names := placeholders(KNOWLEDGE.replies[saying.key]) - saying.values - COMMON)
    }

    assert unfilled == {}


def test_every_value_given_for_a_sentence_is_in_it(spoken: Spoken) -> None:
    unused = {
        saying.where: sorted(names)
        for saying in spoken.sayings
        if saying.key in KNOWLEDGE.replies
        if (names := saying.explicit - placeholders(KNOWLEDGE.replies[saying.key]))
    }

    assert unused == {}


SOURCE = """
def facts(knowledge, ticket):
    return {"number": 1, "place": 2}

def speak(turn, values, word):
    turn.say("demo.plain")
    turn.say("demo.facts", facts(turn.knowledge, ticket), owner="甲")
    turn.say("demo.open", values)
    turn.say("demo.spread", **values)
    key = "demo.first" if word else "demo.second"
    turn.say(f"demo.kind_{word}")
    sentence(knowledge, "demo.dict", facts(k, t) | {"count": 1})
    sentence(knowledge, "demo.merged", {**facts(k, t), "count": 1})
    tell_staff(tx, k, name, "demo.push", ticket, now=now, reason="乙")
    tell_lawyer(tx, k, "demo.lawyer", booking, now=now)
    open("other.file")
"""
SCRIPT = """
say("demo.page", { name });
say(`demo.state_${state}`);
keep("demo.word");
say(isOne ? "demo.one" : "demo.two");
"""


def test_the_scan_sees_keys_values_and_prefixes(tmp_path: Path) -> None:
    (tmp_path / "speaking.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "page.js").write_text(SCRIPT, encoding="utf-8")

    spoken = read_spoken(tmp_path, frozenset({"demo"}))

    values = {saying.key: saying.values for saying in spoken.sayings}
    assert values == {
        "demo.plain": frozenset(),
        "demo.facts": {"number", "place", "owner"},
        "demo.open": None,
        "demo.spread": None,
        "demo.dict": {"number", "place", "count"},
        "demo.merged": {"number", "place", "count"},
        "demo.push": {"number", "place", "reason", "promise", "deadline"},
        "demo.lawyer": None,
        "demo.page": None,
    }
    assert {saying.key: saying.explicit for saying in spoken.sayings if saying.explicit} == {
        "demo.facts": {"owner"},
        "demo.push": {"reason"},
    }
    assert {"demo.first", "demo.second", "demo.word", "demo.one", "demo.two"} <= spoken.mentioned
    assert set(spoken.prefixes) == {"demo.kind_", "demo.state_"}
    assert "other.file" not in spoken.mentioned


def test_what_a_template_says_of_a_matter_fits_behind_its_name() -> None:
    briefs = [text for key, text in KNOWLEDGE.replies.items() if key.startswith("brief.")]

    assert briefs
    assert max(map(len, briefs)) <= 9
