"""Describe the pre-bootcamp section: modules, their units, quizzes and questions."""

from sca_lms.programmes.links import PAGE_LINK, VIDEO_LINK
from sca_lms.programmes.moments import DAY, MOMENT
from sca_lms.programmes.shapes import (
    Choice,
    Code,
    Field,
    Flag,
    Group,
    ListOf,
    Number,
    Text,
)
from sca_lms.programmes.variants import Variants, Words
from sca_lms.texts import worded

MOST_ATTEMPTS = 100
LONGEST_LIMIT_MINUTES = 24 * 60
_BODY_CHARACTERS = 100_000
_MINUTES = Number(0, whole=True)

UNIT_TYPES = ("live", "reading", "video", "quiz", "task", "discussion")
QUESTION_TYPES = (
    "single", "multi", "truefalse", "numeric", "short", "match", "order", "cloze", "essay", "file",
)  # fmt: skip
GAP_KINDS = ("short", "numeric", "choice")

_body = {"body": Field(Words(_BODY_CHARACTERS), required=False)}

UNIT = Variants(
    worded("unit"),
    {
        "type": Field(Choice(UNIT_TYPES)),
        "code": Field(Code()),
        "title": Field(Words()),
        "minutes": Field(_MINUTES),
        "required": Field(Flag(), required=False),
    },
    {
        "live": {
            "start": Field(MOMENT),
            "join_url": Field(PAGE_LINK, required=False),
            "room": Field(Text(200), required=False),
        },
        "reading": _body,
        "video": {
            "url": Field(VIDEO_LINK, required=False),
            "video_seconds": Field(Number(1, 43200, whole=True), required=False),
            "transcript": Field(Words(_BODY_CHARACTERS), required=False),
        },
        "quiz": {},
        "task": _body,
        "discussion": {
            **_body,
            "posts": Field(Number(1, 20, whole=True), required=False),
            "characters": Field(Number(1, 2000, whole=True), required=False),
            "replies": Field(Number(0, 20, whole=True), required=False),
        },
    },
)

_number = {"value": Field(Number()), "tolerance": Field(Number(0), required=False)}
_accepted = {
    "accepted": Field(ListOf(Text(500), fewest=1, most=100)),
    "case_sensitive": Field(Flag(), required=False),
}
_notes = {"marking_notes": Field(Words(5000), required=False)}
_options = {"options": Field(ListOf(Words(2000, {"correct": Field(Flag())}), fewest=2, most=50))}

GAP = Variants(
    worded("gap"),
    {
        "kind": Field(Choice(GAP_KINDS)),
        "weight": Field(Number(0, 1000, above=True), required=False),
    },
    {"short": _accepted, "numeric": _number, "choice": _options},
    tag="kind",
)

QUESTION = Variants(
    worded("question"),
    {
        "type": Field(Choice(QUESTION_TYPES)),
        "id": Field(Code()),
        "points": Field(Number(0, 1000, above=True)),
        "prompt": Field(Words(5000)),
        "feedback": Field(Words(5000), required=False),
    },
    {
        "single": _options,
        "multi": _options,
        "truefalse": _options,
        "numeric": {"answer": Field(Group(_number, worded("answer")))},
        "short": {"answer": Field(Group(_accepted, worded("answer")))},
        "match": {
            "pairs": Field(
                ListOf(
                    Group({"left": Field(Words(1000)), "right": Field(Words(1000))}, worded("pair")),
                    fewest=2,
                    most=50,
                )
            ),
            "distractors": Field(ListOf(Words(1000), most=50), required=False),
        },
        "order": {"items": Field(ListOf(Words(1000), fewest=2, most=50))},
        "cloze": {"gaps": Field(ListOf(GAP, fewest=1, most=50))},
        "essay": {"words_at_most": Field(Number(1, 10_000, whole=True), required=False), **_notes},
        "file": {"endings": Field(ListOf(Text(9), fewest=1, most=30)), **_notes},
    },
)

MODULE = Group(
    {
        "code": Field(Code()),
        "title": Field(Words()),
        "minutes": Field(_MINUTES),
        "prerequisites": Field(ListOf(Code()), required=False),
        "due": Field(MOMENT, required=False),
        "completion": Field(
            Group(
                {
                    "all_required_units": Field(Flag()),
                    "quiz_pass_percent": Field(Number(0, 100), required=False),
                }
            )
        ),
        "units": Field(ListOf(UNIT, fewest=1)),
        "quiz": Field(
            Group(
                {
                    "unit": Field(Code()),
                    "attempts": Field(Number(1, MOST_ATTEMPTS, whole=True)),
                    "grading": Field(Choice(("highest", "average", "first", "last"))),
                    "time_limit_minutes": Field(Number(1, LONGEST_LIMIT_MINUTES, whole=True), required=False),
                    "shuffle": Field(Flag(), required=False),
                }
            ),
            required=False,
        ),
        "questions": Field(ListOf(QUESTION), required=False),
    },
    worded("module"),
)

PRE_BOOTCAMP = Group(
    {
        "window": Field(Group({"start": Field(DAY), "end": Field(DAY)}), required=False),
        "counts_toward_168": Field(Flag(), required=False),
        "modules": Field(ListOf(MODULE, fewest=1)),
    }
)
