"""Say beforehand what another hours policy would do: who gains or loses minutes, who would no longer pass."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from sca_lms.attendance import crediting
from sca_lms.attendance import queries as attendance
from sca_lms.attendance.crediting import Change, Supposed
from sca_lms.attendance.models import HoursPolicyVersion, SessionState
from sca_lms.attendance.programme_section import general_floor
from sca_lms.bootcamp import queries
from sca_lms.bootcamp.rules import CategoryRule, PassRule, Standing, standing
from sca_lms.courses.models import Enrolment, Person
from sca_lms.courses.queries import counted_learners
from sca_lms.database import db


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do to one person."""

    enrolment: Enrolment
    gain: int
    """Minutes gained; negative when some are lost."""
    before: Standing
    after: Standing

    @property
    def would_fall(self) -> bool:
        """Whether this person has passed now and would not have passed any more."""
        return self.before.has_passed and not self.after.has_passed

    @property
    def would_pass(self) -> bool:
        """Whether this person would have passed and has not now."""
        return self.after.has_passed and not self.before.has_passed


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything a change of the policy would do, the greatest loss first."""

    effects: tuple[Effect, ...]
    changes: tuple[Change, ...]

    @property
    def digest(self) -> str:
        """A short text that differs as soon as the effects do; a form carries it from preview to commit."""
        told = [
            [each.enrolment_id, each.session_id, each.before, each.after, each.pending]
            for each in self.changes
        ] + [[each.enrolment.id, each.before.has_passed, each.after.has_passed] for each in self.effects]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    @property
    def gaining(self) -> int:
        """How many people gain minutes."""
        return sum(each.gain > 0 for each in self.effects)

    @property
    def losing(self) -> int:
        """How many people lose minutes."""
        return sum(each.gain < 0 for each in self.effects)

    @property
    def falling(self) -> int:
        """How many people would no longer have passed."""
        return sum(each.would_fall for each in self.effects)

    @property
    def passing(self) -> int:
        """How many people would have passed in addition."""
        return sum(each.would_pass for each in self.effects)


def preview(course_id: int, version: HoursPolicyVersion) -> Preview:
    """Return what this version, which is not stored yet, would change; nothing is written."""
    versions = attendance.policy_versions(course_id)
    sessions = attendance.timetable(course_id, states=[SessionState.CLOSED])
    changed = crediting.changes(course_id, sessions, supposed=Supposed({}, policies=[*versions, version]))
    by_category = {each.id: each.category_id for each in sessions}
    gains: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for change in changed:
        gains[change.enrolment_id][by_category[change.session_id]] += change.gain
    learners = _learners(course_id)
    sums = attendance.balances([each.id for each in learners])
    rules, old = queries.category_rules(course_id), queries.pass_rule(versions)
    new = PassRule.of(version.document)
    floors = with_floor(rules, versions, version.document)
    effects = [
        _effect(each, sums[each.id], gains.get(each.id, {}), rules, floors, old or new, new)
        for each in learners
    ]
    told = [each for each in effects if each.gain or each.would_fall or each.would_pass]
    return Preview(
        tuple(sorted(told, key=lambda each: (each.gain, each.enrolment.person.sort_key))), tuple(changed)
    )


def with_floor(
    rules: Sequence[CategoryRule], versions: Sequence[HoursPolicyVersion], document: Mapping[str, object]
) -> list[CategoryRule]:
    """Return the category rules under another general floor; a category's own floor stays."""
    before = general_floor(versions[-1].document) if versions else None
    after = general_floor(document)
    return [
        CategoryRule(
            each.category_id,
            each.minutes,
            each.cap_minutes,
            after if each.floor_percent == before else each.floor_percent,
        )
        for each in rules
    ]


def _effect(
    enrolment: Enrolment,
    sums: Mapping[int, int],
    gains: Mapping[int, int],
    rules: Sequence[CategoryRule],
    new_rules: Sequence[CategoryRule],
    old: PassRule,
    new: PassRule,
) -> Effect:
    after = {key: sums.get(key, 0) + gains.get(key, 0) for key in sums.keys() | gains.keys()}
    return Effect(enrolment, sum(gains.values()), standing(sums, rules, old), standing(after, new_rules, new))


def _learners(course_id: int) -> list[Enrolment]:
    return list(
        db.session.scalars(
            sa.select(Enrolment)
            .join(Enrolment.person)
            .where(Enrolment.id.in_(counted_learners(course_id)))
            .options(joinedload(Enrolment.person))
            .order_by(Person.sort_key, Enrolment.id)
        )
    )
