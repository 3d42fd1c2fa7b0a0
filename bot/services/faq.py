"""政策问答: answers from the community's own entries, and from nothing else."""

from bot.clock import local_day
from bot.community.speech import spoken_entry
from bot.conversation.state import Choice, Option
from bot.conversation.turn import Turn
from knowledge.model import FaqEntry


class Faq:
    """An answer is read out as it stands in the file, with its date. What is in no file is not answered."""

    name = "faq"
    intents = frozenset({"ask_faq"})
    speaks_in_groups = True

    def start(self, turn: Turn) -> None:
        found = self._here(turn, [turn.meaning.faq]) if turn.meaning.faq is not None else []
        candidates = self._here(turn, [candidate.key for candidate in turn.meaning.faqs])
        if found:
            self._answer(turn, found[0])
        elif not candidates:
            self._not_found(turn)
        else:
            options = [Option(entry.title, entry.id) for entry in candidates]
            options.append(Option(turn.reply("faq.option_none"), ""))
            turn.offer(self.name, "entry", options, "faq.which")

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        entry = turn.knowledge.faqs.get(value) if value else None
        if turn.gives_up:
            turn.say("conversation.cancelled")
        elif entry is None:
            self._not_found(turn)
        else:
            self._answer(turn, entry)

    def _here(self, turn: Turn, keys: list[str]) -> list[FaqEntry]:
        """Those of the entries that are valid in the compound the question names, if it names one."""
        named = turn.meaning.place.compound if turn.meaning.place is not None else None
        entries = [turn.knowledge.faqs[key] for key in keys if key in turn.knowledge.faqs]
        return [
            entry for entry in entries if named is None or not entry.compounds or named in entry.compounds
        ]

    def _answer(self, turn: Turn, entry: FaqEntry) -> None:
        turn.say_text(spoken_entry(turn.knowledge, entry, local_day(turn.now)))

    def _not_found(self, turn: Turn) -> None:
        if turn.is_group:
            turn.say("faq.not_found_in_group")
        else:
            # Within another exchange its own buttons follow, and their numbers must begin with 1.
            is_alone = turn.conversation.top is None
            turn.say("faq.not_found", buttons=[turn.button("conversation.button_person")] if is_alone else [])
