"""Read Aiken, a text format for single choices: https://docs.moodle.org/en/Aiken_format."""

import re

from sca_lms.assessments.formats import marked_text
from sca_lms.assessments.formats.bank import Bank, Collector, Draft, one_line
from sca_lms.assessments.formats.marked_text import TextReader
from sca_lms.texts import worded

FORMAT = "Aiken"
OPTION = re.compile(r"\s*([A-Z])[.)][ \t]+(.*\S)\s*")
ANSWER = re.compile(r"\s*ANSWER:[ \t]*(.*?)\s*")
_ALMOST_OPTION = re.compile(r"\s*([a-z])[.)]\s+\S|\s*[A-Z][.)]\S|\s*[A-Z][.)]\s*$")
_ALMOST_ANSWER = re.compile(r"\s*(answer|ans)\b\s*:?", re.IGNORECASE)


class _Reading:
    """The question being read: its lines so far, and its options by letter."""

    def __init__(self) -> None:
        self.line = 0
        self.prompt: list[str] = []
        self.options: dict[str, str] = {}
        self.is_faulty = False


def read_aiken(text: str) -> Bank:
    """Read a file whole; what is wrong with one question does not stop the next."""
    collector = Collector(FORMAT)
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        answer = ANSWER.fullmatch(line)
        if answer:
            _finish(reading, answer[1], number, collector)
            reading = _Reading()
        else:
            _take(reading, line, number, collector)
    if reading.line and not reading.is_faulty:
        collector.fault(reading.line, worded("question"), worded("has no ANSWER: line after its options"))
    return collector.bank()


def _take(reading: _Reading, line: str, number: int, collector: Collector) -> None:
    reading.line = reading.line or number
    option = OPTION.fullmatch(line)
    if option and (reading.prompt or reading.options):
        if option[1] in reading.options:
            _refuse(
                reading,
                number,
                worded("option %(letter)s", letter=option[1]),
                worded("is there twice"),
                collector,
            )
        reading.options[option[1]] = option[2]
    elif _ALMOST_ANSWER.match(line) and reading.options:
        reason = worded("write ANSWER: in capital letters, with a colon and one letter")
        _refuse(reading, number, "answer", reason, collector)
    elif not reading.options and not (_ALMOST_OPTION.match(line) and reading.prompt):
        reading.prompt.append(line.strip())
    else:
        reason = worded("an option begins with a capital letter, a full stop or bracket, and a space")
        _refuse(reading, number, worded("option"), reason, collector)


def _finish(reading: _Reading, letter: str, number: int, collector: Collector) -> None:
    line = reading.line or number
    texts = TextReader(collector, line)
    if letter not in reading.options and not reading.is_faulty:
        known = ", ".join(reading.options) or worded("none")
        collector.fault(
            number,
            "ANSWER",
            worded("%(letter)r is not the letter of an option (%(known)s)", letter=letter[:20], known=known),
        )
        return
    if reading.is_faulty:
        return
    prompt = "\n".join(reading.prompt)
    options = [
        {**texts.line(text, marked_text.PLAIN, where="options"), "correct": each == letter}
        for each, text in reading.options.items()
    ]
    document = {**texts.prompt(prompt, marked_text.PLAIN), "type": "single", "options": options}
    collector.add(Draft(line, one_line(prompt), document))


def _refuse(reading: _Reading, number: int, where: str, reason: str, collector: Collector) -> None:
    reading.is_faulty = True
    collector.fault(number, where, reason)
