"""Who talks with a customer of 微信客服: the bot, or a servicer in WeCom."""

from dataclasses import dataclass
from enum import IntEnum

from bot.channels.wecom.corp import Api


class State(IntEnum):
    NEW = 0  # nobody has taken it yet; the bot may speak
    BOT = 1
    WAITING = 2  # for any servicer
    PERSON = 3
    OVER = 4  # until the customer speaks again


BOT_MAY_SPEAK = frozenset({State.NEW, State.BOT})
WITH_PEOPLE = frozenset({State.WAITING, State.PERSON})


@dataclass(frozen=True, slots=True)
class Session:
    state: State
    servicer: str = ""


class Sessions:
    def __init__(self, api: Api) -> None:
        self._api = api

    async def of(self, account: str, person: str) -> Session:
        answer = await self._api.call(
            "kf/service_state/get", {"open_kfid": account, "external_userid": person}
        )
        return Session(State(answer["service_state"]), str(answer.get("servicer_userid") or ""))

    async def hand_over(self, account: str, person: str, *, servicer: str | None) -> str:
        """To a servicer, or to whoever is free. The code with which one thing may be said about it."""
        if servicer is None:
            return await self._change(account, person, State.WAITING)
        return await self._change(account, person, State.PERSON, servicer_userid=servicer)

    async def end(self, account: str, person: str) -> str:
        """No state leads from a servicer back to the bot but the end: what the customer says next is new, and
        the bot's. The code with which one thing may be said about it."""
        return await self._change(account, person, State.OVER)

    async def _change(self, account: str, person: str, state: State, **more: str) -> str:
        change = {"open_kfid": account, "external_userid": person, "service_state": int(state), **more}
        return str((await self._api.call("kf/service_state/trans", change)).get("msg_code") or "")
