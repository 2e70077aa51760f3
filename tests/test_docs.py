"""The documentation names everything that it promises to name."""

import re
from pathlib import Path

from flask import Flask

from sca_lms.cli import cli
from sca_lms.database import Base
from scripts.pictures import PICTURES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
IMAGES = DOCS / "images"
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def pictures_shown() -> set[Path]:
    """Where every picture that a document shows would lie."""
    return {
        (path.parent / target).resolve()
        for path in documents()
        for target in PICTURE.findall(path.read_text(encoding="utf-8"))
    }


def test_every_table_is_accounted_for_in_the_data_document(app: Flask) -> None:
    text = (DOCS / "data.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)`", text))
    assert {table.name for table in Base.metadata.sorted_tables} - named == set()


def test_every_link_between_documents_leads_somewhere() -> None:
    broken: list[str] = []
    for path in documents():
        targets = re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8"))
        local = [target for target in targets if not target.startswith(("http://", "https://"))]
        broken += [f"{path.name}: {target}" for target in local if not (path.parent / target).exists()]
    assert broken == []


def test_every_command_of_the_documents_exists() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents() if path.name != "CHANGELOG.md")
    used = set(re.findall(r"sca-lms ([a-z]+(?:-[a-z]+)*)\b", text)) - {"lms"}
    assert {name for name in used if name not in cli.commands} == set()


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"`?make ([a-z]+)", readme)) - {"alone"}
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()


def test_every_picture_of_the_documents_is_there_and_no_other() -> None:
    assert pictures_shown() == {path.resolve() for path in IMAGES.iterdir()}


def test_every_picture_of_the_documents_is_taken_by_the_script() -> None:
    taken = [picture.file_name for picture in PICTURES]
    assert len(set(taken)) == len(taken)
    assert {path.name for path in pictures_shown()} == set(taken)


def test_every_guide_shows_three_to_six_pictures_in_its_own_language() -> None:
    for path in sorted(DOCS.rglob("guide-*.md")):
        names = [Path(each).name for each in PICTURE.findall(path.read_text(encoding="utf-8"))]
        assert 3 <= len(names) <= 6, path.name
        language = "th" if path.parent.name == "th" else "en"
        assert [each for each in names if f".{language}." not in each] == [], path.name


def test_pictures_stay_small_enough_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in IMAGES.iterdir()) < 4_000_000


def test_every_guide_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    guides = {path.relative_to(ROOT).as_posix() for path in DOCS.rglob("guide-*.md")}
    assert {each for each in guides if f"]({each})" not in readme} == set()
