"""Read what the pages of the module editor send."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import wtforms
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from sca_lms.modules.drafts import ModuleDraft, UnitDraft
from sca_lms.modules.editor_words import UNIT_TYPES
from sca_lms.modules.plan import UnitType
from sca_lms.modules.prerequisites import (
    MOST_CONDITIONS,
    SCORED,
    Condition,
    ConditionKind,
    Prerequisites,
)
from sca_lms.texts import Bilingual
from sca_lms.web.forms import CheckboxesField, Form, MomentField, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_TITLE, LONGEST_TEXT, LONGEST_ADDRESS = 200, 100_000, 2_000
MOST_MINUTES, LONGEST_VIDEO_SECONDS = 10_000, 24 * 3600
MOST_POSTS, MOST_CHARACTERS = 20, 2_000
EMPTY_ROWS = 2
ADDRESS = r"^https?://[^\s]+$"
NO_ADDRESS = _l("Write an address that begins with https://.")
VIDEO_ADDRESS = r"^(https?://|/(?!/))[^\s]+$"


class TitledForm(Form):
    """A title in two languages, one of which has to be written."""

    title_th = wtforms.StringField(_l("Title in Thai"), [Length(max=LONGEST_TITLE)])
    title_en = wtforms.StringField(_l("Title in English"), [Length(max=LONGEST_TITLE)])

    def validate_title_en(self, _field: wtforms.StringField) -> None:
        """Ask for a title in one language at least."""
        if not ((self.title_th.data or "").strip() or (self.title_en.data or "").strip()):
            raise ValidationError(_("Write a title, in Thai, in English, or in both."))

    def title(self) -> Bilingual:
        """Return the title as typed."""
        return bilingual(self.title_th, self.title_en)


class NewUnitForm(TitledForm):
    """A unit to begin with; its type stays."""

    type = wtforms.SelectField(
        _l("Type"), choices=answers([(kind.value, word) for kind, word in UNIT_TYPES.items()])
    )

    def unit_type(self) -> UnitType:
        """Return the type that was chosen."""
        return UnitType(str(self.type.data))


class ModuleForm(TitledForm):
    """What a module is beside its units."""

    seen = wtforms.IntegerField(validators=[Optional()], widget=wtforms.widgets.HiddenInput())
    minutes = wtforms.IntegerField(_l("Minutes"), [InputRequired(), NumberRange(0, MOST_MINUTES)])
    opens_at = MomentField(_l("Opens"), [Optional()], description=_l("Empty: at once."))
    due_at = MomentField(_l("Due date"), [Optional()])
    quiz_pass_percent = wtforms.IntegerField(
        _l("Quiz score to pass, in percent"), [Optional(), NumberRange(1, 100)],
        description=_l("Shown in this module; the quiz itself decides."),
    )  # fmt: skip
    any_of = wtforms.RadioField(
        _l("The module opens when"),
        choices=answers((("all", _l("all of these are met")), ("any", _l("any of these is met")))),
        default="all",
    )

    def applied_to(self, draft: ModuleDraft, conditions: Sequence[Condition]) -> ModuleDraft:
        """Return the draft with what was typed; only after `validate`."""
        return replace(
            draft,
            title=self.title(),
            minutes=self.minutes.data or 0,
            opens_at=self.opens_at.data,
            due_at=self.due_at.data,
            quiz_pass_percent=self.quiz_pass_percent.data,
            prerequisites=Prerequisites(tuple(conditions), any_of=self.any_of.data == "any"),
        )


def module_fields(draft: ModuleDraft, seen: int) -> dict[str, object]:
    """Return what the form of a module shows at first."""
    return {
        "seen": seen,
        "title_th": draft.title.th,
        "title_en": draft.title.en,
        "minutes": draft.minutes,
        "opens_at": draft.opens_at,
        "due_at": draft.due_at,
        "quiz_pass_percent": draft.quiz_pass_percent,
        "any_of": "any" if draft.prerequisites.any_of else "all",
    }


class ConditionForm(Form):
    """One thing that a module waits for; an empty row is none."""

    what = wtforms.SelectField(_l("What"), [Optional()])
    percent = wtforms.IntegerField(_l("Score of at least, in percent"), [Optional(), NumberRange(1, 100)])
    date = MomentField(_l("From"), [Optional()])

    def validate_what(self, field: wtforms.SelectField) -> None:
        """Ask for what the condition needs beside its name."""
        kind = str(field.data or "").partition(":")[0]
        if kind in {each.value for each in SCORED} and self.percent.data is None:
            raise ValidationError(_("Say which score is needed."))
        if kind == ConditionKind.DATE and self.date.data is None:
            raise ValidationError(_("Say from when."))

    def condition(self) -> Condition | None:
        """Return what was chosen, None for an empty row; only after `validate`."""
        word, _colon, code = str(self.what.data or "").partition(":")
        if not word:
            return None
        kind = ConditionKind(word)
        if kind is ConditionKind.DATE:
            return Condition(kind, at=self.date.data)
        return Condition(kind, code, self.percent.data if kind in SCORED else None)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a module can wait for, and what its units can lead to: (value, label) pairs."""

    conditions: Sequence[tuple[str, str]]
    quizzes: Sequence[tuple[str, str]]
    assignments: Sequence[tuple[str, str]]
    captions: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]]


