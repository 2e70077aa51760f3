"""Forms: the base class, its CSRF token, and fields for moments, days and scores."""

import datetime as dt
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import wtforms
from flask import Flask, g
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # New in WTForms 3.3.
from wtforms.fields.core import Field, UnboundField
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta
from wtforms.widgets import CheckboxInput, DateInput, DateTimeLocalInput, ListWidget, TextInput

from sca_lms.errors import Refused, Text
from sca_lms.web import calendar_text, day_input, number_text
from sca_lms.web.form_controls import control_attributes
from sca_lms.web.form_messages import FormMessages
from sca_lms.web.i18n import page_locale, page_zone

AnyField = TypeVar("AnyField", bound=Field)

CSRF_FIELD = "csrf_token"
# The smallest integer column of both databases.
LARGEST_INTEGER = 2**31 - 1
LARGEST_DECIMAL = Decimal(10) ** 12
SCORE_PLACES = 4
LARGEST_SCORE = Decimal("99999.9999")

_INVISIBLE_EDGES = "\u200b\u2060\ufeff"
_SCORE = re.compile(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+")


def init_app(app: Flask) -> None:
    """Offer `csrf_field()`, `csrf_token()` and what the field macro needs to every template."""
    app.jinja_env.globals.update(
        csrf_field=csrf_field, csrf_token=csrf_token, control_attributes=control_attributes
    )


# ---------------------------------------------------------------- CSRF


def csrf_token() -> str:
    """Return a new token for this reader and course, empty when nobody has a session.

    It differs each time, so that a compressed page never repeats a secret.
    """
    secret = g.get("form_secret")
    if not secret:
        return ""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_signature(secret, nonce)}"


def csrf_valid(token: str | None) -> bool:
    """Tell whether a token was made for this reader and course."""
    secret = g.get("form_secret")
    nonce, _dot, signature = (token or "").partition(".")
    if not secret or not nonce or not signature.isascii():
        return False
    return hmac.compare_digest(signature, _signature(secret, nonce))


def csrf_field() -> Markup:
    """Return the hidden field that hand-written forms need."""
    token = csrf_token()
    return (
        Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token) if token else Markup()
    )


def _signature(secret: bytes, nonce: str) -> str:
    return hmac.new(secret, b"form:" + nonce.encode(), hashlib.sha256).hexdigest()


# ---------------------------------------------------------------- form


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the summary above a form."""

    field_id: str | None
    label: str
    messages: tuple[str, ...]


class Form(wtforms.Form):
    """What every form inherits: clean text, our messages, and room for a refusal."""

    class Meta(DefaultMeta):
        """Bind fields with our messages and filters."""

        def get_translations(self, form: BaseForm) -> FormMessages:
            """Return the messages of the reader's language."""
            return FormMessages()

        def bind_field(
            self,
            form: BaseForm,
            unbound_field: "UnboundField[AnyField]",
            options: MutableMapping[str, Any],  # WTForms' signature.
        ) -> AnyField:
            """Bind a field and clean what is typed into it before its own filters see it."""
            field = super().bind_field(form, unbound_field, options)
            field.filters = (*_filters(field), *field.filters)
            return field

    refusal_code: str | None = None

    @property
    def csrf_token(self) -> Markup:
        """Return the hidden CSRF field."""
        return csrf_field()

    def hidden_tag(self) -> Markup:
        """Return the CSRF field and every hidden field of the form."""
        hidden = [field() for field in self if isinstance(field, wtforms.HiddenField)]
        return Markup("").join([csrf_field(), *hidden])

    def validate(self, extra_validators: Any = None) -> bool:  # WTForms' own signature uses Any.
        """Check every field; one that could not be read at all says only that."""
        valid = super().validate(extra_validators)
        for field in _leaves(self):
            # What may stay empty was forgiven by then, and nothing is wrong with it.
            if field.process_errors and field.errors:
                field.errors = list(field.process_errors)[:1]
        return valid

    def reject(self, refusal: Refused, field: Field | str | None = None) -> None:
        """Show a refusal beside a field, or above the form."""
        self.refusal_code = refusal.code
        if field is None:
            self.form_errors.append(str(refusal))
            return
        found = self[field] if isinstance(field, str) else field
        found.errors = [*found.errors, str(refusal)]

    def faults(self) -> list[Fault]:
        """List everything that is wrong, for the summary above the form."""
        lines = [Fault(None, "", (str(message),)) for message in self.form_errors]
        lines.extend(
            Fault(field.id, str(field.label.text), tuple(map(str, field.errors)))
            for field in _leaves(self)
            if field.errors
        )
        return lines


