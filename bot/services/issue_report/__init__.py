"""报修、问题上报."""

from bot.services.issue_report.entering import Entering
from bot.services.issue_report.service import IssueReport

__all__ = ["Entering", "IssueReport"]
