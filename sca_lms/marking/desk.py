"""Lay out what a marker has before them: one work, its files and comments, and their own judgement of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sca_lms.assignments import queries as assignments
from sca_lms.assignments.models import Submission, WorkFile
from sca_lms.assignments.rubric_rules import Criterion, number_of
from sca_lms.courses.rules import Actor
from sca_lms.errors import Text
from sca_lms.marking import annotating, comments, queries, queue, rules
from sca_lms.marking.models import Annotation, BankComment, Mark, MarkDraft, RegradeRequest
from sca_lms.marking.regrading import requests_about
from sca_lms.marking.rules import Judgement, MarkPart, RegradeState
from sca_lms.marking.subjects import Subject, judgement_of
from sca_lms.uploads.models import StoredFile

LARGEST_KEY = 9


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One level of a criterion, and the number key that chooses it."""

    value: str
    key: str
    label: object
    text: object


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion with its levels, from the lowest to the best."""

    criterion: Criterion
    levels: Sequence[LevelLine]
    chosen: str


@dataclass(frozen=True, slots=True)
class Round:
    """Where a work stands among all that this person reads."""

    place: int
    total: int
    left: int
    previous_id: int | None
    next_id: int | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A version that was handed in, with its files and the comments on it."""

    submission: Submission
    versions: Sequence[Submission]
    files: Sequence[WorkFile]
    notes: Sequence[tuple[int, Annotation]]
    pieces: Sequence[annotating.Piece]

    def on_page(self, file_id: int) -> list[tuple[int, Annotation]]:
        """Return the numbered comments on the pages of a file."""
        return [(number, each) for number, each in self.notes if each.file_id == file_id]

    def note(self, number: int) -> Annotation:
        """Return the comment that stands under a number."""
        return self.notes[number - 1][1]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the grader shows."""

    subject: Subject
    part: MarkPart
    mark: Mark | None
    draft: MarkDraft | None
    judgement: Judgement
    seen_version: int
    round: Round
    paper: Paper | None
    bank: Sequence[BankComment]
    feedback: Sequence[StoredFile]
    request: RegradeRequest | None
    needs_reason: bool
    faults: Mapping[str, Text] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def criteria(self) -> list[CriterionLine]:
        """Return the criteria of the rubric with what is chosen."""
        rubric = self.subject.rubric
        return [] if rubric is None else [criterion_line(each, self.judgement) for each in rubric.criteria]

    @property
    def missing(self) -> int:
        """Return how much is still to be marked."""
        return self.subject.missing(self.judgement)

    @property
    def points(self) -> Decimal | None:
        """Return what the judgement is worth, None while something is missing."""
        return self.subject.points_of(self.judgement)


def criterion_line(criterion: Criterion, judgement: Judgement) -> CriterionLine:
    """Lay a criterion out; its levels answer to their numbers, or to their places if those are large."""
    ordered = sorted(criterion.levels, key=lambda level: level.value)
    values = [number_of(level.value) for level in ordered]
    own = all(value.isdigit() and int(value) <= LARGEST_KEY for value in values)
    keys = values if own else [str(place) for place in range(1, len(values) + 1)]
    lines = [
        LevelLine(value, key if len(key) == 1 else "", level.label, level.text)
        for value, key, level in zip(values, keys, ordered, strict=True)
    ]
    return CriterionLine(criterion, lines, judgement.levels.get(criterion.code, ""))


def desk(
    subject: Subject,
    actor: Actor,
    part: MarkPart,
    *,
    needs_reason: bool,
    version: int | None = None,
    with_others: bool = False,
) -> Desk:
    """Lay the desk out; what was typed and not saved comes before what was saved.

    `with_others` shows the comments of both markers, which neither sees before both have marked.
    """
    person_id = actor.person_id or 0
    mark = queries.mark_of(subject, part)
    draft = queries.draft_of(subject, person_id)
    if draft is not None:
        judgement, seen = Judgement.of(draft.document), draft.based_on
    else:
        judgement, seen = (judgement_of(mark), mark.row_version) if mark else (Judgement(), 0)
    author = person_id if subject.two_markers and not with_others else None
    requests = requests_about(mark) if mark is not None and mark.release_id is not None else ()
    return Desk(
        subject=subject, part=part, mark=mark, draft=draft, judgement=judgement, seen_version=seen,
        round=round_of(subject, actor), paper=paper(subject, version, author_id=author),
        bank=comments.bank(actor),
        feedback=queries.feedback_files([mark.id]).get(mark.id, ()) if mark else (),
        request=next((each for each in requests if each.state is RegradeState.OPEN), None),
        needs_reason=needs_reason,
    )  # fmt: skip


def paper(subject: Subject, version: int | None, *, author_id: int | None) -> Paper | None:
    """Return the version asked for, or the one handed in last; None for an attempt."""
    if subject.work is None:
        return None
    versions = assignments.submissions_of(subject.work.id)
    shown = next((each for each in versions if each.number == version), versions[0])
    notes = list(enumerate(queries.annotations_of(shown.id, author_id), start=1))
    spans = [
        (number, each.starts, each.ends)
        for number, each in notes
        if each.starts is not None and each.ends is not None
    ]
    files = assignments.files_of([shown.id]).get(shown.id, ())
    return Paper(shown, versions, files, notes, annotating.pieces(shown.text, spans))


def round_of(subject: Subject, actor: Actor) -> Round:
    """Return what comes before and after a work in the reader's own order."""
    place = {
        "assignment_id": subject.assignment.id if subject.assignment else None,
        "quiz_id": subject.attempt.quiz_id if subject.attempt else None,
    }
    marker_id = actor.person_id or 0
    ordered = rules.reading_order(queue.all_ids(**place), about=subject.about, marker_id=marker_id)
    waiting = set(queue.waiting_ids(actor, **place))
    index = ordered.index(subject.id) if subject.id in ordered else 0
    return Round(
        place=index + 1, total=len(ordered), left=len(waiting),
        previous_id=ordered[index - 1] if index else None,
        next_id=rules.next_after(subject.id, ordered, waiting),
    )  # fmt: skip


def first_waiting(actor: Actor, *, assignment_id: int | None, quiz_id: int | None) -> int | None:
    """Return what this person reads first of all that waits in an assignment or quiz."""
    about = f"assignment {assignment_id}" if assignment_id is not None else f"quiz {quiz_id}"
    waiting = queue.waiting_ids(actor, assignment_id=assignment_id, quiz_id=quiz_id)
    ordered = rules.reading_order(waiting, about=about, marker_id=actor.person_id or 0)
    return ordered[0] if ordered else None
