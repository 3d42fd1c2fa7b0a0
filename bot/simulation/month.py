"""Days of the whole town, one after the other: every community lives its day, then the next one begins."""

import random
from collections.abc import Callable
from datetime import datetime, time, timedelta

from bot.clock import from_local
from bot.simulation.material import County, Trouble
from bot.simulation.neighbourhood import Neighbourhood
from bot.simulation.town import Plan
from bot.simulation.verdicts import Findings
from bot.storage.database import Database
from bot.storage.writer import Writer


class Month:
    def __init__(self, plans: list[Plan], county: County, writer: Writer, seed: int) -> None:
        self._county = county
        self._weather = random.Random(f"{seed}/weather")
        self._day = datetime.combine(county.start, time())
        self.neighbourhoods = [Neighbourhood(plan, county, writer, self.now) for plan in plans]

    @property
    def now(self) -> datetime:
        return from_local(self._day)

    async def live_a_day(self, lived: Callable[[], object]) -> None:
        """`lived` is called after each community's day."""
        self._day += timedelta(days=1)
        there_is_a_storm = self._weather.random() < self._county.storm.chance
        for neighbourhood in self.neighbourhoods:
            troubles = [(self._county.storm, None)] if there_is_a_storm else []
            await neighbourhood.live(self.now, [*troubles, *self._outages(neighbourhood)])
            lived()

    def look_back(self, database: Database) -> Findings:
        findings = Findings()
        for neighbourhood in self.neighbourhoods:
            neighbourhood.look_back(database, findings)
        return findings

    def _outages(self, neighbourhood: Neighbourhood) -> list[tuple[Trouble, str | None]]:
        outage = self._county.outage
        hit = [name for name in neighbourhood.knowledge.compounds if self._weather.random() < outage.chance]
        return [(outage, name) for name in hit]
