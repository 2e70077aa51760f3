"""Say no to a person in a way that every page and command can show."""

from typing import ClassVar, Protocol


class Text(Protocol):
    """Anything that turns into a sentence when it is shown: a string or a lazy translation."""

    def __str__(self) -> str: ...


class Refused(Exception):
    """A rule said no; the message is for the person who asked."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)
