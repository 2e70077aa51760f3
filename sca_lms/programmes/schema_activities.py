"""Describe the sections from the bootcamp to the sample cohort."""

from sca_lms.programmes.links import PAGE_LINK
from sca_lms.programmes.moments import BREAK_EDGE, DAY, MOMENT, MONTH
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
from sca_lms.programmes.variants import Variants, Words
from sca_lms.texts import worded

_MINUTES = Number(0, whole=True)
_ONE_OR_MORE = Number(1, whole=True)
_COUNT = Number(0, whole=True)
_PERCENT = Number(0, 100)

SESSION = Group(
    {
        "code": Field(Code()),
        "category": Field(Code()),
        "title": Field(Words()),
        "start": Field(MOMENT),
        "end": Field(MOMENT),
        "breaks": Field(
            ListOf(Group({"start": Field(BREAK_EDGE), "end": Field(BREAK_EDGE)}, worded("break")), most=50),
            required=False,
        ),
        "credit_minutes": Field(_MINUTES),
        "venue": Field(Code(), required=False),
        "capacity": Field(_ONE_OR_MORE, required=False),
        "join_url": Field(PAGE_LINK, required=False),
    },
    worded("session"),
)

BOOTCAMP = Group(
    {
        "title": Field(Words()),
        "start": Field(DAY),
        "end": Field(DAY),
        "required_minutes": Field(_ONE_OR_MORE),
        "training_days": Field(_ONE_OR_MORE, required=False),
        "venues": Field(
            ListOf(
                Group(
                    {
                        "code": Field(Code()),
                        "mode": Field(Choice(("onsite", "field", "online"))),
                        "title": Field(Words()),
                    },
                    worded("venue"),
                )
            ),
            required=False,
        ),
        "categories": Field(
            ListOf(
                Group(
                    {
                        "code": Field(Code()),
                        "minutes": Field(_ONE_OR_MORE),
                        "title": Field(Words()),
                        "cap_minutes": Field(_ONE_OR_MORE, required=False),
                        "floor_percent": Field(_PERCENT, required=False),
                    },
                    worded("category"),
                ),
                fewest=1,
            )
        ),
        "days": Field(
            ListOf(
                Group(
                    {
                        "day": Field(_ONE_OR_MORE),
                        "date": Field(DAY),
                        "offset_days": Field(Number(whole=True), required=False),
                        "theme": Field(Words(), required=False),
                        "sessions": Field(ListOf(SESSION)),
                    },
                    worded("day"),
                )
            )
        ),
    }
)

MENTORING = Group(
    {
        "pairing": Field(Text(), required=False),
        "policy": Field(
            Group(
                {
                    "slot_minutes": Field(Number(1, 1440, whole=True)),
                    "buffer_minutes": Field(Number(0, 1440, whole=True)),
                    "min_notice_hours": Field(_COUNT),
                    "reschedule_until_hours": Field(_COUNT),
                    "max_open_bookings_per_learner": Field(_ONE_OR_MORE),
                    "confirm_window_days": Field(_ONE_OR_MORE),
                    "agree_tolerance_minutes": Field(_MINUTES),
                    "credit_rule": Field(Text(), required=False),
                }
            )
        ),
        "required": Field(Group({"sessions": Field(_COUNT), "minutes": Field(_MINUTES)})),
        "categories": Field(
            ListOf(
                Group(
                    {
                        "code": Field(Code()),
                        "sessions": Field(_COUNT),
                        "minutes": Field(_MINUTES),
                        "title": Field(Words()),
                    },
                    worded("category"),
                ),
                fewest=1,
            )
        ),
        "plan": Field(
            ListOf(
                Group(
                    {
                        "no": Field(_ONE_OR_MORE),
                        "month": Field(MONTH),
                        "category": Field(Code()),
                        "minutes": Field(_MINUTES),
                        "title": Field(Words()),
                        "output": Field(Words(), required=False),
                    },
                    worded("planned meeting"),
                )
            ),
            required=False,
        ),
    }
)

KNOWLEDGE_UPDATES = ListOf(
    Group(
        {
            "no": Field(_ONE_OR_MORE),
            "start": Field(MOMENT),
            "end": Field(MOMENT),
            "dimension": Field(Code()),
            "minutes": Field(_ONE_OR_MORE),
            "title": Field(Words()),
            "speaker": Field(Words(), required=False),
            "join_url": Field(PAGE_LINK, required=False),
        },
        worded("knowledge update"),
    )
)

