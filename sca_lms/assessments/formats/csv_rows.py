"""Read questions from a table: one row a question, its columns named in the first row."""

import csv
import io
import re
from collections.abc import Iterator, Mapping

from sca_lms.assessments.formats.bank import Bank, Collector, Draft
from sca_lms.assessments.formats.drafting import FALSE_TEXT, TRUE_TEXT, plain_number
from sca_lms.texts import Bilingual, worded

FORMAT = "CSV"
MOST_OPTIONS = 10
OPTIONS = tuple(f"option_{number}" for number in range(1, MOST_OPTIONS + 1))
COLUMNS = (
    "type", "code", "category", "tags", "points", "prompt_th", "prompt_en", *OPTIONS, "right", "tolerance",
    "case_sensitive", "words_at_most", "endings", "feedback_th", "feedback_en",
)  # fmt: skip
NEEDED = ("type", "right")
_DELIMITERS = (",", ";", "\t")
_LANGUAGES = "||"
_PAIR = "=>"
_KINDS = ("single", "multi", "truefalse", "numeric", "short", "match", "order", "essay", "file")
_TRUE, _FALSE = {"true", "t", "yes", "1", "ถูก", "ใช่", "จริง"}, {"false", "f", "no", "0", "ผิด", "ไม่ใช่", "เท็จ"}
_SAMPLES: tuple[Mapping[str, str], ...] = (
    {"type": "single", "code": "q1", "category": "ตัวอย่าง", "tags": "sample", "points": "1",
     "prompt_th": "ข้อใดคือสีของท้องฟ้า", "prompt_en": "Which is the colour of the sky?",
     "option_1": "ฟ้า || Blue", "option_2": "เขียว || Green", "right": "1"},
    {"type": "multi", "code": "q2", "prompt_th": "ข้อใดเป็นเลขคู่", "prompt_en": "Which are even?",
     "option_1": "2", "option_2": "3", "option_3": "4", "right": "1 3"},
    {"type": "truefalse", "code": "q3", "prompt_th": "น้ำเดือดที่ 100 °C", "prompt_en": "Water boils at 100 °C",
     "right": "true"},
    {"type": "numeric", "code": "q4", "prompt_th": "พายประมาณเท่าไร", "prompt_en": "About how much is pi?",
     "right": "3.14", "tolerance": "0.01"},
    {"type": "short", "code": "q5", "prompt_th": "เมืองหลวงของไทย", "prompt_en": "Capital of Thailand",
     "right": "กรุงเทพ | Bangkok"},
    {"type": "match", "code": "q6", "prompt_th": "จับคู่", "prompt_en": "Match", "option_1": "หนึ่ง || one => 1",
     "option_2": "สอง || two => 2"},
    {"type": "order", "code": "q7", "prompt_th": "เรียงลำดับ", "prompt_en": "Put in order",
     "option_1": "แรก || first", "option_2": "ต่อมา || second"},
    {"type": "essay", "code": "q8", "prompt_th": "อธิบาย", "prompt_en": "Explain", "words_at_most": "200"},
    {"type": "file", "code": "q9", "prompt_th": "ส่งไฟล์", "prompt_en": "Hand in", "endings": "pdf docx"},
)  # fmt: skip


class _Misread(ValueError):
    """A row that cannot be read: which column, and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def write_template() -> bytes:
    """Return a file to fill in: the header and a row of each kind, marked so that Excel reads the Thai."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(_SAMPLES)
    return out.getvalue().encode("utf-8-sig")


def looks_like_csv(text: str) -> bool:
    """Tell whether the first row names the columns."""
    header = _header(text)
    return (
        header is not None and set(NEEDED[:1]) <= set(header) and any(h.startswith("prompt") for h in header)
    )


def read_csv(text: str) -> Bank:
    """Read a table whole; a row that is wrong does not stop the next."""
    collector = Collector(FORMAT)
    header = _header(text)
    if header is None:
        return collector.bank()
    _check_header(header, collector)
    delimiter = _delimiter(text)
    for line, row in _rows(text, delimiter, collector):
        collector.begin()
        values = dict(zip(header, (cell.strip() for cell in row), strict=False))
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            collector.fault(
                line,
                worded("row"),
                worded(
                    "has %(cells)s cells, but there are %(columns)s columns",
                    cells=len(row),
                    columns=len(header),
                ),
            )
            continue
        try:
            document = _document(values)
        except _Misread as error:
            collector.fault(line, error.column, error.reason)
            continue
        tags = re.split(r"[,;|]", values.get("tags", ""))
        name = values.get("code") or values.get("prompt_en") or values.get("prompt_th", "")
        collector.add(Draft(line, name, document, values.get("category", ""), tags))
    return collector.bank()


