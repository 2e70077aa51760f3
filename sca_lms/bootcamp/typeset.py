"""Set documents as PDF in Thai and English; what they say comes in as data and is never read as markup."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import typst

from sca_lms import web

TEMPLATES = Path(__file__).parent / "templates" / "bootcamp"
FONTS = Path(web.__file__).parent / "static" / "vendor" / "sarabun-ttf-0.4.1"

_local = threading.local()


def pdf(template: str, name: str, content: Mapping[str, object]) -> bytes:
    """Return a PDF of a template, which finds the content as JSON under `name` among its inputs."""
    inputs = {name: json.dumps(content, ensure_ascii=False)}
    found = _compiler(template).compile(format="pdf", sys_inputs=inputs)
    if not isinstance(found, bytes):
        raise TypeError("a PDF is one file")
    return found


def _compiler(template: str) -> typst.Compiler:
    """Return this thread's compiler of a template: it has read the fonts and serves one call at a time."""
    known: dict[str, typst.Compiler] = _local.__dict__.setdefault("compilers", {})
    if template not in known:
        known[template] = typst.Compiler(
            input=str(TEMPLATES / template), font_paths=[str(FONTS)], ignore_system_fonts=True
        )
    return known[template]
