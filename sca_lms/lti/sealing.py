"""Keep secrets at rest unreadable without the installation's secret key."""

import base64
import functools

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask_babel import lazy_gettext as _l

from sca_lms.errors import Refused


class Unreadable(Refused):
    """Something was sealed with another secret key than the present one."""

    code = "secret-key-changed"


@functools.lru_cache(maxsize=8)
def _box(secret_key: str, purpose: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"sca-lms {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode())))


def seal(plain: str, *, purpose: str, secret_key: str) -> str:
    """Encrypt a text for one purpose; what is sealed for one cannot be opened for another."""
    return _box(secret_key, purpose).encrypt(plain.encode()).decode("ascii")


def unseal(sealed: str, *, purpose: str, secret_key: str) -> str:
    """Decrypt a text; raises `Unreadable` when the secret key is not the one it was sealed with."""
    try:
        return _box(secret_key, purpose).decrypt(sealed.encode("ascii", "replace")).decode()
    except InvalidToken as error:
        raise Unreadable(
            _l("A stored secret cannot be read: SCA_LMS_SECRET_KEY is not the one it was encrypted with.")
        ) from error
