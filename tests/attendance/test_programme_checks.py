"""A policy that breaks one of its own worked cases is refused; cases that cannot be reckoned are passed over."""

# ruff: noqa: E501 - a case of the table reads best on one line.

import pytest

from sca_lms.attendance.programme_checks import check_worked_cases
from sca_lms.programmes import programme_file

HEAD = """\
schema_version: 1
programme: {code: X, title: x, timezone: Asia/Bangkok, locales: [en], default_locale: en}
hours_policy:
  required_minutes: 60
  counting_mode: net_contact
  pass_percent: 80
"""
SESSION = "session: {start: 2026-03-02T09:00, end: 2026-03-02T11:00, breaks: [{start: 2026-03-02T10:00, end: 2026-03-02T10:15}]}"


def reasons(policy: str, *cases: str) -> list[tuple[str, str]]:
    lines = [HEAD, policy, "  examples:\n", *(f"    - {{{case}}}\n" for case in cases)]
    faults = programme_file.check("".join(lines).encode(), checkers=(check_worked_cases,)).faults
    return [(fault.field, fault.reason) for fault in faults]


def case(presences: str, minutes: int, more: str = "") -> str:
    return f"{SESSION}, presences: {presences}, minutes: {minutes}{more}"


WHOLE = "[[2026-03-02T09:00, 2026-03-02T11:00]]"
LATE = "[[2026-03-02T09:08, 2026-03-02T11:00]]"
BRIEF = "[[2026-03-02T09:00, 2026-03-02T09:50]]"


@pytest.mark.parametrize(
    ("policy", "presences", "minutes", "more"),
    [
        ("", WHOLE, 105, ""),
        ("", LATE, 97, ""),
        ("  grace_in_minutes: 8\n", LATE, 105, ""),
        ("  quantum_minutes: 15\n", LATE, 90, ""),
        ("  min_session_fraction: 0.5\n", BRIEF, 0, ""),
        ("", "[[2026-03-02T09:00, null]]", 0, ""),
        ("", "[]", 0, ""),
        ("", WHOLE, 75, ", paid_elsewhere: [[2026-03-02T09:30, 2026-03-02T10:00]]"),
        ("", "[[2026-03-02T09:00:00, 2026-03-02T09:30:59]]", 30, ""),
    ],
)
def test_a_policy_that_fulfils_its_cases_has_no_fault(
    policy: str, presences: str, minutes: int, more: str
) -> None:
    assert reasons(policy, case(presences, minutes, more)) == []


def test_round_the_clock_the_break_is_paid() -> None:
    text = (
        HEAD.replace("net_contact", "residential_gross") + "  examples:\n    - {" + case(WHOLE, 120) + "}\n"
    ).encode()
    assert programme_file.check(text, checkers=(check_worked_cases,)).faults == []


def test_each_broken_case_is_named_with_both_numbers() -> None:
    assert reasons("", case(WHOLE, 105), case(LATE, 105), case(BRIEF, 51)) == [
        (
            "hours_policy.examples[1].minutes",
            "case 2: the policy gives 97 minutes, but 105 minutes are expected",
        ),
        (
            "hours_policy.examples[2].minutes",
            "case 3: the policy gives 50 minutes, but 51 minutes are expected",
        ),
    ]


def test_a_break_may_be_given_as_a_time_of_day() -> None:
    clock = case(WHOLE, 105).replace(
        "start: 2026-03-02T10:00, end: 2026-03-02T10:15", 'start: "10:00", end: "10:15"'
    )
    assert reasons("", clock) == []


@pytest.mark.parametrize(
    ("policy", "old", "new", "field"),
    [
        ("  grace_in_minutes: ten\n", "", "", "hours_policy.grace_in_minutes"),
        ("", "T10:15", "T10:75", "hours_policy.examples[0].session.breaks[0].end"),
        ("", "breaks: [{", "breaks: {a: [{", "hours_policy.examples[0].session.breaks"),
        ("", "2026-03-02T09:08", "soon", "hours_policy.examples[0].presences[0][0]"),
        ("", "minutes: 1", 'minutes: "1"', "hours_policy.examples[0].minutes"),
        ("", ", minutes: 1", ", paid_elsewhere: no, minutes: 1", "hours_policy.examples[0].paid_elsewhere"),
        ("", "end: 2026-03-02T11:00", "end: 2026-03-02T08:00", "hours_policy.examples[0].session.end"),
    ],
)
def test_a_faulty_case_or_policy_is_one_fault_and_is_not_reckoned(
    policy: str, old: str, new: str, field: str
) -> None:
    spoilt = case(LATE, 1).replace(old, new, 1) if old else case(LATE, 1)
    spoilt = spoilt.replace("10:15}]}", "10:15}]}}") if "{a:" in new else spoilt
    assert [each for each, _ in reasons(policy, spoilt)] == [field]
