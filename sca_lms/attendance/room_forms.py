"""Forms of a room's console: when somebody left, a stay that was never recorded, and reasons."""

import datetime as dt
from collections.abc import Iterable, Mapping

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length

from sca_lms.attendance.models import AttendanceSession, PresenceRecord
from sca_lms.attendance.room_keeping import proposed_check_out
from sca_lms.attendance.rules import Presence
from sca_lms.courses.models import Enrolment
from sca_lms.web.forms import Form, MomentField
from sca_lms.web.forms import lazy_label as _l

LONGEST_REASON = 500


class CheckOutForm(Form):
    """When one person left; it counts only when somebody ticks it."""

    chosen = BooleanField(_l("Confirm"))
    out_at = MomentField(_l("Left at"), [InputRequired()])

    def moment(self) -> dt.datetime:
        """Return when the person left; the form must have been found valid."""
        if self.out_at.data is None:
            raise TypeError("ask only after validate()")
        return self.out_at.data


class StayForm(Form):
    """A stay that staff vouch for."""

    in_at = MomentField(_l("Came at"), [InputRequired()])
    out_at = MomentField(_l("Left at"), [InputRequired()])

    def stay(self) -> Presence:
        """Return the stay; the form must have been found valid."""
        if self.in_at.data is None:
            raise TypeError("ask only after validate()")
        return Presence(self.in_at.data, self.out_at.data)


class ReasonForm(Form):
    """Why something that was recorded is changed."""

    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=LONGEST_REASON)])

    def text(self) -> str:
        """Return the reason."""
        return str(self.reason.data)


def check_out_forms(
    sent: MultiDict[str, str] | None, session: AttendanceSession, stays: Iterable[PresenceRecord]
) -> dict[int, CheckOutForm]:
    """Return a form for each stay without an end, by the stay's id, with the time to propose."""
    return {
        stay.id: CheckOutForm(
            sent, prefix=f"stay{stay.id}-", data={"out_at": proposed_check_out(session, stay)}
        )
        for stay in stays
    }


def decided(
    forms: Mapping[int, CheckOutForm], stays: Iterable[PresenceRecord]
) -> tuple[list[tuple[PresenceRecord, Enrolment, dt.datetime]], bool]:
    """Return what was ticked, and whether all of it can be read."""
    chosen = [(stay, forms[stay.id]) for stay in stays if forms[stay.id].chosen.data]
    readable = [form.validate() for _stay, form in chosen]
    if not all(readable):
        return [], False
    return [(stay, stay.enrolment, form.moment()) for stay, form in chosen], True
