"""What a platform of Tencent answers in `errcode`, as our few outcomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.messaging import DeliveryFailure, PermanentFailure, TemporaryFailure

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class ReturnCodes:
    """`passing`: what passes by itself, or once the operator mends a setting: messages wait for that instead
    of being lost. Seconds to wait, and the reason. `refusals`: what does not, like an unknown code."""

    passing: Mapping[int, tuple[float, str]]
    refusals: Mapping[int, Callable[[str], PermanentFailure]]

    def failure(self, code: int, message: str) -> DeliveryFailure:
        """What a code other than 0 means. `message` is the platform's own and holds no personal data."""
        failure = self._failure(code, message[:_LONGEST_REASON])
        failure.code = code
        return failure

    def _failure(self, code: int, message: str) -> DeliveryFailure:
        if code in self.passing:
            wait, reason = self.passing[code]
            return TemporaryFailure(f"{code}: {reason}: {message}", retry_after=wait)
        return self.refusals.get(code, PermanentFailure)(f"{code}: {message}")
