"""Read what people really type: Thai digits, commas, invisible spaces, marks in another order."""

import re
import unicodedata
from decimal import Decimal

from sca_lms.assessments.refusals import BadAnswer, BadAnswerReason

LONGEST_NUMBER = 64
LONGEST_TEXT = 500
LONGEST_ESSAY = 50_000

_MINUS_SIGNS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"), "-")
_PUNCTUATION = {
    **_MINUS_SIGNS,
    0xFF0B: "+",
    0xFF0E: ".",
    0x066B: ".",
    0xFF0C: ",",
    0x066C: ",",
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
}
# Groups of three, parted by commas or by spaces, never by both; or no groups at all.
_NUMBER = re.compile(
    r"(?P<sign>[+-]?) ?(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d*)(?:\.(?P<fraction>\d*))?", re.ASCII
)

# Consonants only: vowels and tone marks stand around them. A Thai word has about three.
_THAI_LETTERS = ("\u0e01", "\u0e2e")
_LETTERS_IN_A_THAI_WORD = 3
_THAI_RUN = re.compile("[\u0e00-\u0e7f]+")

_ABOVE_VOWELS = "\u0e31\u0e34-\u0e37\u0e47\u0e4d"
_TONES = "\u0e48-\u0e4c"
_TONE_BEFORE_VOWEL = re.compile(f"([{_TONES}]+)([{_ABOVE_VOWELS}]+)")
_NIKHAHIT_THEN_AA = re.compile(f"\u0e4d([{_TONES}]*)\u0e32")
_AM_THEN_TONE = re.compile(f"\u0e33([{_TONES}]+)")


def parse_number(text: str) -> Decimal:
    """Read a number as typed; raise `BadAnswer` when it is none, or when a comma could mean two things."""
    if len(text) > LONGEST_NUMBER:
        raise BadAnswer(BadAnswerReason.TOO_LONG)
    found = _NUMBER.fullmatch(_tidied(text))
    if found is None:
        raise BadAnswer(BadAnswerReason.NOT_A_NUMBER)
    whole = re.sub(r"[, ]", "", found["whole"])
    fraction = found["fraction"] or ""
    if not whole and not fraction:
        raise BadAnswer(BadAnswerReason.NOT_A_NUMBER)
    return Decimal(f"{found['sign']}{whole or '0'}{'.' if fraction else ''}{fraction}")


def normalised(text: str, *, case_sensitive: bool) -> str:
    """Reduce a typed text to what two people mean when they write the same."""
    once = _normalised_once(text, case_sensitive=case_sensitive)
    # Folding case may compose a letter anew; a second pass settles it.
    return _normalised_once(once, case_sensitive=case_sensitive)


def printable(text: str) -> str:
    """Drop what no screen shows and no database stores, and trim the ends."""
    kept = (
        " " if unicodedata.category(letter) == "Cc" else letter
        for letter in text
        if unicodedata.category(letter) not in {"Cs", "Cn", "Co"}
    )
    return "".join(kept).strip()


def printable_lines(text: str) -> str:
    """Do the same for a text of several lines, whose line ends stay, and drop empty lines at its ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # An indent may be meant; only what follows a line is trimmed.
    kept = (line[: len(line) - len(line.lstrip(" "))] + printable(line) for line in lines)
    return "\n".join(line.rstrip() for line in kept).strip()


def word_count(text: str) -> int:
    """Count words about as a person would: Thai is written without spaces, so its letters are shared out."""
    thai = sum(1 for letter in text if _THAI_LETTERS[0] <= letter <= _THAI_LETTERS[1])
    others = _THAI_RUN.sub(" ", text).split()
    words = sum(any(letter.isalnum() for letter in word) for word in others)
    return words + -(-thai // _LETTERS_IN_A_THAI_WORD)


def _normalised_once(text: str, *, case_sensitive: bool) -> str:
    tidy = _tidied(text)
    if not case_sensitive:
        tidy = unicodedata.normalize("NFC", tidy.casefold())
    return _thai_marks_in_order(tidy)


def _tidied(text: str) -> str:
    """Strip invisible letters, join white space, and bring digits and punctuation to ASCII."""
    shown = (letter for letter in printable(text) if unicodedata.category(letter) != "Cf")
    plain = unicodedata.normalize("NFC", "".join(shown)).translate(_PUNCTUATION)
    return " ".join("".join(map(_ascii_digit, plain)).split())


def _ascii_digit(letter: str) -> str:
    digit = unicodedata.decimal(letter, None)
    return letter if digit is None else str(digit)


def _thai_marks_in_order(text: str) -> str:
    """Write sara am, sara ae and tone marks in the one order that keyboards may miss.

    NFC leaves Thai as typed: the marks above a letter all have combining class 0 or 107.
    """
    text = _TONE_BEFORE_VOWEL.sub(r"\2\1", text)
    text = _NIKHAHIT_THEN_AA.sub("\\1\u0e33", text)
    text = _AM_THEN_TONE.sub("\\1\u0e33", text)
    return text.replace("\u0e40\u0e40", "\u0e41")
