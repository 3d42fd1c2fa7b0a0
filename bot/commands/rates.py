"""`rates`: how well matters were dealt with in a span of days, each rate with its numbers."""

import json
from datetime import date, timedelta
from pathlib import Path

from bot.clock import SystemClock, day_start
from bot.commands.common import fail, knowledge_in_force, settings_in_force, store
from bot.tickets.rate_queries import rates
from bot.tickets.rates import FEWEST_ANSWERS, Rate, RateName
from knowledge.console import words

_ANSWERED = frozenset({RateName.SOLVED, RateName.SATISFIED})  # by the resident, or not


def run_rates(start: str, end: str, *, as_json: bool, config: Path | None) -> None:
    first, last = _day(start), _day(end)
    if last < first:
        fail(words("rates.wrong_order"), status=2)
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    since, until = day_start(first), day_start(last + timedelta(days=1))
    with store(settings) as database, database.reading(knowledge.community.id) as tx:
        for rate in rates(tx, since=since, until=until, now=SystemClock().now()):
            print(json.dumps(_record(rate), ensure_ascii=False) if as_json else _line(rate))


def _record(rate: Rate) -> dict[str, object]:
    return {
        "rate": rate.name,
        "name": words(f"rates.name_{rate.name}"),
        "met": None if rate.share is None and rate.n else rate.met,
        "n": rate.n,
        "unanswered": rate.silent if rate.name in _ANSWERED else None,
        "value": None if rate.permille is None else rate.permille / 1000,
    }


def _line(rate: Rate) -> str:
    is_known, any_counted = rate.permille is not None, rate.n > 0
    return words(
        "rates.known" if is_known else "rates.too_few" if any_counted else "rates.none",
        name=words(f"rates.name_{rate.name}"),
        value=f"{(rate.permille or 0) / 10:.1f}",
        met=words(f"rates.met_{rate.name}"),
        met_number=rate.met,
        of=words(f"rates.of_{rate.name}"),
        number=rate.n,
        fewest=FEWEST_ANSWERS,
        silent=words(f"rates.silent_{rate.name}", number=rate.silent) if rate.name in _ANSWERED else "",
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(words("rates.no_day", text=text), status=2)