def condition_forms(
    prerequisites: Prerequisites, targets: Targets, sent: MultiDict[str, str] | None
) -> list[ConditionForm]:
    """Return a row for each condition and some empty ones, or the rows that were sent."""
    if sent is not None:
        numbers = [number for number in range(MOST_CONDITIONS) if f"p{number}-what" in sent]
        return [_condition_form(targets, sent, None, number) for number in numbers]
    known: list[Condition | None] = [*prerequisites.conditions, *[None] * EMPTY_ROWS]
    return [
        _condition_form(targets, None, condition, number)
        for number, condition in enumerate(known[:MOST_CONDITIONS])
    ]


def _condition_form(
    targets: Targets, sent: MultiDict[str, str] | None, condition: Condition | None, number: int
) -> ConditionForm:
    value = "" if condition is None else f"{condition.kind}:{condition.code}".rstrip(":")
    data = {
        "what": value,
        "percent": condition.percent if condition else None,
        "date": condition.at if condition else None,
    }
    form = ConditionForm(sent, prefix=f"p{number}-", data=data)
    choices = list(targets.conditions)
    if value and value not in {each for each, _label in choices}:
        # A module in the archive, say: it stays until somebody takes it out.
        choices.append((value, condition.code if condition else value))
    form.what.choices = answers([("", "–"), *choices])
    return form


class UnitForm(TitledForm):
    """One unit; the page shows what its type has."""

    seen = wtforms.IntegerField(validators=[Optional()], widget=wtforms.widgets.HiddenInput())
    minutes = wtforms.IntegerField(_l("Minutes"), [InputRequired(), NumberRange(0, MOST_MINUTES)])
    required = wtforms.BooleanField(_l("Required to complete the module"))
    opens_at = MomentField(_l("Opens"), [Optional()], description=_l("Empty: together with the module."))
    starts_at = MomentField(_l("Begins"), [Optional()])
    body_th = wtforms.TextAreaField(_l("Text in Thai"), [Length(max=LONGEST_TEXT)])
    body_en = wtforms.TextAreaField(_l("Text in English"), [Length(max=LONGEST_TEXT)])
    video_url = wtforms.StringField(
        _l("Address of the video"),
        [Optional(), Length(max=LONGEST_ADDRESS), Regexp(VIDEO_ADDRESS, message=NO_ADDRESS)],
        description=_l("A video file, YouTube or Vimeo."),
    )  # fmt: skip
    video_seconds = wtforms.IntegerField(
        _l("Length of the video in seconds"), [Optional(), NumberRange(1, LONGEST_VIDEO_SECONDS)],
        description=_l("Empty: measured when somebody who teaches opens the video."),
    )  # fmt: skip
    transcript_th = wtforms.TextAreaField(_l("Transcript in Thai"), [Length(max=LONGEST_TEXT)])
    transcript_en = wtforms.TextAreaField(_l("Transcript in English"), [Length(max=LONGEST_TEXT)])
    captions_th = wtforms.SelectField(_l("Captions in Thai"), [Optional()])
    captions_en = wtforms.SelectField(_l("Captions in English"), [Optional()])
    join_url = wtforms.StringField(
        _l("Link to the class"),
        [Optional(), Length(max=LONGEST_ADDRESS), Regexp(ADDRESS, message=NO_ADDRESS)],
    )  # fmt: skip
    room = wtforms.StringField(_l("Room"), [Optional(), Length(max=LONGEST_TITLE)])
    quiz_id = wtforms.SelectField(_l("Quiz"), [Optional()])
    assignment_id = wtforms.SelectField(
        _l("Assignment"), [Optional()], description=_l("With one, handing it in completes the unit.")
    )
    files = CheckboxesField(_l("Attachments"), [Optional()])
    least_posts = wtforms.IntegerField(
        _l("Posts to write"), [Optional(), NumberRange(1, MOST_POSTS)],
        description=_l("All three empty: one post is enough, or the learner's word."),
    )  # fmt: skip
    least_characters = wtforms.IntegerField(
        _l("Characters in each, without spaces"), [Optional(), NumberRange(1, MOST_CHARACTERS)]
    )
    least_replies = wtforms.IntegerField(
        _l("Of these, answers to others"), [Optional(), NumberRange(0, MOST_POSTS)]
    )

    def validate_least_replies(self, field: wtforms.IntegerField) -> None:
        """Refuse more answers than there are posts."""
        if field.data is not None and field.data > (self.least_posts.data or 1):
            raise ValidationError(_("The answers are among the posts: ask for as many posts at least."))

    def offer(self, targets: Targets) -> None:
        """Set what can be chosen."""
        self.quiz_id.choices = answers([("", "–"), *targets.quizzes])
        self.assignment_id.choices = answers(
            [("", _("none: the learner's word counts")), *targets.assignments]
        )
        for field in (self.captions_th, self.captions_en):
            field.choices = answers([("", "–"), *targets.captions])
        self.files.choices = answers(targets.files)

    def applied_to(self, unit: UnitDraft) -> UnitDraft:
        """Return the unit with what was typed; what its type does not have stays empty."""
        changed = replace(
            unit,
            title=self.title(),
            minutes=self.minutes.data or 0,
            required=bool(self.required.data),
            opens_at=self.opens_at.data,
            body=bilingual(self.body_th, self.body_en),
            files=tuple(str(name) for name in self.files.data or ()),
        )
        match unit.type:
            case UnitType.VIDEO:
                return replace(
                    changed,
                    video_url=self.video_url.data or "",
                    video_seconds=self.video_seconds.data,
                    transcript=bilingual(self.transcript_th, self.transcript_en),
                    captions_th=str(self.captions_th.data or ""),
                    captions_en=str(self.captions_en.data or ""),
                )
            case UnitType.LIVE:
                return replace(
                    changed,
                    starts_at=self.starts_at.data,
                    join_url=self.join_url.data or "",
                    room=self.room.data or "",
                )
            case UnitType.QUIZ:
                return replace(changed, quiz_id=_id(self.quiz_id))
            case UnitType.TASK:
                return replace(changed, assignment_id=_id(self.assignment_id))
            case UnitType.DISCUSSION:
                return replace(
                    changed,
                    least_posts=self.least_posts.data,
                    least_characters=self.least_characters.data,
                    least_replies=self.least_replies.data,
                )
        return changed


