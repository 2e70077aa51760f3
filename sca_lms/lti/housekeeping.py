"""Clear away what the door no longer needs."""

import datetime as dt

from sca_lms.lti import attempts, deep_linking, invites, keys, notices, traces


def forget_expired(*, at: dt.datetime) -> None:
    """Delete what has had its time: attempts, traces, keys, pickers, invites and notices.

    Call it inside a transaction.
    """
    attempts.forget_expired(at=at)
    traces.forget_expired(at=at)
    keys.forget_retired(at=at)
    deep_linking.forget_expired(at=at)
    invites.forget_expired(at=at)
    notices.forget_expired(at=at)
