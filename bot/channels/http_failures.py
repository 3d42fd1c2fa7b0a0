"""The ways an HTTP call breaks, as our few outcomes."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from bot.messaging import DeliveryFailure, TemporaryFailure, UnclearOutcome

# A gateway that gave up waiting does not know whether the platform behind it did the work.
_GATEWAY_STATUSES = frozenset({502, 504})
_TOO_MANY_REQUESTS = 429


def failure_of_status(status: int, retry_after: str | None) -> DeliveryFailure:
    """What an HTTP status other than 200 means where the platform itself always says 200."""
    if status in _GATEWAY_STATUSES:
        return UnclearOutcome(f"HTTP {status}")
    wait = float(retry_after) if retry_after is not None and retry_after.isdigit() else None
    if status == _TOO_MANY_REQUESTS:
        return TemporaryFailure("HTTP 429: called too often", retry_after=wait or 60)
    return TemporaryFailure(f"HTTP {status}", retry_after=wait)


@contextmanager
def connection_failures() -> Iterator[None]:
    """Translate aiohttp's errors: before the request went out nothing was sent, afterwards nobody knows.

    The reasons name the kind of error only: aiohttp's own words may hold the address with the token.
    """
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise TemporaryFailure(f"no connection: {type(error).__name__}") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise UnclearOutcome(f"connection broke: {type(error).__name__}") from error
