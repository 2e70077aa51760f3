"""Describe the sections of a programme file that every programme shares, and the file as a whole."""

from sca_lms.programmes.moments import BREAK_EDGE, DAY, MOMENT, Opening
from sca_lms.programmes.schema_activities import (
    BOOTCAMP,
    CREDENTIALS,
    KNOWLEDGE_UPDATES,
    MENTORING,
    OUTCOME_FIELDS,
    PITCHING,
    SAMPLE_COHORT,
)
from sca_lms.programmes.schema_modules import PRE_BOOTCAMP
from sca_lms.programmes.shapes import (
    Choice,
    Code,
    Field,
    Flag,
    Group,
    ListOf,
    NamedValues,
    Number,
    Text,
)
from sca_lms.programmes.variants import LANGUAGES, Words
from sca_lms.texts import worded

EXTENSION_PREFIX = "x_"

_COUNT = Number(0, whole=True)
_PERCENT = Number(0, 100)
_MINUTES = Number(0, whole=True)

META = Group(
    {
        "generated_for": Field(Text(), required=False),
        "anchor_date": Field(DAY, required=False),
        "shift_in_whole_weeks": Field(Flag(), required=False),
        "assumptions": Field(ListOf(Text()), required=False),
    }
)

PROGRAMME = Group(
    {
        "code": Field(Code()),
        "title": Field(Words()),
        "theme": Field(Words(), required=False),
        "owner": Field(Words(), required=False),
        "office": Field(Words(), required=False),
        "roles": Field(
            Group({"ambassador": Field(Words(), required=False), "captain": Field(Words(), required=False)}),
            required=False,
        ),
        "timezone": Field(Text(60, worded("IANA time zone (Asia/Bangkok)"))),
        "locales": Field(ListOf(Choice(LANGUAGES), fewest=1)),
        "default_locale": Field(Choice(LANGUAGES)),
        "display_calendar": Field(
            Group(
                {language: Field(Choice(("buddhist", "gregorian")), required=False) for language in LANGUAGES}
            ),
            required=False,
        ),
        "launch_date": Field(DAY, required=False),
        "placement": Field(
            Group(
                {
                    "start": Field(DAY),
                    "end": Field(DAY),
                    "months": Field(Number(1, 120, whole=True), required=False),
                }
            ),
            required=False,
        ),
        "targets": Field(NamedValues(_COUNT), required=False),
        "previous_generation": Field(NamedValues(_COUNT), required=False),
        "partners": Field(ListOf(Text()), required=False),
    }
)

DIMENSIONS = ListOf(
    Group({"code": Field(Code()), "order": Field(Number(1, whole=True)), "title": Field(Words())})
)

COHORT_GROUPS = ListOf(
    Group({"code": Field(Code()), "size": Field(Number(1, whole=True)), "title": Field(Words())})
)

LINE_ITEMS = ListOf(
    Group(
        {
            "code": Field(Code()),
            "title": Field(Words()),
            "weight": Field(Number(0, 100)),
            "score_maximum": Field(Number(0, above=True)),
            "rule": Field(Text(), required=False),
        }
    )
)

_EXAMPLE = Group(
    {
        "session": Field(
            Group(
                {
                    "start": Field(MOMENT),
                    "end": Field(MOMENT),
                    "breaks": Field(
                        ListOf(
                            Group({"start": Field(BREAK_EDGE), "end": Field(BREAK_EDGE)}, worded("break")),
                            most=50,
                        ),
                        required=False,
                    ),
                }
            )
        ),
        "presences": Field(ListOf(Opening(may_be_open=True))),
        "paid_elsewhere": Field(ListOf(Opening()), required=False),
        "minutes": Field(_MINUTES),
    }
)

HOURS_POLICY = Group(
    {
        "required_minutes": Field(Number(1, whole=True)),
        "counting_mode": Field(Choice(("net_contact", "residential_gross"))),
        "pass_percent": Field(_PERCENT),
        "category_floor_percent": Field(_PERCENT, required=False),
        "grace_in_minutes": Field(Number(0, 240, whole=True), required=False),
        "grace_out_minutes": Field(Number(0, 240, whole=True), required=False),
        "quantum_minutes": Field(Number(1, 240, whole=True), required=False),
        "min_session_fraction": Field(Number(0, 1), required=False),
        "missing_checkout": Field(Choice(("pending",)), required=False),
        "parallel_sessions": Field(Choice(("first_checkin_wins",)), required=False),
        "makeup": Field(
            Group(
                {
                    "cap_minutes": Field(_MINUTES),
                    "approval": Field(Choice(("instructor_not_self",))),
                    "evidence_required": Field(Flag()),
                    "window_days": Field(Number(0, 3660, whole=True)),
                }
            ),
            required=False,
        ),
        "dispute_window_days": Field(Number(0, 3660, whole=True), required=False),
        "examples": Field(ListOf(_EXAMPLE), required=False),
    }
)

PROGRAMME_FILE = Group(
    {
        "schema_version": Field(Number(1, 1, whole=True)),
        "meta": Field(META, required=False),
        "programme": Field(PROGRAMME),
        "dimensions": Field(DIMENSIONS, required=False),
        "cohort_groups": Field(COHORT_GROUPS, required=False),
        "line_items": Field(LINE_ITEMS, required=False),
        "hours_policy": Field(HOURS_POLICY, required=False),
        "pre_bootcamp": Field(PRE_BOOTCAMP, required=False),
        "bootcamp": Field(BOOTCAMP, required=False),
        "mentoring": Field(MENTORING, required=False),
        "knowledge_updates": Field(KNOWLEDGE_UPDATES, required=False),
        "pitching": Field(PITCHING, required=False),
        "outcome_fields": Field(OUTCOME_FIELDS, required=False),
        "credentials": Field(CREDENTIALS, required=False),
        "sample_cohort": Field(SAMPLE_COHORT, required=False),
    },
    called=worded("programme file"),
    open_prefix=EXTENSION_PREFIX,
)
