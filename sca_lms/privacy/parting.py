"""Let somebody go: first nothing new can be booked with them, then what is ahead ends, then they are erased.

Each step is a transaction of its own, and each may be done again: whoever dies in between is followed by
another worker, which finds what is left. In one transaction the cancelling would hold the calendars of others
while it waits for rows that a booking holds.
"""

import datetime as dt

from sca_lms.calendar import owners
from sca_lms.database import transaction
from sca_lms.mentoring import leaving


def part_from(person_id: int, *, at: dt.datetime) -> int:
    """Close a person's calendar, call off what they have ahead and end their pairs; tell the others.

    Call it outside of a transaction, before `erasing.erase`. Returns how many appointments ended.
    """
    with transaction():
        owners.close(person_id, at=at)
        ahead = leaving.ahead_of(person_id, at=at)
    ended = 0
    for appointment_id in ahead:
        with transaction():
            ended += leaving.call_off(appointment_id, person_id, at=at)
    with transaction():
        leaving.end_pairs(person_id, at=at)
    return ended
