"""打招呼: who the bot is, and three things one may say to it."""

from bot.conversation.turn import Turn
from bot.messaging import Button
from intents.result import Act
from intents.service_words import Cue, has_cue

_NODDING = frozenset(
    {Act.YES, Act.NO, Act.CANCEL, Act.THANKS, Act.FIXED, Act.SATISFIED, Act.FAIRLY_SATISFIED}
)


_A_NOD = 8  # characters: “嗯嗯好的知道了”
_A_WORD = 4  # characters: “算了吧” says no more than that, whatever it resembles


class Greeting:
    name = "greeting"
    intents = frozenset({"greeting"})
    speaks_in_groups = True

    def start(self, turn: Turn) -> None:
        if turn.is_group:
            turn.say("greeting.in_group")
            return
        turn.say("greeting.hello", buttons=_examples(turn))

    def overhear(self, turn: Turn) -> bool:
        """Greets whoever has only come in (followed the account, scanned a code); hears “你能干什么”, thanks
        for nothing in particular, and a “好的” that nothing waits for."""
        message = turn.message
        if turn.is_group:
            return False
        if has_cue(message.text, Cue.ABILITIES) and turn.meaning.faq is None:
            turn.say("greeting.abilities", buttons=_examples(turn))
            return True
        if reply := _small_talk(turn):
            turn.say(reply)
            return True
        has_come_in = not (message.text.strip() or message.photos or message.attachments)
        if not has_come_in or turn.conversation.top is not None:
            return False
        self.start(turn)
        return True


def _small_talk(turn: Turn) -> str | None:
    """The sentence that answers a line which only nods, shakes its head or thanks; None for others."""
    acts = turn.meaning.acts
    means_more = turn.meaning.intent not in (None, "greeting", "rate_ticket")
    if (means_more and len(turn.meaning.text) > _A_WORD) or not acts <= _NODDING:
        return None
    if Act.CANCEL in acts and turn.conversation.done is not None:
        return None  # it takes back what was just done
    if Act.THANKS in acts:
        return "greeting.thanks"
    is_nod = acts and turn.conversation.top is None and len(turn.meaning.text) <= _A_NOD
    return "greeting.all_right" if is_nod else None


def _examples(turn: Turn) -> list[Button]:
    return [turn.button(f"greeting.button_{word}") for word in ("report", "legal", "fee")]
