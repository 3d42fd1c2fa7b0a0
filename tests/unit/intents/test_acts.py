"""What a line does to the conversation, and what it only seems to do."""

import pytest

from intents.acts import load_acts
from intents.normalise import fold
from intents.place import PlaceReader
from intents.result import Act

READER = load_acts()
PLACES = PlaceReader(())

LINES: dict[Act, str] = {
    Act.YES: "对 对的 是 是的 嗯 嗯嗯 好 好的 好滴 行 行吧 可以 "
    "没错 就这样吧 就这个 OK ＯＫ 对啊 是呀 中 確認 对，报吧 👌 好的！ 要得",
    Act.NO: "不 不是 不对 不用 不用了 不要 不行 不需要 no 不用了，谢谢 不是呀",
    Act.CANCEL: "算了 算了吧 取消 不报了 不约了 那算了 还是算了吧 拉倒吧 退出",
    Act.UNDO: "撤回 撤销 刚才那个不算 上一条作废 刚才报的撤了",
    Act.SKIP: "跳过 不知道 不清楚 不想说 没有单元 我不知道是几单元 记不清了",
    Act.REPEAT: "再说一遍 没看清 啥意思 没看懂 你说啥",
    Act.NONE_OF_THESE: "都不是 都不对 以上都不是 这些都不是",
    Act.CHANGE: "改一下 改成周四 换个时间 改到明天上午 修改",
    Act.LEAVE: "去不了了 包饺子我去不了了 帮我退了 我来不了 我不参加了 取消报名",
    Act.THANKS: "谢谢 多谢 谢谢师傅 辛苦了 麻烦了 感谢帮忙 好的，谢谢",
    Act.FIXED: "好了 修好了 已经好了 解决了 不漏了 这回好了 来水了 终于通了 "
    "灯亮了 门禁能刷了 垃圾清走了 暖气热了",
    Act.NOT_FIXED: "没好 还没好 没修好 又坏了 还是漏 又返上来了 没人来修 还不亮 没好，又堵了",
    Act.SATISFIED: "满意 很满意 挺好 挺满意的 师傅态度真好 五星好评 给五分",
    Act.FAIRLY_SATISFIED: "基本满意 还行 还行吧 一般 还可以 凑合",
    Act.DISSATISFIED: "不满意 不太满意 很不满意 太差了 差评 太慢了",
    Act.SAME_MATTER: "就是这个 同一件事 我家也是 我们楼也这样 +1 ＋1 同问 我家也没水 对，就是这件事",
    Act.OTHER_MATTER: "另一件 不是一回事 另外一件事 两码事 不是同一件事",
}


def _acts(text: str) -> frozenset[Act]:
    folded = fold(text)
    return READER.read(folded, PLACES.read(folded))


@pytest.mark.parametrize(
    ("act", "text"), [(act, text) for act, texts in LINES.items() for text in texts.split()]
)
def test_a_line_does_what_its_words_say(act: Act, text: str) -> None:
    assert act in _acts(text)


@pytest.mark.parametrize(
    "text",
    ["打错了，是5号楼", "不是3号楼，是5号楼", "写错了 应该是2单元", "是5号楼不是3号楼", "说错了，3号楼"],
)
def test_another_place_in_such_words_is_a_correction(text: str) -> None:
    acts = _acts(text)
    assert Act.CORRECTION in acts
    assert Act.NO not in acts


@pytest.mark.parametrize("text", ["不是3号楼", "打错了"])
def test_nothing_is_corrected_where_nothing_is_put_in_its_place(text: str) -> None:
    assert Act.CORRECTION not in _acts(text)


@pytest.mark.parametrize(
    "text",
    [
        "不对",
        "不是",
        "对不对",
        "对吗",
        "是不是",
        "行不行",
        "可以吗",
        "好吗",
        "对面楼太吵",
        "对门装修",
        "是3号楼的灯坏了",
        "行人过不去",
        "好几天没人来了",
        "好多垃圾",
        "好像没电了",
        "要多少钱",
        "不好",
        "不可以",
        "不同意",
        "没有",
        "算了",
        "都不是",
        "好了",
        "还行",
        "没问题了",
        "报修暖气",
        "可是我不在家",
        "楼道灯不亮",
        "还没好",
        "我再想想",
        "等一下",
        "谢谢",
        "",
    ],
)
def test_what_is_no_agreement_is_never_taken_for_one(text: str) -> None:
    assert Act.YES not in _acts(text)


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("没修好", Act.FIXED),
        ("还没解决", Act.FIXED),
        ("什么时候能修好", Act.FIXED),
        ("修好了吗", Act.FIXED),
        ("不满意", Act.SATISFIED),
        ("一点都不满意", Act.SATISFIED),
        ("基本满意", Act.SATISFIED),
        ("满意吗", Act.SATISFIED),
        ("不是同一件", Act.SAME_MATTER),
        ("都不是", Act.NO),
        ("帮我取消报名", Act.CANCEL),
        ("撤回", Act.CANCEL),
        ("电话取消了吗", Act.CANCEL),
    ],
)
def test_a_stronger_reading_rules_the_weaker_one_out(text: str, act: Act) -> None:
    assert act not in _acts(text)


def test_a_line_may_do_several_things() -> None:
    assert _acts("这回好了，谢谢，挺满意") >= {Act.FIXED, Act.THANKS, Act.SATISFIED}


@pytest.mark.parametrize(
    "text", ["3号楼2单元楼道灯坏了", "物业费多少钱", "今天白菜便宜", "下雨了", "", "？？？"]
)
def test_an_ordinary_line_does_nothing_to_the_conversation(text: str) -> None:
    assert _acts(text) == frozenset()


def test_a_letter_that_ends_with_thanks_is_still_a_letter() -> None:
    assert _acts("领导好，反映一个情况。" + "小区绿化带被人种了菜，" * 30 + "谢谢") == frozenset()
