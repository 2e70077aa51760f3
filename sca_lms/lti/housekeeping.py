"""Clear away what the door no longer needs."""

import datetime as dt

from sca_lms.lti import attempts, deep_linking, invites, keys, traces


def forget_expired(*, at: dt.datetime) -> None:
    """Delete attempts, traces, keys, pickers and invites whose time is over; call it inside a transaction."""
    attempts.forget_expired(at=at)
    traces.forget_expired(at=at)
    keys.forget_retired(at=at)
    deep_linking.forget_expired(at=at)
    invites.forget_expired(at=at)
