"""The HTTP edge: health, metrics, safety headers, errors in words, and a log that tells on nobody."""

import logging

import pytest
from starlette.testclient import TestClient

from bot.web import Health
from tests.channels.web.conftest import Bot, Serve, line

HTML = {"accept": "text/html,application/xhtml+xml"}
EVERY_PAGE = ["/", "/chat/plain", "/sandbox", "/health", "/metrics", "/nowhere", "/chat/messages"]


def test_health_is_shown_with_its_reasons(serve: Serve) -> None:
    well = Health(ok=True, details={"waiting": 3})
    ill = Health(ok=False, reasons=("资料写错了",))

    with TestClient(serve(health=lambda: well)) as client:
        good = client.get("/health")
    with TestClient(serve(health=lambda: ill)) as client:
        bad = client.get("/health")

    assert (good.status_code, good.json()) == (200, {"ok": True, "reasons": [], "details": {"waiting": 3}})
    assert (bad.status_code, bad.json()["reasons"]) == (503, ["资料写错了"])


def test_metrics_are_prometheus_text(browser: TestClient) -> None:
    response = browser.get("/metrics")

    assert response.text == "linli_up 1\n"
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_answer_carries_the_safety_headers(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/chat/plain", "/sandbox"])
def test_no_page_needs_anything_from_elsewhere(browser: TestClient, path: str) -> None:
    page = browser.get(path).text

    assert "://" not in page
    assert " style=" not in page
    assert " onclick=" not in page


def test_scripts_and_styles_are_fetched_once(browser: TestClient) -> None:
    page = browser.get("/").text
    address = page.split('<script src="')[1].split('"')[0]

    response = browser.get(address)

    assert response.status_code == 200
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize(("path", "method", "status"), [("/nowhere", "GET", 404), ("/sandbox", "POST", 405)])
def test_a_wrong_address_is_answered_in_words(
    browser: TestClient, path: str, method: str, status: int
) -> None:
    as_page = browser.request(method, path, headers=HTML)
    as_data = browser.request(method, path)

    assert (as_page.status_code, as_data.status_code) == (status, status)
    assert '<html lang="zh-CN">' in as_page.text
    assert as_data.json()["error"] in as_page.text


def test_a_failure_of_ours_is_an_apology_without_its_inside(visitor: TestClient, bot: Bot) -> None:
    bot.failure = ZeroDivisionError("secret of the machine")

    response = visitor.post("/chat/messages", json=line("好"))

    assert response.status_code == 500
    assert "0530-5550100" in response.json()["error"]
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_the_log_tells_neither_places_nor_words(
    visitor: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="bot.web"):
        visitor.get("/?place=幸福里3号楼2单元501")
        visitor.post("/chat/messages", json=line("我家501漏水"))
        visitor.get("/chat/messages?after=0")

    logged = [record.getMessage() for record in caplog.records if record.name == "bot.web"]
    assert [entry.rsplit(" ", 1)[0] for entry in logged] == [
        "GET / 200",
        "POST /chat/messages 200",
        "GET /chat/messages 200",
    ]


def test_a_line_break_in_an_address_stays_in_its_log_line(
    browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="bot.web"):
        browser.get("/a%0Aroot%20logged%20in")

    assert "\n" not in caplog.records[-1].getMessage()
