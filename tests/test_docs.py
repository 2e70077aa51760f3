"""The documentation names everything that it promises to name."""

import re
from pathlib import Path

from flask import Flask

from sca_lms.cli import cli
from sca_lms.database import Base

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def test_every_table_is_accounted_for_in_the_data_document(app: Flask) -> None:
    text = (DOCS / "data.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)`", text))
    assert {table.name for table in Base.metadata.sorted_tables} - named == set()


def test_every_link_between_documents_leads_somewhere() -> None:
    broken: list[str] = []
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")]:
        targets = re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8"))
        local = [target for target in targets if not target.startswith(("http://", "https://"))]
        broken += [f"{path.name}: {target}" for target in local if not (path.parent / target).exists()]
    assert broken == []


def test_every_command_of_the_documents_exists() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *DOCS.glob("*.md")))
    used = set(re.findall(r"sca-lms ([a-z]+(?:-[a-z]+)*)\b", text)) - {"lms"}
    assert {name for name in used if name not in cli.commands} == set()


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"`?make ([a-z]+)", readme)) - {"alone"}
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()
