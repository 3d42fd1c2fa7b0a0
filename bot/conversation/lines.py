"""Several short lines typed in a row are understood together: the next line completes the last one."""

from datetime import timedelta

from bot.conversation import fallback
from bot.conversation.state import Line
from bot.conversation.turn import Turn
from bot.outbox.enqueue import answer_key
from bot.outbox.withdraw import withdraw_answers
from intents.staff_words import read_staff_words

_SHORT = 14  # characters; a longer line is a sentence of its own
_LONGEST = 60  # characters of all the lines that are held
_TOGETHER = timedelta(seconds=60)
_PLACE_IS_MEANT_FOR = timedelta(minutes=10)  # “幸福里3号楼” is still what “灯坏了” is about, typed slowly


def hold(turn: Turn) -> bool:
    """Keep a line too short to act on, and answer it only if no next line comes within a second."""
    text = turn.meaning.text.strip()
    is_short = len(turn.message.text.strip()) <= _SHORT and len(text) <= _LONGEST
    if not text or not is_short or turn.meaning.acts:
        return False
    turn.conversation.line = Line(text, turn.now, answer_key(turn.message))
    turn.holds_answer = True
    fallback.next_rung(turn)
    return True


def complete(turn: Turn) -> None:
    """Read this line together with those before it, if they were left open just now."""
    line = turn.conversation.line
    if line is None:
        return
    turn.conversation.line = None
    alone = turn.meaning
    if read_staff_words(alone.text) is not None:
        return  # “我的待办” is a line of its own
    waited = turn.now - line.at
    if waited > _TOGETHER and (waited > _PLACE_IS_MEANT_FOR or turn.reread(line.text).place is None):
        return
    together = turn.reread(f"{line.text}，{alone.text}")
    if together.intent is not None or together.emergency is not None:
        turn.conversation.misses = 0
    elif alone.intent is not None or alone.acts:
        return
    withdraw_answers(turn.tx, line.answer_key)
    turn.meaning = together
