"""The platform's return codes, as our few outcomes."""

from bot.channels.return_codes import ReturnCodes
from bot.messaging import QuotaUsedUp, RecipientGone, WindowClosed

TOKEN_REJECTED = frozenset({40001, 40014, 42001})

_CODES = ReturnCodes(
    # How to mend a setting: docs/channels/wechat.md.
    passing={
        -1: (5, "the platform is busy"),
        40013: (600, "the platform does not know app_id"),
        40125: (600, "secret is wrong"),
        40164: (600, "this server's address is not on the account's white list"),
        45009: (3600, "the account's calls for today are used up"),
        45011: (60, "called too often"),
        50002: (600, "the platform has restricted the account"),
        **dict.fromkeys(TOKEN_REJECTED, (60, "the access token is refused again and again")),
    },
    refusals={
        40003: RecipientGone,  # not an openid of this account
        43004: RecipientGone,  # does not follow us
        43019: RecipientGone,  # on the account's own black list
        43101: QuotaUsedUp,  # 订阅通知 without, or after, the person's consent
        45015: WindowClosed,  # too long since the person acted, or unfollowed
        45047: QuotaUsedUp,  # too many 客服消息 since the person acted
        48002: RecipientGone,  # has switched messages of this account off
    },
)
failure_of = _CODES.failure
