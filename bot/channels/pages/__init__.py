"""The pages: templates, and everything they say in words."""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_SECTION = "page."
_NAME = re.compile(r"\{(\w+)\}")


class Pages:
    """`texts` are the replies, `values` what any of them may name: the community's own names and numbers.
    Both are asked anew for each page, so that an edit of the knowledge shows at once."""

    def __init__(
        self, *, texts: Callable[[], Mapping[str, str]], values: Callable[[], Mapping[str, str]]
    ) -> None:
        self._texts = texts
        self._values = values
        version = _digest()
        self.static = Mount(f"/static/{version}", _ForEver(directory=_STATIC))
        self._templates = Environment(
            loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.globals["static"] = f"/static/{version}"

    def text(self, key: str, **values: object) -> str:
        """One sentence. Names that have no value stay as they are: a script fills them in."""
        known = {**self._values(), **values}
        return _NAME.sub(lambda name: str(known.get(name[1], name[0])), self._texts()[key])

    def render(self, template: str, **context: object) -> str:
        """`template` finds `text`, the function, and `texts`, all sentences of pages for its script."""
        texts = {key: self.text(key) for key in self._texts() if key.startswith(_SECTION)}
        values = self._values()
        return self._templates.get_template(template).render(
            text=self.text, texts=texts, values=values, **context
        )

    def error_page(self, status: int) -> str:
        return self.render("error.html", sentence=self.error_sentence(status))

    def error_sentence(self, status: int) -> str:
        key = f"page.error_{status}"
        return self.text(key if key in self._texts() else "page.error_other")


class _ForEver(StaticFiles):
    """Files that a browser asks for once: a changed file has another address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
