"""replies.yaml."""

from collections.abc import Mapping

from knowledge.fields import Line, Word

RepliesFile = Mapping[Word, Mapping[Word, Line]]


def flattened(replies: RepliesFile) -> Mapping[tuple[str, str], str]:
    """(section, key) -> sentence. Joined by a dot, the two are the sentence's name."""
    return {
        (section, key): sentence for section, entries in replies.items() for key, sentence in entries.items()
    }
