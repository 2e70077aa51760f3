"""Parse a new version of the hours policy."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from wtforms import BooleanField, HiddenField, IntegerField, RadioField
from wtforms.validators import InputRequired, NumberRange, Optional

from sca_lms.attendance.rules import CountingMode
from sca_lms.web.forms import Form, MomentField, ScoreField, answers
from sca_lms.web.forms import lazy_label as _l

MODES = (
    (CountingMode.NET_CONTACT.value, _l("Without breaks (net contact time)")),
    (CountingMode.RESIDENTIAL_GROSS.value, _l("Round the clock, breaks included (residential camp)")),
)
LONGEST_GRACE = 240
LONGEST_WINDOW = 3660
MINUTES = (
    "required_minutes",
    "grace_in_minutes",
    "grace_out_minutes",
    "quantum_minutes",
    "dispute_window_days",
)
PERCENTS = ("pass_percent", "category_floor_percent")


class PolicyForm(Form):
    """The fields of `hours_policy` that staff may change, and from when they hold."""

    effective_from = MomentField(
        _l("Holds for sessions that begin from"),
        [InputRequired()],
        description=_l("Sessions that began earlier keep the version under which they began."),
    )
    counting_mode = RadioField(
        _l("How the minutes of a session are counted"),
        choices=answers(MODES),
        description=_l(
            "Without breaks, a session from 8:30 to 12:15 with a break of 15 minutes pays 210 minutes."
        ),
    )
    required_minutes = IntegerField(
        _l("Minutes required"),
        [InputRequired(), NumberRange(min=1)],
        description=_l("The sum that counts as 100 percent; 168 hours are 10,080 minutes."),
    )
    pass_percent = ScoreField(
        _l("Pass mark, percent of the minutes required"), [InputRequired(), NumberRange(0, 100)]
    )
    category_floor_percent = ScoreField(
        _l("Minimum in every content area, percent"),
        [Optional(), NumberRange(0, 100)],
        description=_l(
            "Whoever is below it in one area has not passed, whatever the sum. Empty: no minimum."
        ),
    )
    grace_in_minutes = IntegerField(
        _l("Late by at most, minutes"),
        [InputRequired(), NumberRange(0, LONGEST_GRACE)],
        description=_l("Up to here nothing is lost. Whoever is later loses all of it, not only the rest."),
    )
    grace_out_minutes = IntegerField(
        _l("Gone early by at most, minutes"), [InputRequired(), NumberRange(0, LONGEST_GRACE)]
    )
    quantum_minutes = IntegerField(
        _l("Rounded down to whole units of, minutes"),
        [InputRequired(), NumberRange(1, LONGEST_GRACE)],
        description=_l("1: every minute counts. 15: 44 minutes become 30."),
    )
    min_session_percent = ScoreField(
        _l("Least share of a session that pays at all, percent"),
        [InputRequired(), NumberRange(0, 100)],
        description=_l("Whoever was there for less gets 0 minutes of that session. 0: every minute pays."),
    )
    makeup_cap_minutes = IntegerField(
        _l("Make-up in all at most, minutes"),
        [InputRequired(), NumberRange(min=0)],
        description=_l("What one learner can win back by make-up in the whole programme."),
    )
    makeup_window_days = IntegerField(
        _l("Make-up can be asked for, days after the session"),
        [InputRequired(), NumberRange(0, LONGEST_WINDOW)],
    )
    makeup_evidence = BooleanField(_l("A make-up needs evidence"))
    dispute_window_days = IntegerField(
        _l("Minutes can be disputed, days after the session"),
        [InputRequired(), NumberRange(0, LONGEST_WINDOW)],
    )
    digest = HiddenField()

    @classmethod
    def showing(cls, section: Mapping[str, object], *, effective_from: dt.datetime) -> "PolicyForm":
        """Return the form filled with a version of the policy."""
        makeup = section.get("makeup")
        inner = makeup if isinstance(makeup, Mapping) else {}
        whole = {name: int(str(section.get(name, 1 if name == "quantum_minutes" else 0))) for name in MINUTES}
        shares = {
            name: Decimal(str(section[name])) if section.get(name) is not None else None for name in PERCENTS
        }
        return cls(
            data={
                **whole,
                **shares,
                "effective_from": effective_from,
                "counting_mode": str(section.get("counting_mode", CountingMode.NET_CONTACT)),
                "min_session_percent": Decimal(str(section.get("min_session_fraction", 0))) * 100,
                "makeup_cap_minutes": int(str(inner.get("cap_minutes", 0))),
                "makeup_window_days": int(str(inner.get("window_days", 0))),
                "makeup_evidence": bool(inner.get("evidence_required", False)),
            }
        )

    def section(self, before: Mapping[str, object]) -> dict[str, object]:
        """Return the section that was typed; what the form does not show stays as it was."""
        share = self.min_session_percent.data or Decimal(0)
        makeup = before.get("makeup")
        section: dict[str, object] = {
            **before,
            "counting_mode": str(self.counting_mode.data),
            "pass_percent": plain(self.pass_percent.data or Decimal(0)),
            "min_session_fraction": plain(share / 100),
            "makeup": {
                "approval": "instructor_not_self",
                **(makeup if isinstance(makeup, Mapping) else {}),
                "cap_minutes": self.makeup_cap_minutes.data or 0,
                "window_days": self.makeup_window_days.data or 0,
                "evidence_required": bool(self.makeup_evidence.data),
            },
        }
        for name in MINUTES:
            section[name] = self[name].data
        if self.category_floor_percent.data is None:
            section.pop("category_floor_percent", None)
        else:
            section["category_floor_percent"] = plain(self.category_floor_percent.data)
        return section


def plain(number: Decimal) -> int | float:
    """Return a number as a programme file writes it: whole, or with its decimals."""
    return int(number) if number == number.to_integral_value() else float(number)
