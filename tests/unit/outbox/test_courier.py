"""What goes out when, to whom, how often it is tried, and that nothing goes out twice."""

from datetime import timedelta

import pytest

from bot.messaging import Address
from bot.outbox.deliver import Outcome, Result
from bot.outbox.due import due_channels
from bot.outbox.models import DeliveryState, Purpose
from bot.outbox.policy import BACK_OFF, LEASE
from tests.unit.outbox.conftest import Post, at

MONDAY = at("23 10:00")
A_MOMENT = timedelta(seconds=1)


# -- promises -----------------------------------------------------------------------------------------


def test_the_same_push_is_promised_once(post: Post) -> None:
    worker = post.staff("李敏")
    assert post.promise("a", worker, MONDAY)
    assert not post.promise("a", worker, MONDAY)
    assert post.send(MONDAY) == ["a"]
    assert not post.promise("a", worker, MONDAY + A_MOMENT)
    assert post.send(MONDAY + A_MOMENT) == []


def test_a_push_waits_for_its_time(post: Post) -> None:
    post.promise("a", post.staff("李敏"), MONDAY, not_before=MONDAY + timedelta(minutes=5))
    assert post.send(MONDAY) == []
    assert post.send(MONDAY + timedelta(minutes=5)) == ["a"]


def test_a_push_goes_where_its_receiver_can_be_reached(post: Post) -> None:
    post.promise("a", post.resident("刘女士", "web"), MONDAY)
    [message] = post.claim(MONDAY)
    assert message.address == Address("web", "刘女士")


def test_whoever_can_be_reached_nowhere_is_given_up(post: Post) -> None:
    post.promise("a", post.resident("刘女士", "fax"), MONDAY)
    assert post.send(MONDAY) == []
    assert post.row("a").state == DeliveryState.GIVEN_UP
    assert post.row("a").note


def test_a_channel_that_is_no_longer_configured_stops_nothing_else(post: Post) -> None:
    gone, here = post.resident("刘女士", "wecom"), post.resident("钱女士")
    post.promise("a", gone, MONDAY)
    post.send(MONDAY, Outcome.RETRY)  # its channel is chosen
    del post.capabilities["wecom"]
    post.promise("b", here, MONDAY)
    assert post.send(MONDAY + timedelta(hours=1)) == ["b"]
    assert post.row("a").state == DeliveryState.GIVEN_UP


# -- several processes, each with channels of its own ----------------------------------------------------


def test_what_goes_out_elsewhere_is_addressed_and_left_to_others(post: Post) -> None:
    post.promise("a", post.resident("刘女士", "wecom"), MONDAY)
    post.promise("b", post.resident("钱女士", "wechat"), MONDAY)

    assert [message.text for message in post.claim(MONDAY, on={"wechat"})] == ["b"]
    assert (post.row("a").state, post.row("a").channel) == (DeliveryState.WAITING, "wecom")
    assert post.claim(MONDAY, on={"wechat"}) == []
    assert [message.text for message in post.claim(MONDAY, on={"wecom"})] == ["a"]


def test_a_channel_that_is_gone_is_nobodys_so_anybody_gives_up(post: Post) -> None:
    post.promise("a", post.resident("刘女士", "wecom"), MONDAY)
    post.send(MONDAY, Outcome.RETRY)  # its channel is chosen
    del post.capabilities["wecom"]

    assert post.claim(MONDAY + timedelta(hours=1), on={"wechat"}) == []
    assert post.row("a").state == DeliveryState.GIVEN_UP


def test_it_is_known_where_something_is_due(post: Post) -> None:
    post.promise("a", post.resident("刘女士", "wecom"), MONDAY)
    with post.database.reading(post.tenant) as tx:
        assert due_channels(tx, MONDAY - A_MOMENT) == []
        assert due_channels(tx, MONDAY) == [None]
    post.claim(MONDAY, on={"wechat"})
    with post.database.reading(post.tenant) as tx:
        assert due_channels(tx, MONDAY) == ["wecom"]


# -- night and budget ------------------------------------------------------------------------------------


