"""Links and QR codes that open 微信客服 and say where they hang."""

import re
from urllib.parse import quote

from bot.channels.wecom.corp import Api

LONGEST_PLACE = 128  # bytes, as written in a link: 14 Chinese characters
_SCENE = re.compile(r"[0-9A-Za-z_-]{1,32}")


async def create_link(api: Api, account: str, *, place: str, scene: str = "building") -> str:
    """A link for a stairwell's QR code. Raises ValueError, before anything is asked, where `place` or `scene`
    would not fit."""
    written = quote(place, safe="")
    if not 1 <= len(written) <= LONGEST_PLACE:
        raise ValueError(f"{place!r}: written in a link, a place has 1 to {LONGEST_PLACE} bytes")
    if _SCENE.fullmatch(scene) is None:
        raise ValueError(f"{scene!r}: a scene has 1 to 32 letters, digits, _ and -")
    answer = await api.call("kf/add_contact_way", {"open_kfid": account, "scene": scene})
    url = str(answer["url"])
    return f"{url}{'&' if '?' in url else '?'}scene_param={written}"
