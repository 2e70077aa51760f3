"""Read from an address which learners are wanted, in which order, and who of them is chosen."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from sca_lms.bootcamp.pace import Pace
from sca_lms.errors import Text
from sca_lms.guidance.receivers import LARGEST_ID
from sca_lms.guidance.rules import RiskKind

MOST_CHOSEN = 200
"""So many learners can be ticked one by one; who means more chooses by a filter. Addresses have a length."""
LONGEST_WORD = 200
CHOSEN, EVERYBODY = "p", "all"


class Order(enum.StrEnum):
    """In which order learners stand; within it, by name."""

    NAME = "name"
    NOTICED = "noticed"
    MODULES = "modules"
    HOURS = "hours"
    MENTORING = "mentoring"
    UPDATES = "updates"
    WORK = "work"
    SILENT = "silent"


ORDERS: Mapping[Order, Text] = {
    Order.NAME: _l("Name"),
    Order.NOTICED: _l("Noticed first"),
    Order.MODULES: _l("Least of the modules"),
    Order.HOURS: _l("Fewest hours"),
    Order.MENTORING: _l("Least mentoring"),
    Order.UPDATES: _l("Fewest updates"),
    Order.WORK: _l("Most late work"),
    Order.SILENT: _l("Silent for longest"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which learners are wanted; empty means all."""

    search: str = ""
    noticed: bool | None = None
    reason: RiskKind | None = None
    pace: Pace | None = None
    group: str = ""
    area: str = ""
    province: str = ""
    dimension: str = ""
    order: Order = Order.NAME

    @property
    def is_narrowed(self) -> bool:
        """Tell whether anybody may be left out."""
        return self.address() != Wanted(order=self.order).address()

    def address(self) -> dict[str, str]:
        """Return what stands for it in an address."""
        values = {
            "q": self.search,
            "noticed": "" if self.noticed is None else "yes" if self.noticed else "no",
            "reason": self.reason or "",
            "pace": self.pace or "",
            "group": self.group,
            "area": self.area,
            "province": self.province,
            "dimension": self.dimension,
            "sort": "" if self.order is Order.NAME else self.order.value,
        }
        return {name: str(value) for name, value in values.items() if value}


def wanted_of(arguments: Mapping[str, str]) -> Wanted:
    """Read a filter from an address; whatever makes no sense is passed over."""

    def word(name: str) -> str:
        return arguments.get(name, "").strip()[:LONGEST_WORD]

    noticed, reason, pace, order = word("noticed"), word("reason"), word("pace"), word("sort")
    return Wanted(
        word("q"),
        {"yes": True, "no": False}.get(noticed),
        RiskKind(reason) if reason in set(RiskKind) else None,
        Pace(pace) if pace in set(Pace) else None,
        word("group"),
        word("area"),
        word("province"),
        word("dimension"),
        Order(order) if order in set(Order) else Order.NAME,
    )


def ticked(arguments: MultiDict[str, str]) -> list[int]:
    """Return the enrolments that are ticked, also on other pages, in the order of their ids."""
    ids = {
        int(each)
        for each in arguments.getlist(CHOSEN)[: 2 * MOST_CHOSEN]
        if each.isascii() and each.isdigit() and len(each) <= len(str(LARGEST_ID))
    }
    return sorted(each for each in ids if 0 < each <= LARGEST_ID)[:MOST_CHOSEN]


def means_everybody(arguments: Mapping[str, str]) -> bool:
    """Tell whether all are chosen whom the filter finds."""
    return arguments.get(EVERYBODY) == "1"
