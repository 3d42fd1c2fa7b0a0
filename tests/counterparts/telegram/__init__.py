"""Telegram's side of the wire: `people` are who writes, `platform` is what the bot calls and who calls it.

By hand: `python -m tests.counterparts.telegram --help`.
"""
