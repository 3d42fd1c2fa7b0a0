"""在哪儿、几点开: the community's own rooms; other places only as far as an entry knows them."""

from bot.clock import local_day
from bot.community.speech import spoken_entry, spoken_office_hours
from bot.conversation.state import Choice, Option
from bot.conversation.turn import Turn
from intents.service_words import Cue, has_cue


class FindPlace:
    name = "find_place"
    intents = frozenset({"find_place"})
    speaks_in_groups = True

    def start(self, turn: Turn) -> None:
        legal = turn.knowledge.legal
        if legal is not None and has_cue(turn.meaning.text, Cue.LEGAL_PLACE):
            turn.say("find_place.legal", place=legal.place, lawyer=legal.lawyer)
        elif has_cue(turn.meaning.text, Cue.SERVICE_CENTRE):
            turn.say("find_place.service_centre", hours=spoken_office_hours(turn.knowledge))
        elif options := self._entries(turn):
            options.append(Option(turn.reply("faq.option_none"), ""))
            turn.offer(self.name, "entry", options, "faq.which")
        else:
            turn.say("find_place.unknown")

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        entry = turn.knowledge.faqs.get(value) if value else None
        if turn.gives_up:
            turn.say("conversation.cancelled")
        elif entry is None:
            turn.say("find_place.unknown")
        else:
            turn.say_text(spoken_entry(turn.knowledge, entry, local_day(turn.now)))

    def _entries(self, turn: Turn) -> list[Option]:
        faqs = turn.knowledge.faqs
        return [Option(faqs[one.key].title, one.key) for one in turn.meaning.faqs if one.key in faqs]
