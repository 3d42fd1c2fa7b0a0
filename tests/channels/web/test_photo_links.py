"""Whoever has a signed link sees that photo, for three days; nobody sees anything else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.channels.photo_links import PhotoLinks
from bot.channels.photos import PhotoStore
from bot.clock import MovableClock
from tests.channels.web.test_photos import photo

KEY = b"k" * 32
BASE = "http://testserver"


@pytest.fixture
def store(photo_folder: Path) -> PhotoStore:
    return PhotoStore(photo_folder)


@pytest.fixture
def links(store: PhotoStore, clock: MovableClock) -> PhotoLinks:
    return PhotoLinks(store, base=BASE, key=KEY, clock=clock)


@pytest.fixture
def phone(links: PhotoLinks) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[links.route])) as client:
        yield client


def linked(links: PhotoLinks, clock: MovableClock, name: str) -> str:
    link = links.link(name, clock.now())
    assert link is not None
    return link


def test_a_link_shows_the_photo_for_three_days(
    links: PhotoLinks, store: PhotoStore, clock: MovableClock, phone: TestClient
) -> None:
    link = linked(links, clock, store.keep(photo()))

    shown = phone.get(link)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["x-robots-tag"] == "noindex"

    clock.move_to(clock.now() + timedelta(hours=72, seconds=1))
    assert phone.get(link).status_code == 410


def test_a_link_cannot_be_turned_into_another(
    links: PhotoLinks, store: PhotoStore, clock: MovableClock, phone: TestClient
) -> None:
    mine, other = store.keep(photo()), store.keep(photo())
    link = linked(links, clock, mine)
    later = str(int((clock.now() + timedelta(days=30)).timestamp()))
    until = link.partition("until=")[2].partition("&")[0]

    for changed in (link.replace(mine, other), link.replace(until, later), link[:-1], link.partition("?")[0]):
        assert phone.get(changed).status_code == 404


def test_a_process_with_another_key_shows_nothing(
    links: PhotoLinks, store: PhotoStore, clock: MovableClock, phone: TestClient
) -> None:
    foreign = PhotoLinks(store, base=BASE, key=b"x" * 32, clock=clock)

    assert phone.get(linked(foreign, clock, store.keep(photo()))).status_code == 404


def test_a_deleted_photo_is_gone(
    links: PhotoLinks, store: PhotoStore, clock: MovableClock, phone: TestClient, photo_folder: Path
) -> None:
    name = store.keep(photo())
    (photo_folder / name).unlink()

    assert phone.get(linked(links, clock, name)).status_code == 410


def test_where_nobody_can_reach_the_server_there_is_no_link(store: PhotoStore, clock: MovableClock) -> None:
    assert PhotoLinks(store, base=None, key=KEY, clock=clock).link("a" * 32 + ".jpg", clock.now()) is None
