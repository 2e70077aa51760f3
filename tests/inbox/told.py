"""What people were told, for the tests of every package that tells them something."""

import sqlalchemy as sa

from sca_lms.database import db
from sca_lms.inbox.models import InboxNotice


def told() -> list[tuple[int, str, dict[str, object]]]:
    """Return who was told what kind of thing with which facts, in order."""
    rows = db.session.scalars(sa.select(InboxNotice).order_by(InboxNotice.id)).all()
    return [(each.enrolment_id, each.kind, each.facts) for each in rows]


def whom(kind: str) -> set[int]:
    """Return who was told something of a kind."""
    return {enrolment_id for enrolment_id, name, _facts in told() if name == kind}
