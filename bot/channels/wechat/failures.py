"""The platform's return codes, as our few outcomes."""

from collections.abc import Callable

from bot.messaging import (
    DeliveryFailure,
    PermanentFailure,
    QuotaUsedUp,
    RecipientGone,
    TemporaryFailure,
    WindowClosed,
)

TOKEN_REJECTED = frozenset({40001, 40014, 42001})

_LONGEST_REASON = 200

_REFUSALS: dict[int, Callable[[str], PermanentFailure]] = {
    40003: RecipientGone,  # not an openid of this account
    43004: RecipientGone,  # does not follow us
    43019: RecipientGone,  # on the account's own black list
    43101: QuotaUsedUp,  # 订阅通知 without, or after, the person's consent
    45015: WindowClosed,  # too long since the person acted, or unfollowed
    45047: QuotaUsedUp,  # too many 客服消息 since the person acted
    48002: RecipientGone,  # has switched messages of this account off
}

# What passes by itself, or once the operator mends a setting (docs/channels/wechat.md says how): messages
# wait for that instead of being lost. Seconds to wait, and the reason.
_PASSING: dict[int, tuple[float, str]] = {
    -1: (5, "the platform is busy"),
    40013: (600, "the platform does not know app_id"),
    40125: (600, "secret is wrong"),
    40164: (600, "this server's address is not on the account's white list"),
    45009: (3600, "the account's calls for today are used up"),
    45011: (60, "called too often"),
    50002: (600, "the platform has restricted the account"),
}


def failure_of(code: int, message: str) -> DeliveryFailure:
    """What a return code other than 0 means. `message` is the platform's own and holds no personal data."""
    failure = _failure_of(code, message)
    failure.code = code
    return failure


def _failure_of(code: int, message: str) -> DeliveryFailure:
    if code in _PASSING:
        wait, reason = _PASSING[code]
        return TemporaryFailure(f"{code}: {reason}: {message[:_LONGEST_REASON]}", retry_after=wait)
    if code in TOKEN_REJECTED:
        return TemporaryFailure(f"{code}: the access token is refused again and again", retry_after=60)
    return _REFUSALS.get(code, PermanentFailure)(f"{code}: {message[:_LONGEST_REASON]}")
