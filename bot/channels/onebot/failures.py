"""A gateway's return codes as our few outcomes."""

from bot.messaging import (
    DeliveryFailure,
    PermanentFailure,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
)

_BOT_UNKNOWN = frozenset({10101, 10102})  # which of its accounts is meant, or no such account
_WAIT = 60.0  # seconds

# By the first two digits; the standard leaves the last three to the gateway.
_PASSING = {
    20: "the gateway failed",
    31: "the gateway's database failed",
    32: "the gateway's disk failed",
    34: "the platform did not take it",
    36: "the gateway does not want to",
}
_NETWORK = 33
_LOGIC = 35  # no such person or group


def failure_of(code: int) -> DeliveryFailure:
    """What a return code other than 0 means. Not the gateway's words, which may repeat the message."""
    kind = code // 1000
    if kind in _PASSING:
        return TemporaryFailure(f"{code}: {_PASSING[kind]}", retry_after=_WAIT)
    if code in _BOT_UNKNOWN:
        return TemporaryFailure(f"{code}: the gateway does not know its account", retry_after=_WAIT)
    if kind == _NETWORK:
        return UnclearOutcome(f"{code}: the gateway lost its platform")
    return (RecipientGone if kind == _LOGIC else PermanentFailure)(f"{code}: the gateway refused")
