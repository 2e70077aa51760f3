"""Questions of every kind that a bank can hold, made at random."""

import hashlib
import json

from hypothesis import strategies as st

from sca_lms.assessments.formats.bank import AttachedFile, BankQuestion
from sca_lms.assessments.formats.drafting import FALSE_TEXT, TRUE_TEXT
from sca_lms.assessments.question_types import parse_question
from sca_lms.assessments.written_answers import normalised

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
SHA256 = hashlib.sha256(PNG).hexdigest()
_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
_SPECIAL = st.sampled_from(
    ["=", "~", "#", "{", "}", ":", "\\", "->", "\n", "%50%", "[html]", "<b>", "&amp;", "]]>", "\\(x^2\\)",
     "//", "$", "น้ำ", "*", "{1:SA", "\\n", "|", '"', "_____", "TRUE"]
)  # fmt: skip
words = (
    st.lists(_LETTERS | _SPECIAL, min_size=1, max_size=12)
    .map(lambda parts: "".join(parts).strip())
    .filter(lambda text: text and "[[" not in text and "{mlang" not in text.lower())
)
typed = words.map(lambda text: " ".join(text.split())).filter(
    lambda text: bool(normalised(text, case_sensitive=True))
)
pairs = words.map(lambda text: {"th": text, "en": text}) | st.fixed_dictionaries({"th": words, "en": words})
said = st.just({"th": "", "en": ""}) | pairs
decimals = st.decimals(-1000, 1000, places=2).map(lambda number: f"{number.normalize():f}")
tolerances = st.decimals(0, 100, places=2).map(lambda number: f"{number.normalize():f}")
part = st.sampled_from(["0", "25", "50", "75"])


def _reads(text: dict[str, str]) -> tuple[str, str]:
    return text["th"], text["en"]


def _draw_options(draw: st.DrawFn, *, single: bool) -> list[dict[str, object]]:
    texts = draw(st.lists(pairs, min_size=2, max_size=5, unique_by=_reads))
    right = draw(st.integers(1, 1 if single else len(texts)))
    options = [{**text, "correct": index < right, "feedback": draw(said)} for index, text in enumerate(texts)]
    percents = ["100", *(draw(part) for _ in options[1:])]
    if single and set(percents) - {"0", "100"} and draw(st.booleans()):
        return [{**each, "percent": percent} for each, percent in zip(options, percents, strict=True)]
    return options


def _draw_numbers(draw: st.DrawFn) -> dict[str, object]:
    rows = draw(st.lists(st.tuples(decimals, tolerances, part, said), max_size=2))
    graded = [{"value": v, "tolerance": t, "percent": p, "feedback": f} for v, t, p, f in rows]
    return {"value": draw(decimals), "tolerance": draw(tolerances), "graded": graded}


def _draw_texts(draw: st.DrawFn) -> dict[str, object]:
    texts = draw(st.lists(typed, min_size=1, max_size=4, unique=True))
    count = draw(st.integers(1, len(texts)))
    graded = [{"text": text, "percent": draw(part), "feedback": draw(said)} for text in texts[count:]]
    first = [{"text": texts[0], "percent": "100", "feedback": draw(said)}]
    return {"accepted": texts[:count], "graded": first + graded}


@st.composite
def bodies(draw: st.DrawFn, kind: str) -> dict[str, object]:
    """What one kind of question has of its own."""
    match kind:
        case "single" | "multi":
            return {"options": _draw_options(draw, single=kind == "single")}
        case "truefalse":
            right = draw(st.booleans())
            rows = ((TRUE_TEXT, right), (FALSE_TEXT, not right))
            return {
                "options": [{**text, "correct": correct, "feedback": draw(said)} for text, correct in rows]
            }
        case "numeric":
            return {"answer": _draw_numbers(draw)}
        case "short":
            return {"answer": _draw_texts(draw)}
        case "match":
            lefts = draw(st.lists(pairs, min_size=2, max_size=4, unique_by=_reads))
            rights = draw(st.lists(pairs, min_size=2, max_size=5, unique_by=_reads))
            sides = [{"left": left, "right": rights[i % len(rights)]} for i, left in enumerate(lefts)]
            return {"pairs": sides, "distractors": rights[len(lefts) :]}
        case "order":
            return {"items": draw(st.lists(pairs, min_size=2, max_size=5, unique_by=_reads))}
        case "cloze":
            return _draw_cloze(draw)
        case "file":
            return {"endings": ["docx", "pdf"], "marking_notes": draw(said)}
    return {"words_at_most": draw(st.none() | st.integers(1, 999)), "marking_notes": draw(said)}


def _draw_cloze(draw: st.DrawFn) -> dict[str, object]:
    plain = words.filter(lambda text: "{" not in text)
    before, between = draw(plain), draw(plain)
    thai = f"{before} [[1]] {between} [[2]]"
    english = draw(st.just(thai) | plain.map(lambda text: f"{text} [[2]] [[1]]"))
    short = {"kind": "short", "weight": "2", **_draw_texts(draw)}
    other = draw(st.sampled_from(["numeric", "choice"]))
    answer = _draw_numbers(draw) if other == "numeric" else {"options": _draw_options(draw, single=True)}
    return {"prompt": {"th": thai, "en": english}, "gaps": [short, {"kind": other, "weight": "1", **answer}]}


def _code(number: int, text: str) -> str:
    return f"{number} {' '.join(text.split())}"[:60].strip()


@st.composite
def banks(draw: st.DrawFn, kinds: tuple[str, ...], *, lean: bool) -> list[BankQuestion]:
    """A few questions; lean ones have nothing that GIFT cannot carry."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        body = draw(bodies(kind))
        if lean and kind == "essay":
            body = {}
        if lean and kind in {"match", "short"}:
            body = json.loads(json.dumps(body).replace("->", "-"))
        document = {"type": kind, "prompt": draw(pairs), "feedback": draw(said), **body}
        if not lean:
            document["points"] = draw(st.sampled_from(["1", "2.5", "10"]))
        if draw(st.booleans()):
            document["prompt_format"] = "markdown"
        files: tuple[AttachedFile, ...] = ()
        if not lean and kind != "cloze" and document.get("prompt_format") and draw(st.booleans()):
            document["prompt"] = f"{draw(words)} ![x](attachment:a.png)"
            document["attachments"] = {"a.png": {"media_type": "image/png", "sha256": SHA256}}
            files = (AttachedFile("a.png", "image/png", SHA256, PNG),)
        found.append(
            BankQuestion(
                code=_code(number, draw(words)),
                category=draw(st.sampled_from(["", "Data", "ข้อมูล/พื้นฐาน"])),
                tags=draw(st.sampled_from([(), ("one",), ("a [b]: c", "สอง")])),
                question=parse_question(document),
                attachments=files,
            )
        )
    return found
