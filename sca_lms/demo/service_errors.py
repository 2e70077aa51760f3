"""Say no to a calling tool with the status and the body that its host's kind would send."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sca_lms.demo.manners import ErrorBody
from sca_lms.errors import Refused


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service sends back when it does not do what was asked."""

    status: int
    body: str = ""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class ServiceRefusal(Refused):
    """A service request was refused; `answer` is what the caller sees."""

    code = "service-refusal"

    def __init__(self, status: int, reason: str, *, answer: Answer | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.answer = answer


def error_body(style: ErrorBody, error: ServiceRefusal) -> dict[str, object]:
    """Return the body of a refusal as a kind of host writes it."""
    match style:
        case ErrorBody.REASON:
            return {"status": error.status, "reason": str(error)}
        case ErrorBody.MESSAGE:
            return {"status": error.status, "message": str(error)}
        case ErrorBody.PROBLEM:
            return {"title": "Request refused", "status": error.status, "detail": str(error)}
        case ErrorBody.OAUTH:
            return {"error": str(error)}
