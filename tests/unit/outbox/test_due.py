"""A long queue is taken in several claims: in order, none twice, and nobody is forgotten on the way."""

from datetime import timedelta

import pytest

from bot.outbox.due import START_OVER_AFTER, Place
from bot.outbox.policy import LEASE
from tests.unit.outbox.conftest import Post, at

MONDAY = at("23 10:00")
A_MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def queue(post: Post) -> Post:
    """Five pushes to as many residents, “0” the oldest."""
    for number in range(5):
        post.promise(f"{number}", post.resident(f"{number}", "wecom"), MONDAY + number * A_MOMENT)
    return post


def claim(post: Post, after: Place | None, now: timedelta) -> tuple[list[str], Place | None]:
    claimed, place = post.database.run(
        post.tenant, lambda tx: post.courier.claim_after(tx, after, MONDAY + now, most=2)
    )
    return [message.text for message in claimed], place


def test_a_claim_goes_on_where_the_one_before_ended_until_the_last(queue: Post) -> None:
    texts, place = claim(queue, None, 10 * A_MOMENT)
    assert texts == ["0", "1"]
    texts, place = claim(queue, place, 11 * A_MOMENT)
    assert texts == ["2", "3"]
    assert claim(queue, place, 12 * A_MOMENT) == (["4"], None)


def test_what_is_urgent_goes_first_wherever_the_claims_have_come_to(queue: Post) -> None:
    _, place = claim(queue, None, 10 * A_MOMENT)
    queue.promise("urgent", queue.staff("李敏"), MONDAY - A_MOMENT, urgent=True)
    texts, _ = claim(queue, place, 11 * A_MOMENT)
    assert texts == ["urgent", "2"]


def test_what_comes_in_further_ahead_is_found_when_the_claims_start_over(queue: Post) -> None:
    _, place = claim(queue, None, 10 * A_MOMENT)
    queue.promise("late", queue.resident("late"), MONDAY - A_MOMENT)
    texts, place = claim(queue, place, 11 * A_MOMENT)
    assert texts == ["2", "3"]
    texts, _ = claim(queue, place, 10 * A_MOMENT + START_OVER_AFTER)
    assert texts == ["late", "4"]


def test_what_a_sender_that_died_left_is_found_when_the_claims_start_over(queue: Post) -> None:
    claim(queue, None, 10 * A_MOMENT)
    texts, place = claim(queue, None, LEASE)
    assert texts == ["2", "3"]
    texts, place = claim(queue, place, LEASE + 10 * A_MOMENT)
    assert texts == ["4"]
    assert claim(queue, place, LEASE + 11 * A_MOMENT)[0] == ["0", "1"]
