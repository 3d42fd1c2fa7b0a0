"""WeCom's return codes, as our few outcomes. All its interfaces share one list of codes."""

from bot.channels.return_codes import ReturnCodes
from bot.messaging import QuotaUsedUp, RecipientGone, WindowClosed

TOKEN_REJECTED = frozenset({40014, 42001, 42009})

_CODES = ReturnCodes(
    # How to mend a setting: docs/channels/wecom-*.md.
    passing={
        -1: (5, "the platform is busy"),
        40001: (600, "secret is wrong"),
        40013: (600, "the platform does not know corp_id"),
        40056: (600, "the platform does not know agent_id"),
        45009: (60, "called too often"),
        45033: (5, "too many calls at once"),
        48002: (600, "the application may not use this interface"),
        50003: (600, "the application is switched off"),
        60020: (600, "this server's address is not among the application's trusted ones"),
        301002: (600, "the application may not do this"),
        846607: (60, "the robot speaks too often"),
    },
    refusals={
        40003: RecipientGone,  # no member of that id
        40096: RecipientGone,  # no resident of that id
        43004: RecipientGone,  # a member who has not joined yet
        50002: RecipientGone,  # a member whom the application may not see
        60111: RecipientGone,  # no member of that id
        81013: RecipientGone,  # none of the receivers exists or may be written to
        82001: RecipientGone,  # no receivers
        93000: RecipientGone,  # a group robot that has been removed, or a wrong key
        95001: QuotaUsedUp,  # five messages since the resident last wrote
        95002: WindowClosed,  # 48 hours since the resident last wrote
        95013: WindowClosed,  # the conversation is over
        95018: WindowClosed,  # a person has taken the conversation over
        701008: RecipientGone,  # a member without the licence that the interface needs
    },
)
failure_of = _CODES.failure
