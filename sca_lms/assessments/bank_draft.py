"""Hold a question while it is written: the fields of its form as typed, and the document they make."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from sca_lms.assessments.bank_gap_text import read_gap, written_gap
from sca_lms.assessments.question_parts import GradedNumber, GradedText
from sca_lms.assessments.question_types import (
    Cloze,
    Essay,
    FileAnswer,
    Match,
    MultipleChoice,
    Numeric,
    Order,
    Question,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from sca_lms.texts import Bilingual
from sca_lms.web.forms import clean_text

MOST_ROWS = 50
_FEEDBACK = ("percent", "feedback_th", "feedback_en")
ROW_FIELDS: Mapping[str, tuple[str, ...]] = {
    "single": ("th", "en", "correct", *_FEEDBACK),
    "truefalse": ("th", "en", "correct", *_FEEDBACK),
    "multi": ("th", "en", "correct", *_FEEDBACK),
    "numeric": ("value", "tolerance", *_FEEDBACK),
    "short": ("text", *_FEEDBACK),
    "match": ("left_th", "left_en", "right_th", "right_en"),
    "order": ("th", "en"),
    "cloze": ("kind", "weight", "case", "answers"),
    "essay": (),
    "file": (),
}
"""What each row of a kind's form holds."""
FIRST_ROWS: Mapping[str, int] = {
    "single": 4, "truefalse": 2, "multi": 4, "numeric": 1, "short": 2, "match": 3, "order": 3, "cloze": 2,
}  # fmt: skip
TEXTS = (
    "code", "shelf", "tags", "prompt_th", "prompt_en", "prompt_format", "points", "feedback_th",
    "feedback_en", "case_sensitive", "words_at_most", "notes_th", "notes_en", "endings",
)  # fmt: skip
CHOICES = frozenset({"single", "truefalse", "multi"})
_ACTION = re.compile(r"(add|remove|up|down)(?:-([0-9]{1,2}))?", re.ASCII)

Row = dict[str, str]


