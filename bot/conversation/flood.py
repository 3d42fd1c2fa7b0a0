"""One person who sends more in a minute than anybody types: one sentence says so, the rest is not dealt with.

Counted with the conversation, in the turn's own transaction: all processes count together, and a turn that is
run again counts once. What was sent over an hour and is fetched all at once is no flood, where the platform
tells when it was sent. A page that holds back what is too much by itself is not counted here.
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.conversation import inbox
from bot.conversation.state import Minute
from bot.conversation.turn import Turn
from bot.messaging import Capabilities

_A_MINUTE = timedelta(minutes=1)
_WHY = "flood"


class Flood:
    def __init__(self, most_a_minute: int | None, capabilities: Mapping[str, Capabilities]) -> None:
        """Without `most_a_minute`, nobody can say too much."""
        self._most = most_a_minute
        self._capabilities = capabilities

    def drops(self, turn: Turn) -> bool:
        """Count the line; whether it is one too many, which is then noted in the inbox. Emergencies never
        are, nor staff, who may answer a whole list at once, nor letters."""
        if self._most is None or not self._is_counted(turn):
            return False
        minute, at = turn.conversation.minute, turn.message.received_at
        if minute is None or abs(at - minute.since) >= _A_MINUTE:
            minute = turn.conversation.minute = Minute(at)
        minute.lines += 1
        if minute.lines <= self._most or turn.meaning.emergency is not None:
            return False
        inbox.note_dropped(turn.tx, turn.message, _WHY)
        if not minute.is_told and (not turn.is_group or turn.message.mentioned):
            minute.is_told = True
            turn.say("conversation.too_many")
        return True

    def _is_counted(self, turn: Turn) -> bool:
        message = turn.message
        is_ours = not message.is_group or message.mentioned or turn.meaning.respond
        is_held_back = self._capabilities[message.channel].is_mailbox
        return is_ours and not (message.one_way or is_held_back or turn.person.staff_name)
