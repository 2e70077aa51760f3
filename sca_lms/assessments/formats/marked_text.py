"""Bring the texts of a question bank, whatever their format, into the two that questions have."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from sca_lms.assessments.formats.bank import AttachedFile, Collector, attached
from sca_lms.assessments.formats.html_text import LOOKS_LIKE_HTML, to_markdown, to_plain
from sca_lms.assessments.formats.languages import in_both
from sca_lms.assessments.question_parts import PromptFormat
from sca_lms.texts import Bilingual, worded

HTML, MOODLE, PLAIN, MARKDOWN = "html", "moodle", "plain", "markdown"
NAMES = {
    "html": HTML,
    "moodle": MOODLE,
    "moodle_auto_format": MOODLE,
    "plain": PLAIN,
    "plain_text": PLAIN,
    "markdown": MARKDOWN,
}
_FILES = "@@PLUGINFILE@@/"
_DATA = re.compile(r"data:image/[a-z+]{1,20};base64,(.*)", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"""<img\b[^>]{0,2000}?\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_IN_MARKDOWN = re.compile(r"!\[[^\]\n]{0,500}\]\(<?(@@PLUGINFILE@@/[^)\s>]+)>?\)")


class TextReader:
    """Reads the texts of one question; pictures that its prompt shows gather in `files`."""

    def __init__(self, collector: Collector, line: int, files: Mapping[str, bytes] | None = None) -> None:
        collector.begin()
        self._collector = collector
        self._line = line
        self._known = dict(files or {})
        self.files: dict[str, AttachedFile] = {}

    def prompt(self, raw: str, written: str) -> dict[str, object]:
        """Return the fields `prompt` and `prompt_format` of a document."""
        if written == MARKDOWN:
            text = self._with_names_in_markdown(raw.strip())
            return {
                "prompt": _pair(_each(in_both(text), str.strip)),
                "prompt_format": PromptFormat.MARKDOWN.value,
            }
        if not _is_html(raw, written):
            return {"prompt": _pair(_each(in_both(raw), str.strip))}
        names = self._names_in_html(raw)
        html = _each(in_both(_kept_lines(raw, written)), str.strip)
        found = [to_markdown(text, names=names) for text in (html.th, html.en)]
        for kind in sorted({kind for each in found for kind in each.left_out}):
            self._collector.note(self._line, "prompt", worded("%(kind)s is left out", kind=kind))
        if not any(each.has_markup for each in found):
            return {"prompt": _pair(_each(html, lambda text: to_plain(text).text))}
        both = Bilingual(found[0].text, found[1].text)
        return {"prompt": _pair(both), "prompt_format": PromptFormat.MARKDOWN.value}

    def line(self, raw: str, written: str, *, where: str) -> dict[str, str]:
        """Return a text that is shown without markup: an option, a pair's side, feedback."""
        if not _is_html(raw, written):
            return _pair(_each(in_both(raw), str.strip))
        text = _each(in_both(_kept_lines(raw, written)), str.strip)
        found = [to_plain(text.th), to_plain(text.en)]
        if any(each.pictures for each in found):
            self._collector.fault(
                self._line, where, worded("has a picture; pictures are kept in prompts only")
            )
        elif any(each.has_markup for each in found):
            self._collector.note(self._line, where, worded("formatting is left out"))
        return {"th": found[0].text, "en": found[1].text}

    def _names_in_html(self, raw: str) -> dict[str, str]:
        names: dict[str, str] = {}
        for found in _SOURCE.finditer(raw):
            source = _unescaped(found[1] or found[2] or "")
            name = self._attach(source)
            if name is not None:
                names[source] = name
        return names

    def _with_names_in_markdown(self, raw: str) -> str:
        def renamed(found: re.Match[str]) -> str:
            name = self._attach(found[1])
            return found[0] if name is None else found[0].replace(found[1], f"attachment:{name}")

        return _IN_MARKDOWN.sub(renamed, raw)

    def _attach(self, source: str) -> str | None:
        """Attach the picture at an address and return its name; what cannot be had is a fault."""
        name, content = source, self._known.get(source)
        embedded = _DATA.fullmatch(source)
        if embedded:
            name, content = f"picture-{len(self.files) + 1}", _from_base64(embedded[1])
        elif source.startswith(_FILES):
            name = unquote(source.removeprefix(_FILES))
            content = self._known.get(name)
        elif content is None:
            name = unquote(source)
            content = self._known.get(name)
        if content is None:
            reason = worded("the picture %(name)s is not in the file", name=source[:80])
            self._collector.fault(self._line, "prompt", reason)
            return None
        picture = attached(name, content)
        if picture is None:
            reason = worded("%(name)s is no PNG, JPEG, GIF or WebP picture of at most 5 MB", name=name[:80])
            self._collector.fault(self._line, "prompt", reason)
            return None
        self.files[picture.name] = picture
        return picture.name


def _is_html(raw: str, written: str) -> bool:
    return written == HTML or (written == MOODLE and LOOKS_LIKE_HTML.search(raw) is not None)


def _kept_lines(raw: str, written: str) -> str:
    """Moodle's own format makes a line of each line of the source; HTML does not."""
    return raw.strip().replace("\n", "<br>") if written == MOODLE else raw


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _unescaped(source: str) -> str:
    return source.replace("&amp;", "&")


def _each(text: Bilingual, change: Callable[[str], str]) -> Bilingual:
    return Bilingual(change(text.th), change(text.en))


def _pair(text: Bilingual) -> dict[str, str]:
    return {"th": text.th, "en": text.en}
