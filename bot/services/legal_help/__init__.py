"""法律咨询."""

from bot.services.legal_help.service import LegalHelp

__all__ = ["LegalHelp"]
