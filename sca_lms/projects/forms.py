"""Read what managers type about pairs, areas, agencies and lists."""

from collections.abc import Sequence

import wtforms
from flask_babel import gettext as _
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from sca_lms.courses.models import Enrolment
from sca_lms.errors import Text
from sca_lms.programmes.dimensions import Dimension
from sca_lms.projects.models import Agency, AgencyKind, Area
from sca_lms.projects.pair_files import CODE
from sca_lms.texts import Bilingual
from sca_lms.web.formats import plain
from sca_lms.web.forms import Form, MomentField, answers
from sca_lms.web.forms import lazy_label as _l

LONGEST_TITLE, LONGEST_REASON = 300, 1_000
LONGEST_LIST = 400_000
LARGEST_FILE_BYTES = 2 * 1024 * 1024
NOBODY = ""
KIND_WORDS = {AgencyKind.PUBLIC: _l("Public"), AgencyKind.PRIVATE: _l("Private")}


def _code_field() -> wtforms.StringField:
    return wtforms.StringField(
        _l("Code"),
        [
            InputRequired(),
            Length(max=32),
            Regexp(
                rf"^{CODE.pattern}$", message=_l("Use letters A-Z, digits, dots, hyphens and underscores.")
            ),
        ],
    )


class PlacesOfPair(Form):
    """Where a pair works and on what."""

    area = wtforms.SelectField(_l("Area"))
    agency = wtforms.SelectField(_l("Agency"))
    dimension = wtforms.SelectField(_l("First smart-city dimension"))

    def offer_places(
        self, areas: Sequence[Area], agencies: Sequence[Agency], dimensions: Sequence[Dimension]
    ) -> None:
        """Offer what the course has; each may be left open."""
        none: tuple[str, Text] = (NOBODY, _l("not decided"))
        self.area.choices = answers([none, *((str(each.id), place_words(each)) for each in areas)])
        self.agency.choices = answers([none, *((str(each.id), plain(each.title)) for each in agencies)])
        self.dimension.choices = answers([none, *((each.code, plain(each.title)) for each in dimensions)])


class PairForm(PlacesOfPair):
    """A new pair."""

    code = _code_field()
    ambassador = wtforms.SelectField(_l("Ambassador"), [InputRequired(_l("Choose the ambassador."))])
    captain = wtforms.SelectField(_l("Captain"))
    begins_at = MomentField(_l("Begins"), [Optional()], description=_l("Empty: now."))

    def offer_people(self, ambassadors: Sequence[Enrolment], captains: Sequence[Enrolment]) -> None:
        """Offer who can be one half of the pair; a captain may come later."""
        self.ambassador.choices = answers([(NOBODY, _l("choose")), *_named(ambassadors)])
        self.captain.choices = answers([(NOBODY, _l("nobody yet")), *_named(captains)])


class CaptainForm(Form):
    """Another captain for a pair, from when on, and why."""

    captain = wtforms.SelectField(_l("New captain"))
    from_at = MomentField(
        _l("From"), [Optional()], description=_l("Empty: now. What was before stays with the one before.")
    )
    reason = wtforms.TextAreaField(
        _l("Reason"), [Optional(), Length(max=LONGEST_REASON)], render_kw={"rows": 2}
    )

    def offer_people(self, captains: Sequence[Enrolment]) -> None:
        """Offer who can be the captain."""
        self.captain.choices = answers([(NOBODY, _l("nobody for now")), *_named(captains)])


class EndForm(Form):
    """Why a pair ends."""

    reason = wtforms.TextAreaField(
        _l("Reason for ending"),
        [InputRequired(_l("Write why the pair ends.")), Length(max=LONGEST_REASON)],
        render_kw={"rows": 2},
    )


class PlaceForm(Form):
    """What areas and agencies have in common."""

    code = _code_field()
    title_th = wtforms.StringField(_l("Name in Thai"), [Length(max=LONGEST_TITLE)])
    title_en = wtforms.StringField(_l("Name in English"), [Length(max=LONGEST_TITLE)])

    @property
    def title(self) -> Bilingual:
        """Return the name as typed."""
        return Bilingual(th=self.title_th.data or "", en=self.title_en.data or "")


class AreaForm(PlaceForm):
    """An area and its province; an area without a name of its own is called by its province."""

    province_th = wtforms.StringField(_l("Province in Thai"), [Length(max=LONGEST_TITLE)])
    province_en = wtforms.StringField(_l("Province in English"), [Length(max=LONGEST_TITLE)])
    group = wtforms.StringField(_l("Cohort group"), [Length(max=64)])

    def validate_province_th(self, field: wtforms.Field) -> None:
        """Ask for the province in one language at least."""
        if not (field.data or self.province_en.data):
            raise ValidationError(_("Write the province in one language at least."))

    @property
    def province(self) -> Bilingual:
        """Return the province as typed."""
        return Bilingual(th=self.province_th.data or "", en=self.province_en.data or "")


class AgencyForm(PlaceForm):
    """An agency."""

    kind = wtforms.RadioField(_l("Kind"), choices=answers((each, KIND_WORDS[each]) for each in AgencyKind))

    def validate_title_th(self, field: wtforms.Field) -> None:
        """Ask for the name in one language at least."""
        if not (field.data or self.title_en.data):
            raise ValidationError(_("Write the name in one language at least."))


class ListForm(Form):
    """A list of pairs, pasted or as a file."""

    file = wtforms.FileField(_l("File (CSV or XLSX)"), render_kw={"accept": ".csv,.xlsx,.txt"})
    text = wtforms.TextAreaField(
        _l("Or paste the lines"), [Optional(), Length(max=LONGEST_LIST)], render_kw={"rows": 6}
    )
    begins_at = MomentField(_l("New pairs and captains begin"), [Optional()], description=_l("Empty: now."))


def place_words(area: Area) -> str:
    """Return what an area is called: its name and its province, or the province alone."""
    title, province = plain(area.title), plain(area.province)
    return _("%(area)s, %(province)s", area=title, province=province) if title else province


def _named(people: Sequence[Enrolment]) -> list[tuple[str, Text]]:
    return [
        (str(each.id), f"{each.person.full_name or _('(no name)')}{_after_name(each)}") for each in people
    ]


def _after_name(enrolment: Enrolment) -> str:
    nickname, email = enrolment.person.nickname, enrolment.person.email
    return "".join((f" ({nickname})" if nickname else "", f" · {email}" if email else ""))
