"""Sort and find Thai names the way a Thai reader expects; pure.

A Thai vowel written before its consonant (เ แ โ ใ ไ) is sorted after it, and tone marks, ็ and ์ only decide
between words that are otherwise equal. Sorting by code point would put every such name after ฮ.
Order of the Royal Society's dictionary, https://www.unicode.org/notes/tn5/ and Thai Industrial Standard 620.
"""

import re
import unicodedata

_LEADING_VOWEL = re.compile("([เแโใไ])([ก-ฮ])")
# ำ typed in two strokes, with the tone mark before, between or after them.
_SPLIT_AM = re.compile("([่-๋]?)ํ([่-๋]?)า")
_SECOND_LEVEL = frozenset("็่้๊๋์๎")
_LEVEL_MARK = "\x01"
_UNMARKED = "0"
_SPACES = re.compile(r"\s+")
# Word joiners and breaks that editors leave in Thai text; a reader never sees them.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))


def sort_key(name: str) -> str:
    """Return a text whose byte order is the reader's order, to be stored and used in ORDER BY.

    Latin letters come before Thai ones; case and accents do not matter unless all else is equal.
    Compare it bytewise: BINARY in SQLite, COLLATE "C" in PostgreSQL.
    """
    letters: list[str] = []
    marks: list[str] = []
    for character in _joined_vowels(_decomposed(name)):
        if character in _SECOND_LEVEL or _is_accent(character):
            if marks:
                marks[-1] += character
        else:
            letters.append(character)
            marks.append(_UNMARKED)
    first_level = _LEADING_VOWEL.sub(r"\2\1", "".join(letters))
    second_level = "".join(marks).rstrip(_UNMARKED)
    return first_level + _LEVEL_MARK + second_level if second_level else first_level


def fold(text: str) -> str:
    """Return what is compared when somebody searches: no case, tone marks, accents or hidden characters."""
    kept = (c for c in _decomposed(text) if c not in _SECOND_LEVEL and not _is_accent(c))
    return unicodedata.normalize("NFC", _joined_vowels("".join(kept))).strip()


def initial(name: str) -> str:
    """Return the letter that stands for a name in a small circle: the first that is no leading vowel."""
    letters = [character for character in name.strip() if unicodedata.category(character)[0] in "LN"]
    first = next((letter for letter in letters if letter not in "เแโใไ"), letters[0] if letters else "")
    return first.upper()


def _decomposed(text: str) -> str:
    """Return the text in one spelling, lower case, with accents apart and Arabic digits."""
    visible = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text.translate(_INVISIBLE))
    lower = unicodedata.normalize("NFD", unicodedata.normalize("NFD", visible).casefold())
    digits = "".join(str(ord(c) - ord("๐")) if "๐" <= c <= "๙" else c for c in lower)
    return _SPACES.sub(" ", digits).strip()


def _joined_vowels(letters: str) -> str:
    """Mend the two vowels that are often typed in two strokes: แ as เเ, and ำ as ํา."""
    return _SPLIT_AM.sub(r"\1\2ำ", letters.replace("เเ", "แ"))


def _is_accent(character: str) -> bool:
    return "\u0300" <= character <= "\u036f"
