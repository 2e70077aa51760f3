"""A course with a discussion, and what its tests read of it."""

import sqlalchemy as sa

from sca_lms.courses.models import AuditEvent
from sca_lms.database import db
from sca_lms.modules.models import DiscussionPost, UnitEvidence
from tests.modules.builders import a_unit, with_modules

QUESTION = {"th": "กรณีใดยากที่สุด", "en": "Which case was the hardest?"}


def a_talk(**more: object) -> dict[str, object]:
    """Return a programme with one module: a discussion that asks for two posts, one of them an answer."""
    asks = {"posts": 2, "characters": 10, "replies": 1}
    unit = a_unit("PB1.1", "discussion", body=QUESTION, **{**asks, **more})
    return with_modules(
        {
            "code": "PB1",
            "title": {"th": "แลกเปลี่ยน", "en": "Exchange"},
            "minutes": 15,
            "completion": {"all_required_units": True},
            "units": [unit],
        }
    )


def bodies() -> list[str]:
    return list(db.session.scalars(sa.select(DiscussionPost.body).order_by(DiscussionPost.id)))


def counted() -> list[tuple[str, object]]:
    """Return the kind of each entry of evidence and how many characters it counts."""
    entries = db.session.scalars(sa.select(UnitEvidence).order_by(UnitEvidence.id))
    return [(entry.kind.value, (entry.value or {}).get("characters")) for entry in entries]


def verbs() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.verb).order_by(AuditEvent.id)))
