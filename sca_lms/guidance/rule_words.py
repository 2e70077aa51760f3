"""Say what a rule looks at, and why somebody is listed with the number and the threshold."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from sca_lms.errors import Text
from sca_lms.guidance.rules import Applied, RiskKind
from sca_lms.guidance.words import reason_words
from sca_lms.web import formats

SENTENCES: Mapping[RiskKind, Text] = {
    RiskKind.CANNOT_REACH: _l(
        "Even with every session to come and every make-up allowed, the hours stay below the pass mark."
    ),
    RiskKind.HOURS_BEHIND: _l("Of the sessions held so far, this many hours or more are missing."),
    RiskKind.SILENT_DAYS: _l(
        "For this many days or more there is no sign: no check-in, no unit, no meeting, no visit of a page."
    ),
    RiskKind.MODULES_LATE: _l("This many modules or more are past their due date and not complete."),
    RiskKind.WORK_LATE: _l("This many assignments or more are past their due date with nothing handed in."),
    RiskKind.NO_MENTORING: _l(
        "For this many days or more the pair has not met; before a first meeting, since mentoring began."
    ),
    RiskKind.UPDATES_MISSED: _l("This many monthly updates or more were held and do not count."),
}
"""What each rule looks at, in one sentence."""
TITLES: Mapping[RiskKind, Text] = {
    RiskKind.CANNOT_REACH: _l("Cannot reach the pass mark"),
    RiskKind.HOURS_BEHIND: _l("Missing hours"),
    RiskKind.SILENT_DAYS: _l("Not heard of"),
    RiskKind.MODULES_LATE: _l("Late modules"),
    RiskKind.WORK_LATE: _l("Late work"),
    RiskKind.NO_MENTORING: _l("No mentoring"),
    RiskKind.UPDATES_MISSED: _l("Missed updates"),
}
UNITS: Mapping[RiskKind, Text] = {
    RiskKind.HOURS_BEHIND: _l("hours"),
    RiskKind.SILENT_DAYS: _l("days"),
    RiskKind.MODULES_LATE: _l("modules"),
    RiskKind.WORK_LATE: _l("assignments"),
    RiskKind.NO_MENTORING: _l("days"),
    RiskKind.UPDATES_MISSED: _l("updates"),
}
"""What a threshold is typed in; a rule that is not here has none."""


def because(found: Applied) -> str:
    """Return why somebody is listed: the number that was compared, and from where on the rule applies."""
    sentence, threshold = reason_words(found), threshold_words(found.kind, found.threshold)
    return f"{sentence.rstrip('.')} ({threshold})" if threshold else sentence.rstrip(".")


def threshold_words(kind: RiskKind, threshold: int) -> str:
    """Return from where on a rule applies, such as `from 14 days on`; empty for one without a threshold."""
    number = max(threshold, 1)
    match kind:
        case RiskKind.CANNOT_REACH:
            return ""
        case RiskKind.HOURS_BEHIND:
            return _("from %(amount)s on", amount=formats.minutes(number))
        case RiskKind.SILENT_DAYS | RiskKind.NO_MENTORING:
            return ngettext("from %(num)d day on", "from %(num)d days on", number)
        case RiskKind.MODULES_LATE:
            return ngettext("from %(num)d module on", "from %(num)d modules on", number)
        case RiskKind.WORK_LATE:
            return ngettext("from %(num)d assignment on", "from %(num)d assignments on", number)
        case RiskKind.UPDATES_MISSED:
            return ngettext("from %(num)d update on", "from %(num)d updates on", number)
