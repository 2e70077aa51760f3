"""Say what a question bank is: its questions, what is wrong with it, and what it loses on the way."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sca_lms.assessments.question_types import Question, parse_question
from sca_lms.assessments.refusals import FaultyQuestion
from sca_lms.texts import worded

LONGEST_CODE = 64
LONGEST_CATEGORY = 300
LONGEST_TAG = 64
MOST_QUESTIONS = 5000
MOST_FAULTS = 1000
MOST_TAGS = 20
LARGEST_PICTURE_BYTES = 5 * 1024 * 1024
_HEADS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
}
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """Something to put right; the line counts from 1, `where` names a field, an element or a file."""

    line: int
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A picture with its content; the question names it by `name` and `sha256`."""

    name: str
    media_type: str
    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """One question of a bank; the category is a path such as `Data/Basics`, empty for none."""

    code: str
    category: str
    tags: tuple[str, ...]
    question: Question
    attachments: tuple[AttachedFile, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Bank:
    """A file read whole: what can be taken, what cannot (`faults`), and what is left out (`notes`)."""

    format: str
    questions: tuple[BankQuestion, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a format cannot carry, of one question."""

    code: str
    what: str


@dataclass(slots=True)
class Draft:
    """A question as a reader found it, before it is known whether it can be asked."""

    line: int
    name: str
    document: dict[str, object]
    category: str = ""
    tags: Sequence[str] = ()
    files: Sequence[AttachedFile] = ()


class Collector:
    """Gather the questions, faults and notes of one file."""

    def __init__(self, format_name: str) -> None:
        self.format = format_name
        self._questions: list[BankQuestion] = []
        self._faults: list[Fault] = []
        self._notes: list[Fault] = []
        self._codes: set[str] = set()
        self._is_faulty = False

    def begin(self) -> None:
        """Begin with a new question: faults from now on are its own."""
        self._is_faulty = False

    def fault(self, line: int, where: str, reason: str) -> None:
        """Remember that something cannot be taken."""
        self._is_faulty = True
        self._faults.append(Fault(line, where, reason))

    def note(self, line: int, where: str, reason: str) -> None:
        """Remember that something is left out of a question that can be taken."""
        self._notes.append(Fault(line, where, reason))

    def add(self, draft: Draft) -> None:
        """Take a question, or remember why it cannot be asked."""
        if len(self._questions) >= MOST_QUESTIONS:
            self.fault(
                draft.line,
                draft.name,
                worded("the file has more than %(most_questions)s questions", most_questions=MOST_QUESTIONS),
            )
            return
        attachments = {
            each.name: {"media_type": each.media_type, "sha256": each.sha256} for each in draft.files
        }
        document = {**draft.document, **({"attachments": attachments} if attachments else {})}
        try:
            question = parse_question(document)
        except FaultyQuestion as refusal:
            where = f"{draft.name}: {refusal.field}" if draft.name else refusal.field
            self.fault(draft.line, where, refusal.reason)
            return
        # A question that a reader found fault with is not taken even if what is left could be asked.
        if self._is_faulty:
            return
        self._questions.append(
            BankQuestion(
                code=self._code(draft.name),
                category=tidy_category(draft.category),
                tags=tidy_tags(draft.tags),
                question=question,
                attachments=tuple(sorted(draft.files, key=lambda each: each.name)),
                line=draft.line,
            )
        )

    def bank(self) -> Bank:
        """Return what was gathered; faults and notes in the order of their lines."""
        if not self._questions and not self._faults:
            self.fault(1, worded("file"), worded("holds no question"))
        faults = sorted(set(self._faults))
        if len(faults) > MOST_FAULTS:
            left = len(faults) - MOST_FAULTS
            faults = [
                *faults[:MOST_FAULTS],
                Fault(
                    faults[MOST_FAULTS].line, worded("file"), worded("and %(left)s more faults", left=left)
                ),
            ]
        counts = Counter(each.question.type for each in self._questions)
        return Bank(
            self.format,
            tuple(self._questions),
            tuple(faults),
            tuple(sorted(set(self._notes))[:MOST_FAULTS]),
            dict(sorted(counts.items())),
        )

    def _code(self, name: str) -> str:
        """Return the name if no other question has it, otherwise the name with a number."""
        wanted = one_line(name)[:LONGEST_CODE].strip() or f"question {len(self._questions) + 1}"
        code, number = wanted, 1
        while code in self._codes:
            number += 1
            code = f"{wanted[: LONGEST_CODE - 1 - len(str(number))]}-{number}"
        self._codes.add(code)
        return code


def one_line(text: str) -> str:
    """Return a text without line ends and double spaces."""
    return " ".join(text.split())


def tidy_category(path: str) -> str:
    """Return a category's path without empty steps and outer spaces, not too long."""
    steps = (one_line(step) for step in path.split("/"))
    return "/".join(step for step in steps if step)[:LONGEST_CATEGORY].rstrip("/ ")


def tidy_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return tags without repetition, in their order."""
    tidy = (one_line(tag)[:LONGEST_TAG].strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in tidy if tag))[:MOST_TAGS]


def picture_type(content: bytes) -> str | None:
    """Tell by its first bytes which kind of picture this is; None for what no page shows."""
    for head, media_type in _HEADS.items():
        if content.startswith(head):
            return media_type
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    return "image/webp" if is_webp else None


def attached(name: str, content: bytes) -> AttachedFile | None:
    """Return a picture under a plain name; None when it is too large or none that browsers show."""
    media_type = picture_type(content)
    if media_type is None or len(content) > LARGEST_PICTURE_BYTES:
        return None
    return AttachedFile(plain_name(name), media_type, hashlib.sha256(content).hexdigest(), content)


def plain_name(name: str) -> str:
    """Return a file's name in plain letters; names that differ stay different where letters are lost."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    if _PLAIN.fullmatch(last):
        return last
    mark = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]
    return f"{mark}-{_ODD.sub('-', last).strip('-._')[-80:] or 'picture'}"
