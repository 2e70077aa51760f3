"""Keep questions at hand that were read from their documents: a class is asked the same ones over and over.

A version of a question never changes; its document is compared all the same, so that nothing is ever taken
for the question of another document.
"""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from sca_lms.assessments.question_types import Question, parse_question

MOST_KEPT = 2_000
"""The questions of many quizzes; beyond them those go that were not asked for longest."""

_kept: OrderedDict[int, tuple[Mapping[str, object], Question]] = OrderedDict()
_turn = Lock()


def question_of(version_id: int, document: Mapping[str, object]) -> Question:
    """Return the question that a version's document describes."""
    with _turn:
        known = _kept.get(version_id)
        if known is not None and known[0] == document:
            _kept.move_to_end(version_id)
            return known[1]
    question = parse_question(document)
    with _turn:
        _kept[version_id] = document, question
        _kept.move_to_end(version_id)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return question
