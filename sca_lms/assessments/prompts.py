"""Turn the prompt of a question into HTML: plain or Markdown, with or without gaps."""

import re

from markupsafe import Markup, escape

from sca_lms.assessments.question_parts import PromptFormat
from sca_lms.assessments.question_types import Cloze, Question
from sca_lms.courses.rich_text import Pictures, to_html, to_pieces

_MARK = re.compile(r"\[\[([0-9]{1,3})\]\]", re.ASCII)


def in_pieces(question: Question, language: str, pictures: Pictures = ()) -> list[Markup | int]:
    """Return a prompt as HTML with the numbers of its gaps between the pieces.

    Each gap comes exactly once: one that the text shows nowhere, such as one within code, stands at the end.
    """
    text = question.prompt.pick(language)[0]
    if not isinstance(question, Cloze):
        return [to_html(text, pictures) if question.prompt_format is PromptFormat.MARKDOWN else escape(text)]
    if question.prompt_format is PromptFormat.MARKDOWN:
        found = list(to_pieces(text, pictures))
    else:
        parts = _MARK.split(text)
        found = [int(part) if index % 2 else escape(part) for index, part in enumerate(parts)]
    left = set(range(1, len(question.gaps) + 1))
    pieces: list[Markup | int] = []
    for piece in found:
        if isinstance(piece, int) and piece not in left:
            continue
        if isinstance(piece, int):
            left.remove(piece)
        pieces.append(piece)
    return pieces + sorted(left)
