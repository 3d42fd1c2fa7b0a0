"""The library's errors as our few outcomes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.telegram.request import NotDone
from bot.messaging import (
    DeliveryFailure,
    Moved,
    PermanentFailure,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
)

# Waits for the operator to mend the settings; docs/channels/telegram.md says how. In seconds.
_UNTIL_MENDED = 600
_NO_SUCH_TOKEN = 401
_UNTIL_THE_OTHER_LETS_GO = 30

# What the platform says of addresses that lead nowhere, in a “bad request”.
_NOBODY = ("chat not found", "user not found", "peer_id_invalid", "group chat was deactivated")

# The library takes answers as it likes them and fails on others with whatever comes.
_NOT_AS_EXPECTED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


@contextmanager
def platform_failures() -> Iterator[None]:
    """Translate what the library raises."""
    try:
        yield
    except TelegramError as error:
        raise failure_of(error) from error
    except _NOT_AS_EXPECTED as error:
        raise UnclearOutcome("the platform's answer has an unknown form") from error


def failure_of(error: TelegramError) -> DeliveryFailure:
    """What an error means for the message."""
    # Not its words where it is unknown: of an answer that could not be read they hold the whole.
    return _refusal(error) or _passing(error) or UnclearOutcome(type(error).__name__)


def _refusal(error: TelegramError) -> PermanentFailure | None:
    match error:
        case ChatMigrated():
            return Moved("the group has become a supergroup", chat=str(error.new_chat_id))
        case Forbidden():  # blocked, thrown out of the group, or never written to by this person
            return RecipientGone(error.message)
        case BadRequest():
            is_nobody = any(words in error.message.lower() for words in _NOBODY)
            return (RecipientGone if is_nobody else PermanentFailure)(error.message)
    return None


def _passing(error: TelegramError) -> TemporaryFailure | None:
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            return TemporaryFailure("too many messages at once", retry_after=seconds)
        case InvalidToken():
            failure = TemporaryFailure("the platform does not know this token", retry_after=_UNTIL_MENDED)
            failure.code = _NO_SUCH_TOKEN
            return failure
        case Conflict():
            reason = "somebody else fetches this bot's messages"
            return TemporaryFailure(reason, retry_after=_UNTIL_THE_OTHER_LETS_GO)
        case NotDone():
            return TemporaryFailure(error.message)
    return None
