"""Why a launch was not let in: stable codes, and the values that were wrong."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from sca_lms.errors import Refused
from sca_lms.lti.plain import clean


class Code(StrEnum):
    """What is shown, logged and counted; hosts and scripts rely on the words."""

    LOGIN_INCOMPLETE = "login-incomplete"
    ISSUER_UNKNOWN = "issuer-unknown"
    CLIENT_UNKNOWN = "client-unknown"
    CLIENT_MISSING = "client-missing"
    PLATFORM_INACTIVE = "platform-inactive"
    TARGET_FOREIGN = "target-foreign"
    LAUNCH_INCOMPLETE = "launch-incomplete"
    HOST_REFUSED = "host-refused"
    STATE_UNKNOWN = "state-unknown"
    STATE_EXPIRED = "state-expired"
    STATE_USED = "state-used"
    TICKET_EXPIRED = "ticket-expired"
    BROWSER_UNPROVEN = "browser-unproven"
    TOKEN_TOO_LARGE = "token-too-large"  # noqa: S105 - A code, not a secret.
    TOKEN_MALFORMED = "token-malformed"  # noqa: S105 - A code, not a secret.
    TOKEN_AMBIGUOUS = "token-ambiguous"  # noqa: S105 - A code, not a secret.
    ALGORITHM_REFUSED = "algorithm-refused"
    KEY_MISSING = "key-missing"
    KEY_UNKNOWN = "key-unknown"
    KEYSET_UNREACHABLE = "keyset-unreachable"
    SIGNATURE_INVALID = "signature-invalid"
    ISSUER_MISMATCH = "issuer-mismatch"
    AUDIENCE_MISMATCH = "audience-mismatch"
    PARTY_MISMATCH = "party-mismatch"
    TOKEN_EXPIRED = "token-expired"  # noqa: S105 - A code, not a secret.
    TOKEN_EARLY = "token-early"  # noqa: S105 - A code, not a secret.
    TOKEN_STALE = "token-stale"  # noqa: S105 - A code, not a secret.
    NONCE_MISMATCH = "nonce-mismatch"
    CLAIM_MISSING = "claim-missing"
    CLAIM_MALFORMED = "claim-malformed"
    SUBJECT_MISSING = "subject-missing"
    VERSION_UNSUPPORTED = "version-unsupported"
    MESSAGE_TYPE_UNKNOWN = "message-type-unknown"
    TARGET_MISMATCH = "target-mismatch"
    DEPLOYMENT_INACTIVE = "deployment-inactive"
    CONTEXT_MISSING = "context-missing"
    ROLE_REFUSED = "role-refused"
    COURSE_BUSY = "course-busy"


class LaunchRefused(Refused):
    """The door stays shut; nothing was opened and no personal data is kept."""

    code: ClassVar[str] = "launch-refused"

    def __init__(self, reason: Code, **facts: object) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.facts: Mapping[str, object] = facts

    def told(self) -> dict[str, str]:
        """Return the values that were wrong, in the language of the moment and short enough to show."""
        return {name: _short(value) for name, value in self.facts.items()}


LONGEST_FACT = 120


def _short(value: object) -> str:
    text = clean(str(value)[: LONGEST_FACT + 1])
    return text if len(text) <= LONGEST_FACT else text[: LONGEST_FACT - 1] + "…"
