"""QR codes that open the account and say where they hang."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from bot.channels.wechat.api import Api

LONGEST_SCENE = 64  # bytes of UTF-8
LONGEST_LIFE = timedelta(days=30)
_PICTURE = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket="


@dataclass(frozen=True, slots=True)
class SceneCode:
    """`url` is what the code holds, to be drawn by ourselves; `picture` is the platform's own drawing."""

    scene: str
    url: str
    picture: str


async def create_lasting_code(api: Api, scene: str) -> SceneCode:
    """A code for ever, for a stairwell's wall. An account has 100,000 of them and can take none back."""
    return await _create(api, scene, {"action_name": "QR_LIMIT_STR_SCENE"})


async def create_passing_code(api: Api, scene: str, *, lasts: timedelta) -> SceneCode:
    """A code for a while, at most 30 days, for an event's poster."""
    if not timedelta(minutes=1) <= lasts <= LONGEST_LIFE:
        raise ValueError(f"a passing code lasts one minute to {LONGEST_LIFE.days} days")
    seconds = int(lasts.total_seconds())
    return await _create(api, scene, {"action_name": "QR_STR_SCENE", "expire_seconds": seconds})


async def _create(api: Api, scene: str, request: dict[str, object]) -> SceneCode:
    if not 1 <= len(scene.encode()) <= LONGEST_SCENE:
        raise ValueError(f"{scene!r}: a scene has 1 to {LONGEST_SCENE} bytes of UTF-8")
    answer = await api.call("qrcode/create", {**request, "action_info": {"scene": {"scene_str": scene}}})
    ticket, url = str(answer["ticket"]), str(answer["url"])
    return SceneCode(scene, url, _PICTURE + quote(ticket, safe=""))
