"""Say in words where a score stands and what to do about it."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.grades.rules import UNSENT, Reason, State

STATES: Mapping[State, Text] = {
    State.NOTHING: _l("No score yet"),
    State.DUE: _l("Being sent"),
    State.WAITING: _l("Waiting to try again"),
    State.DELIVERED: _l("Sent"),
    State.REFUSED: _l("Refused by the LMS"),
    State.CHANGED: _l("Changed in the LMS"),
    State.KEPT: _l("The teacher's score stands"),
    State.MISSING: _l("Missing in the LMS"),
    State.WITHDRAWN: _l("Taken back"),
}
"""A short name for each state, for chips and tables."""

REASONS: Mapping[Reason, Text] = {
    Reason.UNREACHABLE: _l("The LMS does not answer. The score is sent again by itself."),
    Reason.BUSY: _l("The LMS asks us to wait. The score is sent again by itself."),
    Reason.HOST_ERROR: _l("The LMS reports an error of its own. The score is sent again by itself."),
    Reason.CLOCKS: _l(
        "The LMS has a newer entry than this score, or its clock is ahead. The score is sent again by itself."
    ),
    Reason.NO_SERVICE: _l(
        "The LMS does not offer its gradebook to the tool. Its administrator switches on the grade services "
        "of the tool; then open the course from the LMS once."
    ),
    Reason.NO_ACCOUNT: _l(
        "This person has no account in the LMS that we know of. The score is sent after their first visit."
    ),
    Reason.NO_COLUMN: _l(
        "There is no column for this score in the LMS, and the tool may not make one. Add the activity with "
        "its column in the LMS, or let the tool manage columns."
    ),
    Reason.TOKEN: _l(
        "The LMS does not let the tool use its services. Its administrator compares client id, key set "
        "address and services of the tool; then send the scores again."
    ),
    Reason.PERMISSION: _l(
        "The LMS does not allow the tool to write scores here. Its administrator checks the grade services "
        "of the tool; then send the score again."
    ),
    Reason.NOT_ENROLLED: _l(
        "The LMS does not take scores for this person: they are not a learner of the course there. Enrol "
        "them there as a learner, then send the score again."
    ),
    Reason.COLUMN_GONE: _l("The column was deleted in the LMS. Ask for it to be made again, or leave it so."),
    Reason.CONCLUDED: _l(
        "The course in the LMS is over or not published, so it takes no scores. Open it there, then send the "
        "score again."
    ),
    Reason.LOCKED: _l("The grade is locked in the LMS. Unlock it there, then send the score again."),
    Reason.ATTEMPTS: _l(
        "The LMS takes no further attempt of this person. Allow another one there, then send the score again."
    ),
    Reason.REJECTED: _l(
        "The LMS rejects the score. Show the figure beside this to whoever looks after the tool."
    ),
    Reason.CHANGED: _l(
        "A teacher has changed the score in the LMS. It is left as it is until you send ours again."
    ),
    Reason.MISSING: _l("The score is no longer in the LMS. Send it again if it should be there."),
    Reason.FAILS_THERE: _l(
        "The LMS reports an error for this person every time; most often it does not know them as a learner "
        "of the course. Look them up there, then send the score again."
    ),
    Reason.STILL_SHOWN: _l(
        "The LMS was asked to clear the grade and still shows one. A teacher removes it there by hand."
    ),
    Reason.TOO_LONG: _l("The LMS takes too long to show the column. It is read again by itself, later."),
    Reason.DEFECT: _l(
        "The tool has met an error of its own, and tries again by itself. If it stays so, give the number "
        "beside this to whoever looks after the tool."
    ),
}
"""One sentence or two for each reason: what happened, and who does what."""


WAITS_FOR_MARKING = _l("Waits to be marked")
WAITS_FOR_RELEASE = _l("Marked, not released yet")
BEING_TAKEN_BACK = _l("Being taken back")
NO_SCORE = _l("There is no score: nothing was handed in, or it waits to be marked or to be released.")

FOR_LEARNERS: Mapping[State, Text] = {
    State.NOTHING: _l(
        "There is no score yet. What was handed in is sent as soon as it is marked and the score is released."
    ),
    State.DUE: _l("Your score is on its way to the LMS."),
    State.WAITING: _l("The LMS does not take your score just now. It is sent again by itself."),
    State.DELIVERED: _l("Your score is in the LMS."),
    State.REFUSED: _l("Your score is kept here and has not reached the LMS. Your teacher can see why."),
    State.CHANGED: _l("The LMS shows another score than this one. Your teacher can see both."),
    State.KEPT: _l("The LMS shows the score that your teacher has given."),
    State.MISSING: _l("Your score is kept here and is no longer in the LMS. Your teacher can send it again."),
    State.WITHDRAWN: _l("Your teacher has taken this score back from the LMS."),
}
"""One sentence for each state for the person whose score it is; there is nothing for them to do."""


def explain(state: State, reason: Reason | None, *, withdraws: bool = False) -> Text:
    """Return what to tell those who look after a score."""
    if reason is not None:
        return REASONS[reason]
    if state is State.NOTHING:
        return NO_SCORE
    return BEING_TAKEN_BACK if withdraws and state in UNSENT else STATES[state]


def tell_learner(state: State, *, withdraws: bool = False) -> Text:
    """Return what to tell the person whose score it is."""
    return BEING_TAKEN_BACK if withdraws and state in UNSENT else FOR_LEARNERS[state]
