"""Ask a host for something and understand why it does not work out."""

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from sca_lms.grades.rules import Answered, Outcome, Reason, Verdict, understand
from sca_lms.lti.access_tokens import TokenDelayed, TokenRefused
from sca_lms.lti.outbound import Unreachable
from sca_lms.lti.service_calls import HostRefused, TooLate

Found = TypeVar("Found")


class Failed(Exception):
    """A request to a host did not succeed; says what that means for the parcel."""

    def __init__(
        self,
        verdict: Verdict,
        detail: str = "",
        *,
        status: int | None = None,
        wish: dt.timedelta | None = None,
        everybody: bool = False,
    ) -> None:
        super().__init__(detail)
        self.verdict = verdict
        self.detail = detail
        self.status = status
        """With which status the service answered, None where there was no answer of it."""
        self.wish = wish
        """How long the host asks us to wait."""
        self.everybody = everybody
        """True when every other request to the platform would fail in the same way."""

    @property
    def is_final(self) -> bool:
        """Tell whether asking again is no use."""
        return self.verdict.outcome is Outcome.FINAL


def ask(request: Callable[[], Found]) -> Found:
    """Make a request; raises `Failed`, which says what the failure means."""
    try:
        return request()
    except HostRefused as refusal:
        verdict = understand(Answered(refusal.status, refusal.text, refusal.throttled))
        busy = verdict.reason is Reason.BUSY
        detail = f"HTTP {refusal.status}"
        raise Failed(
            verdict, detail, status=refusal.status, wish=refusal.retry_after, everybody=busy
        ) from refusal
    except TooLate as error:
        raise Failed(Verdict(Outcome.RETRY, Reason.UNREACHABLE)) from error
    except Unreachable as error:
        raise Failed(Verdict(Outcome.DOUBT, Reason.UNREACHABLE), everybody=True) from error
    except TokenDelayed as error:
        reason = Reason.BUSY if error.status in {403, 429} else Reason.HOST_ERROR
        detail = f"HTTP {error.status}"
        raise Failed(
            Verdict(Outcome.RETRY, reason), detail, wish=error.retry_after, everybody=True
        ) from error
    except TokenRefused as error:
        detail = error.error or f"HTTP {error.status}"
        raise Failed(Verdict(Outcome.FINAL, Reason.TOKEN), detail, everybody=True) from error
