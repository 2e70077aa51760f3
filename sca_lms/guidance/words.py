"""Say why a learner is noticed, and what staff did about it, in the reader's language."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from sca_lms.errors import Text
from sca_lms.guidance.models import InterventionKind
from sca_lms.guidance.rules import Applied, RiskKind
from sca_lms.web import formats

RISKS: Mapping[RiskKind, Text] = {
    RiskKind.CANNOT_REACH: _l("cannot reach the pass mark"),
    RiskKind.HOURS_BEHIND: _l("hours are missing"),
    RiskKind.SILENT_DAYS: _l("not heard of"),
    RiskKind.MODULES_LATE: _l("modules are late"),
    RiskKind.WORK_LATE: _l("work is late"),
    RiskKind.NO_MENTORING: _l("no mentoring"),
    RiskKind.UPDATES_MISSED: _l("updates were missed"),
}
"""A rule in a few words, for filters and chips."""
RISK_MARKS: Mapping[RiskKind, str] = {
    RiskKind.CANNOT_REACH: "never",
    RiskKind.SILENT_DAYS: "silent",
}
"""The look of a rule's chip; what is not here is `behind`."""
INTERVENTIONS: Mapping[InterventionKind, Text] = {
    InterventionKind.TALK: _l("Talked"),
    InterventionKind.CALL: _l("Called"),
    InterventionKind.MESSAGE: _l("Wrote a message"),
    InterventionKind.CAPTAIN: _l("Asked the captain"),
    InterventionKind.PLAN: _l("Agreed on a plan"),
    InterventionKind.OTHER: _l("Something else"),
}


def reason_words(found: Applied) -> str:
    """Return one short sentence that says why somebody is noticed, with the number that was compared."""
    value = found.value
    match found.kind:
        case RiskKind.CANNOT_REACH:
            return _("The pass mark is out of reach.")
        case RiskKind.HOURS_BEHIND:
            return _("%(time)s of the sessions so far are missing.", time=formats.minutes(value))
        case RiskKind.SILENT_DAYS:
            return ngettext("No sign for %(num)d day.", "No sign for %(num)d days.", value)
        case RiskKind.MODULES_LATE:
            return ngettext("%(num)d module is late.", "%(num)d modules are late.", value)
        case RiskKind.WORK_LATE:
            return ngettext(
                "%(num)d assignment was due and not handed in.",
                "%(num)d assignments were due and not handed in.",
                value,
            )
        case RiskKind.NO_MENTORING:
            return ngettext("No mentoring for %(num)d day.", "No mentoring for %(num)d days.", value)
        case RiskKind.UPDATES_MISSED:
            return ngettext("%(num)d update does not count.", "%(num)d updates do not count.", value)
