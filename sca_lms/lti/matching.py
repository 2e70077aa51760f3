"""Find the people whom a list means: by e-mail address, by the host's id, or by name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import without_prefix
from sca_lms.database import db
from sca_lms.lti.models import LtiUser
from sca_lms.web.collation import fold


def matching(people: Iterable[Enrolment], wanted: Collection[str]) -> Mapping[str, Sequence[Enrolment]]:
    """Return for each text whom of these it may mean: one when it is clear, several when it is not.

    The people come with their persons loaded. An address, an id of a host, and our own id after a `#` are
    preferred to a name; names are compared without their titles. One statement for however many texts.
    """
    by_person: dict[int, Enrolment] = {}
    exact: dict[str, dict[int, Enrolment]] = defaultdict(dict)
    named: dict[str, dict[int, Enrolment]] = defaultdict(dict)
    for each in people:
        person = by_person.setdefault(each.person_id, each).person
        exact[own_id(each)][each.id] = each
        if person.email:
            exact[person.email.casefold()][each.id] = each
        for name in (person.full_name, f"{person.given_name} {person.family_name}"):
            named[_name_key(name)][each.id] = each
    subjects = sa.select(LtiUser.subject, LtiUser.person_id).where(LtiUser.subject.in_(set(wanted)))
    for subject, person_id in db.session.execute(subjects):
        if person_id in by_person:
            meant_one = by_person[person_id]
            exact[subject.casefold()][meant_one.id] = meant_one
    found: dict[str, Sequence[Enrolment]] = {}
    for text in wanted:
        meant = exact.get(text.strip().casefold()) or named.get(_name_key(text), {})
        found[text] = list(meant.values()) if _name_key(text) or meant else []
    return found


def own_id(enrolment: Enrolment) -> str:
    """Return what always means exactly this person in a list."""
    return f"#{enrolment.id}"


def _name_key(name: str) -> str:
    return fold(without_prefix(name))
