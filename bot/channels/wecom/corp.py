"""One application of a WeCom corporation as its operator configures it, and the calls made in its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.shared_token import Granted, SharedToken, TokenRefused
from bot.channels.wechat_calls import Calls, Payload, answer_in
from bot.channels.wecom.failures import TOKEN_REJECTED, failure_of
from bot.clock import Clock
from bot.messaging import TemporaryFailure
from bot.notebook import Notebook

API_BASE = "https://qyapi.weixin.qq.com"

_NO_FILE = frozenset({"application/json", "text/plain"})  # in place of a file: why there is none


@dataclass(frozen=True, slots=True)
class Corp:
    """`name` is the channel's name in the configuration; `secret` belongs to one application."""

    name: str
    corp_id: str
    secret: str = field(repr=False)
    api_base: str = API_BASE
    call_within: float = 15.0  # seconds that the platform has to answer a call of ours


@dataclass(frozen=True, slots=True)
class CallbackKeys:
    """What the operator enters on WeCom's pages for an address that WeCom calls."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    answer_within: float = 4.5  # seconds; the platform hangs up after 5

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("token is empty")  # it would let anybody sign


class Api:
    """Every call raises the failures of the seam and nothing else."""

    def __init__(self, corp: Corp, *, notebook: Notebook, clock: Clock) -> None:
        self._corp = corp
        self._calls = Calls(corp.api_base, within=corp.call_within)
        self._token = SharedToken(self._fetch_token, notebook=notebook, clock=clock)

    async def call(self, path: str, payload: Payload) -> Mapping[str, Any]:
        """POST to /cgi-bin/`path`; the answer, whose return code is 0."""

        async def post(token: str) -> Mapping[str, Any]:
            answer = await self._calls.post(f"cgi-bin/{path}", payload, {"access_token": token})
            raise_refusal(answer)
            return answer

        return await self._token.use(post)

    async def get(self, path: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        """GET /cgi-bin/`path`; the answer, whose return code is 0."""

        async def get(token: str) -> Mapping[str, Any]:
            answer = await self._calls.get(f"cgi-bin/{path}", {"access_token": token, **parameters})
            raise_refusal(answer)
            return answer

        return await self._token.use(get)

    async def media(self, media_id: str, *, largest: int) -> bytes:
        """What somebody sent, as a file of at most `largest` bytes."""

        async def get(token: str) -> bytes:
            parameters = {"access_token": token, "media_id": media_id}
            file = await self._calls.file("cgi-bin/media/get", parameters, largest=largest)
            if file.kind in _NO_FILE:
                raise_refusal(answer_in(file.content))
            return file.content

        return await self._token.use(get)

    async def file(self, url: str, *, largest: int) -> bytes:
        """A file at an address that the platform gave us. The address is a key to it and needs no token."""
        return (await self._calls.file(url, {}, largest=largest)).content

    async def check_secret(self) -> None:
        """Raises the failure that a wrong secret, or an address that is not trusted, ends in."""
        await self._token.renew()

    async def close(self) -> None:
        await self._calls.close()

    async def _fetch_token(self) -> Granted:
        """Asked again, the platform gives the same token until it expires; there is no forcing another."""
        parameters = {"corpid": self._corp.corp_id, "corpsecret": self._corp.secret}
        answer = await self._calls.get("cgi-bin/gettoken", parameters)
        text, seconds = answer.get("access_token"), answer.get("expires_in")
        if answer.get("errcode", 0) == 0 and isinstance(text, str) and isinstance(seconds, int):
            return Granted(text, seconds)
        refusal = failure_of(answer.get("errcode", 0), str(answer.get("errmsg", "")))
        wait = refusal.retry_after if isinstance(refusal, TemporaryFailure) else None
        failure = TemporaryFailure(f"no access token: {refusal}", retry_after=wait or 60)
        failure.code = refusal.code
        raise failure


def raise_refusal(answer: Mapping[str, Any]) -> None:
    code = answer.get("errcode", 0)
    if code in TOKEN_REJECTED:
        raise TokenRefused(code)
    if code != 0:
        raise failure_of(code, str(answer.get("errmsg", "")))
