"""Read what an instructor chose in the picker."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from sca_lms.lti.linkables import Linkable
from sca_lms.lti.picker_settings import PickerSettings, Target

WHOLE, SINGLE = "whole", "single"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be placed, which columns are to be made, and where activities open."""

    linkables: tuple[Linkable, ...]
    columns: frozenset[str]
    target: Target | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the host's course has already; placed once more it would be there twice."""

    opened: frozenset[str]
    """Activities that somebody has opened from there."""
    sent: Mapping[str, dt.datetime]
    """Activities that an earlier picker sent, and when last."""
    columns_there: frozenset[str]
    columns_sent: Mapping[str, dt.datetime]

    @property
    def activities(self) -> frozenset[str]:
        """Return the activities that are there, or should be."""
        return self.opened | frozenset(self.sent)

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that are there, or should be."""
        return self.columns_there | frozenset(self.columns_sent)


class PickerForm:
    """The picker's fields; the list of activities is the course's own, so nothing else can be chosen.

    Not a WTForms form: one checkbox stands in the middle of each row, with its column's box beside it.
    """

    def __init__(
        self,
        linkables: Sequence[Linkable],
        settings: PickerSettings,
        *,
        known: Known,
        sent: MultiDict[str, str] | None = None,
    ) -> None:
        self.offered = list(linkables)
        self.missing = [each for each in linkables if each.activity not in known.activities]
        self.settings = settings
        self.error = ""
        self._sent = sent
        columns = {each.column.code: each.column for each in linkables if each.column is not None}
        self.columns_offered = list(columns.values())
        if sent is None:
            # What is there already is only placed once more by who ticks it on purpose.
            self.scope = WHOLE if settings.takes_several and self.missing else SINGLE
            self.activities = frozenset(each.activity for each in self.missing if settings.takes_several)
            self.columns = frozenset(code for code in columns if code not in known.columns)
            self.target = next(iter(settings.targets), None)
        else:
            self.scope = sent.get("scope", SINGLE) if settings.takes_several else SINGLE
            self.activities = frozenset(sent.getlist("activity"))
            self.columns = frozenset(code for code in columns if code in sent.getlist("column"))
            wanted = sent.get("target", "")
            self.target = next((target for target in settings.targets if target == wanted), None)

    def read(self) -> Choice | None:
        """Return the choice, or None with a sentence in `error`."""
        whole = self.scope == WHOLE and self.settings.takes_several
        chosen = (
            tuple(self.missing)
            if whole
            else tuple(each for each in self.offered if each.activity in self.activities)
        )
        if not chosen:
            self.error = _("Choose at least one activity.")
            return None
        if len(chosen) > 1 and not self.settings.takes_several:
            self.error = _("Your course takes one activity at a time here. Choose one.")
            return None
        columns = self.columns if self.settings.takes_columns else frozenset()
        return Choice(chosen, columns, self.target)