_ROUND = Group(
    {
        "code": Field(Code()),
        "title": Field(Words()),
        "kind": Field(Choice(("proposal", "online_pitch", "stage_pitch"))),
        "teams_in": Field(_ONE_OR_MORE),
        "teams_out": Field(_ONE_OR_MORE),
        "submit_by": Field(MOMENT, required=False),
        "judge_from": Field(MOMENT, required=False),
        "judge_until": Field(MOMENT, required=False),
        "dates": Field(ListOf(DAY), required=False),
        "pitch_minutes": Field(_ONE_OR_MORE, required=False),
        "qa_minutes": Field(_MINUTES, required=False),
        "judges": Field(_ONE_OR_MORE),
        "reviews_per_team": Field(_ONE_OR_MORE),
        "aggregation": Field(Choice(("ridge_adjusted", "raw_mean"))),
        "tie_break": Field(ListOf(Code()), required=False),
    },
    worded("round"),
)

_RUBRIC = Group(
    {
        "code": Field(Code()),
        "scale": Field(
            Group({"min": Field(Number(0, 100, whole=True)), "max": Field(Number(1, 100, whole=True))})
        ),
        "score": Field(Text(), required=False),
        "criteria": Field(
            ListOf(
                Group(
                    {
                        "code": Field(Code()),
                        "weight": Field(Number(0, 100, above=True)),
                        "title": Field(Words()),
                        "levels": Field(
                            ListOf(
                                Words(1000, {"level": Field(Number(0, 100, whole=True))}), fewest=2, most=101
                            )
                        ),
                    },
                    worded("rubric criterion"),
                ),
                fewest=1,
                most=100,
            )
        ),
    }
)

PITCHING = Group(
    {
        "title": Field(Words()),
        "theme": Field(Words(), required=False),
        "team": Field(
            Group(
                {
                    "ambassadors": Field(_ONE_OR_MORE),
                    "captains": Field(_COUNT),
                    "dimension_primary": Field(Number(1, 1, whole=True)),
                    "dimension_secondary_max": Field(_COUNT),
                }
            ),
            required=False,
        ),
        "award": Field(Words(2000), required=False),
        "rounds": Field(ListOf(_ROUND, fewest=1, most=50)),
        "judging_policy": Field(
            Group(
                {
                    "release": Field(Choice(("chair_signs_off",)), required=False),
                    "conflicts": Field(ListOf(Code()), required=False),
                    "late_conflict_voids_scores": Field(Flag(), required=False),
                    "comment_min_chars": Field(Number(0, 10_000, whole=True), required=False),
                    "show_raw_and_adjusted": Field(Flag(), required=False),
                    "judge_order": Field(Choice(("seeded_random_per_judge",)), required=False),
                    "calibration_samples": Field(Number(0, 100, whole=True), required=False),
                }
            ),
            required=False,
        ),
        "rubric": Field(_RUBRIC),
    }
)

_outcome = {"required_from_status": Field(Code(), required=False)}

OUTCOME_FIELDS = ListOf(
    Variants(
        worded("outcome field"),
        {
            "type": Field(Choice(("enum", "money", "file_list", "dimension_set", "date", "text", "number"))),
            "code": Field(Code()),
            "title": Field(Words(), required=False),
            **_outcome,
        },
        {
            "enum": {"values": Field(ListOf(Code(), fewest=1))},
            "money": {"currency": Field(Choice(("THB",)))},
            "file_list": {},
            "dimension_set": {
                "min": Field(_COUNT, required=False),
                "max": Field(_ONE_OR_MORE, required=False),
            },
            "date": {},
            "text": {},
            "number": {},
        },
    )
)

CREDENTIALS = ListOf(
    Group(
        {
            "code": Field(Code()),
            "title": Field(Words()),
            "rule": Field(Text()),
            "shows": Field(ListOf(Code()), required=False),
            "per": Field(Choice(("dimension",)), required=False),
        },
        worded("credential"),
    )
)

_PAIR = Group(
    {
        "id": Field(Code()),
        "ambassador": Field(NamedValues(Text(200))),
        "captain": Field(Group({"id": Field(Code()), "name": Field(Words())})),
        "group": Field(Code(), required=False),
        "province": Field(Words()),
        "agency": Field(Words()),
        "project": Field(
            Group(
                {
                    "dimension": Field(Code()),
                    "value_thb": Field(Number(0)),
                    "value_basis": Field(Code()),
                    "kind": Field(Code()),
                    "title": Field(Words()),
                }
            ),
            required=False,
        ),
        "attendance_profile": Field(Code(), required=False),
    },
    worded("pair"),
)

SAMPLE_COHORT = Group(
    {
        "pairs": Field(ListOf(_PAIR)),
        "attendance_profiles": Field(
            NamedValues(
                Group(
                    {
                        "expected_minutes": Field(_MINUTES),
                        "expected_pass": Field(Flag()),
                        "text": Field(Text(), required=False),
                    }
                )
            ),
            required=False,
        ),
        "staff": Field(
            ListOf(
                Group(
                    {
                        "role": Field(Choice(("admin", "instructor", "judge_chair", "judge"))),
                        "name": Field(Words()),
                    }
                )
            ),
            required=False,
        ),
    }
)