def test_nothing_goes_out_at_night_but_what_is_urgent(post: Post) -> None:
    worker = post.staff("李敏")
    post.promise("later", worker, at("23 19:59"))
    post.promise("now", worker, at("23 19:59"), urgent=True)
    assert post.send(at("23 20:00")) == ["now"]
    assert post.row("later").not_before == at("24 08:00")
    assert post.send(at("24 07:59")) == []
    assert post.send(at("24 08:00")) == ["later"]


def test_a_worker_gets_three_singles_a_day_besides_lists_and_what_is_urgent(post: Post) -> None:
    worker = post.staff("李敏")
    post.promise("list", worker, MONDAY, purpose=Purpose.DIGEST)
    for number in range(2):
        post.promise(f"urgent{number}", worker, MONDAY, urgent=True)
    for number in range(5):
        post.promise(f"single{number}", worker, MONDAY + number * A_MOMENT)
    sent = post.send(MONDAY + timedelta(minutes=1))
    assert sent == ["urgent0", "urgent1", "list", "single0", "single1", "single2"]
    assert [post.row(f"single{number}").state for number in (3, 4)] == [DeliveryState.FOLDED] * 2
    post.promise("late", worker, at("23 17:00"))
    assert post.send(at("23 17:00")) == []
    post.promise("next day", worker, at("24 10:00"))
    assert post.send(at("24 10:00")) == ["next day"]


def test_what_went_out_earlier_that_day_counts(post: Post) -> None:
    worker = post.staff("李敏")
    for number in range(4):
        moment = MONDAY + number * timedelta(hours=1)
        post.promise(f"{number}", worker, moment)
        assert post.send(moment) == ([f"{number}"] if number < 3 else [])


def test_one_workers_budget_is_not_anothers(post: Post) -> None:
    for name in ("李敏", "赵强"):
        for number in range(3):
            post.promise(f"{name}{number}", post.staff(name), MONDAY)
    assert len(post.send(MONDAY)) == 6


def test_a_building_leader_gets_one_a_day_whatever_it_is(post: Post) -> None:
    leader = post.staff("张桂兰")
    post.promise("list", leader, MONDAY, purpose=Purpose.DIGEST)
    post.promise("single", leader, MONDAY + A_MOMENT)
    assert post.send(MONDAY + A_MOMENT) == ["list"]
    assert post.row("single").state == DeliveryState.FOLDED


def test_a_resident_gets_at_most_four_about_one_matter_the_last_tells_how_it_ended(post: Post) -> None:
    resident = post.resident("刘女士")
    for number in range(5):
        moment = MONDAY + number * timedelta(days=1)
        post.promise(f"{number}", resident, moment, ticket_id=7)
        post.promise(f"other{number}", resident, moment, ticket_id=8 + number)
        post.send(moment)
    states = [post.row(f"{number}").state for number in range(5)]
    assert states == [DeliveryState.SENT] * 3 + [DeliveryState.FOLDED] * 2
    assert post.row("other4").state == DeliveryState.SENT
    post.promise("ended", resident, at("27 10:00"), ticket_id=7, purpose=Purpose.CLOSING)
    assert post.send(at("27 10:00")) == ["ended"]


def test_a_push_that_is_tried_again_does_not_count_against_itself(post: Post) -> None:
    worker = post.staff("李敏")
    for number in range(3):
        post.promise(f"{number}", worker, MONDAY, urgent=False)
    post.send(MONDAY, Outcome.RETRY)
    assert len(post.send(MONDAY + BACK_OFF[0])) == 3


def test_the_urgent_go_first_where_not_all_can_go(post: Post) -> None:
    for number in range(5):
        post.promise(f"{number}", post.resident(f"{number}"), MONDAY)
    post.promise("urgent", post.staff("李敏"), MONDAY + A_MOMENT, urgent=True)
    assert [message.text for message in post.claim(MONDAY + A_MOMENT, most=2)] == ["urgent", "0"]


# -- tries ----------------------------------------------------------------------------------------------


def test_a_failed_send_is_tried_again_ever_more_seldom_and_then_given_up(post: Post) -> None:
    post.promise("a", post.staff("李敏"), MONDAY, urgent=True)
    now = MONDAY
    for pause in BACK_OFF:
        assert post.send(now, Outcome.RETRY) == ["a"]
        assert post.send(now + pause - A_MOMENT) == []
        now += pause
    assert post.send(now, Outcome.RETRY) == ["a"]
    assert post.row("a").state == DeliveryState.GIVEN_UP
    assert post.send(now + timedelta(days=30)) == []


