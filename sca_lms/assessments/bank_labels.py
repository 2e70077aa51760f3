"""The words for kinds of question and for the fields in which two versions differ."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text

KINDS: Mapping[str, Text] = {
    "single": _l("One right option"),
    "multi": _l("Several right options"),
    "truefalse": _l("True or false"),
    "numeric": _l("Number"),
    "short": _l("Short text"),
    "match": _l("Match"),
    "order": _l("Put in order"),
    "cloze": _l("Text with gaps"),
    "essay": _l("Essay"),
    "file": _l("File"),
}
HINTS: Mapping[str, Text] = {
    "single": _l("Learners choose one of several options."),
    "multi": _l("Learners tick every right option; a wrong one takes a right one away."),
    "truefalse": _l("Two options, one of them right."),
    "numeric": _l("A number, right within a tolerance."),
    "short": _l("A few words, compared without regard to spaces and capital letters."),
    "match": _l("Each thing on the left belongs to one on the right."),
    "order": _l("Things to be put into their right order."),
    "cloze": _l("Gaps in a text: words, numbers or lists to choose from."),
    "essay": _l("A longer text that a person marks."),
    "file": _l("A file that a person marks."),
}
FIELDS: Mapping[str, Text] = {
    "type": _l("Kind"),
    "prompt": _l("Question"),
    "points": _l("Points"),
    "feedback": _l("Feedback"),
    "prompt_format": _l("Form of the text"),
    "attachments": _l("Pictures"),
    "options": _l("Option"),
    "answer": _l("Answer"),
    "pairs": _l("Pair"),
    "distractors": _l("Right side that belongs to nothing"),
    "items": _l("Item"),
    "gaps": _l("Gap"),
    "words_at_most": _l("Most words"),
    "marking_notes": _l("For those who mark"),
    "endings": _l("Kinds of file"),
}
LANGUAGES: Mapping[str, Text] = {"th": _l("Thai"), "en": _l("English")}
PARTS: Mapping[str, Text] = {
    **LANGUAGES,
    "correct": _l("right"),
    "percent": _l("percent"),
    "value": _l("value"),
    "tolerance": _l("tolerance"),
    "weight": _l("weight"),
    "case_sensitive": _l("capital letters matter"),
}
