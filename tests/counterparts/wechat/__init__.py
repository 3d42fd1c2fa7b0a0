"""A 服务号 platform of our own: `platform` is called by the bot, `caller` calls the bot.

By hand: `python -m tests.counterparts.wechat --help`.
"""
