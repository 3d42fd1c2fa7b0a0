"""Links to single photos for the staff who deal with them: signed, for three days, for that photo only."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.channels.photos import PhotoStore
from bot.clock import Clock

_OPEN_FOR = timedelta(hours=72)
_GONE = 410
_SAFETY = {"X-Robots-Tag": "noindex"}


class PhotoLinks:
    """`base` is the address under which people reach this server; without it there are no links."""

    def __init__(self, photos: PhotoStore, *, base: str | None, key: bytes, clock: Clock) -> None:
        self._photos = photos
        self._base = base
        self._key = key
        self._clock = clock
        self.route = Route("/photos/{name}", self._show)

    def link(self, name: str, now: datetime) -> str | None:
        if self._base is None:
            return None
        until = str(int((now + _OPEN_FOR).timestamp()))
        return f"{self._base}/photos/{name}?until={until}&proof={self._proof(name, until)}"

    async def _show(self, request: Request) -> Response:
        """404 for whatever we have not signed, 410 for what is over or was deleted."""
        name = request.path_params["name"]
        until = request.query_params.get("until", "")
        proof = request.query_params.get("proof", "")
        if not hmac.compare_digest(proof.encode(), self._proof(name, until).encode()):
            raise HTTPException(404)
        is_over = datetime.fromtimestamp(int(until), UTC) < self._clock.now()
        path = self._photos.path_of(name)
        if is_over or path is None:
            raise HTTPException(_GONE)
        return FileResponse(path, media_type="image/jpeg", headers=_SAFETY)

    def _proof(self, name: str, until: str) -> str:
        return hmac.new(self._key, f"{name}/{until}".encode(), hashlib.sha256).hexdigest()[:40]
