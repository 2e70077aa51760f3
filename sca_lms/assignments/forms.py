"""Read what staff type about assignments, teams and extensions."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import wtforms
from flask_babel import gettext as _
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from sca_lms.assignments.extensions import LONGEST_REASON
from sca_lms.assignments.models import Assignment
from sca_lms.assignments.rubric_models import RubricVersion
from sca_lms.assignments.teams import LONGEST_NAME
from sca_lms.assignments.terms import LONGEST_CODE, AssignmentTerms, terms_of
from sca_lms.texts import Bilingual
from sca_lms.uploads.content import DOCUMENTS, TYPES
from sca_lms.web.forms import CheckboxesField, Form, MomentField, ScoreField, answers
from sca_lms.web.forms import lazy_label as _l

CODE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
LONGEST_TITLE = 200
LONGEST_INSTRUCTIONS = 20_000
MOST_FILES, LARGEST_MEBIBYTES, MOST_VERSIONS = 20, 100, 100
LARGEST_MAXIMUM = Decimal(10_000)
LONGEST_LIST = 400_000
KINDS = ("text", "files", "link")
NO_RUBRIC = ""


class AssignmentForm(Form):
    """Everything that staff decide about an assignment."""

    code = wtforms.StringField(
        _l("Code"),
        [
            InputRequired(),
            Length(max=LONGEST_CODE),
            Regexp(rf"^{CODE}$", message=_l("Use letters A-Z, digits, dots, hyphens and underscores.")),
        ],
    )
    title_th = wtforms.StringField(_l("Title in Thai"), [Length(max=LONGEST_TITLE)])
    title_en = wtforms.StringField(_l("Title in English"), [Length(max=LONGEST_TITLE)])
    instructions_th = wtforms.TextAreaField(
        _l("Instructions in Thai"), [Length(max=LONGEST_INSTRUCTIONS)], render_kw={"rows": 8}
    )
    instructions_en = wtforms.TextAreaField(
        _l("Instructions in English"), [Length(max=LONGEST_INSTRUCTIONS)], render_kw={"rows": 8}
    )
    takes = CheckboxesField(
        _l("What is handed in"),
        choices=answers((("text", _l("Text")), ("files", _l("Files")), ("link", _l("A link (https)")))),
    )
    endings = CheckboxesField(
        _l("Kinds of files"), choices=answers((ending, f".{ending}") for ending in sorted(TYPES))
    )
    most_files = wtforms.IntegerField(_l("Files at most"), [InputRequired(), NumberRange(1, MOST_FILES)])
    largest_mebibytes = wtforms.IntegerField(
        _l("Size of a file at most, in MB"), [InputRequired(), NumberRange(1, LARGEST_MEBIBYTES)]
    )
    who = wtforms.RadioField(
        _l("Who hands in"),
        choices=answers((("alone", _l("Each learner alone")), ("team", _l("Teams: one hands in for all")))),
    )
    opens_at = MomentField(_l("Opens"), [Optional()])
    due_at = MomentField(_l("Due"), [Optional()])
    closes_at = MomentField(_l("Closes"), [Optional()])
    most_versions = wtforms.IntegerField(_l("Versions at most"), [Optional(), NumberRange(1, MOST_VERSIONS)])
    late_percent_per_day = ScoreField(
        _l("Lost per begun day, in percent of the maximum"), [Optional()], places=2
    )
    late_percent_at_most = ScoreField(_l("Lost at most, in percent of the maximum"), [Optional()], places=2)
    max_score = ScoreField(_l("Maximum points"), [InputRequired()], places=2)
    pass_percent = wtforms.IntegerField(
        _l("To pass, in percent of the maximum"), [Optional(), NumberRange(1, 100)]
    )
    rubric = wtforms.SelectField(_l("Rubric"))
    anonymous = wtforms.BooleanField(_l("Names are hidden from markers until marks are released"))
    two_markers = wtforms.BooleanField(_l("Two people mark on their own, then one mark is agreed"))
    row_version = wtforms.HiddenField(validators=[Length(max=12)])

    def offer(self, versions: Sequence[RubricVersion], chosen: RubricVersion | None) -> None:
        """Offer the rubrics of the course, and the one in use also when it is older or archived."""
        offered = {version.id: version for version in (*versions, *((chosen,) if chosen else ()))}
        pairs = [
            (str(version.id), _("%(title)s (%(code)s, version %(number)s)", title=_one(version.rubric.title),
                                code=version.rubric.code, number=version.number))
            for version in offered.values()
        ]  # fmt: skip
        self.rubric.choices = answers([(NO_RUBRIC, _l("None: one score for the whole work")), *pairs])

    def validate_title_th(self, field: wtforms.Field) -> None:
        """Ask for a title in one language at least."""
        if not (field.data or self.title_en.data):
            raise ValidationError(_("Write a title in one language at least."))

    def validate_takes(self, field: wtforms.Field) -> None:
        """Ask for one kind of work at least."""
        if not field.data:
            raise ValidationError(_("Choose at least one."))

    def validate_endings(self, field: wtforms.Field) -> None:
        """Ask for the kinds of files where files are handed in."""
        if "files" in (self.takes.data or ()) and not field.data:
            raise ValidationError(_("Choose at least one."))

    def validate_max_score(self, field: wtforms.Field) -> None:
        """Take a maximum that a score can be compared with."""
        if field.data is not None and not 0 < field.data <= LARGEST_MAXIMUM:
            raise ValidationError(_("Write a number above 0 and at most 10,000."))

    def validate_late_percent_per_day(self, field: wtforms.Field) -> None:
        """Take a percentage."""
        _percentage(field)

    def validate_late_percent_at_most(self, field: wtforms.Field) -> None:
        """Take a percentage."""
        _percentage(field)

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Check the fields, then whether the dates follow each other."""
        valid = super().validate(extra_validators)
        opens, due, closes = self.opens_at.data, self.due_at.data, self.closes_at.data
        if opens and due and due <= opens:
            self.due_at.errors = [*self.due_at.errors, _("It must be due after it opens.")]
            valid = False
        if closes and ((due and closes < due) or (opens and closes <= opens)):
            self.closes_at.errors = [
                *self.closes_at.errors,
                _("It must close after it opens and not before it is due."),
            ]
            valid = False
        return valid

    def terms(self) -> AssignmentTerms:
        """Return what was typed, after `validate()`."""
        takes = set(self.takes.data or ())
        per_day, at_most = self.late_percent_per_day.data, self.late_percent_at_most.data
        return AssignmentTerms(
            title=Bilingual(th=self.title_th.data or "", en=self.title_en.data or ""),
            instructions=Bilingual(th=self.instructions_th.data or "", en=self.instructions_en.data or ""),
            takes_text="text" in takes,
            takes_files="files" in takes,
            takes_link="link" in takes,
            endings=sorted(self.endings.data or ()),
            most_files=self.most_files.data or 1,
            largest_mebibytes=self.largest_mebibytes.data or 1,
            by_team=self.who.data == "team",
            anonymous=bool(self.anonymous.data),
            two_markers=bool(self.two_markers.data),
            opens_at=self.opens_at.data,
            due_at=self.due_at.data,
            closes_at=self.closes_at.data,
            most_versions=self.most_versions.data,
            max_score=self.max_score.data or Decimal(1),
            pass_percent=self.pass_percent.data,
            late_percent_per_day=Decimal(0) if per_day is None else per_day,
            late_percent_at_most=Decimal(100) if at_most is None else at_most,
        )


