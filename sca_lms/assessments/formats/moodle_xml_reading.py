"""Read Moodle XML: https://docs.moodle.org/en/Moodle_XML_format."""

import base64
import binascii
from collections.abc import Callable, Mapping
from decimal import Decimal

from sca_lms.assessments.formats.bank import Bank, Collector, Draft
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
from sca_lms.assessments.formats.gift_reading import category_path
from sca_lms.assessments.formats.marked_text import HTML, MARKDOWN, NAMES, PLAIN, TextReader
from sca_lms.assessments.formats.moodle_cloze import FaultyGap, put_marks_in, read_gap, take_gaps_out
from sca_lms.assessments.formats.xml_lines import FaultyXml, Node, read_xml
from sca_lms.texts import reason_of, worded

FORMAT = "Moodle XML"
_COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
_ANY_ENDINGS = ("docx", "jpg", "pdf", "png")
_GROUPS = {
    "document": ("docx", "odt", "pdf"),
    "image": ("jpg", "png", "webp"),
    "spreadsheet": ("ods", "xlsx"),
    "presentation": ("odp", "pptx"),
    "archive": ("zip",),
    "audio": ("m4a", "mp3"),
    "video": ("mp4",),
}


class _Misread(ValueError):
    """An element that cannot be read, and where it stands."""

    def __init__(self, line: int, where: str, reason: str) -> None:
        super().__init__(reason)
        self.line, self.where, self.reason = line, where, reason


def read_moodle_xml(content: bytes) -> Bank:
    """Read a file whole; a question that cannot be read does not stop the others."""
    collector = Collector(FORMAT)
    try:
        root = read_xml(content)
    except FaultyXml as error:
        collector.fault(error.line, worded("file"), error.reason)
        return collector.bank()
    if root.tag != "quiz":
        collector.fault(root.line, root.tag, worded("is no Moodle XML: the outermost element must be quiz"))
        return collector.bank()
    category = ""
    for node in root.find_all("question"):
        kind = node.attributes.get("type", "")
        if kind == "category":
            category = category_path(_content(node.find("category")))
        elif kind == "description":
            collector.note(node.line, _name(node), worded("a description asks nothing and is left out"))
        else:
            _Question(node, kind, collector).read(category)
    return collector.bank()