def _leaves(fields: Iterable[Field]) -> Iterator[Field]:
    """Walk through the fields that a person fills in, also inside lists and nested forms."""
    for field in fields:
        if isinstance(field, wtforms.FormField):
            yield from _leaves(field.form)
        elif isinstance(field, wtforms.FieldList):
            yield from _leaves(field.entries)
        else:
            yield field


def _filters(field: Field) -> tuple[Callable[[Any], Any], ...]:
    """Choose what is done to typed text; a password is never touched."""
    if isinstance(field, wtforms.PasswordField):
        return ()
    if isinstance(field, wtforms.StringField):
        return (partial(clean_text, lines=isinstance(field, wtforms.TextAreaField)),)
    if isinstance(field, wtforms.IntegerField):
        return (partial(_bounded, field, largest=LARGEST_INTEGER),)
    if isinstance(field, wtforms.DecimalField | wtforms.FloatField):
        return (partial(_bounded, field, largest=LARGEST_DECIMAL),)
    return ()


def clean_text(text: str | None, *, lines: bool = False) -> str:
    """Return typed text in one spelling (NFC) without space around it.

    Raise `ValueError` for characters that no keyboard makes; PostgreSQL cannot store NUL at all.
    """
    typed = "" if text is None else str(text)
    if lines:
        typed = typed.replace("\r\n", "\n").replace("\r", "\n")
    allowed = "\n\t" if lines else "\t"
    if any(
        unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed for character in typed
    ):
        raise ValueError(_("Take out the characters that cannot be seen, then send again."))
    kept = unicodedata.normalize("NFC", typed)
    while (stripped := kept.strip().strip(_INVISIBLE_EDGES)) != kept:
        kept = stripped
    return kept


def _bounded(field: Field, value: Decimal | float | None, *, largest: Decimal | int) -> object:
    """Refuse numbers that no column holds, before a validator stumbles over them."""
    if value is None:
        return None
    if not Decimal(value).is_finite() or abs(Decimal(value)) > largest:
        field.data = None
        raise ValueError(_("Write a smaller number."))
    return value


# ---------------------------------------------------------------- fields

Zone = ZoneInfo | str | Callable[[], ZoneInfo | str] | None


class _DayInput(Field):
    """What days and moments share: the text as typed, and a suggestion when it was nearly right."""

    suggestion: str | None = None
    suggestion_text: str | None = None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self._shown(self.data)

    def _shown(self, value: Any) -> str:  # Days here, moments below.
        return str(value.isoformat()) if value else ""

    def process_formdata(self, valuelist: list[Any]) -> None:  # WTForms' signature.
        """Read what was typed; raise `ValueError` with a sentence and keep the text."""
        if not valuelist:
            # A page that is only looked at comes without fields: what the form was filled with stays.
            return
        typed = str(valuelist[0]).strip()
        self.data = None
        if not typed:
            return
        if self.object_data is not None and typed == self._shown(self.object_data):
            # An unchanged field keeps its seconds, and which of two equal wall times it was.
            self.data = self.object_data
            return
        try:
            self.data = self._read(typed)
        except day_input.BuddhistYearError as error:
            if error.suggestion is None:
                raise ValueError(_("Write the year in the Common Era, such as 2022.")) from error
            self._suggest(error.suggestion, typed)
            raise ValueError(
                _(
                    "Did you mean %(year)s C.E.? Write %(day)s.",
                    year=error.suggestion.year,
                    day=self.suggestion,
                )
            ) from error
        except day_input.UnclearDayError as error:
            if error.suggestion is not None:
                self._suggest(error.suggestion, typed)
            raise ValueError(_("Write the day as year-month-day, such as 2022-09-29.")) from error
        except day_input.UnclearTimeError as error:
            raise ValueError(_("Write the day and the time, such as 2022-09-29 13:15.")) from error

    def _read(self, typed: str) -> dt.date:
        return day_input.read_day(typed)

    def _suggest(self, day: dt.date, typed: str) -> None:
        self.suggestion = day.isoformat()
        shown, locale = calendar_text.day_text(day, page_locale(), "short"), page_locale()
        self.suggestion_text = f"{shown} ({day.year})" if locale == "th" else shown


