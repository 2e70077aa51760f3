"""Read one item of QTI 2.1 as a question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.assessments.formats.bank import Collector, Draft
from sca_lms.assessments.formats.drafting import Found, choices, percent_of, plain_number
from sca_lms.assessments.formats.marked_text import HTML, TextReader
from sca_lms.assessments.formats.moodle_cloze import FaultyGap, put_marks_in
from sca_lms.assessments.formats.qti_answers import Declared, declared, number_found, texts_found
from sca_lms.assessments.formats.xml_lines import Node
from sca_lms.texts import reason_of, worded

_HIDDEN = {"rubricBlock", "feedbackBlock", "feedbackInline", "stylesheet"}
_INLINE = {"textEntryInteraction", "inlineChoiceInteraction"}
_BLANK = "_____"
_ENDINGS = ["docx", "jpg", "pdf", "png"]
_ENDINGS_OF = {
    "application/pdf": ["pdf"],
    "image/*": ["jpg", "png"],
    "image/jpeg": ["jpg"],
    "image/png": ["png"],
}


@dataclass(frozen=True, slots=True)
class Item:
    """An item, the path it comes from, and its pictures by the addresses it gives them."""

    path: str
    root: Node
    pictures: Mapping[str, bytes]


class _Misread(ValueError):
    """Something in an item that cannot be read, and where it stands."""

    def __init__(self, node: Node, reason: str) -> None:
        super().__init__(reason)
        self.line, self.tag, self.reason = node.line, node.tag, reason


def read_item(item: Item, collector: Collector) -> None:
    """Hand the item's question to the collector, or say what is wrong with it."""
    reader = _ItemReader(item, collector)
    try:
        draft = reader.draft()
    except _Misread as error:
        collector.fault(error.line, f"{item.path}: {error.tag}", error.reason)
    except FaultyGap as error:
        collector.fault(item.root.line, item.path, reason_of(error))
    else:
        collector.add(draft)


