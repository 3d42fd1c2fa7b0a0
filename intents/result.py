"""What understanding a message yields; plain values, no behaviour."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum


class Act(StrEnum):
    """What a line does to the conversation, whatever it is about. Several may hold at once."""

    YES = "yes"  # 对 / 是的 / 行 / 就这个
    NO = "no"  # 不是 / 不用 / 不要
    CANCEL = "cancel"  # 算了 / 取消 / 不报了
    UNDO = "undo"  # 撤回 / 刚才那个不算
    SKIP = "skip"  # 跳过 / 不知道 / 不想说
    REPEAT = "repeat"  # 再说一遍 / 没看清
    NONE_OF_THESE = "none_of_these"  # 都不是
    CHANGE = "change"  # 改一下 / 改成 / 换个时间
    CORRECTION = "correction"  # 打错了 / 不是3号楼，是5号楼
    LEAVE = "leave"  # 去不了了 / 帮我退了
    THANKS = "thanks"  # 谢谢 / 辛苦了
    FIXED = "fixed"  # 好了 / 修好了 / 解决了
    NOT_FIXED = "not_fixed"  # 没好 / 又坏了 / 还是漏
    SATISFIED = "satisfied"  # 满意 / 挺好
    FAIRLY_SATISFIED = "fairly_satisfied"  # 基本满意 / 还行
    DISSATISFIED = "dissatisfied"  # 不满意 / 太差了
    SAME_MATTER = "same_matter"  # 就是这个 / 同一件事 / 我家也是 / +1
    OTHER_MATTER = "other_matter"  # 另一件 / 不是一回事


@dataclass(frozen=True, slots=True)
class Emergency:
    """A fired emergency rule. `code` is the class (G1 … J8, K0); `certain` is false where the words
    suggest the past, a drill or a question, so that the numbers are shown but nobody is rung yet."""

    code: str
    certain: bool


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """What the text says of a place; None where it says nothing. Numbers are Arabic digits as text.

    `compound` is the official name of a known compound. `text` is the span as written (normalised).
    `negated` is the place the writer takes back (“不是3号楼”): never to be used as the place.
    `own` is true for “我家 / 我们楼 / 本单元”: the sender's known home is meant.
    """

    compound: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    text: str = ""
    own: bool = False
    negated: "PlaceMention | None" = None


@dataclass(frozen=True, slots=True)
class TimeMention:
    """A moment or span in the writer's own terms, already resolved against “now” (local time).

    `on` is the day, `at` the wall-clock time; either may be missing (“下午” alone gives `part`).
    `part` is one of: morning, noon, afternoon, evening, night.
    """

    on: date | None = None
    at: time | None = None
    part: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its calibrated confidence in 0..1."""

    key: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Understanding:
    """The meaning of one message. Never raises, never None: a text that means nothing to us has
    `intent=None`. `respond` says whether the bot should speak up at all in this kind of chat."""

    text: str
    intent: str | None = None
    confidence: float = 0.0
    respond: bool = False
    emergency: Emergency | None = None
    category: str | None = None
    categories: tuple[Scored, ...] = ()
    urgency: str | None = None
    place: PlaceMention | None = None
    times: tuple[TimeMention, ...] = ()
    phones: tuple[str, ...] = ()
    faq: str | None = None
    faqs: tuple[Scored, ...] = ()
    alternatives: tuple[Scored, ...] = ()
    acts: frozenset[Act] = frozenset()
    matters: tuple[str, ...] = field(default=())  # the message cut into its matters, where it has several


@dataclass(frozen=True, slots=True)
class Hearing:
    """The circumstances in which a text is heard.

    `now` is local wall-clock time without zone (community time), for “明天” and “周三下午”.
    `compound` is where the group or the sender's home is, which narrows FAQ answers and names.
    """

    now: datetime
    is_group: bool = False
    mentioned: bool = False
    compound: str | None = None


# -- What the understanding is compiled from (the caller translates its knowledge into these) --------


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """One category as the matcher needs it."""

    code: str
    name: str
    urgency: str
    words: tuple[str, ...]
    not_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FaqPhrases:
    """One FAQ entry as the matcher needs it. `compounds` empty = valid everywhere; `until` inclusive."""

    id: str
    title: str
    phrases: tuple[str, ...]
    answer: str = ""
    compounds: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CompoundNames:
    """A compound under its official name and everything else it is called."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmergencyRule:
    """A context rule (Python `re`) of one emergency class."""

    code: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All that one community adds to the shipped phrases."""

    categories: tuple[CategoryWords, ...] = ()
    faqs: tuple[FaqPhrases, ...] = ()
    compounds: tuple[CompoundNames, ...] = ()
    emergency_rules: tuple[EmergencyRule, ...] = ()
    emergency_softeners: tuple[str, ...] = ()
    bot_names: tuple[str, ...] = ()
