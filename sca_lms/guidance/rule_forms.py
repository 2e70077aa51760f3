"""Parse the rules by which learners are noticed, all on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import wtforms
from flask_babel import gettext as _
from wtforms.validators import InputRequired, NumberRange

from sca_lms.guidance.rule_words import SENTENCES, TITLES, UNITS
from sca_lms.guidance.rules import WITHOUT_THRESHOLD, RiskKind, Setting
from sca_lms.web.forms import Form, answers

MINUTES_IN_AN_HOUR = 60
LARGEST: Mapping[RiskKind, int] = {
    RiskKind.HOURS_BEHIND: 999,
    RiskKind.SILENT_DAYS: 400,
    RiskKind.MODULES_LATE: 100,
    RiskKind.WORK_LATE: 100,
    RiskKind.NO_MENTORING: 400,
    RiskKind.UPDATES_MISSED: 100,
}
WEIGHTS = range(1, 6)


@dataclass(frozen=True, slots=True)
class RuleFields:
    """The fields of one rule on the page."""

    kind: RiskKind
    title: str
    sentence: str
    unit: str
    enabled: wtforms.Field
    threshold: wtforms.Field | None
    weight: wtforms.Field


class RulesForm(Form):
    """Every rule of a course; the fields are made from the kinds of rules that there are."""

    @classmethod
    def of(cls, settings: Sequence[Setting], typed: Any = None) -> "RulesForm":  # A MultiDict or None.
        """Return the form with what is set, or with what was typed."""
        return _form_class()(typed, data=_shown(settings))

    @property
    def rules(self) -> list[RuleFields]:
        """Return the rules in their fixed order, with their fields."""
        return [
            RuleFields(
                kind,
                str(TITLES[kind]),
                str(SENTENCES[kind]),
                str(UNITS.get(kind, "")),
                self[_name(kind, "enabled")],
                None if kind in WITHOUT_THRESHOLD else self[_name(kind, "threshold")],
                self[_name(kind, "weight")],
            )
            for kind in RiskKind
        ]

    @property
    def settings(self) -> list[Setting]:
        """Return the rules as they were typed; call it on a valid form."""
        return [
            Setting(
                each.kind,
                0 if each.threshold is None else _stored(each.kind, each.threshold.data or 1),
                int(each.weight.data),
                bool(each.enabled.data),
            )
            for each in self.rules
        ]


def _form_class() -> type[RulesForm]:
    fields: dict[str, Any] = {}  # WTForms' unbound fields have no common type.
    for kind in RiskKind:
        fields[_name(kind, "enabled")] = wtforms.BooleanField(_("In force"))
        if kind not in WITHOUT_THRESHOLD:
            fields[_name(kind, "threshold")] = wtforms.IntegerField(
                _("From, in %(unit)s", unit=UNITS[kind]), [InputRequired(), NumberRange(1, LARGEST[kind])]
            )
        fields[_name(kind, "weight")] = wtforms.SelectField(
            _("Weight"), choices=answers((str(each), str(each)) for each in WEIGHTS)
        )
    return type("RulesOfThisPage", (RulesForm,), fields)


def _name(kind: RiskKind, part: str) -> str:
    return f"{kind.name.lower()}_{part}"


def _stored(kind: RiskKind, typed: int) -> int:
    return typed * MINUTES_IN_AN_HOUR if kind is RiskKind.HOURS_BEHIND else typed


def _shown(settings: Sequence[Setting]) -> dict[str, object]:
    found: dict[str, object] = {}
    for each in settings:
        found[_name(each.kind, "enabled")] = each.enabled
        found[_name(each.kind, "weight")] = str(each.weight)
        hours = -(-each.threshold // MINUTES_IN_AN_HOUR)
        found[_name(each.kind, "threshold")] = hours if each.kind is RiskKind.HOURS_BEHIND else each.threshold
    return found
