"""How much memory this process holds."""

import os
from pathlib import Path

_STATM = Path("/proc/self/statm")  # Linux only
_MEGABYTE = 1 << 20


def held_megabytes() -> float | None:
    """What is held in main memory just now; None where the system does not say."""
    if not _STATM.exists():
        return None
    pages = int(_STATM.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE
