"""What one process of `serve` does."""

from enum import StrEnum


class Role(StrEnum):
    WEB = "web"  # takes what people write, and what platforms call
    WORKER = "worker"  # keeps time, delivers, and holds the long connections
    ALL = "all"  # both, and drains the outbox by itself