@dataclass
class Draft:
    """A question's form: what is typed in it, row by row, and what is wrong with it, by field."""

    kind: str
    texts: dict[str, str]
    rows: list[Row]
    based_on: int = 0
    errors: dict[str, list[str]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    """Fields that hold characters which no keyboard makes."""

    def refuse(self, place: str, sentence: object) -> None:
        """Say what is wrong beside a field."""
        self.errors.setdefault(place, []).append(str(sentence))

    @property
    def filled_rows(self) -> list[Row]:
        """Return the rows in which something is written."""
        return [row for row in self.rows if any(row.get(name) for name in self._telling)]

    @property
    def has_percents(self) -> bool:
        """Tell whether some row earns a part, so that the fields for it are shown open."""
        return any(row.get("percent") not in {None, "", "100"} for row in self.rows)

    @property
    def _telling(self) -> tuple[str, ...]:
        own = ROW_FIELDS[self.kind]
        return ("answers",) if self.kind == "cloze" else tuple(n for n in own if n != "correct")


def blank(kind: str, *, shelf: str, code: str) -> Draft:
    """Return the form of a new question."""
    texts = dict.fromkeys(TEXTS, "")
    texts |= {"shelf": shelf, "code": code, "points": "1", "prompt_format": "plain"}
    if kind == "file":
        texts["endings"] = "pdf, docx"
    rows = [dict.fromkeys(ROW_FIELDS[kind], "") for _row in range(FIRST_ROWS.get(kind, 0))]
    if kind == "truefalse":
        rows[0] |= {"th": "จริง", "en": "True", "correct": "1"}
        rows[1] |= {"th": "เท็จ", "en": "False"}
    for row in rows:
        if kind == "cloze":
            row |= {"kind": "short", "weight": "1"}
    return Draft(kind, texts, rows)


def read_draft(kind: str, form: MultiDict[str, str]) -> Draft:
    """Read what a page sent; nothing of it is lost, whatever is wrong with it."""
    unreadable: set[str] = set()

    def typed(name: str) -> str:
        raw = form.get(name, "")
        try:
            return clean_text(raw, lines=True)
        except ValueError:
            unreadable.add(name)
            return "".join(each for each in raw if each.isprintable() or each in "\n\t")

    texts = {name: typed(name) for name in TEXTS}
    found = sorted(
        {int(parts[1]) for name in form if (parts := re.fullmatch(r"row-([0-9]{1,2})-[a-z_]+", name))}
    )
    right = set(form.getlist("correct"))
    rows = []
    for number in found[:MOST_ROWS]:
        row = {name: typed(f"row-{number}-{name}") for name in ROW_FIELDS[kind]}
        if kind in CHOICES:
            row["correct"] = "1" if str(number) in right else ""
        rows.append(row)
    based_on = form.get("based_on", "0")
    number = int(based_on) if re.fullmatch(r"[0-9]{1,9}", based_on, re.ASCII) else 0
    return Draft(kind, texts, rows, number, unreadable=unreadable)


def change_rows(draft: Draft, action: str) -> bool:
    """Add, remove or move a row as a button says; tell whether it said so."""
    found = _ACTION.fullmatch(action)
    if found is None or not ROW_FIELDS[draft.kind]:
        return False
    number = int(found[2]) if found[2] else len(draft.rows)
    if found[1] == "add":
        if len(draft.rows) < MOST_ROWS:
            row = dict.fromkeys(ROW_FIELDS[draft.kind], "")
            draft.rows.append(row | ({"kind": "short", "weight": "1"} if draft.kind == "cloze" else {}))
        return True
    if number >= len(draft.rows):
        return True
    row = draft.rows.pop(number)
    if found[1] != "remove":
        draft.rows.insert(max(0, number + (1 if found[1] == "down" else -1)), row)
    return True


def draft_of(question: Question, *, code: str, shelf: str, tags: Sequence[str], based_on: int) -> Draft:
    """Return the form of a question as it reads now."""
    draft = blank(question.type, shelf=shelf, code=code)
    draft.based_on = based_on
    draft.texts |= {
        "tags": ", ".join(tags),
        "prompt_th": question.prompt.th,
        "prompt_en": question.prompt.en,
        "prompt_format": question.prompt_format.value,
        "points": f"{question.points:f}",
        "feedback_th": question.feedback.th,
        "feedback_en": question.feedback.en,
    }
    draft.rows = _rows_of(question)
    match question:
        case ShortText():
            draft.texts["case_sensitive"] = "1" if question.case_sensitive else ""
        case Essay():
            words = question.words_at_most
            draft.texts["words_at_most"] = "" if words is None else str(words)
            draft.texts |= _in_languages("notes", question.marking_notes)
        case FileAnswer():
            draft.texts["endings"] = ", ".join(question.endings)
            draft.texts |= _in_languages("notes", question.marking_notes)
        case _:
            pass
    return draft


def document_of_draft(draft: Draft) -> dict[str, object]:
    """Return the document that the fields make; `parse_question` says what is wrong with it."""
    texts = draft.texts
    document: dict[str, object] = {
        "type": draft.kind,
        "prompt": _pair(texts, "prompt"),
        "points": texts["points"],
        "feedback": _pair(texts, "feedback"),
        "prompt_format": texts["prompt_format"] or "plain",
    }
    return document | _DOCUMENTS[draft.kind](draft)


def _rows_of(question: Question) -> list[Row]:
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            return [
                {
                    "th": option.text.th,
                    "en": option.text.en,
                    "correct": "1" if option.correct else "",
                    "percent": "" if option.percent is None else f"{option.percent:f}",
                    **_in_languages("feedback", option.feedback),
                }
                for option in question.options
            ]
        case Numeric():
            first = _number_row(question.value, question.tolerance)
            return [first, *(_graded_number(each) for each in question.graded)]
        case ShortText():
            graded = {each.text: each for each in question.graded}
            rows = [
                _graded_text(graded.get(text) or GradedText(text, Decimal(100))) for text in question.accepted
            ]
            return rows + [
                _graded_text(each) for each in question.graded if each.text not in question.accepted
            ]
        case Match():
            pairs = [
                {**_in_languages("left", left), **_in_languages("right", question.rights[right])}
                for left, right in zip(question.lefts, question.key, strict=True)
            ]
            apart = [right for index, right in enumerate(question.rights) if index not in question.key]
            return pairs + [{"left_th": "", "left_en": "", **_in_languages("right", each)} for each in apart]
        case Order():
            return [{"th": item.th, "en": item.en} for item in question.items]
        case Cloze():
            return [
                {
                    "kind": gap.kind,
                    "weight": f"{gap.weight:f}",
                    "case": "1" if getattr(gap, "case_sensitive", False) else "",
                    "answers": written_gap(gap),
                }
                for gap in question.gaps
            ]
        case Essay() | FileAnswer():
            return []


def _number_row(value: Decimal, tolerance: Decimal) -> Row:
    row = {"value": f"{value:f}", "tolerance": f"{tolerance:f}", "percent": ""}
    return row | {"feedback_th": "", "feedback_en": ""}


def _graded_number(graded: GradedNumber) -> Row:
    row = _number_row(graded.value, graded.tolerance)
    return row | {"percent": f"{graded.percent:f}", **_in_languages("feedback", graded.feedback)}


def _graded_text(graded: GradedText) -> Row:
    percent = "" if graded.percent == 100 else f"{graded.percent:f}"
    return {"text": graded.text, "percent": percent, **_in_languages("feedback", graded.feedback)}


def _in_languages(name: str, text: Bilingual) -> Row:
    return {f"{name}_th": text.th, f"{name}_en": text.en}


def _pair(row: Mapping[str, str], name: str = "") -> dict[str, str]:
    before = f"{name}_" if name else ""
    return {"th": row.get(f"{before}th", ""), "en": row.get(f"{before}en", "")}


def _options(draft: Draft) -> dict[str, object]:
    options = []
    for row in draft.filled_rows:
        option: dict[str, object] = {**_pair(row), "correct": bool(row["correct"])}
        if row["percent"]:
            option["percent"] = row["percent"]
        if row["feedback_th"] or row["feedback_en"]:
            option["feedback"] = _pair(row, "feedback")
        options.append(option)
    return {"options": options}


def _earned(row: Row) -> dict[str, object]:
    return {"percent": row["percent"] or "100", "feedback": _pair(row, "feedback")}


def _number(draft: Draft) -> dict[str, object]:
    rows = draft.filled_rows
    if not rows:
        return {"answer": {}}
    answer: dict[str, object] = {"value": rows[0]["value"], "tolerance": rows[0]["tolerance"] or "0"}
    graded = [
        {"value": row["value"], "tolerance": row["tolerance"] or "0"} | _earned(row) for row in rows[1:]
    ]
    if rows[0]["feedback_th"] or rows[0]["feedback_en"]:
        graded.insert(0, dict(answer) | _earned(rows[0]))
    return {"answer": answer | ({"graded": graded} if graded else {})}


def _short(draft: Draft) -> dict[str, object]:
    rows = draft.filled_rows
    answer: dict[str, object] = {
        "accepted": [row["text"] for row in rows if row["percent"] in {"", "100"}],
        "case_sensitive": bool(draft.texts["case_sensitive"]),
    }
    graded = [
        {"text": row["text"]} | _earned(row)
        for row in rows
        if row["percent"] not in {"", "100"} or row["feedback_th"] or row["feedback_en"]
    ]
    return {"answer": answer | ({"graded": graded} if graded else {})}


def _match(draft: Draft) -> dict[str, object]:
    rows = draft.filled_rows
    pairs = [
        {"left": _pair(row, "left"), "right": _pair(row, "right")}
        for row in rows
        if row["left_th"] or row["left_en"]
    ]
    apart = [_pair(row, "right") for row in rows if not (row["left_th"] or row["left_en"])]
    return {"pairs": pairs} | ({"distractors": apart} if apart else {})


def _order(draft: Draft) -> dict[str, object]:
    return {"items": [_pair(row) for row in draft.filled_rows]}


def _cloze(draft: Draft) -> dict[str, object]:
    return {
        "gaps": [
            read_gap(row["kind"], row["weight"], row["answers"], case_sensitive=bool(row["case"]))
            for row in draft.filled_rows
        ]
    }


def _essay(draft: Draft) -> dict[str, object]:
    words = draft.texts["words_at_most"]
    limit: int | str | None = int(words) if re.fullmatch(r"[0-9]{1,6}", words, re.ASCII) else words or None
    return {"words_at_most": limit, "marking_notes": _pair(draft.texts, "notes")}


def _file(draft: Draft) -> dict[str, object]:
    endings = [part.strip() for part in re.split(r"[\s,;]+", draft.texts["endings"]) if part.strip()]
    return {"endings": endings, "marking_notes": _pair(draft.texts, "notes")}


_DOCUMENTS: Mapping[str, Callable[[Draft], dict[str, object]]] = {
    "single": _options,
    "truefalse": _options,
    "multi": _options,
    "numeric": _number,
    "short": _short,
    "match": _match,
    "order": _order,
    "cloze": _cloze,
    "essay": _essay,
    "file": _file,
}
