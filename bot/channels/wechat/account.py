"""The 服务号 as its operator configures it."""

from dataclasses import dataclass, field

API_BASE = "https://api.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class Template:
    """A template chosen on the platform: its id, and which of its fields says what (“thing2”; None: none).

    `is_long_term`: one consent covers all 订阅通知 (only for public services that the platform approved).
    """

    id: str
    what: str
    number: str | None = None
    place: str | None = None
    when: str | None = None
    is_long_term: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is the channel's name in the configuration. Without `aes_key` only plain callbacks are read."""

    name: str
    app_id: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    aes_key: str | None = field(default=None, repr=False)
    api_base: str = API_BASE
    subscription: Template | None = None  # of 订阅通知
    template: Template | None = None  # of template messages
    answer_within: float = 4.5  # seconds; the platform hangs up after 5
    call_within: float = 15.0  # seconds that the platform has to answer a call of ours

    def __post_init__(self) -> None:
        for setting in ("app_id", "token", "secret"):
            if not getattr(self, setting):
                # An empty token would let anybody sign.
                raise ValueError(f"channel {self.name}: {setting} is empty")
