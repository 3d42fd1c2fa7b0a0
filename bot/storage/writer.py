"""The one writer of a process: commits several turns at once while each caller waits for its own."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar, cast

from bot.storage.database import Database, is_away
from bot.storage.transaction import Transaction

T = TypeVar("T")
Item = TypeVar("Item")
_MOST_AT_ONCE = 64  # more gains nothing: the cost is per statement, not per commit

Together = Callable[[Transaction, Sequence[Item]], Sequence[T]]
"""Work on several items at once, which saves statements; one result for each, in their order."""


@dataclass(slots=True, eq=False)
class _Job:
    tenant: int
    work: Together[Any, Any]
    item: Any
    future: "Future[Any] | asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None  # the future's own, where a coroutine waits


@dataclass(frozen=True, slots=True)
class _Outcome:
    job: _Job
    result: Any = None
    failure: BaseException | None = None

    def tell(self) -> None:
        future = self.job.future
        gone = not future.set_running_or_notify_cancel() if isinstance(future, Future) else future.cancelled()
        if gone:
            return
        if self.failure is not None:
            future.set_exception(self.failure)
        else:
            future.set_result(self.result)


class Writer:
    """Runs work on the store in the order it comes. A result is set only after it is durable.

    Where one piece of work in a batch fails, the batch is undone and each piece is run again alone, so
    that the failure meets only its own caller. Work must therefore have no effect outside the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.away: BaseException | None = None
        """Why the store took nothing when it was last asked to; None while it does."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._thread.start()

    async def do(self, tenant: int, work: Callable[[Transaction], T]) -> T:
        return await self.do_together(tenant, _one_by_one, work)

    async def do_together(self, tenant: int, work: Together[Item, T], item: Item) -> T:
        """`work` gets the item together with those next to it that wait for the same work."""
        loop = asyncio.get_running_loop()
        job = _Job(tenant, work, item, loop.create_future(), loop)
        self._jobs.put(job)
        return cast(T, await cast("asyncio.Future[Any]", job.future))

    def submit(self, tenant: int, work: Callable[[Transaction], T]) -> "Future[T]":
        """For other threads than a loop's."""
        future: Future[T] = Future()
        self._jobs.put(_Job(tenant, _one_by_one, work, future))
        return future

    def run(self, tenant: int, work: Callable[[Transaction], T]) -> T:
        return self.submit(tenant, work).result()

    @property
    def waiting(self) -> int:
        """How many pieces of work are in the queue."""
        return self._jobs.qsize()

    def close(self) -> None:
        """Finish what was submitted, then stop."""
        self._jobs.put(None)
        self._thread.join()

    def _loop(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch = [job]
            stop = False
            while len(batch) < _MOST_AT_ONCE:
                try:
                    further = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if further is None:
                    stop = True
                    break
                batch.append(further)
            for tenant in dict.fromkeys(job.tenant for job in batch):
                self._commit([job for job in batch if job.tenant == tenant])
            if stop:
                return

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            results = self._attempt(jobs)
        except BaseException:
            _tell(self._commit_each(jobs))
        else:
            self.away = None
            _tell([_Outcome(job, result) for job, result in zip(jobs, results, strict=True)])

    def _commit_each(self, jobs: list[_Job]) -> list[_Outcome]:
        """Once more, each alone; one that was alone already may have met a broken connection, or an id that
        another process drew too. While the store is away nobody else need try."""
        outcomes: list[_Outcome] = []
        away: BaseException | None = None
        for job in jobs:
            if away is not None:
                outcomes.append(_Outcome(job, failure=away))
                continue
            try:
                [result] = self._attempt([job])
            except BaseException as failure:
                away = failure if is_away(failure) else None
                outcomes.append(_Outcome(job, failure=failure))
            else:
                outcomes.append(_Outcome(job, result))
        self.away = away
        return outcomes

    def _attempt(self, jobs: list[_Job]) -> list[Any]:
        results: list[Any] = []
        with self._database.transaction(jobs[0].tenant) as transaction:
            for work, alike in groupby(jobs, key=lambda job: job.work):
                results += work(transaction, [job.item for job in alike])
        return results


def _one_by_one(tx: Transaction, works: Sequence[Callable[[Transaction], T]]) -> Sequence[T]:
    return [work(tx) for work in works]


def _tell(outcomes: Sequence[_Outcome]) -> None:
    """Give all their outcomes, waking each loop once."""
    for loop, its in groupby(outcomes, key=lambda outcome: outcome.job.loop):
        if loop is None:
            _tell_all(list(its))
        else:
            with suppress(RuntimeError):  # a loop that has ended waits for nothing
                loop.call_soon_threadsafe(_tell_all, list(its))


def _tell_all(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        outcome.tell()