def test_the_pauses_grow() -> None:
    assert list(BACK_OFF) == sorted(set(BACK_OFF))


def test_a_platform_that_names_a_pause_gets_it(post: Post) -> None:
    post.promise("a", post.staff("李敏"), MONDAY)
    [message] = post.claim(MONDAY)
    post.settle([Result(message.id, Outcome.RETRY, retry_after=timedelta(minutes=10))], MONDAY)
    assert post.send(MONDAY + timedelta(minutes=9)) == []
    assert post.send(MONDAY + timedelta(minutes=10)) == ["a"]


def test_being_held_back_is_no_try(post: Post) -> None:
    post.promise("a", post.staff("李敏"), MONDAY)
    for _ in range(2 * len(BACK_OFF)):
        [message] = post.claim(MONDAY)
        post.settle([Result(message.id, Outcome.HELD)], MONDAY)
    assert post.row("a").attempts == 0
    assert post.send(MONDAY) == ["a"]


def test_what_can_never_arrive_is_given_up_at_once(post: Post) -> None:
    post.promise("a", post.staff("李敏"), MONDAY)
    post.send(MONDAY, Outcome.IMPOSSIBLE)
    assert post.row("a").state == DeliveryState.GIVEN_UP


@pytest.mark.parametrize(
    ("channel", "urgent", "state"),
    [
        ("wechat", False, DeliveryState.UNKNOWN),
        ("wechat", True, DeliveryState.WAITING),
        ("wecom", False, DeliveryState.WAITING),
        ("web", False, DeliveryState.WAITING),
    ],
)
def test_what_may_have_arrived_is_repeated_only_where_that_does_no_harm(
    post: Post, channel: str, urgent: bool, state: DeliveryState
) -> None:
    post.promise("a", post.resident("刘女士", channel), MONDAY, urgent=urgent)
    post.send(MONDAY, Outcome.UNCLEAR)
    assert post.row("a").state == state
    repeated = post.send(MONDAY + timedelta(hours=1))
    assert repeated == ([] if state is DeliveryState.UNKNOWN else ["a"])


# -- leases ----------------------------------------------------------------------------------------------


def test_what_is_being_sent_is_nobody_elses(post: Post) -> None:
    post.promise("a", post.staff("李敏"), MONDAY)
    assert len(post.claim(MONDAY)) == 1
    assert post.claim(MONDAY) == []
    assert post.claim(MONDAY + LEASE - A_MOMENT) == []


@pytest.mark.parametrize(
    ("channel", "urgent", "again"),
    [("wechat", False, False), ("wechat", True, True), ("wecom", False, True), ("web", False, True)],
)
def test_a_sender_that_died_leaves_its_messages_to_others_or_to_doubt(
    post: Post, channel: str, urgent: bool, again: bool
) -> None:
    post.promise("a", post.resident("刘女士", channel), MONDAY, urgent=urgent)
    post.claim(MONDAY)
    assert [message.text for message in post.claim(MONDAY + LEASE)] == (["a"] if again else [])
    assert post.row("a").state == (DeliveryState.LEASED if again else DeliveryState.UNKNOWN)


def test_a_sender_that_was_only_slow_still_says_that_it_was_sent(post: Post) -> None:
    post.promise("a", post.resident("刘女士"), MONDAY)
    [message] = post.claim(MONDAY)
    late = MONDAY + LEASE
    assert post.claim(late) == []
    post.settle([Result(message.id, Outcome.SENT)], late)
    assert post.row("a").state == DeliveryState.SENT
    assert post.row("a").sent_at == late


def test_a_late_failure_does_not_bring_back_what_was_sent(post: Post) -> None:
    post.promise("a", post.resident("刘女士"), MONDAY)
    [message] = post.claim(MONDAY)
    post.settle([Result(message.id, Outcome.SENT)], MONDAY)
    post.settle([Result(message.id, Outcome.RETRY)], MONDAY)
    assert post.row("a").state == DeliveryState.SENT
    assert post.send(MONDAY + timedelta(days=1)) == []
