"""Who talks with a customer of 微信客服: the bot, or a servicer, who takes over and gives back in WeCom."""

from enum import IntEnum

from bot.channels.wecom.corp import Api


class State(IntEnum):
    NEW = 0  # nobody has taken it yet; the bot may speak
    BOT = 1
    WAITING = 2  # for any servicer
    PERSON = 3
    OVER = 4  # until the customer speaks again


WITH_PEOPLE = frozenset({State.WAITING, State.PERSON})


async def state_of(api: Api, account: str, person: str) -> State:
    answer = await api.call("kf/service_state/get", {"open_kfid": account, "external_userid": person})
    return State(answer["service_state"])