class _ItemReader:
    def __init__(self, item: Item, collector: Collector) -> None:
        self._item = item
        self._collector = collector
        self._texts = TextReader(collector, item.root.line, item.pictures)
        self._responses = {
            node.attributes.get("identifier", ""): declared(node)
            for node in item.root.find_all("responseDeclaration")
        }

    def draft(self) -> Draft:
        """Return the question as found; raise `_Misread`."""
        root = self._item.root
        if root.tag != "assessmentItem":
            raise _Misread(root, worded("is no assessmentItem of QTI 2.1"))
        body = root.find("itemBody")
        if body is None:
            raise _Misread(root, worded("has no itemBody"))
        found = [node for node in body.walk() if node.tag.endswith("Interaction")]
        if not found:
            raise _Misread(body, worded("has no interaction, so nothing is asked"))
        document = self._several(body, found) if self._is_cloze(found) else self._one(body, found)
        points = self._points()
        if points:
            document["points"] = points
        if root.find("modalFeedback") is not None:
            self._collector.note(root.line, f"{self._item.path}: modalFeedback", worded("is left out"))
        name = root.attributes.get("identifier") or root.attributes.get("title", "")
        return Draft(root.line, name, document, files=list(self._texts.files.values()))

    def _is_cloze(self, found: list[Node]) -> bool:
        inline = [node for node in found if node.tag in _INLINE]
        return bool(inline) and (len(found) > 1 or found[0].tag == "inlineChoiceInteraction")

    def _one(self, body: Node, found: list[Node]) -> dict[str, object]:
        readers: Mapping[str, Callable[[Node], dict[str, object]]] = {
            "choiceInteraction": self._choice,
            "orderInteraction": self._order,
            "matchInteraction": self._match,
            "textEntryInteraction": self._typed,
            "extendedTextInteraction": self._essay,
            "uploadInteraction": self._upload,
        }
        node = found[0]
        read = readers.get(node.tag)
        if read is None:
            raise _Misread(node, worded("questions with %(tag)s are not supported", tag=node.tag))
        if len(found) > 1:
            raise _Misread(found[1], worded("several interactions in one item are not supported"))
        html = _markup(body, {id(node): _BLANK if node.tag in _INLINE else _prompt_of(node)})
        if html.rstrip().removesuffix("</p>").removesuffix("</div>").rstrip().endswith(_BLANK):
            # At the end of the text the field itself is the blank.
            html = html.replace(_BLANK, "")
        return {**self._texts.prompt(html, HTML), **read(node)}

    def _several(self, body: Node, found: list[Node]) -> dict[str, object]:
        places: dict[int, str] = {}
        gaps: list[dict[str, object]] = []
        for number, node in enumerate(found, start=1):
            if node.tag not in _INLINE:
                raise _Misread(node, worded("stands beside gaps, which is not supported"))
            places[id(node)] = f"\U000f1000{number}\U000f1001"
            gaps.append(self._gap(node))
        document = self._texts.prompt(_markup(body, places), HTML)
        prompt = document["prompt"]
        if isinstance(prompt, dict):
            marked, _ = put_marks_in(prompt, [str(number) for number in range(len(gaps))])
            document["prompt"] = marked
        points = str(len(gaps))
        return {**document, "type": "cloze", "gaps": gaps, "points": points}

    def _gap(self, node: Node) -> dict[str, object]:
        if node.tag == "inlineChoiceInteraction":
            return {"kind": "choice", "options": self._options(node, "inlineChoice", single=True)["options"]}
        typed = self._typed(node)
        answer = typed["answer"]
        kind = {"kind": typed["type"]}
        return kind | answer if isinstance(answer, dict) else kind

    def _choice(self, node: Node) -> dict[str, object]:
        return self._options(node, "simpleChoice", single=self._response(node).cardinality == "single")

    def _options(self, node: Node, tag: str, *, single: bool) -> dict[str, object]:
        response = self._response(node)
        right = set(response.correct)
        known = {each.attributes.get("identifier", ""): each for each in node.walk() if each.tag == tag}
        for value in sorted(right - known.keys()):
            raise _Misread(
                response.node, worded("%(value)r is not the identifier of a choice", value=value[:40])
            )
        best = max([*response.mapped.values(), Decimal(0)])
        whole = sum(value for value in response.mapped.values() if value > 0) if not single else best
        share = (Decimal(100) / len(right)).quantize(Decimal("0.00001")) if right else Decimal(0)
        found = []
        for identifier, each in known.items():
            if whole > 0:
                percent = max(
                    Decimal(-100), response.mapped.get(identifier, response.otherwise) * 100 / whole
                )
                percent = percent.quantize(Decimal("0.00001")).normalize()
            elif single:
                percent = Decimal(100 if identifier in right else 0)
            else:
                percent = share if identifier in right else -share
            said = next((inside for inside in each.walk() if inside.tag == "feedbackInline"), None)
            feedback = self._line(said.markup(), each) if said else {"th": "", "en": ""}
            found.append(Found(self._line(_markup(each, {}), each), percent, feedback))
        if not right and whole <= 0:
            raise _Misread(node, worded("has no correct response"))
        return choices(found, single=single)

    def _order(self, node: Node) -> dict[str, object]:
        known = {each.attributes.get("identifier", ""): each for each in node.find_all("simpleChoice")}
        response = self._response(node)
        if sorted(response.correct) != sorted(known):
            raise _Misread(response.node, worded("the correct response must name every choice once"))
        items = [
            self._line(_markup(known[identifier], {}), known[identifier]) for identifier in response.correct
        ]
        return {"type": "order", "items": items}

    def _match(self, node: Node) -> dict[str, object]:
        sides = node.find_all("simpleMatchSet")
        if len(sides) != 2:
            raise _Misread(node, worded("must have two simpleMatchSet"))
        lefts, rights = (
            {each.attributes.get("identifier", ""): each for each in side.find_all("simpleAssociableChoice")}
            for side in sides
        )
        response = self._response(node)
        pairs, used = [], set[str]()
        for value in response.correct:
            one, _, other = value.partition(" ")
            left, right = (one, other) if one in lefts else (other, one)
            if left not in lefts or right not in rights:
                raise _Misread(
                    response.node,
                    worded("%(value)r is no pair of a left and a right choice", value=value[:60]),
                )
            pairs.append({"left": self._inner(lefts[left]), "right": self._inner(rights[right])})
            used.add(right)
        if len(pairs) != len(lefts):
            raise _Misread(response.node, worded("each left choice must be in exactly one pair"))
        apart = [self._inner(each) for identifier, each in rights.items() if identifier not in used]
        return {"type": "match", "pairs": pairs, "distractors": apart}

    def _typed(self, node: Node) -> dict[str, object]:
        response = self._response(node)
        if response.base_type in {"float", "integer"}:
            answer = number_found(response, self._item.root, self._collector)
            return {"type": "numeric", "answer": answer}
        return {"type": "short", "answer": texts_found(response, self._collector)}

    def _essay(self, node: Node) -> dict[str, object]:
        return {"type": "essay", **self._marking_notes()}

    def _upload(self, node: Node) -> dict[str, object]:
        written = node.attributes.get("type", "")
        endings = [ending for each in written.split(",") for ending in _ENDINGS_OF.get(each.strip(), [])]
        if not endings:
            note = worded("the kinds of file are taken to be %(endings)s", endings=", ".join(_ENDINGS))
            self._collector.note(node.line, f"{self._item.path}: uploadInteraction", note)
        return {"type": "file", "endings": endings or _ENDINGS, **self._marking_notes()}

    def _marking_notes(self) -> dict[str, object]:
        notes = [each.markup() for each in self._item.root.walk() if each.tag == "rubricBlock"]
        text = self._texts.line("\n".join(notes), HTML, where="rubricBlock")
        return {"marking_notes": text} if any(text.values()) else {}

    def _response(self, node: Node) -> Declared:
        response = self._responses.get(node.attributes.get("responseIdentifier", ""))
        if response is None:
            raise _Misread(node, worded("its responseIdentifier is declared nowhere"))
        return response

    def _inner(self, node: Node) -> dict[str, str]:
        return self._line(_markup(node, {}), node)

    def _line(self, html: str, node: Node) -> dict[str, str]:
        return self._texts.line(html, HTML, where=f"{self._item.path}: {node.tag}")

    def _points(self) -> str:
        for node in self._item.root.find_all("outcomeDeclaration"):
            default = node.find("defaultValue")
            if node.attributes.get("identifier") == "MAXSCORE" and default is not None:
                points = percent_of(default.text())
                return plain_number(default.text()) if points and points > 0 else ""
        return ""


def _prompt_of(node: Node) -> str:
    prompt = node.find("prompt")
    return "" if prompt is None else f"<div>{prompt.markup()}</div>"


def _markup(node: Node, places: Mapping[int, str]) -> str:
    """Return what is inside as HTML, with other text for some of its elements; pictures become img."""
    parts = []
    for each in node.content:
        if isinstance(each, str):
            parts.append(each.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        elif id(each) in places:
            parts.append(places[id(each)])
        elif each.tag == "object" and each.attributes.get("type", "").startswith("image/"):
            picture = Node(
                "img", {"src": each.attributes.get("data", ""), "alt": each.text().strip()}, each.line
            )
            parts.append(picture.outer())
        elif each.tag not in _HIDDEN:
            shell = Node(each.tag, each.attributes, each.line).outer()
            start, end, _ = shell.partition(f"</{each.tag}>")
            parts += [start, _markup(each, places), end]
    return "".join(parts)
