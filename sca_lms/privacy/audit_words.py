"""Say in words what a line of the audit log means, and how before and after differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text

WORDS: Mapping[str, Text] = {
    "accept-reflection": _l("Reflection accepted"),
    "accept-reflections": _l("Reflections accepted together"),
    "add-deployment": _l("Deployment of a host added"),
    "add-grade-column": _l("Grade column added"),
    "add-host": _l("Host added"),
    "add-report": _l("Report by schedule set"),
    "add-update": _l("Monthly update made"),
    "add-update-file": _l("File of an update added"),
    "approve-deployment": _l("Deployment of a host let in"),
    "archive-module": _l("Module archived"),
    "assignment.change": _l("Assignment changed"),
    "assignment.create": _l("Assignment made"),
    "assignment.extension": _l("More time for an assignment"),
    "assignment.hide": _l("Assignment hidden"),
    "assignment.publish": _l("Assignment published"),
    "assignment.rubric": _l("Rubric of an assignment chosen"),
    "assignment.team": _l("Team changed"),
    "award-hours": _l("Hours awarded"),
    "bring-module-back": _l("Module brought back"),
    "cancel-session": _l("Session cancelled"),
    "cancel-update": _l("Monthly update cancelled"),
    "change-host": _l("Host changed"),
    "change-pair": _l("Pair changed"),
    "change-released-mark": _l("Released mark changed"),
    "change-session": _l("Session changed"),
    "change-update": _l("Monthly update changed"),
    "close-deployment": _l("Deployment of a host shut out"),
    "close-intervention": _l("Help for a learner closed"),
    "compare-grades": _l("Gradebook compared"),
    "confirm-leaving": _l("Leaving of people confirmed"),
    "count-attempt-again": _l("Attempt counts again"),
    "create-module": _l("Module made"),
    "decide-hours-request": _l("Request about hours decided"),
    "decide-meeting": _l("Report of a meeting decided"),
    "disable-host": _l("Host shut out"),
    "drop-grade-column": _l("Grade column taken away"),
    "enable-host": _l("Host let in"),
    "end-pair": _l("Pair ended"),
    "erase-person": _l("Person made anonymous"),
    "extend-module": _l("More time for a module"),
    "follow-programme": _l("Module follows the programme again"),
    "give-role": _l("Role given"),
    "hide-post": _l("Post hidden"),
    "hide-update": _l("Monthly update hidden"),
    "invite-host": _l("Host invited"),
    "keep-grade": _l("Score in the host accepted"),
    "keep-mark": _l("Mark kept after a second look"),
    "keep-updates": _l("Monthly updates kept apart from the programme"),
    "let-create-columns": _l("Making of grade columns switched"),
    "make-pair": _l("Pair made"),
    "mark-intervention": _l("Help for a learner noted"),
    "measure-video": _l("Length of a video set"),
    "move-update": _l("Monthly update moved"),
    "offer-programme": _l("Programme offered to hosts"),
    "order-modules": _l("Modules put in another order"),
    "overwrite-grade": _l("Score in the host overwritten"),
    "pause-report": _l("Report by schedule paused"),
    "place-activities": _l("Activities placed in the host"),
    "privacy-answered": _l("Request about data answered"),
    "privacy-asked": _l("Request about data entered"),
    "privacy-export": _l("Archive of a person's data asked for"),
    "privacy-profile": _l("Own nickname or language changed"),
    "privacy-withdrawn": _l("Request about data taken back"),
    "publish-module": _l("Module published"),
    "publish-update": _l("Monthly update published"),
    "put-note-template": _l("Template of a note saved"),
    "question-added": _l("Question added"),
    "question-archived": _l("Question archived"),
    "question-changed": _l("Question changed"),
    "question-deleted": _l("Question deleted"),
    "question-import-undone": _l("Import of questions undone"),
    "question-moved": _l("Question moved"),
    "question-restored": _l("Earlier version of a question restored"),
    "question-shelf-removed": _l("Category of questions removed"),
    "question-shelf-renamed": _l("Category of questions renamed"),
    "question-unarchived": _l("Question brought back"),
    "questions-imported": _l("Questions imported"),
    "quiz-changed": _l("Quiz changed"),
    "quiz-deleted": _l("Quiz deleted"),
    "quiz-made": _l("Quiz made"),
    "quiz-places-changed": _l("Questions of a quiz changed"),
    "quiz-published": _l("Quiz published"),
    "quiz-unpublished": _l("Quiz hidden"),
    "recreate-column": _l("Grade column made again"),
    "release-marks": _l("Marks released"),
    "remove-note-template": _l("Template of a note removed"),
    "remove-report": _l("Report by schedule removed"),
    "remove-set-score": _l("Score set by hand removed"),
    "remove-update-file": _l("File of an update removed"),
    "reopen-attempt": _l("Attempt opened again"),
    "replace-captain": _l("Captain of a pair replaced"),
    "resume-report": _l("Report by schedule goes on"),
    "return-reflection": _l("Reflection returned"),
    "rotate-key": _l("Key of the tool renewed"),
    "rubric.archive": _l("Rubric archived"),
    "rubric.bring-back": _l("Rubric brought back"),
    "rubric.create": _l("Rubric made"),
    "rubric.save": _l("Rubric saved"),
    "send-grade-again": _l("Score sent again"),
    "send-grades-again": _l("Scores sent again"),
    "send-message": _l("Message sent to learners"),
    "set-accommodation": _l("More time in quizzes for a person"),
    "set-extension": _l("More time for a quiz"),
    "set-hours-policy": _l("Policy of hours set"),
    "set-keeping-period": _l("Period of keeping set"),
    "set-mentoring-terms": _l("Rules of mentoring set"),
    "set-risk-rule": _l("Rule of who needs help set"),
    "set-score": _l("Score set by hand"),
    "set-weekly-hours": _l("Weekly hours of a captain set"),
    "set-weights": _l("Weights of grades set"),
    "show-post": _l("Post shown again"),
    "submit-attempt-for-learner": _l("Attempt handed in for a learner"),
    "take-role": _l("Role taken"),
    "take-score-import": _l("File of scores taken in"),
    "timetable-publish": _l("Timetable published"),
    "timetable-undo": _l("Step in the timetable undone"),
    "undo-leaving": _l("Leaving of people undone"),
    "undo-pair-list": _l("List of pairs taken back"),
    "undo-release": _l("Release of marks undone"),
    "undo-score-import": _l("File of scores taken back"),
    "use-programme": _l("Programme chosen"),
    "void-attempt": _l("Attempt voided"),
    "withdraw-grade": _l("Score in the host withdrawn"),
    "withdraw-invite": _l("Invitation of a host withdrawn"),
}
"""Every verb that the code writes; a test finds those that are missing here."""

BEGINNINGS: Mapping[str, Text] = {
    "timetable-": _l("Draft of the timetable changed"),
    "change-": _l("Agency or area changed"),
    "make-": _l("Agency or area made"),
}
"""Verbs that are made of two parts."""
MOST_LINES = 60
LONGEST_VALUE = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """One member of a document, how it was and how it is; None where it is not there."""

    name: str
    before: str | None
    after: str | None


def said(verb: str) -> Text:
    """Return the words for a verb; one that nobody wrote words for stands for itself."""
    if verb in WORDS:
        return WORDS[verb]
    return next((words for start, words in BEGINNINGS.items() if verb.startswith(start)), verb)


def differences(
    before: Mapping[str, object] | None, after: Mapping[str, object] | None
) -> Sequence[Difference]:
    """Return the members in which two documents differ; where one is missing, all of the other."""
    old, new = (dict(_flat(each)) if each else {} for each in (before, after))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [Difference(name, old.get(name), new.get(name)) for name in names[:MOST_LINES]]


def as_text(found: Sequence[Difference]) -> str:
    """Return differences in one line, for files."""
    return "; ".join(f"{each.name}: {each.before or '–'} → {each.after or '–'}" for each in found)


def _flat(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(each, list | Mapping) for each in value):
        for number, each in enumerate(value, start=1):
            yield from _flat(each, f"{name}.{number}" if name else str(number))
    elif isinstance(value, list):
        yield name, ", ".join(str(each) for each in value)[:LONGEST_VALUE]
    else:
        yield name, "–" if value is None else str(value)[:LONGEST_VALUE]
