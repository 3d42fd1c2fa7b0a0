"""Structured logs on stderr. Phone numbers are masked; message text is never logged."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# PostgreSQL quotes the row that it refuses.
_DETAIL = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def set_up_logs(level: str) -> None:
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_phones,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask_phones,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # Their routine lines carry addresses, query strings, tokens, and what people say.
    for noisy in ("uvicorn", "apscheduler", "watchfiles", "telegram", "procrastinate", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def mask_phones(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _PHONE.sub(r"\1****\2", _DETAIL.sub("", value))
    return event
