"""The code of a room: six digits and a longer token, new every 15 seconds, good for one session only; pure.

One step of tolerance on each side lets a slow typist in. A code proves that somebody saw it at a time, so it
is checked against the time at which it was typed, also when it arrives later.
"""

import datetime as dt
import hashlib
import hmac

STEP_SECONDS = 15
TOLERATED_STEPS = 1
DIGITS = 6
TOKEN_LENGTH = 22


def step_at(at: dt.datetime) -> int:
    """Return the number of the 15-second step in which a moment lies."""
    return int(at.timestamp()) // STEP_SECONDS


def seconds_left(at: dt.datetime) -> int:
    """Return after how many seconds the next code is shown, from 1 to 15."""
    return STEP_SECONDS - int(at.timestamp()) % STEP_SECONDS


def digits(seed: str, session_id: int, step: int) -> str:
    """Return the six digits of a step, to be typed."""
    return f"{int.from_bytes(_mac(seed, session_id, step)[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def token(seed: str, session_id: int, step: int) -> str:
    """Return the token of a step for the QR code, which nobody types."""
    return _mac(seed, session_id, step).hex()[-TOKEN_LENGTH:]


def is_valid(given: str, seed: str, session_id: int, *, at: dt.datetime) -> bool:
    """Tell whether digits or a token were on show in this session's room at a moment."""
    typed = "".join(given.split())
    now = step_at(at)
    steps = range(now - TOLERATED_STEPS, now + TOLERATED_STEPS + 1)
    make = digits if len(typed) == DIGITS else token
    found = [hmac.compare_digest(typed.encode(), make(seed, session_id, each).encode()) for each in steps]
    return any(found)


def _mac(seed: str, session_id: int, step: int) -> bytes:
    return hmac.new(seed.encode(), f"room:{session_id}:{step}".encode(), hashlib.sha256).digest()
