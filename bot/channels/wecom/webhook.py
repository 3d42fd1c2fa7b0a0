"""A group's webhook (消息推送) as a channel: it says things in one staff group and hears nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.channels.pace import Pace
from bot.channels.progress import Progress
from bot.channels.text_parts import cut
from bot.channels.wechat_calls import Calls
from bot.channels.wechat_codec import sendable
from bot.channels.wecom.corp import API_BASE
from bot.channels.wecom.failures import failure_of
from bot.clock import Clock
from bot.messaging import Capabilities, OutboundMessage, PermanentFailure, RecipientGone
from bot.notebook import Notebook
from bot.upkeep import Finding

LONGEST_TEXT = 2048
"""Bytes of UTF-8 in one text message."""

_A_MINUTE = 20
# A second more than the platform's own minute: two messages may travel for different times.
_MINUTE = timedelta(seconds=61)


@dataclass(frozen=True, slots=True)
class Hook:
    """`key` is the whole credential: who has it may write to the group."""

    name: str
    key: str = field(repr=False)
    api_base: str = API_BASE
    call_within: float = 15.0  # seconds that the platform has to answer


class GroupWebhook:
    """Buttons are left out: nobody could be heard who answers there."""

    capabilities = Capabilities(groups=True, longest_text=LONGEST_TEXT, per_minute=_A_MINUTE)

    def __init__(self, hook: Hook, *, notebook: Notebook, clock: Clock) -> None:
        self.name = hook.name
        self._key = hook.key
        self._calls = Calls(hook.api_base, within=hook.call_within)
        self._progress = Progress(notebook, clock)
        self._pace = Pace(_A_MINUTE, _MINUTE, notebook=notebook, clock=clock)

    async def send(self, message: OutboundMessage) -> None:
        """To the one group that there is, whatever its address says."""
        if not message.address.is_group:
            raise PermanentFailure("a group's webhook reaches its group only")

        async def send_part(part: str, _number: int) -> None:
            await self._pace.take("sent")
            await self._post(part)

        await self._progress.send(message.id, cut(sendable(message.text), LONGEST_TEXT), send_part)

    async def check(self) -> Sequence[Finding]:
        """Whether the platform knows the key; nothing is said in the group."""
        try:
            await self._post("")
        except RecipientGone:
            raise
        except PermanentFailure:
            pass  # an empty message is refused only after its key is accepted
        return [Finding("channel_wecom_webhook")]

    async def close(self) -> None:
        await self._calls.close()

    async def _post(self, text: str) -> None:
        content = {"msgtype": "text", "text": {"content": text}}
        answer = await self._calls.post("cgi-bin/webhook/send", content, {"key": self._key})
        if answer.get("errcode", 0) != 0:
            raise failure_of(answer["errcode"], str(answer.get("errmsg", "")))