def _check_header(header: list[str], collector: Collector) -> None:
    for column in dict.fromkeys(header):
        if header.count(column) > 1 and column:
            collector.fault(1, column, worded("is there twice"))
        if column not in {*COLUMNS, "prompt", ""}:
            collector.note(1, column[:60], worded("is no column that is read, and is left out"))
    for column in NEEDED:
        if column not in header:
            collector.fault(1, column, worded("this column is missing"))
    if not {"prompt", "prompt_th", "prompt_en"} & set(header):
        collector.fault(1, "prompt_th", worded("this column is missing"))


def _document(values: Mapping[str, str]) -> dict[str, object]:
    kind = values.get("type", "").lower()
    if kind not in _KINDS:
        raise _Misread(
            "type", worded("%(kind)r is not one of %(choices)s", kind=kind[:40], choices=", ".join(_KINDS))
        )
    document: dict[str, object] = {"type": kind, "prompt": _both(values, "prompt")}
    if values.get("points"):
        document["points"] = plain_number(values["points"])
    feedback = _both(values, "feedback")
    if any(feedback.values()):
        document["feedback"] = feedback
    return document | _answers(kind, values)


def _answers(kind: str, values: Mapping[str, str]) -> dict[str, object]:
    options = [values[column] for column in OPTIONS if values.get(column)]
    match kind:
        case "single" | "multi":
            return {"options": _options(options, values.get("right", ""))}
        case "truefalse":
            return {"options": _truths(options, values.get("right", ""))}
        case "numeric":
            right, spread = (
                plain_number(values.get("right", "")),
                plain_number(values.get("tolerance", "") or "0"),
            )
            return {"answer": {"value": right, "tolerance": spread}}
        case "short":
            accepted = [text.strip() for text in values.get("right", "").split("|") if text.strip()]
            minds = _truth(values.get("case_sensitive", "") or "no", "case_sensitive")
            return {"answer": {"accepted": accepted, "case_sensitive": minds}}
        case "match":
            return {"pairs": [_pair(text, number) for number, text in enumerate(options, start=1)]}
        case "order":
            return {"items": [_text(text) for text in options]}
        case "essay":
            words = values.get("words_at_most", "")
            if words and not re.fullmatch(r"[0-9]{1,6}", words, re.ASCII):
                raise _Misread("words_at_most", worded("must be a whole number"))
            return {"words_at_most": int(words)} if words else {}
    return {"endings": re.split(r"[\s,;|]+", values.get("endings", "").strip())}


def _options(options: list[str], right: str) -> list[dict[str, object]]:
    numbers = [text for text in re.split(r"[\s,;|]+", right) if text]
    for number in numbers:
        if not re.fullmatch(r"[0-9]{1,2}", number, re.ASCII) or not 1 <= int(number) <= len(options):
            raise _Misread(
                "right",
                worded(
                    "%(number)r is not the number of an option (1 to %(count)s)",
                    number=number[:20],
                    count=len(options),
                ),
            )
    chosen = {int(number) for number in numbers}
    return [{**_text(text), "correct": number in chosen} for number, text in enumerate(options, start=1)]


def _truths(options: list[str], right: str) -> list[dict[str, object]]:
    is_true = _truth(right, "right")
    texts = [_text(text) for text in options] or [dict(TRUE_TEXT), dict(FALSE_TEXT)]
    return [{**text, "correct": is_true == (index == 0)} for index, text in enumerate(texts)]


def _truth(word: str, column: str) -> bool:
    if word.lower() in _TRUE:
        return True
    if word.lower() in _FALSE:
        return False
    raise _Misread(column, worded("must be true or false"))


def _pair(text: str, number: int) -> dict[str, object]:
    left, arrow, right = text.partition(_PAIR)
    if not arrow:
        raise _Misread(f"option_{number}", worded("must be a left and a right with => between them"))
    return {"left": _text(left), "right": _text(right)}


def _text(cell: str) -> dict[str, str]:
    thai, parted, english = cell.partition(_LANGUAGES)
    return {"th": thai.strip(), "en": english.strip() if parted else thai.strip()}


def _both(values: Mapping[str, str], name: str) -> dict[str, str]:
    text = Bilingual.of(values.get(name, ""))
    return {"th": values.get(f"{name}_th") or text.th, "en": values.get(f"{name}_en") or text.en}


def _rows(text: str, delimiter: str, collector: Collector) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            collector.fault(line, worded("row"), _unreadable(error))
            return
        if line > 1 and any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


def _unreadable(error: csv.Error) -> str:
    """Say in words for authors what the reader stumbled over; its own are English."""
    said = str(error)
    if "field larger" in said:
        return worded("has a cell that is too long, or a quote that is never closed")
    if "unexpected end" in said:
        return worded("a cell opens with a quote that is never closed")
    return worded("a quote inside a cell is not doubled; write a quote within quotes twice")


def _header(text: str) -> list[str] | None:
    first = text.partition("\n")[0]
    if not first.strip():
        return None
    return [cell.strip().strip('"').lower() for cell in first.split(_delimiter(text))]


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)
