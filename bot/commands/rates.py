"""`rates`: how well matters were dealt with in a span of days, each rate with its numbers."""

import json
from datetime import date, timedelta
from pathlib import Path

from bot.clock import SystemClock, day_start
from bot.commands.common import fail, knowledge_in_force, settings_in_force, store
from bot.tickets.rate_queries import rates
from bot.tickets.rates import FEWEST_ANSWERS, Rate, RateName

# What it is called, what is counted, and of what.
_WORDS = {
    RateName.TAKEN: ("签收率", "按时签收", "到签收时限的"),
    RateName.CONTACTED: ("响应率", "按时联系居民", "到联系时限的"),
    RateName.ON_TIME: ("办结率", "按时办完", "到办结时限的（超期没办完的也算在内）"),
    RateName.SOLVED: ("解决率", "说解决了", "回答了的"),
    RateName.SATISFIED: ("满意率", "满意和基本满意", "评价了的"),
    RateName.REOPENED: ("重办率", "又重办", "办完的"),
    RateName.REPEATED: ("重复率", "三十天内同一处又报", "新登记的"),
    RateName.RETURNED: ("退单率", "被退回", "派出去的"),
    RateName.TOLD: ("告知率", "告诉了居民", "办完的"),
}
_SILENT = {RateName.SOLVED: "未答", RateName.SATISFIED: "未评价"}


def run_rates(start: str, end: str, *, as_json: bool, config: Path | None) -> None:
    first, last = _day(start), _day(end)
    if last < first:
        fail("--to 不能早于 --from。", status=2)
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    since, until = day_start(first), day_start(last + timedelta(days=1))
    with store(settings) as database, database.reading(knowledge.community.id) as tx:
        for rate in rates(tx, since=since, until=until, now=SystemClock().now()):
            print(json.dumps(_record(rate), ensure_ascii=False) if as_json else _line(rate))


def _record(rate: Rate) -> dict[str, object]:
    return {
        "rate": rate.name,
        "name": _WORDS[rate.name][0],
        "met": None if rate.share is None and rate.n else rate.met,
        "n": rate.n,
        "unanswered": rate.silent if rate.name in _SILENT else None,
        "value": None if rate.permille is None else rate.permille / 1000,
    }


def _line(rate: Rate) -> str:
    name, met, n = _WORDS[rate.name]
    silent = f"，{_SILENT[rate.name]} {rate.silent} 件" if rate.name in _SILENT else ""
    if rate.permille is not None:
        value = f"{rate.permille / 10:.1f}%"
        return f"{name}  {value}  {met} {rate.met} 件，{n} {rate.n} 件{silent}"
    reason = f"不足 {FEWEST_ANSWERS} 件，不算率" if rate.n else "没有"
    return f"{name}  —  {n} {rate.n} 件（{reason}）{silent}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"“{text}”不是日期，写成 2026-11-01。", status=2)
