"""When an e-mail goes out, when it is tried again, and when it is given up; pure."""

import datetime as dt
import enum
from zoneinfo import ZoneInfo

DIGEST_AT = dt.time(7, 0)
"""Wall time of the course at which the notices of a day come in one e-mail."""
MOST_IN_DIGEST = 50
MOST_TRIES = 18
"""With the rests in between, about three days."""
FIRST_REST, LONGEST_REST = dt.timedelta(minutes=2), dt.timedelta(hours=6)
PERMANENT = range(500, 600)


class Answer(enum.StrEnum):
    """What a mail server's answer means for one e-mail."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"


def next_digest(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the next moment at which a digest goes out, strictly after `at`, in UTC."""
    day = at.astimezone(zone).date()
    while True:
        # A wall time that the clock skips in spring is read with the offset from before: still one moment.
        due = dt.datetime.combine(day, DIGEST_AT, tzinfo=zone).astimezone(dt.UTC)
        if due > at:
            return due
        day += dt.timedelta(days=1)


def rest_after(tries: int) -> dt.timedelta:
    """Return how long to wait after so many failed tries: twice as long each time, up to six hours."""
    doublings: int = min(max(tries - 1, 0), 16)
    return min(FIRST_REST * (1 << doublings), LONGEST_REST)


def meaning(code: int) -> Answer:
    """Tell what an SMTP reply code means (RFC 5321, 4.2.1): 2 and 3 are well, 5 is for good."""
    if code in PERMANENT:
        return Answer.NEVER
    return Answer.SENT if 200 <= code < 400 else Answer.LATER
