"""What a roster may change about roles and names, and what it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.courses.rules import Role
from sca_lms.lti.roster_rules import GIVABLE, NAMES, Standing, names_to_take, renewed, with_role

LEARNER, MENTOR, INSTRUCTOR, JUDGE, GUEST = (
    Role.LEARNER, Role.MENTOR, Role.INSTRUCTOR, Role.JUDGE, Role.GUEST
)  # fmt: skip
ROLE_SETS = st.frozensets(st.sampled_from(sorted(Role)), min_size=1)


@pytest.mark.parametrize(
    ("held", "claimed", "listed", "has_launched", "after"),
    [
        pytest.param({LEARNER}, {LEARNER}, {LEARNER}, False, {LEARNER}, id="nothing new"),
        pytest.param({LEARNER}, {LEARNER}, {INSTRUCTOR}, False, {INSTRUCTOR}, id="promoted before launching"),
        pytest.param({LEARNER, JUDGE}, {LEARNER}, {MENTOR}, False, {MENTOR, JUDGE}, id="given here"),
        pytest.param({GUEST}, {INSTRUCTOR}, {INSTRUCTOR}, False, {GUEST}, id="taken here"),
        pytest.param({GUEST}, {GUEST}, {LEARNER}, False, {LEARNER}, id="a guest becomes a learner"),
        pytest.param({INSTRUCTOR}, {INSTRUCTOR}, {LEARNER}, True, {INSTRUCTOR}, id="non-editing teacher"),
        pytest.param({MENTOR}, {MENTOR}, {LEARNER}, True, {MENTOR}, id="mentor"),
        pytest.param({LEARNER}, {LEARNER}, {INSTRUCTOR}, True, {LEARNER, INSTRUCTOR}, id="promoted"),
        pytest.param({GUEST}, {GUEST}, {LEARNER}, True, {LEARNER}, id="launched without a role"),
        pytest.param({LEARNER}, {LEARNER}, {GUEST}, True, {LEARNER}, id="listed without a role"),
        pytest.param({GUEST}, {LEARNER}, {LEARNER}, True, {GUEST}, id="taken here after launching"),
        pytest.param({LEARNER, MENTOR}, {LEARNER}, {LEARNER, MENTOR}, True, {LEARNER, MENTOR}, id="given"),
    ],
)
def test_roles_after_a_roster(
    held: set[Role], claimed: set[Role], listed: set[Role], has_launched: bool, after: set[Role]
) -> None:
    standing = Standing(frozenset(held), frozenset(claimed))
    assert renewed(standing, frozenset(listed), has_launched=has_launched).held == after


@given(ROLE_SETS, ROLE_SETS, ROLE_SETS)
def test_after_a_launch_no_role_is_ever_taken_away(
    held: frozenset[Role], claimed: frozenset[Role], listed: frozenset[Role]
) -> None:
    after = renewed(Standing(held, claimed), listed, has_launched=True)
    assert held - {GUEST} <= after.held


@given(ROLE_SETS, ROLE_SETS, ROLE_SETS, st.booleans())
def test_a_roster_read_twice_changes_nothing_the_second_time(
    held: frozenset[Role], claimed: frozenset[Role], listed: frozenset[Role], has_launched: bool
) -> None:
    once = renewed(Standing(held, claimed), listed, has_launched=has_launched)
    assert renewed(once, listed, has_launched=has_launched) == once
    assert once.held


@given(ROLE_SETS, ROLE_SETS, ROLE_SETS, st.booleans(), st.sampled_from(GIVABLE), st.booleans())
def test_what_was_given_or_taken_here_survives_the_same_roster(
    held: frozenset[Role],
    claimed: frozenset[Role],
    listed: frozenset[Role],
    has_launched: bool,
    role: Role,
    is_given: bool,
) -> None:
    before = renewed(Standing(held, claimed), listed, has_launched=has_launched)
    changed = with_role(before, role, given=is_given)
    after = renewed(Standing(changed, before.claimed), listed, has_launched=has_launched)
    if is_given:
        assert role in after.held
    elif role in before.claimed:
        assert role not in after.held


def names(**told: str) -> dict[str, str]:
    return {field: told.get(field, "") for field in NAMES}


@pytest.mark.parametrize(
    ("listed", "taken", "known", "wanted"),
    [
        pytest.param(names(name="A"), {}, names(), {"name": "A"}, id="fills a gap"),
        pytest.param(names(), names(name="A"), names(name="A"), {}, id="says nothing now"),
        pytest.param(names(name="B"), names(name="A"), names(name="A"), {"name": "B"}, id="another name"),
        pytest.param(names(name="A"), names(name="A"), names(name="a"), {}, id="a launch writes it so"),
        pytest.param(names(name="A"), names(name="A"), names(name="A"), {}, id="the same"),
    ],
)
def test_names_that_a_roster_changes(
    listed: dict[str, str], taken: dict[str, object], known: dict[str, str], wanted: dict[str, str]
) -> None:
    assert names_to_take(listed, taken=taken, known=known) == wanted