class DayField(_DayInput):
    """A day in the Common Era, as `<input type="date">` sends it."""

    data: dt.date | None
    widget = DateInput()


class MomentField(_DayInput):
    """A wall time in the course's zone on the page, an aware moment in UTC inside."""

    data: dt.datetime | None
    widget = DateTimeLocalInput()

    def __init__(
        self,
        label: str | None = None,
        validators: list[Any] | None = None,  # WTForms leaves the type of validators open.
        *,
        zone: Zone = None,
        **options: Any,  # Everything else WTForms' own fields take.
    ) -> None:
        self.given_zone = zone
        super().__init__(label, validators, **options)

    def zone(self) -> ZoneInfo:
        """Return the zone whose wall time the field shows: as given, else the course's."""
        given = self.given_zone() if callable(self.given_zone) else self.given_zone
        if given is None:
            return page_zone()
        return given if isinstance(given, ZoneInfo) else ZoneInfo(given)

    def _shown(self, value: dt.datetime | None) -> str:
        return f"{value.astimezone(self.zone()):%Y-%m-%dT%H:%M}" if value else ""

    def _read(self, typed: str) -> dt.datetime:
        wall = day_input.read_wall_time(typed)
        moment = wall.replace(tzinfo=self.zone()).astimezone(dt.UTC)
        real = moment.astimezone(self.zone()).replace(tzinfo=None)
        if real != wall:
            self.suggestion = self.suggestion_text = f"{real:%Y-%m-%dT%H:%M}"
            raise ValueError(
                _(
                    "Clocks skip this time when summer time begins. Write %(time)s.",
                    time=f"{real:%Y-%m-%d %H:%M}",
                )
            )
        return moment

    def _suggest(self, day: dt.date, typed: str) -> None:
        super()._suggest(day, typed)
        self.suggestion = f"{day.isoformat()}T{day_input.read_time(typed)}"


def lazy_label(text: str) -> str:
    """Return a text that is translated when it is shown; import it as `_l`."""
    return cast("str", lazy_gettext(text))  # WTForms' types know only plain text; it shows any.


def answers(pairs: Iterable[tuple[str, Text]]) -> list[Any]:  # The stubs do not know WTForms' newer type.
    """Return the choices of a select, radio or checkboxes field from (value, label) pairs."""
    return [SelectChoice(value, label) for value, label in pairs]


class CheckboxesField(wtforms.SelectMultipleField):
    """Several answers of a few, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ScoreField(Field):
    """A score as an exact decimal number; nothing is ever rounded on the way in."""

    data: Decimal | None
    widget = TextInput()

    def __init__(
        self,
        label: str | None = None,
        validators: list[Any] | None = None,  # WTForms leaves the type of validators open.
        *,
        places: int = SCORE_PLACES,
        **options: Any,  # Everything else WTForms' own fields take.
    ) -> None:
        self.places = places
        super().__init__(label, validators, **options)
        self.render_kw = {"inputmode": "decimal", "autocomplete": "off", **(self.render_kw or {})}

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        shown = "" if self.data is None else number_text.number_text(self.data)
        return shown.replace(",", "").replace(number_text.MINUS, "-")

    def process_formdata(self, valuelist: list[Any]) -> None:  # WTForms' signature.
        """Read the number typed; raise `ValueError` with a sentence and keep the text."""
        typed = str(valuelist[0]).strip().replace(number_text.MINUS, "-") if valuelist else ""
        self.data = None
        if not typed:
            return
        if not _SCORE.fullmatch(typed):
            raise ValueError(_("Write a number, such as 12.5."))
        if len(typed.partition(".")[2]) > self.places:
            raise ValueError(_("Use at most %(places)d decimal places.", places=self.places))
        score = Decimal(typed)
        if abs(score) > LARGEST_SCORE:
            raise ValueError(_("Write a smaller number."))
        self.data = score
