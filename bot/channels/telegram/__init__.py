"""Telegram: private chats and true groups, by webhook or long polling."""