def unit_fields(unit: UnitDraft, seen: int) -> Mapping[str, object]:
    """Return what the form of a unit shows at first."""
    return {
        "seen": seen,
        "title_th": unit.title.th,
        "title_en": unit.title.en,
        "minutes": unit.minutes,
        "required": unit.required,
        "opens_at": unit.opens_at,
        "starts_at": unit.starts_at,
        "body_th": unit.body.th,
        "body_en": unit.body.en,
        "video_url": unit.video_url,
        "video_seconds": unit.video_seconds,
        "transcript_th": unit.transcript.th,
        "transcript_en": unit.transcript.en,
        "captions_th": unit.captions_th,
        "captions_en": unit.captions_en,
        "join_url": unit.join_url,
        "room": unit.room,
        "quiz_id": str(unit.quiz_id or ""),
        "assignment_id": str(unit.assignment_id or ""),
        "files": list(unit.files),
        "least_posts": unit.least_posts,
        "least_characters": unit.least_characters,
        "least_replies": unit.least_replies,
    }


COMMON = ("title_th", "title_en", "minutes", "required", "opens_at")
SHOWN: Mapping[UnitType, Collection[str]] = {
    UnitType.READING: ("body_th", "body_en", "files"),
    UnitType.VIDEO: (
        "video_url", "video_seconds", "captions_th", "captions_en", "transcript_th", "transcript_en",
        "body_th", "body_en", "files",
    ),
    UnitType.LIVE: ("starts_at", "join_url", "room", "body_th", "body_en", "files"),
    UnitType.QUIZ: ("quiz_id",),
    UnitType.TASK: ("assignment_id", "body_th", "body_en", "files"),
    UnitType.DISCUSSION: (
        "body_th", "body_en", "least_posts", "least_replies", "least_characters", "files",
    ),
}  # fmt: skip
"""The fields of each type beside those of all."""


def shown_fields(form: UnitForm, kind: UnitType) -> Iterator[wtforms.Field]:
    """Yield the fields that a unit of a type has beside those of all."""
    for name in SHOWN[kind]:
        if name != "files" or form.files.choices:
            yield form[name]


def bilingual(th: wtforms.StringField, en: wtforms.StringField) -> Bilingual:
    """Return two fields as one text, with the line ends that are stored."""
    return Bilingual(*((field.data or "").replace("\r\n", "\n").strip() for field in (th, en)))


def _id(field: wtforms.SelectField) -> int | None:
    return int(str(field.data)) if field.data else None
