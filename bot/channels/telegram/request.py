"""How the library talks HTTP: over aiohttp, several times as fast as over its stock transport."""

import json
import re
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

LARGEST_ANSWER = 10 * 1024 * 1024
"""Bytes of an answer or a file that are read; what we ask for is never larger."""

_CONNECTIONS = 64
_CONNECT_WITHIN = 5.0  # seconds
_IDLE_CONNECTION = 30.0  # seconds
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500
# A gateway that gave up waiting does not know whether the platform behind it did the work.
_GATEWAY_STATUSES = frozenset({502, 504})
_NAMES_A_WAIT = re.compile(rb'"retry_after"\s*:\s*[1-9]')
_HEADERS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",  # nothing small that unpacks to something large
}


class NotDone(NetworkError):
    """The platform has surely not done what was asked: it was not reached, or says so itself."""


class AiohttpRequest(BaseRequest):
    """Opens its session with the first request, and again after `shutdown`.

    Raises NotDone or TimedOut, and for what else can go wrong the library's errors, whose words name the
    kind of error only: aiohttp's own may hold the address with the token.
    """

    def __init__(self, *, read_timeout: float) -> None:
        """`read_timeout` in seconds, for a whole request."""
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        self._open_session()

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body. Of the time-outs only `read_timeout` is heard, as the limit of it all."""
        body = None
        if request_data is not None:
            assert not request_data.contains_files, "this bot uploads nothing"
            body = json.dumps(request_data.parameters, ensure_ascii=False).encode()
        within = read_timeout if isinstance(read_timeout, int | float) else self._read_timeout
        timeout = aiohttp.ClientTimeout(total=within, sock_connect=_CONNECT_WITHIN)
        try:
            async with self._open_session().request(
                method, url, data=body, timeout=timeout, allow_redirects=False
            ) as response:
                status, answer = response.status, await _read_at_most(response, LARGEST_ANSWER)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotDone(f"no connection: {type(error).__name__}") from error
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(f"connection broke: {type(error).__name__}") from error
        if status in _GATEWAY_STATUSES:
            raise TimedOut(f"HTTP {status}")
        if status >= _SERVER_ERRORS or (status == _TOO_MANY_REQUESTS and not _NAMES_A_WAIT.search(answer)):
            raise NotDone(f"HTTP {status}")
        return status, answer

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Like the library's own, which would log what it cannot read, with people's words in it."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise TelegramError("the answer is not JSON") from error
        if not isinstance(answer, dict):
            raise TelegramError("the answer has an unknown form")
        return answer

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:  # here, because a session belongs to the loop that runs when it is made
            self._session = aiohttp.ClientSession(
                headers=_HEADERS,
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_IDLE_CONNECTION),
            )
        return self._session


async def _read_at_most(response: aiohttp.ClientResponse, largest: int) -> bytes:
    content = b""
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > largest:
            raise NetworkError(f"the answer has more than {largest} bytes")
    return content
