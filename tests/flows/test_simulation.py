"""The invented county: a small one is lived for a week, and every promise is kept."""

import re
from pathlib import Path

from bot.simulation.material import county
from bot.simulation.town import build_town, scaled
from knowledge.model import Knowledge, RoleName
from tests.promises.commands import run_bot


def test_a_small_town_lives_a_week_and_every_promise_is_kept(tmp_path: Path) -> None:
    lived = run_bot("simulate", "--residents", "2000", "--days", "7", folder=tmp_path)

    assert lived.returncode == 0, lived.stdout + lived.stderr
    assert re.search(r"工单 [1-9]", lived.stdout)
    assert "✗" not in lived.stdout


def test_the_same_seed_lives_the_same_days_on_a_store_that_is_kept(tmp_path: Path) -> None:
    def live(store: str, seed: str = "3") -> list[str]:
        lived = run_bot(
            "simulate",
            "--residents",
            "1500",
            "--days",
            "2",
            "--seed",
            seed,
            "--store",
            store,
            folder=tmp_path,
        )
        return [line for line in lived.stdout.splitlines() if not re.search("内存|用时", line)]

    first, again, other = live("sqlite:///a.db"), live("sqlite:///b.db"), live("sqlite:///c.db", "4")

    assert first == again != other


def test_a_store_that_is_in_use_is_refused(tmp_path: Path) -> None:
    arguments = ("simulate", "--residents", "1500", "--days", "1", "--store", "sqlite:///a.db")
    run_bot(*arguments, folder=tmp_path)

    again = run_bot(*arguments, folder=tmp_path)

    assert again.returncode == 1
    assert "空的" in again.stderr


def test_the_county_has_the_size_of_the_real_one(knowledge: Knowledge) -> None:
    size = county().size

    town = build_town(knowledge, county(), scaled(size, size.residents), seed=1)

    def of_role(role: RoleName) -> int:
        return sum(member.role is role for plan in town for member in plan.knowledge.staff.values())

    assert len(town) == 15
    assert sum(len(plan.knowledge.compounds) for plan in town) == 106
    assert sum(plan.residents for plan in town) == 217_000
    assert of_role(RoleName.BUILDING_LEADER) == 2_630
    assert of_role(RoleName.GRID_WORKER) == 100


def test_what_people_see_and_press_is_what_the_bot_says(knowledge: Knowledge) -> None:
    """A sentence or a button that was renamed would leave the people of the town silent."""
    habits, sentences = county().staff.habit_of, set(knowledge.replies.values())

    assert habits.keys() <= knowledge.replies.keys()
    assert county().residents.buttons.keys() <= sentences
