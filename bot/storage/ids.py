"""Time-ordered 64-bit ids made by the application.

41 bits of milliseconds since 2025, 16 bits that tell processes apart, 6 bits of sequence (a burst borrows
from the milliseconds to come): no sequence in the database is shared between communities. Two processes
that draw the same 16 bits and meet in the same millisecond are caught by the primary key, and the turn is
run again with new ids.
"""

import secrets
import threading
import time
from datetime import timedelta

_EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
_PROCESS_BITS, _SEQUENCE_BITS = 16, 6
_PROCESS = secrets.randbits(_PROCESS_BITS)
_lock = threading.Lock()
_last_ms = 0
_sequence = 0


def new_id() -> int:
    """A new id, larger than every id this process made before."""
    global _last_ms, _sequence  # noqa: PLW0603 - one sequence per process is the point
    with _lock:
        now_ms = max(time.time_ns() // 1_000_000, _last_ms)
        if now_ms == _last_ms:
            _sequence += 1
            if _sequence >> _SEQUENCE_BITS:
                now_ms, _sequence = now_ms + 1, 0
        else:
            _sequence = 0
        _last_ms = now_ms
        return (
            (now_ms - _EPOCH_MS) << (_PROCESS_BITS + _SEQUENCE_BITS) | _PROCESS << _SEQUENCE_BITS | _sequence
        )


def highest_id_before(age: timedelta) -> int:
    """No id made within the last `age`, by any process whose clock is right, is as small as this."""
    then_ms = time.time_ns() // 1_000_000 - age // timedelta(milliseconds=1)
    return max(0, then_ms - _EPOCH_MS) << (_PROCESS_BITS + _SEQUENCE_BITS)
