"""An access token that all processes share, renewed early, and once where the platform refuses it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.clock import Clock
from bot.messaging import TemporaryFailure, UnclearOutcome
from bot.notebook import Entry, Notebook

_RENEWED_EARLY = 60  # seconds: a token must survive the call that it is used for

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Granted:
    """A token as the platform gives it; `seconds` is how long it lives."""

    text: str
    seconds: int


class TokenRefused(Exception):
    """The platform does not accept the token that a request was made with."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SharedToken:
    """`fetch` asks for the token that is valid now; `force` for another one, where the platform has a way."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Granted]],
        *,
        force: Callable[[], Awaitable[Granted]] | None = None,
        notebook: Notebook,
        clock: Clock,
    ) -> None:
        self._fetch = fetch
        self._force = force
        self._notebook = notebook
        self._clock = clock
        self._token: Token | None = None
        self._renewing = asyncio.Lock()

    async def use(self, request: Callable[[str], Awaitable[T]]) -> T:
        """Do it with a token. A refused one is renewed once and the request repeated once, never more: a
        platform that refuses every token must not be asked for ever."""
        token = await self._current()
        try:
            return await request(token)
        except TokenRefused:
            token = await self._after(token)
        try:
            return await request(token)
        except TokenRefused as refused:
            failure = TemporaryFailure(
                f"{refused.code}: the access token is refused again and again", retry_after=60
            )
            failure.code = refused.code
            raise failure from refused

    async def renew(self) -> None:
        """Ask for the token again although there is one: whether the platform still gives it."""
        async with self._renewing:
            self._token = await self._keep(self._fetch)

    async def _current(self) -> str:
        if not self._is_valid(self._token):
            async with self._renewing:
                if not self._is_valid(self._token):
                    self._token = await self._shared() or await self._keep(self._fetch)
        assert self._token is not None
        return self._token.text

    async def _after(self, refused: str) -> str:
        """A token other than the refused one: another task's, another process's, or a new one. The refused
        one again where the platform gives no other."""
        async with self._renewing:
            if self._token is None or self._token.text == refused:
                token = await self._shared()
                if token is None or token.text == refused:
                    token = await self._keep(self._fetch)
                if token.text == refused and self._force is not None:
                    token = await self._keep(self._force)
                self._token = token
            return self._token.text

    async def _shared(self) -> Token | None:
        entry = await self._notebook.get("token")
        token = Token(entry.value, entry.until) if entry else None
        return token if self._is_valid(token) else None

    async def _keep(self, ask: Callable[[], Awaitable[Granted]]) -> Token:
        try:
            granted = await ask()
        except UnclearOutcome as error:
            # Asking again for a token does no harm, whatever became of the first request.
            raise TemporaryFailure(f"no access token: {error}") from error
        lifetime = timedelta(seconds=granted.seconds - min(_RENEWED_EARLY, granted.seconds // 2))
        token = Token(granted.text, self._clock.now() + lifetime)
        await self._notebook.put({"token": Entry(token.text, token.until)})
        return token

    def _is_valid(self, token: Token | None) -> bool:
        return token is not None and self._clock.now() < token.until