class ExtensionForm(Form):
    """A new due date for those who were chosen."""

    until = MomentField(_l("New due date"), [InputRequired()])
    reason = wtforms.StringField(_l("Reason, seen by staff only"), [Optional(), Length(max=LONGEST_REASON)])


class ListForm(Form):
    """A list that was pasted, or chosen as a file."""

    text = wtforms.TextAreaField(
        _l("Paste the list"), [Optional(), Length(max=LONGEST_LIST)], render_kw={"rows": 6}
    )
    file = wtforms.FileField(_l("or choose a CSV file"))


class TeamForm(Form):
    """The name of a team."""

    name = wtforms.StringField(_l("Name of the team"), [InputRequired(), Length(max=LONGEST_NAME)])


def beginning() -> Mapping[str, object]:
    """Return what a new assignment begins with."""
    return {
        "takes": ["text", "files"], "endings": sorted(DOCUMENTS), "most_files": 5, "largest_mebibytes": 20,
        "who": "alone", "max_score": Decimal(100), "late_percent_per_day": Decimal(0),
        "late_percent_at_most": Decimal(100), "rubric": NO_RUBRIC, "row_version": "1",
    }  # fmt: skip


def filled_in(assignment: Assignment) -> Mapping[str, object]:
    """Return an assignment as the form shows it."""
    terms = terms_of(assignment)
    kinds = zip(KINDS, (terms.takes_text, terms.takes_files, terms.takes_link), strict=True)
    return {
        "code": assignment.code,
        "title_th": terms.title.th, "title_en": terms.title.en,
        "instructions_th": terms.instructions.th, "instructions_en": terms.instructions.en,
        "takes": [kind for kind, is_taken in kinds if is_taken],
        "endings": terms.endings, "most_files": terms.most_files,
        "largest_mebibytes": terms.largest_mebibytes,
        "who": "team" if terms.by_team else "alone",
        "opens_at": terms.opens_at, "due_at": terms.due_at, "closes_at": terms.closes_at,
        "most_versions": terms.most_versions, "max_score": terms.max_score,
        "pass_percent": terms.pass_percent,
        "late_percent_per_day": terms.late_percent_per_day,
        "late_percent_at_most": terms.late_percent_at_most,
        "rubric": str(assignment.rubric_version_id or NO_RUBRIC),
        "anonymous": terms.anonymous, "two_markers": terms.two_markers,
        "row_version": str(assignment.row_version),
    }  # fmt: skip


def _percentage(field: wtforms.Field) -> None:
    if field.data is not None and not 0 <= field.data <= 100:
        raise ValidationError(_("Write a number from 0 to 100."))


def _one(title: Bilingual) -> str:
    return title.th or title.en
