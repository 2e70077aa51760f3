"""Tell a host that wants us to wait from one that says no: some answer both with the status 403."""

import re
from collections.abc import Mapping

_WORDS = re.compile(r"rate limit|throttl|too many requests")


def asks_to_wait(text: str) -> bool:
    """Tell whether the words of an answer are those of a host that is asked too much."""
    return _WORDS.search(text.lower()) is not None


def allowance_is_used_up(headers: Mapping[str, str]) -> bool:
    """Tell whether nothing is left of the caller's allowance, where a host tells it as Canvas does."""
    try:
        return float(headers.get("X-Rate-Limit-Remaining", "inf")) <= 0
    except ValueError:
        return False
