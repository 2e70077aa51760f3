"""Name what can be wrong with an answer or a question, without saying it in any language."""

from enum import StrEnum


class BadAnswerReason(StrEnum):
    """Why an answer cannot be taken as it was sent."""

    NOT_A_NUMBER = "not-a-number"
    TOO_LONG = "too-long"
    NOT_OFFERED = "not-offered"
    CHOSEN_TWICE = "chosen-twice"


class BadAnswer(ValueError):
    """An answer that the question cannot take; the form says so beside the field."""

    def __init__(self, reason: BadAnswerReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class FaultyQuestion(ValueError):
    """A question of a programme file that cannot be asked; names the field and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
