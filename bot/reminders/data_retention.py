"""What may not be kept goes by itself, once a night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.clock import from_local, local_day
from bot.conversation.inbox import forget_messages
from bot.conversation.state import drop_conversations
from bot.outbox.ageing import drop_messages
from bot.outbox.reminder import Due
from bot.storage.notebook import drop_notes
from bot.storage.transaction import Transaction
from bot.tickets.ageing import drop_photos, drop_words, forget_noted

_AT = time(3, 30)  # local; when nobody writes


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many days. Photos and words of a matter are counted from its closing."""

    photos: int
    messages: int
    matters: int


class DataRetention:
    name = "data_retention"

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        """The newest night only: what an earlier one missed, it does too."""
        day = local_day(until)
        moment = from_local(datetime.combine(day, _AT))
        if moment > until:
            day -= timedelta(days=1)
            moment = from_local(datetime.combine(day, _AT))
        return [Due(moment, f"{self.name}/{day}")] if moment > since else []

    def fire(self, tx: Transaction, due: Due) -> None:
        drop_photos(tx, closed_before=due.at - timedelta(days=self._keep.photos))
        drop_words(tx, closed_before=due.at - timedelta(days=self._keep.matters))
        forget_noted(tx, closed_before=due.at - timedelta(days=self._keep.matters))
        drop_messages(tx, sent_before=due.at - timedelta(days=self._keep.messages))
        drop_conversations(tx, silent_since=due.at - timedelta(days=self._keep.messages))
        forget_messages(tx, received_before=due.at - timedelta(days=self._keep.messages))
        drop_notes(tx, now=due.at)
