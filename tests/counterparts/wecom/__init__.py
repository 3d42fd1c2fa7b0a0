"""A WeCom of our own: `platform` is called by the bot, `caller` calls it, `gateway` keeps its robots' lines.

By hand: `python -m tests.counterparts.wecom --help`.
"""
