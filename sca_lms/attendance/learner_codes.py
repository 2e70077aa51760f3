"""A learner's own code, which staff scan or type: short, and signed so that nobody makes one up; pure.

The letters are those of Crockford's base 32, in which no two look alike; https://www.crockford.com/base32.html.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
SIGNATURE_LETTERS = 6
"""Thirty bits: only staff can try codes, and each try is a request."""
LONGEST_NUMBER = 7
QR_MARK = "SCA1"

_LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_TYPED = re.compile(f"([{ALPHABET}]{{1,{LONGEST_NUMBER}}})([{ALPHABET}]{{{SIGNATURE_LETTERS}}})")
_QR = re.compile(rf"{QR_MARK}:([0-9]{{1,10}}):([0-9A-Z-]{{1,20}})(?::([A-Za-z0-9._-]{{1,64}}))?")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a QR code of ours says: whose code of which course, and on a sign-in sheet of which session."""

    course_id: int
    code: str
    session_code: str = ""


def code_of(secret: str, course_id: int, enrolment_id: int) -> str:
    """Return the code of a learner in a course, such as `3F-K7M3Q2`; it never changes."""
    return f"{_letters(enrolment_id)}-{_signature(secret, course_id, enrolment_id)}"


def enrolment_of(typed: str, secret: str, course_id: int) -> int | None:
    """Return whose code it is, None for one that is not ours; case and spaces do not matter."""
    found = _TYPED.fullmatch(re.sub(r"[\s-]", "", typed).upper().translate(_LOOK_ALIKE))
    if found is None:
        return None
    enrolment_id = 0
    for letter in found[1]:
        enrolment_id = (enrolment_id << BITS) | ALPHABET.index(letter)
    signature = _signature(secret, course_id, enrolment_id)
    return enrolment_id if hmac.compare_digest(signature, found[2]) else None


def qr_text(course_id: int, code: str, session_code: str = "") -> str:
    """Return what the QR code of a learner says; with a session it marks a row of that session's sheet."""
    parts = [QR_MARK, str(course_id), code, *([session_code] if session_code else [])]
    return ":".join(parts)


def read_qr(text: str) -> Scanned | None:
    """Read what `qr_text` wrote; None for any other text."""
    found = _QR.fullmatch(text.strip())
    return Scanned(int(found[1]), found[2], found[3] or "") if found else None


def _letters(number: int) -> str:
    letters = ""
    while number or not letters:
        letters = ALPHABET[number & (2**BITS - 1)] + letters
        number >>= BITS
    return letters


def _signature(secret: str, course_id: int, enrolment_id: int) -> str:
    mac = hmac.new(secret.encode(), f"learner:{course_id}:{enrolment_id}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(mac, "big")
    return "".join(ALPHABET[number >> BITS * place & (2**BITS - 1)] for place in range(SIGNATURE_LETTERS))
