"""Calls to the platform, over one session, with one token that all processes share."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bot.channels.shared_token import Granted, SharedToken, TokenRefused
from bot.channels.wechat.account import Account
from bot.channels.wechat.failures import TOKEN_REJECTED, failure_of
from bot.channels.wechat_calls import Calls, Payload, answer_in
from bot.clock import Clock
from bot.messaging import TemporaryFailure
from bot.notebook import Entry, Notebook

_FORCED_APART = timedelta(seconds=30)  # the platform's rule for a forced new token; also at most 20 a day
_NO_FILE = frozenset({"application/json", "text/plain"})  # in place of a file: why there is none


class Api:
    """Every call raises the failures of the seam and nothing else."""

    def __init__(self, account: Account, *, notebook: Notebook, clock: Clock) -> None:
        self._account = account
        self._notebook = notebook
        self._clock = clock
        self._calls = Calls(account.api_base, within=account.call_within)
        self._token = SharedToken(self._fetch, force=self._force, notebook=notebook, clock=clock)

    async def call(self, path: str, payload: Payload) -> Mapping[str, Any]:
        """POST to /cgi-bin/`path`; the answer, whose return code is 0."""

        async def post(token: str) -> Mapping[str, Any]:
            answer = await self._calls.post(f"cgi-bin/{path}", payload, {"access_token": token})
            _raise_refusal(answer)
            return answer

        return await self._token.use(post)

    async def media(self, media_id: str, *, largest: int) -> bytes:
        """What somebody sent, as a file of at most `largest` bytes."""

        async def get(token: str) -> bytes:
            parameters = {"access_token": token, "media_id": media_id}
            file = await self._calls.file("cgi-bin/media/get", parameters, largest=largest)
            if file.kind in _NO_FILE:
                _raise_refusal(answer_in(file.content))
            return file.content

        return await self._token.use(get)

    async def check_secret(self) -> None:
        """Raises the failure that a wrong secret, or an address that is not trusted, ends in."""
        await self._token.renew()

    async def close(self) -> None:
        await self._calls.close()

    async def _fetch(self) -> Granted:
        """A token by stable_token, which gives every process the same one until it expires or is forced."""
        return await self._stable_token(forced=False)

    async def _force(self) -> Granted:
        await self._claim_forcing()
        return await self._stable_token(forced=True)

    async def _stable_token(self, *, forced: bool) -> Granted:
        request = {
            "grant_type": "client_credential",
            "appid": self._account.app_id,
            "secret": self._account.secret,
            "force_refresh": forced,
        }
        answer = await self._calls.post("cgi-bin/stable_token", request, {})
        text, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(text, str) or not isinstance(seconds, int):
            code = answer.get("errcode", 0)
            failure = TemporaryFailure(str(failure_of(code, str(answer.get("errmsg", "")))), retry_after=60)
            failure.code = code
            raise failure
        return Granted(text, seconds)

    async def _claim_forcing(self) -> None:
        now = self._clock.now()
        claim = Entry(uuid4().hex, now + _FORCED_APART)
        if await self._notebook.put_if_absent("token/forced", claim) != claim:
            raise TemporaryFailure(
                "a new access token was forced a moment ago", retry_after=_FORCED_APART.total_seconds()
            )


def _raise_refusal(answer: Mapping[str, Any]) -> None:
    code = answer.get("errcode", 0)
    if code in TOKEN_REJECTED:
        raise TokenRefused(code)
    if code != 0:
        raise failure_of(code, str(answer.get("errmsg", "")))
