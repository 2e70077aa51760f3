"""Read what the pages about delivery are asked: which scores to show, and which were chosen."""

from collections.abc import Collection, Mapping

from werkzeug.datastructures import MultiDict

from sca_lms.grades.overview import DeliveryFilter
from sca_lms.grades.rules import Act, State

MOST_CHOSEN = 100
LONGEST_SEARCH = 100
LARGEST_ID = 2**31 - 1


def read_filter(arguments: Mapping[str, str], *, codes: Collection[str]) -> DeliveryFilter | None:
    """Return what the address asks for; None when it names a column or a state that there is not."""
    state, column = arguments.get("state", ""), arguments.get("column", "")
    if (state and state not in set(State)) or (column and column not in codes):
        return None
    search = arguments.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    return DeliveryFilter(column=column, state=State(state) if state else None, search=search)


def chosen_scores(sent: MultiDict[str, str]) -> list[int]:
    """Return the ids of the scores that were ticked, each once; what is not an id is left out."""
    ids = {
        int(each)
        for each in sent.getlist("score")
        if each.isascii() and each.isdigit() and len(each) <= len(str(LARGEST_ID))
    }
    return sorted(each for each in ids if each <= LARGEST_ID)[:MOST_CHOSEN]


def read_act(sent: Mapping[str, str]) -> Act | None:
    """Return what somebody wants to be done with one score, None for anything else."""
    wanted = sent.get("act", "")
    return Act(wanted) if wanted in set(Act) else None
