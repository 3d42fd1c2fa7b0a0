"""What a locked phone shows of a push, with names as long as real ones: what, by when, what to answer."""

import re

import pytest

from bot.community.speech import sentence
from knowledge.library import SHIPPED, read_knowledge
from knowledge.replies import placeholders

KNOWLEDGE = read_knowledge(SHIPPED)
_SHOWN = 100  # characters: four lines of a phone
_HEAD = 45  # of a list: its first line
LONG = {
    "basis": "《民法典》第二百七十八条",
    "compound": "凤凰国际城二期香榭里花园",
    "contact": "欧阳淑芬 13900001001",
    "deadline": "11月24日周二 17:30前办好",
    "department": "综合执法队",
    "name": "欧阳淑芬",
    "number": "A2611-0042",
    "old": "A2611-0041",
    "into": "A2611-0041",
    "outcome": "换了门禁电源和闭门器",
    "owner": "欧阳淑芬",
    "place": "凤凰国际城二期香榭里花园12号楼3单元",
    "promise": "最晚11月24日周二 17:30给您信",
    "reason": "等厂家发配件，门禁主板没货",
    "rung": "区县直通车",
    "subject": "停水或水压水质问题",
    "text": "三单元的门又坏了关不上，冬天冷风往里灌，老人小孩受不了，物业说没钱修，到底谁来管，能不能快点来",
    "until": "12月1日周二",
    "words": "师傅说今天下午三点前能到现场",
}
_A_MOMENT = "11月23日周一 13:10"  # every other placeholder is a moment or shorter
_ASKS = re.compile("回“")
_LISTS = ("list.in_hand_late_and_today", "list.due_tomorrow", "list.unowned", "week.head", "leader.head")
_PUSHES = [key for key in KNOWLEDGE.replies if key.startswith("notice.")]


def rendered(key: str) -> str:
    names = placeholders(KNOWLEDGE.replies[key])
    values = {
        name: LONG.get(name, "12" if key.startswith(("list.", "week.", "leader.")) else _A_MOMENT)
        for name in names
    }
    return sentence(KNOWLEDGE, key, values)


@pytest.mark.parametrize("key", [key for key in _PUSHES if _ASKS.search(KNOWLEDGE.replies[key])])
def test_the_word_that_closes_it_is_seen_without_unlocking(key: str) -> None:
    text = rendered(key)
    word = _ASKS.search(text)

    assert word is not None
    assert text.index("”", word.end()) < _SHOWN


@pytest.mark.parametrize("key", _LISTS)
def test_the_first_line_of_a_list_says_how_things_stand(key: str) -> None:
    assert len(rendered(key).splitlines()[0]) <= _HEAD
