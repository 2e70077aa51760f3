"""Read GIFT, the text format of Moodle: https://docs.moodle.org/en/GIFT_format."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sca_lms.assessments.formats import marked_text
from sca_lms.assessments.formats.bank import Bank, Collector, Draft, one_line
from sca_lms.assessments.formats.drafting import (
    NO_TEXT,
    Found,
    choices,
    numbers,
    percent_of,
    plain_number,
    true_or_false,
    typed_answers,
)
from sca_lms.assessments.formats.gift_text import hidden, marks_of, shown
from sca_lms.assessments.formats.marked_text import NAMES, TextReader
from sca_lms.texts import reason_of, worded

FORMAT = "GIFT"
BLANK = "_____"
_CATEGORY = "$CATEGORY:"
_ROOTS = {"$course$", "$module$", "$system$", "$category$", "$coursecat$", "top"}
_NAME = re.compile(r"\s*::(.*?)::(.*)", re.DOTALL)
_FORMAT = re.compile(r"\s*\[([a-z_]{1,20})\](.*)", re.DOTALL)
_PERCENT = re.compile(r"\s*%(-?[0-9.]{1,12})%(.*)", re.DOTALL)
_RANGE = re.compile(r"(-?[0-9.,eE+]+?)\.\.(-?[0-9.,eE+-]+)")
_TRUTHS = {"T": True, "TRUE": True, "F": False, "FALSE": False}


class Misread(ValueError):
    """A question that cannot be taken apart; says why."""


@dataclass(slots=True)
class _Block:
    """The lines of one question, and what was said before it."""

    line: int
    lines: list[str] = field(default_factory=list)
    marks: list[tuple[str, str]] = field(default_factory=list)
    category: str = ""


def read_gift(text: str) -> Bank:
    """Read a file whole; what cannot be read is a fault of its own question only."""
    collector = Collector(FORMAT)
    for block in _blocks(text):
        _Question(block, collector).read()
    return collector.bank()


def category_path(written: str) -> str:
    """Return the path of a category without the places that only Moodle knows."""
    steps = [step.strip() for step in written.split("/")]
    while steps and steps[0] in _ROOTS:
        steps.pop(0)
    return "/".join(steps)


def _blocks(text: str) -> Iterator[_Block]:
    category, marks, block = "", list[tuple[str, str]](), _Block(0)
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped.startswith("//"):
            marks += marks_of(stripped)
        elif stripped.startswith(_CATEGORY) and not block.lines:
            category, marks = category_path(stripped.removeprefix(_CATEGORY)), []
        elif stripped:
            if not block.lines:
                block = _Block(number, [], marks, category)
                marks = []
            block.lines.append(line)
        else:
            # What a comment says belongs to the question right below it.
            marks = []
            if block.lines:
                yield block
                block = _Block(0)
    if block.lines:
        yield block


class _Question:
    """One block on its way to being a question."""

    def __init__(self, block: _Block, collector: Collector) -> None:
        self._line = block.line
        self._category = block.category
        self._tags = [text for kind, text in block.marks if kind == "tag"]
        self._id = next((text for kind, text in block.marks if kind == "id"), "")
        self._text = hidden("\n".join(block.lines))
        self._collector = collector
        self._reader = TextReader(collector, block.line)
        self._format = marked_text.MOODLE
        self._name = ""

    def read(self) -> None:
        """Hand the question to the collector, or say what is wrong with it."""
        try:
            document = self._document()
        except Misread as error:
            self._collector.fault(self._line, self._name or worded("question"), reason_of(error))
            return
        if document is None:
            self._collector.note(
                self._line, self._name or worded("text"), worded("a description asks nothing and is left out")
            )
            return
        name = self._id or self._name or one_line(_plain(document["prompt"]))
        draft = Draft(
            self._line, name, document, self._category, self._tags, list(self._reader.files.values())
        )
        self._collector.add(draft)

    def _document(self) -> dict[str, object] | None:
        named = _NAME.match(self._text)
        if named:
            self._name, self._text = one_line(shown(named[1])), named[2]
        self._format, self._text = self._marked(self._text)
        opening, closing = self._text.find("{"), self._text.rfind("}")
        if opening < 0 and closing < 0:
            return None
        if opening < 0:
            raise Misread(worded("a } has no { before it; write \\} for a brace in the text"))
        if closing < opening:
            raise Misread(worded("the answers begin with { but have no }; they cannot hold an empty line"))
        answers, behind = self._text[opening + 1 : closing], self._text[closing + 1 :].strip()
        if "{" in answers or "}" in answers:
            raise Misread(worded("there is a second pair of braces; write \\{ and \\} for braces in a text"))
        before = self._text[:opening]
        prompt = f"{before}{BLANK}{self._text[closing + 1 :]}" if behind else before
        answers, _, feedback = answers.partition("####")
        document = self._reader.prompt(shown(prompt), self._format)
        if feedback.strip():
            document["feedback"] = self._line_of(feedback, "feedback")
        return document | self._answers(answers.strip())

    def _answers(self, answers: str) -> dict[str, object]:
        if not answers:
            return {"type": "essay"}
        if answers.startswith("#"):
            return {"type": "numeric", "answer": self._numbers(answers[1:])}
        if "~" in answers:
            return self._choices(answers)
        if "=" in answers and "->" in answers:
            return self._pairs(answers)
        word, *feedback = answers.split("#")
        if word.strip().upper() in _TRUTHS:
            return self._truth(_TRUTHS[word.strip().upper()], feedback)
        if not answers.startswith("="):
            raise Misread(worded("the answers begin neither with =, ~, # nor with T or F"))
        found = [self._found(part, right=True, plain=True) for part in answers.split("=")[1:]]
        return {
            "type": "short",
            "answer": typed_answers(found, self._collector, self._line, case_sensitive=False),
        }

    def _choices(self, answers: str) -> dict[str, object]:
        single = "=" in answers
        parts = re.split(r"(?=[~=])", answers)
        if parts[0].strip():
            raise Misread(
                worded("%(text)r stands before the first = or ~", text=shown(parts[0]).strip()[:40])
            )
        found = [self._found(part[1:], right=part.startswith("=")) for part in parts[1:]]
        return choices(found, single=single)

    def _pairs(self, answers: str) -> dict[str, object]:
        pairs, distractors = [], []
        for part in answers.split("=")[1:]:
            left, arrow, right = part.partition("->")
            if not arrow:
                raise Misread(
                    worded("%(text)r has no -> between its two sides", text=shown(part).strip()[:40])
                )
            right_text = self._line_of(right.partition("#")[0], "pairs")
            if left.strip():
                pairs.append({"left": self._line_of(left, "pairs"), "right": right_text})
            else:
                distractors.append(right_text)
        document: dict[str, object] = {"type": "match", "pairs": pairs, "distractors": distractors}
        return document

    def _truth(self, right: bool, feedback: list[str]) -> dict[str, object]:
        # The first one is said to a wrong answer, the second to a right one.
        texts = [self._line_of(text, "feedback") if text.strip() else NO_TEXT for text in feedback]
        wrong_text, right_text, *_ = [*texts, NO_TEXT, NO_TEXT]
        if right:
            return true_or_false(right=True, if_true=right_text, if_false=wrong_text)
        return true_or_false(right=False, if_true=wrong_text, if_false=right_text)

    def _numbers(self, answers: str) -> dict[str, object]:
        parts = answers.split("=") if "=" in answers else ["", answers]
        if parts[0].strip():
            raise Misread(worded("%(text)r stands before the first =", text=shown(parts[0]).strip()[:40]))
        found = []
        for part in parts[1:]:
            percent, rest = _percent(part, Decimal(100))
            number, _, feedback = rest.partition("#")
            value, tolerance = _spread(shown(number).strip())
            said = self._line_of(feedback, "feedback") if feedback.strip() else NO_TEXT
            found.append(Found({"th": value, "en": value}, percent, said, tolerance))
        return numbers(found, self._collector, self._line)

    def _found(self, part: str, *, right: bool, plain: bool = False) -> Found:
        percent, rest = _percent(part, Decimal(100 if right else 0))
        text, _, feedback = rest.partition("#")
        said = self._line_of(feedback, "feedback") if feedback.strip() else NO_TEXT
        if plain:
            typed = shown(text).strip()
            return Found({"th": typed, "en": typed}, percent, said)
        return Found(self._line_of(text, "options"), percent, said)

    def _line_of(self, text: str, where: str) -> dict[str, str]:
        written, rest = self._marked(text)
        return self._reader.line(shown(rest), written, where=where)

    def _marked(self, text: str) -> tuple[str, str]:
        found = _FORMAT.match(text)
        if found and found[1] in NAMES:
            return NAMES[found[1]], found[2]
        return self._format, text


def _percent(part: str, otherwise: Decimal) -> tuple[Decimal, str]:
    found = _PERCENT.match(part)
    if found is None:
        return otherwise, part
    percent = percent_of(found[1])
    if percent is None:
        raise Misread(worded("%%%(percent)s%% is no percentage from -100 to 100", percent=found[1]))
    return percent, found[2]


def _spread(written: str) -> tuple[str, str]:
    """Return the middle of a range such as 1..5 and how far it reaches; or of 3:2, what it says."""
    span = _RANGE.fullmatch(written)
    if span is None:
        value, _, tolerance = written.partition(":")
        return value.strip(), tolerance.strip() or "0"
    low, high = _bound(span[1]), _bound(span[2])
    if low is None or high is None or low > high:
        raise Misread(worded("%(text)s is no range such as 1..5", text=written[:40]))
    return plain_number(str((low + high) / 2)), plain_number(str((high - low) / 2))


def _bound(text: str) -> Decimal | None:
    """Read a number of a range; None when it is none that a person would write."""
    plain = plain_number(text)
    return Decimal(plain) if re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", plain) else None


def _plain(prompt: object) -> str:
    return str(next((text for text in prompt.values() if text), "")) if isinstance(prompt, Mapping) else ""
