"""Let people stop the e-mails of a kind by a link in one of them, without signing in (RFC 8058)."""

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from sca_lms.config import Settings

SALT = "sca-lms.inbox.unsubscribe"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who does not want which kind any more; the kind `digest` stands for everything that comes daily."""

    person_id: int
    kind: str


def token_of(settings: Settings, wish: Wish) -> str:
    """Return the token that stands for a wish; it holds no address and works for nothing else."""
    return _serializer(settings).dumps([wish.person_id, wish.kind])


def wish_of(settings: Settings, token: str) -> Wish | None:
    """Return the wish that a token stands for, None for one that we did not make."""
    try:
        found = _serializer(settings).loads(token)
    except BadSignature:
        return None
    match found:
        case [int(person_id), str(kind)]:
            return Wish(person_id, kind)
    return None


def _serializer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt=SALT)
