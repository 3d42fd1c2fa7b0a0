"""Who opens the chat page: a cookie with a secret, and the account made from it."""

import hashlib
import re
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

_COOKIE = "linli_visitor"
_AGE = 400 * 24 * 3600  # seconds; no browser keeps a cookie longer
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Visitor:
    token: str

    @property
    def account(self) -> str:
        """What the store knows of a visitor: nobody who reads the store can open their chat with it."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:32]

    def remember(self, request: Request, response: Response) -> None:
        """Gives the cookie, or makes it last anew."""
        response.set_cookie(
            _COOKIE,
            self.token,
            max_age=_AGE,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def visitor_of(request: Request) -> Visitor | None:
    token = request.cookies.get(_COOKIE, "")
    return Visitor(token) if _TOKEN.fullmatch(token) else None


def new_visitor() -> Visitor:
    return Visitor(secrets.token_urlsafe(24))
