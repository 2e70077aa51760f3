"""Check that the questions of the module quizzes can be answered and marked."""

import re
from collections.abc import Iterator

from sca_lms.programmes.faults import Document, Fault, Locate, Path, find, items, repeated, rows, shown
from sca_lms.texts import worded

_MODULES = ("pre_bootcamp", "modules")
_GAP = re.compile(r"\[\[([0-9]{1,3})\]\]", re.ASCII)
_ENDING = re.compile(r"\.?[a-z0-9]{1,8}", re.ASCII | re.IGNORECASE)


def check_questions(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that question ids are unique and that each question can be answered and marked."""
    ids: list[tuple[Path, object]] = []
    for path, module in rows(document, *_MODULES):
        for place, question in rows(module, "questions"):
            here = (*path, *place)
            ids.append(((*here, "id"), question.get("id")))
            yield from _check_options(here, question, question.get("type"), locate)
            yield from _check_pairs(here, question, locate)
            yield from _check_gaps(here, question, locate)
            yield from _check_endings(here, question, locate)
            for field in ("items", "answer"):
                texts = items(question, field) or items(question, field, "accepted")
                steps = (field,) if field == "items" else (field, "accepted")
                yield from _different(locate, [((*here, *steps, n), text) for n, text in enumerate(texts)])
    yield from repeated(locate, ids)


def _check_gaps(path: Path, question: Document, locate: Locate) -> Iterator[Fault]:
    """Check that the prompt holds each gap once, in every language, and that each gap can be filled."""
    if question.get("type") != "cloze":
        return
    gaps = items(question, "gaps")
    prompt = question.get("prompt")
    texts = prompt.values() if isinstance(prompt, dict) else [prompt]
    for text in texts:
        if isinstance(text, str) and sorted(map(int, _GAP.findall(text))) != list(range(1, len(gaps) + 1)):
            yield locate(*path, "prompt").fault(
                worded("must hold each of [[1]] to [[%(count)s]] once", count=len(gaps))
            )
            break
    for place, gap in rows(question, "gaps"):
        yield from _check_options((*path, *place), gap, gap.get("kind"), locate)
        accepted = [((*path, *place, "accepted", n), text) for n, text in enumerate(items(gap, "accepted"))]
        yield from _different(locate, accepted)


def _check_endings(path: Path, question: Document, locate: Locate) -> Iterator[Fault]:
    if question.get("type") != "file":
        return
    for number, ending in enumerate(items(question, "endings")):
        if isinstance(ending, str) and not _ENDING.fullmatch(ending):
            yield locate(*path, "endings", number).fault(
                worded("must be the ending of a file name, such as pdf, not %(ending)s", ending=shown(ending))
            )


def _check_options(path: Path, question: Document, kind: object, locate: Locate) -> Iterator[Fault]:
    if kind not in {"single", "multi", "truefalse", "choice"} or "options" not in question:
        return
    options = items(question, "options")
    flags = [find(option, "correct") for option in options]
    place = locate(*path, "options")
    if kind == "truefalse" and len(options) != 2:
        yield place.fault(
            worded("has %(count)s options; a truefalse question has exactly two", count=len(options))
        )
    texts = [
        {key: text for key, text in option.items() if key != "correct"} if isinstance(option, dict) else None
        for option in options
    ]
    yield from _different(locate, [((*path, "options", n), text) for n, text in enumerate(texts)])
    if None in flags:
        return
    right = flags.count(True)
    if kind == "multi":
        if right == 0:
            yield place.fault(worded("has no correct option; a multi question has one at least"))
    elif right != 1:
        yield place.fault(
            worded(
                "has %(right)s correct options; a %(kind)s question has exactly one", right=right, kind=kind
            )
        )


def _check_pairs(path: Path, question: Document, locate: Locate) -> Iterator[Fault]:
    for side in ("left", "right"):
        yield from _different(
            locate, [((*path, *place, side), pair.get(side)) for place, pair in rows(question, "pairs")]
        )
    rights = [((*path, *place, "right"), pair.get("right")) for place, pair in rows(question, "pairs")]
    apart = [((*path, "distractors", n), text) for n, text in enumerate(items(question, "distractors"))]
    known = set(map(_plain, (text for _place, text in rights)))
    for here, text in apart:
        if known & {_plain(text)}:
            yield locate(*here).fault(worded("reads the same as what belongs to a pair"))
    yield from _different(locate, apart)


def _different(locate: Locate, places: list[tuple[Path, object]]) -> Iterator[Fault]:
    """Report texts that a learner could not tell apart."""
    seen: dict[tuple[str, str], int] = {}
    for path, words in places:
        texts = words.items() if isinstance(words, dict) else [("", words)]
        told: set[int] = set()
        for language, text in texts:
            if not isinstance(text, str):
                continue
            key = (language, text.strip().casefold())
            if key in seen and seen[key] not in told:
                told.add(seen[key])
                reason = worded(
                    "says the same as number %(number)s: %(text)s", number=seen[key] + 1, text=shown(text)
                )
                yield locate(*path).fault(reason)
            seen.setdefault(key, int(path[-1]) if isinstance(path[-1], int) else int(path[-2]))


def _plain(text: object) -> str:
    """Return a text in a form in which two that read the same are equal."""
    words = sorted(text.items()) if isinstance(text, dict) else [("", text)]
    return "\n".join(f"{language}: {str(said).strip().casefold()}" for language, said in words)
