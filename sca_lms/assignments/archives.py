"""Put everything that was handed in into one ZIP archive, written while it is sent."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence

from sca_lms.assignments.work_lists import HandedIn
from sca_lms.uploads.storage import CHUNK, FileStore

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+')
LONGEST_NAME = 60
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
OVERVIEW = "works.csv"
FORMULA_STARTS = ("=", "+", "-", "@", "\t")


class _Outlet:
    """A file that only takes what is written and gives it on; nothing can be sought in it."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, block: bytes, /) -> int:
        self._waiting.append(bytes(block))
        return len(block)

    def flush(self) -> None:
        """Keep what waits; it is taken block by block."""

    def close(self) -> None:
        """Keep what waits; the archive ends before it is taken."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        joined = b"".join(self._waiting)
        self._waiting.clear()
        return joined


def archive(works: Sequence[HandedIn], place: FileStore, *, anonymous: bool) -> Iterator[bytes]:
    """Write one folder for each work, a block at a time; memory does not grow with the files.

    A file that the store has lost is named in the overview instead of breaking the download.
    """
    outlet = _Outlet()
    lines: list[list[str]] = [["folder", "name", "version", "submitted_at", "late", "link", "files", "lost"]]
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as packed:
        for work in works:
            folder = folder_name(work, anonymous=anonymous)
            if work.text:
                packed.writestr(f"{folder}/text.txt", work.text.encode("utf-8-sig"))
            names = file_names([stored.name for stored in work.files])
            lost: list[str] = []
            for name, stored in zip(names, work.files, strict=True):
                opened = place.open(stored.key)
                if opened is None:
                    lost.append(name)
                    continue
                entry = zipfile.ZipInfo(f"{folder}/{name}")
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.file_size = stored.size
                with opened, packed.open(entry, "w") as target:
                    while block := opened.read(CHUNK):
                        target.write(block)
                        yield outlet.taken()
            lines.append(
                [
                    folder, "" if anonymous else work.who, str(work.number), work.submitted_at.isoformat(),
                    "yes" if work.is_late else "", work.link, " ".join(names), " ".join(lost),
                ]
            )  # fmt: skip
            yield outlet.taken()
        packed.writestr(OVERVIEW, _table(lines))
    yield outlet.taken()


def folder_name(work: HandedIn, *, anonymous: bool) -> str:
    """Return the folder of a work: its person or team and a number that keeps two of one name apart."""
    name = "" if anonymous else safe_name(work.who)
    return f"{name or 'work'}-{work.work_id}-v{work.number}"


def file_names(names: Sequence[str]) -> list[str]:
    """Return names that no system trips over, each once, whatever the letters' case."""
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        stem, dot, ending = safe_name(name, longest=120).rpartition(".")
        base, ending = (stem, dot + ending) if dot and stem else (ending, "")
        candidate, number = f"{base}{ending}", 2
        while candidate.casefold() in taken:
            candidate, number = f"{base}-{number}{ending}", number + 1
        taken.add(candidate.casefold())
        found.append(candidate)
    return found


def safe_name(name: str, *, longest: int = LONGEST_NAME) -> str:
    """Return a name without what file systems forbid; Thai stays Thai, and no mark loses its letter."""
    clean = _NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", name)).strip("._ ")
    stem, dot, ending = clean.rpartition(".")
    has_ending = bool(dot) and len(ending) <= 5
    clean = f"{_cut(stem, longest)}.{ending}" if has_ending else _cut(clean, longest)
    if clean.partition(".")[0].casefold() in _RESERVED:
        clean = f"_{clean}"
    return clean


def _cut(text: str, longest: int) -> str:
    """Cut a text before a whole letter: a Thai vowel or tone mark is not parted from what it stands on."""
    end = min(len(text), longest)
    while 0 < end < len(text) and unicodedata.category(text[end]) == "Mn":
        end -= 1
    return text[:end]


def _table(lines: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(
        [f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in line] for line in lines
    )
    return buffer.getvalue().encode("utf-8-sig")