class _Question:
    """One question element on its way to being a document."""

    def __init__(self, node: Node, kind: str, collector: Collector) -> None:
        self._node = node
        self._kind = kind
        self._collector = collector
        self._name = _name(node)
        self._reader = TextReader(collector, node.line, self._files())

    def read(self, category: str) -> None:
        """Hand the question to the collector, or say what is wrong with it."""
        readers: Mapping[str, Callable[[], dict[str, object]]] = {
            "multichoice": self._choice,
            "truefalse": self._truth,
            "shortanswer": self._short,
            "numerical": self._numeric,
            "matching": self._matching,
            "essay": self._essay,
            "cloze": self._cloze,
            "multianswer": self._cloze,
            "ordering": self._ordering,
        }
        read = readers.get(self._kind)
        if read is None:
            reason = worded(
                "questions of type %(type)s are not supported", type=self._kind[:40] or worded("nothing")
            )
            self._collector.fault(self._node.line, self._name, reason)
            return
        try:
            document = {**self._common(), **read()}
        except _Misread as error:
            self._collector.fault(error.line, f"{self._name}: {error.where}", error.reason)
            return
        except FaultyGap as error:
            self._collector.fault(self._node.line, f"{self._name}: questiontext", reason_of(error))
            return
        self._name_what_is_left_out()
        number = _content(self._node.find("idnumber")).strip()
        tags = self._node.find("tags")
        self._collector.add(
            Draft(
                self._node.line,
                number or self._name,
                document,
                category,
                [_content(tag) for tag in tags.find_all("tag")] if tags else [],
                list(self._reader.files.values()),
            )
        )

    def _common(self) -> dict[str, object]:
        text = self._node.find("questiontext")
        if text is None:
            raise _Misread(self._node.line, "questiontext", worded("is missing"))
        document: dict[str, object] = {}
        if self._kind not in {"cloze", "multianswer"}:
            document = self._reader.prompt(_content(text), _format(text))
        grade = self._node.find("defaultgrade")
        if grade is not None:
            document["points"] = plain_number(_content(grade))
        feedback = self._said(self._node, "generalfeedback")
        return document | ({"feedback": feedback} if any(feedback.values()) else {})

    def _choice(self) -> dict[str, object]:
        single = _content(self._node.find("single")).strip().lower() in {"true", "1", ""}
        return choices(
            [self._found(answer, "answer") for answer in self._node.find_all("answer")], single=single
        )

    def _truth(self) -> dict[str, object]:
        said, right = {"true": NO_TEXT, "false": NO_TEXT}, list[str]()
        for answer in self._node.find_all("answer"):
            word = _content(answer).strip().lower()
            if word not in said:
                raise _Misread(answer.line, "answer", worded("must be true or false"))
            said[word] = self._said(answer, "feedback")
            right += [word] if _fraction(answer) == 100 else []
        if len(right) != 1:
            raise _Misread(self._node.line, "answer", worded("exactly one of true and false must earn 100"))
        return true_or_false(right=right == ["true"], if_true=said["true"], if_false=said["false"])

    def _short(self) -> dict[str, object]:
        case = _content(self._node.find("usecase")).strip() == "1"
        found = [self._typed(answer) for answer in self._node.find_all("answer")]
        answers = typed_answers(found, self._collector, self._node.line, case_sensitive=case)
        return {"type": "short", "answer": answers}

    def _numeric(self) -> dict[str, object]:
        if self._node.find("units") is not None:
            self._collector.note(self._node.line, self._name, worded("units are left out"))
        found = [self._typed(answer) for answer in self._node.find_all("answer")]
        return {"type": "numeric", "answer": numbers(found, self._collector, self._node.line)}

    def _matching(self) -> dict[str, object]:
        pairs, distractors = [], []
        for sub in self._node.find_all("subquestion"):
            answer = sub.find("answer")
            written = _format(answer) if answer and "format" in answer.attributes else PLAIN
            right = self._reader.line(_content(answer), written, where="subquestion")
            if _content(sub).strip():
                left = self._reader.line(_content(sub), _format(sub), where="subquestion")
                pairs.append({"left": left, "right": right})
            else:
                distractors.append(right)
        document: dict[str, object] = {"type": "match", "pairs": pairs, "distractors": distractors}
        return document

    def _ordering(self) -> dict[str, object]:
        answers = self._node.find_all("answer")
        items = [self._reader.line(_content(each), _format(each), where="answer") for each in answers]
        return {"type": "order", "items": items}

    def _essay(self) -> dict[str, object]:
        notes = self._said(self._node, "graderinfo")
        document: dict[str, object] = {"marking_notes": notes} if any(notes.values()) else {}
        files = _content(self._node.find("attachments")).strip() or "0"
        if _content(self._node.find("responseformat")).strip() == "noinline" and files != "0":
            return {**document, "type": "file", "endings": self._endings()}
        if files != "0":
            self._collector.note(self._node.line, self._name, worded("files beside the text are left out"))
        words = _content(self._node.find("maxwordlimit")).strip()
        if words.isascii() and words.isdecimal() and int(words[:9]) > 0:
            document["words_at_most"] = int(words[:9])
        for left_out in ("responsetemplate", "minwordlimit"):
            if _content(self._node.find(left_out)).strip() not in {"", "0"}:
                self._collector.note(self._node.line, f"{self._name}: {left_out}", worded("is left out"))
        return {**document, "type": "essay"}

    def _endings(self) -> list[str]:
        endings: list[str] = []
        for each in _content(self._node.find("filetypeslist")).replace(";", ",").split(","):
            endings += (
                [each.strip().lstrip(".")] if each.strip().startswith(".") else _GROUPS.get(each.strip(), ())
            )
        if endings:
            return endings
        note = worded("takes any file; here it takes %(endings)s", endings=", ".join(_ANY_ENDINGS))
        self._collector.note(self._node.line, f"{self._name}: filetypeslist", note)
        return list(_ANY_ENDINGS)

    def _cloze(self) -> dict[str, object]:
        node = self._node.find("questiontext")
        if node is None:
            raise _Misread(self._node.line, "questiontext", worded("is missing"))
        written = _format(node)
        text, gaps = take_gaps_out(_content(node))
        document = self._reader.prompt(text, written)
        prompt = document["prompt"]
        if not gaps or not isinstance(prompt, dict):
            raise FaultyGap(worded("has no gap such as {1:SHORTANSWER:=word}"))
        marked, in_order = put_marks_in(prompt, gaps)
        is_html = written not in {PLAIN, MARKDOWN}
        line = self._node.line
        documents = [read_gap(gap, self._collector, line, is_html=is_html) for gap in in_order]
        document |= {"type": "cloze", "prompt": marked, "gaps": documents}
        if self._node.find("defaultgrade") is None:
            document["points"] = str(sum(Decimal(str(each["weight"])) for each in documents))
        return document

    def _found(self, answer: Node, where: str) -> Found:
        text = self._reader.line(_content(answer), _format(answer), where=where)
        return Found(text, _fraction(answer), self._said(answer, "feedback"))

    def _typed(self, answer: Node) -> Found:
        text, tolerance = _content(answer).strip(), _content(answer.find("tolerance")).strip()
        said = self._said(answer, "feedback")
        return Found({"th": text, "en": text}, _fraction(answer), said, tolerance or "0")

    def _said(self, node: Node, tag: str) -> dict[str, str]:
        found = node.find(tag)
        if found is None or not _content(found).strip():
            return dict(NO_TEXT)
        return self._reader.line(_content(found), _format(found), where=tag)

    def _files(self) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        text = self._node.find("questiontext")
        for each in text.find_all("file") if text else ():
            name = each.attributes.get("path", "/").strip("/")
            name = f"{name}/{each.attributes.get('name', '')}".lstrip("/")
            try:
                files[name] = base64.b64decode("".join(each.text().split()), validate=True)
            except (binascii.Error, ValueError):
                self._collector.note(each.line, f"{self._name}: {name[:80]}", worded("is no base64"))
        return files

    def _name_what_is_left_out(self) -> None:
        for tag in _COMBINED:
            if _content(self._node.find(tag)).strip():
                self._collector.note(self._node.line, f"{self._name}: {tag}", worded("is left out"))
        if any(_content(hint).strip() for hint in self._node.find_all("hint")):
            self._collector.note(self._node.line, f"{self._name}: hint", worded("hints are left out"))


def _name(node: Node) -> str:
    return " ".join(_content(node.find("name")).split())


def _content(node: Node | None) -> str:
    """Return the text of an element, which stands in a `text` of its own or directly inside."""
    if node is None:
        return ""
    text = node.find("text")
    return (
        text.text() if text is not None else "".join(each for each in node.content if isinstance(each, str))
    )


def _format(node: Node) -> str:
    return NAMES.get(node.attributes.get("format", "html"), HTML)


def _fraction(answer: Node) -> Decimal:
    fraction = percent_of(answer.attributes.get("fraction", "0"))
    if fraction is None:
        raise _Misread(answer.line, "fraction", worded("must be a number from -100 to 100"))
    return fraction.normalize() if fraction else Decimal(0)
