"""What is wrong in a programme file is named with its line, its field and the way out."""

# ruff: noqa: E501 - a case of the table reads best on one line.

import pytest

from sca_lms.programmes import programme_file
from sca_lms.programmes.faults import Fault, did_you_mean, field_name, shown
from tests.programmes.samples import CHECKERS, sample_text, spoilt

# What stands in the sample, what is put in its place, the field that must be named, and words of the reason.
SPOILT_IN_ONE_PLACE = [
    ("schema_version: 1", "schema_version: 2", "schema_version", "must be a number 1, not 2"),
    ("  code: SCA-GEN2", "  code: SCA GEN2", "programme.code", "must be a code"),
    ("programme:\n", "programe:\n", "programe", "did you mean 'programme'?"),
    ("  timezone: Asia/Bangkok", "  timezone: Asia/Bangkog", "programme.timezone", "'Asia/Bangkok'"),
    ("  default_locale: th", "  default_locale: de", "programme.default_locale", "one of th, en"),
    ("  launch_date: 2022-08-24", "  launch_date: 2565-08-24", "programme.launch_date", "is that B.E.?"),
    ("  launch_date: 2022-08-24", "  launch_date: 24/08/2022", "programme.launch_date", "like 2022-08-24"),
    ("  launch_date: 2022-08-24", "  launch_date: 2022-11-24", "programme.placement.start", "is before"),
    ("months: 12}", "months: 10}", "programme.placement.months", "is 10"),
    ("ambassadors: 150\n", "ambassadors: many\n", "programme.targets.ambassadors", "whole number"),
    ("{code: MOB, order: 2", "{code: ENV, order: 2", "dimensions[1].code", "already used on line"),
    ("size: 25", "size: 0", "cohort_groups[0].size", "at least 1"),
    ("weight: 25,", "weight: 26,", "line_items", "add up to 101"),
    ("score_maximum: 168", "score_maximum: 160", "line_items[1].score_maximum", "168 hours"),
    ("score_maximum: 12,", "score_maximum: 0,", "line_items[2].score_maximum", "number above 0"),
    ("counting_mode: net_contact ", "counting_mode: net ", "hours_policy.counting_mode", "not 'net'"),
    ("pass_percent: 80 ", "pass_percent: 180 ", "hours_policy.pass_percent", "from 0 to 100"),
    ("min_session_fraction: 0.0", "min_session_fraction: 1.5", "hours_policy.min_session_fraction", "0 to 1"),
    ("cap_minutes: 1008", "cap_minutes: 100800", "hours_policy.makeup.cap_minutes", "more than all 10080"),
    ("evidence_required: true", "evidence_required: yes", "hours_policy.makeup.evidence_required", "mean true"),
    ("12:15]], paid_elsewhere: [], minutes: 210}", "12:15]], paid_elsewhere: [], minutes: 200}",
     "hours_policy.examples[0].minutes", "case 1: the policy gives 210 minutes, but 200 minutes are expected"),
    ("[[2022-09-05T08:30, 2022-09-05T12:15]]", "[[2022-09-05T12:15, 2022-09-05T08:30]]",
     "hours_policy.examples[0].presences[0]", "must not end"),
    ("end: 2022-09-05T12:15, breaks", "end: 2022-09-05T08:15, breaks",
     "hours_policy.examples[0].session.end", "is not after the start"),
    ("      minutes: 90\n", "      minutes: 95\n", "pre_bootcamp.modules[0].minutes", "add up to 90"),
    ("prerequisites: [PB1]", "prerequisites: [PB0]", "pre_bootcamp.modules[1].prerequisites[0]", "no module 'PB0'"),
    ("prerequisites: []", "prerequisites: [PB1]", "pre_bootcamp.modules[0].prerequisites", "PB1 needs PB1"),
    ("due: 2022-09-04T23:59", "due: 2022-09-14T23:59", "pre_bootcamp.modules[0].due", "outside"),
    ("due: 2022-09-04T23:59", "due: 2022-09-04", "pre_bootcamp.modules[0].due", "date and time"),
    ("due: 2022-09-04T23:59", "due: 2022-09-04T23:59+07:00", "pre_bootcamp.modules[0].due", "local time"),
    ("due: 2022-09-04T23:59", "due: 2022-09-31T23:59", "pre_bootcamp.modules[0].due", "calendar"),
    ("start: 2022-08-25T19:00", "start: 2022-09-25T19:00", "pre_bootcamp.modules[0].units[0].start", "outside"),
    ("type: live, minutes: 45", "type: lives, minutes: 45", "pre_bootcamp.modules[0].units[0].type", "'live'?"),
    ("code: PB1.2", "code: PB1.1", "pre_bootcamp.modules[0].units[1].code", "already used"),
    ("/static/samples/a-day", "http://example.org/a-day", "pre_bootcamp.modules[0].units[2].url", "https://"),
    ("          type: discussion\n", "          type: discussion\n          posts: 1\n          replies: 2\n",
     "pre_bootcamp.modules[6].units[2].replies", "2 replies among its posts, but for 1 posts"),
    ("          type: discussion\n", "          type: discussion\n          characters: 0\n",
     "pre_bootcamp.modules[6].units[2].characters", "from 1 to 2000"),
    ("quiz: {unit: PB1.4", "quiz: {unit: PB1.3", "pre_bootcamp.modules[0].quiz.unit", "is a video unit"),
    ("quiz: {unit: PB1.4", "quiz: {unit: PB2.4", "pre_bootcamp.modules[0].quiz.unit", "no unit 'PB2.4'"),
    ("attempts: 3", "attempts: 0", "pre_bootcamp.modules[0].quiz.attempts", "from 1"),
    ("grading: highest", "grading: best", "pre_bootcamp.modules[0].quiz.grading", "one of highest"),
    ("time_limit_minutes: 15", "time_limit_minutes: none", "pre_bootcamp.modules[0].quiz.time_limit_minutes", "number"),
    ("- id: PB1-Q2", "- id: PB1-Q1", "pre_bootcamp.modules[0].questions[1].id", "already used"),
    ("points: 1", "points: 0", "pre_bootcamp.modules[0].questions[0].points", "above 0"),
    ('judge", correct: false', 'judge", correct: true', "pre_bootcamp.modules[0].questions[0].options", "2 correct"),
    ('"False", correct: true', '"False", correct: false', "pre_bootcamp.modules[2].questions[2].options", "0 correct"),
    ("value: 150, tolerance: 0", "value: 150, tolerance: -1",
     "pre_bootcamp.modules[0].questions[1].answer.tolerance", "at least 0"),
    ('accepted: ["PDPA"]', "accepted: []", "pre_bootcamp.modules[3].questions[2].answer.accepted", "at least 1"),
    ('right: "Smart Living"', 'right: "Smart People"', "pre_bootcamp.modules[2].questions[0].pairs[1].right", "the same"),
    ("  required_minutes: 10080\n  training", "  required_minutes: 10000\n  training",
     "bootcamp.required_minutes", "hours_policy.required_minutes is 10080"),
    ("training_days: 21", "training_days: 20", "bootcamp.training_days", "21 days are listed"),
    ("      offset_days: 12", "      offset_days: 11", "bootcamp.days[0].offset_days", "12 days after"),
    ("          category: KNO", "          category: KNW", "bootcamp.days[0].sessions[0].category", "'KNO'?"),
    ("          venue: MAIN", "          venue: MAINE", "bootcamp.days[0].sessions[0].venue", "'MAIN'?"),
    ("        - code: D01B", "        - code: D01A", "bootcamp.days[0].sessions[1].code", "already used"),
    ("credit_minutes: 210", "credit_minutes: 225", "bootcamp.days[0].sessions[0].credit_minutes", "make 210"),
    ('breaks: [{start: "10:30", end: "10:45"}]', 'breaks: [{start: "07:30", end: "07:45"}]',
     "bootcamp.days[0].sessions[0].breaks[0]", "not inside the session"),
    ('breaks: [{start: "10:30", end: "10:45"}]', 'breaks: [{start: "10:30", end: "10:45"}, {start: "10:40", end: "10:50"}]',
     "bootcamp.days[0].sessions[0].breaks[1]", "overlaps another break"),
    ("      date: 2022-09-06", "      date: 2022-10-06", "bootcamp.days[1].date", "outside the bootcamp"),
    ("{code: KNO, minutes: 1680", "{code: KNO, minutes: 1690", "bootcamp.categories", "add up to 10090"),
    ("required: {sessions: 12, minutes: 1080}", "required: {sessions: 11, minutes: 1080}",
     "mentoring.required.sessions", "add up to 12"),
    ('month: "2022-10", category: WG', 'month: "2565-10", category: WG', "mentoring.plan[0].month", "B.E."),
    ('month: "2022-10", category: WG', 'month: "2022-10", category: XX', "mentoring.plan[0].category", "no mentoring"),
    ("end: 2022-10-27T15:30", "end: 2022-10-27T15:00", "knowledge_updates[0].minutes", "it is 90 minutes"),
    ("dimension: GOV, minutes: 120", "dimension: GOX, minutes: 120", "knowledge_updates[0].dimension", "'GOV'?"),
    ("teams_in: 30", "teams_in: 40", "pitching.rounds[1].teams_in", "passes on 30 teams"),
    ("judges: 7, reviews_per_team: 7", "judges: 7, reviews_per_team: 8", "pitching.rounds[2].reviews_per_team", "only 7"),
    ("tie_break: [C2, C5", "tie_break: [C2, C9", "pitching.rounds[2].tie_break[1]", "no rubric criterion 'C9'"),
    ("        weight: 20", "        weight: 21", "pitching.rubric.criteria", "add up to 101"),
    ("{level: 3, th", "{level: 2, th", "pitching.rubric.criteria[0].levels", "each of 0 to 4 once"),
    ("required_from_status: approved", "required_from_status: aproved", "outcome_fields[4].required_from_status", "'approved'?"),
    ('group: "N"', 'group: "NN"', "sample_cohort.pairs[0].group", "no cohort group"),
    ("attendance_profile: full", "attendance_profile: ful", "sample_cohort.pairs[0].attendance_profile", "'full'?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "reason"), SPOILT_IN_ONE_PLACE)
def test_a_spoilt_place_is_named_with_field_and_reason(old: str, new: str, field: str, reason: str) -> None:
    faults, _ = spoilt(old, new)
    assert any(fault.field == field and reason in fault.reason for fault in faults), faults


@pytest.mark.parametrize(
    ("old", "new"),
    [(old, new) for old, new, _, reason in SPOILT_IN_ONE_PLACE if "must be" in reason or "one of" in reason],
)
def test_a_value_of_the_wrong_kind_is_one_fault_on_its_own_line(old: str, new: str) -> None:
    faults, line = spoilt(old, new)
    assert [fault.line for fault in faults] == [line]


def test_every_fault_of_a_file_is_told_in_one_pass_in_the_order_of_lines() -> None:
    text = sample_text()
    for old, new in (
        ("launch_date: 2022", "launch_date: 2565"),
        ("weight: 25,", "weight: 20,"),
        ("quiz: {unit: PB1.4", "quiz: {unit: PB1.9"),
        ("      offset_days: 12", "      offset_days: 13"),
        ("        weight: 10", "        weight: 11"),
        ('group: "S"', 'group: "Z"'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    faults = programme_file.check(text.encode(), checkers=CHECKERS).faults
    assert [fault.field for fault in faults] == [
        "programme.launch_date",
        "line_items",
        "pre_bootcamp.modules[0].quiz.unit",
        "bootcamp.days[0].offset_days",
        "pitching.rubric.criteria",
        "sample_cohort.pairs[1].group",
    ]
    assert faults == sorted(faults)


def test_a_misspelt_field_is_one_fault_and_not_also_a_missing_one() -> None:
    faults, line = spoilt("  pass_percent: 80", "  pass_percnt: 80")
    assert faults == [
        Fault(line, 3, "hours_policy.pass_percnt", "is not a known field; did you mean 'pass_percent'?")
    ]


def test_a_missing_field_is_placed_at_its_holder_and_says_what_is_needed() -> None:
    faults, line = spoilt("  timezone: Asia/Bangkok\n", "")
    assert [(fault.field, fault.reason) for fault in faults] == [
        ("programme.timezone", "is missing (needed: IANA time zone (Asia/Bangkok))")
    ]
    assert faults[0].line < line


def test_a_field_of_another_unit_type_is_explained() -> None:
    faults, line = spoilt("{code: PB1.1, type: live,", "{code: PB1.1, type: live, transcript: none,")
    assert [fault.line for fault in faults] == [line]
    assert "does not belong to a live unit" in faults[0].reason


def test_a_text_must_be_given_in_every_language_of_the_programme() -> None:
    faults, line = spoilt('title: {th: "ภาคเหนือ", en: "North"}', 'title: {th: "ภาคเหนือ"}')
    assert [(fault.line, fault.field) for fault in faults] == [(line, "cohort_groups[0].title.en")]


def test_a_programme_in_one_language_needs_no_other() -> None:
    small = (
        "schema_version: 1\nprogramme: {code: X, title: {th: ก}, timezone: Asia/Bangkok, "
        "locales: [th], default_locale: th}\n"
    )
    assert programme_file.check(small.encode()).faults == []


def test_an_unknown_section_is_a_fault_unless_its_name_starts_with_x() -> None:
    faults, line = spoilt("pitching:\n", "x_mine: {a: [1, {b: 2}]}\nmine: 1\npitching:\n")
    assert [(fault.line, fault.field) for fault in faults] == [(line + 1, "mine")]


def test_two_sessions_at_once_in_one_room_are_a_fault_but_not_in_two() -> None:
    same_room, line = spoilt(
        "          start: 2022-09-05T13:15\n          end: 2022-09-05T15:15",
        "          start: 2022-09-05T11:15\n          end: 2022-09-05T13:15",
    )
    assert [(fault.field, fault.line) for fault in same_room] == [
        ("bootcamp.days[0].sessions[1].start", line)
    ]
    other_room, _ = spoilt(
        "start: 2022-09-05T13:15\n          end: 2022-09-05T15:15\n          breaks: []\n"
        "          credit_minutes: 120\n          venue: MAIN",
        "start: 2022-09-05T11:15\n          end: 2022-09-05T13:15\n          breaks: []\n"
        "          credit_minutes: 120\n          venue: FIELD",
    )
    assert other_room == []


@pytest.mark.parametrize("minutes", [225, 210, 200])
def test_a_camp_counted_round_the_clock_may_state_whole_sessions_or_their_contact_time(minutes: int) -> None:
    text = sample_text().replace("counting_mode: net_contact ", "counting_mode: residential_gross ")
    text = text.replace("credit_minutes: 210", f"credit_minutes: {minutes}", 1)
    faults = programme_file.check(text.encode()).faults
    reason = (
        "is 200, but 225 minutes less 15 of breaks make 210; residential_gross also takes the whole length"
    )
    assert [fault.reason for fault in faults] == ([reason] if minutes == 200 else [])


def test_several_circles_of_prerequisites_are_each_told() -> None:
    text = sample_text().replace("prerequisites: []", "prerequisites: [PB2]", 1)
    text = text.replace("prerequisites: [PB5]", "prerequisites: [PB8]", 1)
    faults = programme_file.check(text.encode()).faults
    assert sorted(fault.reason.split(": ")[1] for fault in faults) == [
        "PB1 needs PB2 needs PB1",
        "PB7 needs PB8 needs PB7",
    ]


def test_names_and_values_from_the_file_are_shown_short_and_without_control_characters() -> None:
    assert shown("\x1b[31m" + "a" * 90) == "'\\x1b[31m" + "a" * 54 + "…'"
    assert field_name(("a", 2, "b\n")) == "a[2].b\\n"
    assert did_you_mean("Minuts", ["hours", "minutes"]) == "; did you mean 'minutes'?"
    assert did_you_mean("zzz", ["hours", "minutes"]) == ""


QUESTION_BEFORE = """
          type: truefalse
          points: 1
          prompt: {th: "ควรตกลงช่องทางและเวลาตอบกลับตั้งแต่แรก", en: "Channels and reply times should be agreed at the start"}
          options:
            - {th: "จริง", en: "True", correct: true}
            - {th: "เท็จ", en: "False", correct: false}
"""
SPOILT_QUESTIONS = [
    (
        '          type: cloze\n          prompt: {th: "[[1]]", en: "[[2]]"}\n          gaps: [{kind: short, accepted: [x]}]\n',
        "pre_bootcamp.modules[6].questions[1].prompt",
        "each of [[1]] to [[1]]",
    ),
    (
        '          type: cloze\n          prompt: "[[1]]"\n          gaps: [{kind: choice, options: [{th: a, en: a, correct: true}, {th: b, en: b, correct: true}]}]\n',
        "pre_bootcamp.modules[6].questions[1].gaps[0].options",
        "2 correct options",
    ),
    (
        '          type: cloze\n          prompt: "[[1]]"\n          gaps: [{kind: shrt, accepted: [x]}]\n',
        "pre_bootcamp.modules[6].questions[1].gaps[0].kind",
        "'short'?",
    ),
    (
        "          type: essay\n          prompt: Why?\n          words_at_most: 0\n",
        "pre_bootcamp.modules[6].questions[1].words_at_most",
        "from 1 to 10000",
    ),
    (
        '          type: file\n          prompt: Plan\n          endings: ["a/b"]\n',
        "pre_bootcamp.modules[6].questions[1].endings[0]",
        "ending of a file name",
    ),
    (
        "          type: match\n          prompt: Pair\n          pairs: [{left: a, right: x}, {left: b, right: y}]\n          distractors: [X]\n",
        "pre_bootcamp.modules[6].questions[1].distractors[0]",
        "belongs to a pair",
    ),
]


@pytest.mark.parametrize(("question", "field", "reason"), SPOILT_QUESTIONS)
def test_a_question_that_cannot_be_asked_is_named(question: str, field: str, reason: str) -> None:
    faults, _line = spoilt(QUESTION_BEFORE, f"\n          points: 1\n{question}")
    (fault,) = faults
    assert (fault.field, reason in fault.reason) == (field, True), fault
