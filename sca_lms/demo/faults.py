"""Let a service fail on purpose, before or after its work, to see whether a tool recovers."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure: with `after`, the work is done and only the answer is lost."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    after: bool = False


class Faults:
    """The failures that wait for their request, by the name of the service."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()

    def plan(self, service: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next requests to a service fail; its name is that of the view (`token`, `scores` …)."""
        with self._lock:
            self._waiting.setdefault(service, []).extend([fault] * times)

    def take(self, service: str) -> Fault | None:
        """Return the failure for this request, if one is planned."""
        with self._lock:
            waiting = self._waiting.get(service)
            return waiting.pop(0) if waiting else None
