"""Speed and size of understanding, side by side with simple methods in one run on one core.

`python -m tests.benchmarks.understanding_speed`. The phrases are questions and answers of the community on
top of the shipped ones; the messages are lines they have not been made from. Whole understanding is
measured against only looking up the nearest phrase with rapidfuzz WRatio and scikit-learn TF-IDF.
"""

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.conversation.mind import vocabulary_of
from intents.result import FaqPhrases, Hearing, Vocabulary
from intents.understander import Understander, compile_understander
from knowledge.library import SHIPPED, read_knowledge
from tests.benchmarks.understanding_text import DATA, read, texts

SIZES = (2_000, 20_000)
MESSAGES = 400
SLOW_MESSAGES = 40  # for the peer that takes milliseconds each
HEARING = Hearing(datetime(2026, 11, 23, 9, 10))
MICROSECONDS = 1e6
WRATIO_AIM, WRATIO_LEAST, GROWTH_AIM = 25, 8, 3
P99_AIM, LOAD_AIM, MEMORY_AIM = 1000, 3.0, 150


def main() -> None:
    if not DATA.exists():
        sys.exit("the public text (../shared/data) is absent: nothing to measure on")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    shipped = vocabulary_of(read_knowledge(SHIPPED))
    compile_understander(shipped).understand("楼道灯不亮", HEARING)  # files read, caches warm
    phrases, messages = _phrases(), _messages()
    spent: dict[int, float] = {}
    for size in SIZES:
        before, begun = _memory(), time.perf_counter()
        understander = compile_understander(_vocabulary(shipped, phrases[:size]))
        load, memory = time.perf_counter() - begun, _memory() - before
        ours = _times(lambda text, it=understander: it.understand(text, HEARING), messages)
        spent[size] = statistics.median(ours)
        peers = _peers(phrases[:size], messages)
        _print_size(size, ours, peers, load, memory)
        _print_accuracy(understander, phrases[:size])
    growth = spent[SIZES[1]] / spent[SIZES[0]]
    sys.stdout.write(
        f"from {SIZES[0]} to {SIZES[1]} phrases: {growth:.2f} times as long (aim < {GROWTH_AIM})\n"
    )


def _phrases() -> list[str]:
    """Different short texts: the questions asked, then pieces of letters, cut to a phrase's length."""
    found = [row["standard"] for row in read("faq-pairs")] + [row["text"][:30] for row in read("questions")]
    for start in range(0, 200, 20):
        found += [row["body"][start : start + 20] for row in read("complaints")]
    found += [row["text"][:25] for row in read("chat")] + [row["title"] for row in read("complaints")]
    return [text for text in dict.fromkeys(found) if len(text) > 4][: max(SIZES)]


def _messages() -> list[str]:
    """Lines of about 25 characters, half letters and half legal questions and talk."""
    letters = [row["title"][:25] for row in read("complaints")[: MESSAGES // 2]]
    lines = [row["text"][:30] for row in read("group-lines")] + texts("legal", 1)
    return [*letters, *(line[:25] for line in lines[: MESSAGES // 2])]


def _vocabulary(shipped: Vocabulary, phrases: Sequence[str]) -> Vocabulary:
    """Entries with four phrases each, on top of what the demo neighbourhood has."""
    entries = tuple(
        FaqPhrases(id=f"entry-{start}", title=phrases[start], phrases=tuple(phrases[start + 1 : start + 4]))
        for start in range(0, len(phrases), 4)
    )
    return Vocabulary(
        shipped.categories,
        shipped.faqs + entries,
        shipped.compounds,
        shipped.emergency_rules,
        shipped.emergency_softeners,
        shipped.bot_names,
    )


def _times(work: Callable[[str], object], messages: Sequence[str]) -> list[float]:
    """Microseconds each, best of three rounds for each message: the machine is shared."""
    rounds = []
    for _ in range(3):
        spent = []
        for message in messages:
            begun = time.perf_counter()
            work(message)
            spent.append((time.perf_counter() - begun) * MICROSECONDS)
        rounds.append(spent)
    return [min(each) for each in zip(*rounds, strict=True)]


def _peers(phrases: Sequence[str], messages: Sequence[str]) -> dict[str, float]:
    """Median microseconds of finding the nearest phrase, and nothing else."""
    vectoriser = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    matrix = vectoriser.fit_transform(phrases).T.tocsr()

    def by_wratio(text: str) -> object:
        return process.extractOne(text, phrases, scorer=fuzz.WRatio)

    def by_tfidf(text: str) -> object:
        return (vectoriser.transform([text]) @ matrix).toarray().argmax()

    some = messages[:: len(messages) // SLOW_MESSAGES]
    return {
        "rapidfuzz WRatio": statistics.median(_times(by_wratio, some)),
        "scikit-learn TF-IDF with cosine": statistics.median(_times(by_tfidf, messages)),
    }


def _print_size(size: int, ours: list[float], peers: dict[str, float], load: float, memory: float) -> None:
    median, p99 = statistics.median(ours), statistics.quantiles(ours, n=100)[98]
    sys.stdout.write(f"{size} phrases: {median:.0f} µs a message, p99 {p99:.0f} µs (aim < {P99_AIM})\n")
    for name, spent in peers.items():
        ratio = spent / median
        aim = f"aim {WRATIO_AIM}, at least {WRATIO_LEAST}" if "WRatio" in name else "no aim"
        sys.stdout.write(f"  {name}: {spent:.0f} µs, {ratio:.1f} times as long ({aim})\n")
    sys.stdout.write(
        f"  load {load:.2f} s (aim < {LOAD_AIM} s), {memory:.0f} MiB more (aim < {MEMORY_AIM} MiB)\n"
    )


def _print_accuracy(understander: Understander, phrases: Sequence[str]) -> None:
    """Whether the entry that is asked for is found first: ours and the peer's, on the same questions."""
    numbers = {phrase: number for number, phrase in enumerate(phrases)}
    pairs = [(row["asked"], row["standard"]) for row in read("faq-pairs") if row["same"]]
    pairs = [(asked, wanted) for asked, wanted in pairs if wanted in numbers and asked not in numbers]
    ours = wratio = 0
    for asked, wanted in pairs:
        hits = understander.index.nearest(understander.fold(asked), 16)
        names = [
            understander.index.phrases[hit.number] for hit in hits if hit.number in understander.faqs.owners
        ]
        ours += names[:1] == [understander.fold(wanted)]
        found = process.extractOne(asked, phrases, scorer=fuzz.WRatio)
        wratio += found is not None and found[0] == wanted
    sys.stdout.write(
        f"  right phrase first: {ours / len(pairs):.1%}, WRatio {wratio / len(pairs):.1%} (n={len(pairs)})\n"
    )


def _memory() -> float:
    """Peak resident size in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
