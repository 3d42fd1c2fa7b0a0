"""Calls to WeChat's and WeCom's servers, over one session for each account."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.channels.http_failures import connection_failures, failure_of_status
from bot.messaging import PermanentFailure, UnclearOutcome

_CONNECTIONS = 64
_CONNECT_WITHIN = 5.0  # seconds
_IDLE_CONNECTION = 15.0  # seconds; less than servers keep one, so that they do not close it under a request
_HTTP_OK = 200

Payload = Mapping[str, object]
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class File:
    kind: str  # as the Content-Type says
    content: bytes


class Calls:
    """Every call raises the failures of the seam and nothing else. An answer may still be a refusal.

    Addresses are paths under `base`, or whole ones. `within`: seconds that the platform has to answer.
    """

    def __init__(self, base: str, *, within: float) -> None:
        self._base = base.rstrip("/")
        self._within = within
        self._session: aiohttp.ClientSession | None = None

    async def post(self, address: str, payload: Payload, parameters: Parameters) -> Mapping[str, Any]:
        # Not ASCII: the platform shows \\u escapes in some messages as they are.
        body = json.dumps(payload, ensure_ascii=False).encode()
        return await self._answer(
            self._open_session().post(self._whole(address), params=parameters, data=body)
        )

    async def get(self, address: str, parameters: Parameters) -> Mapping[str, Any]:
        return await self._answer(self._open_session().get(self._whole(address), params=parameters))

    async def file(self, address: str, parameters: Parameters, *, largest: int) -> File:
        """A file of at most `largest` bytes; what refuses one may come in its place, as JSON."""
        with connection_failures():
            async with self._open_session().get(
                self._whole(address), params=parameters, allow_redirects=False
            ) as response:
                _check_status(response)
                return File(response.content_type, await _read_at_most(response, largest))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _answer(
        self, request: AbstractAsyncContextManager[aiohttp.ClientResponse]
    ) -> Mapping[str, Any]:
        with connection_failures():
            async with request as response:
                _check_status(response)
                text = await response.read()
        return answer_in(text)

    def _whole(self, address: str) -> str:
        return address if "://" in address else f"{self._base}/{address}"

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:  # here, because a session belongs to the loop that runs when it is made
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._within, connect=_CONNECT_WITHIN),
                headers={"Content-Type": "application/json"},
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_IDLE_CONNECTION),
            )
        return self._session


def answer_in(text: bytes) -> Mapping[str, Any]:
    """The platform's JSON; its `errcode`, where there is one, is a number."""
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise UnclearOutcome("the platform's answer is not JSON") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
        raise UnclearOutcome("the platform's answer has an unknown form")
    return answer


def _check_status(response: aiohttp.ClientResponse) -> None:
    if response.status != _HTTP_OK:
        raise failure_of_status(response.status, response.headers.get("Retry-After"))


async def _read_at_most(response: aiohttp.ClientResponse, largest: int) -> bytes:
    content = b""
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > largest:
            raise PermanentFailure(f"the file has more than {largest} bytes")
    return content
