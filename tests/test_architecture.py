"""What must be true of the whole house, whatever is built into it."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import configure_mappers

from sca_lms.database import Base
from sca_lms.web.access import declared_access
from sca_lms.web.i18n import packages

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "sca_lms").rglob("*.py"))
TEMPLATES = sorted((ROOT / "sca_lms").rglob("*.html"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "misc"}
LONGEST_MODULE = 400


def test_every_view_declares_who_may_use_it(app: Flask) -> None:
    silent = [
        name
        for name, view in app.view_functions.items()
        if name != "static" and declared_access(view) is None
    ]
    assert silent == []


def test_every_foreign_key_has_a_relationship_that_never_loads_by_itself(app: Flask) -> None:
    configure_mappers()
    faults = []
    for mapper in Base.registry.mappers:
        joined = {column for relation in mapper.relationships for column in relation.local_columns}
        faults += [
            f"{mapper.class_.__name__}.{relation.key} loads lazily"
            for relation in mapper.relationships
            if relation.lazy not in {"raise_on_sql", "raise"}
        ]
        faults += [
            f"{mapper.class_.__name__}.{column.key} has no relationship"
            for column in mapper.local_table.columns
            if column.foreign_keys and column not in joined
        ]
    assert faults == []


def test_every_foreign_key_is_indexed(app: Flask) -> None:
    """A join or a cascade without an index reads the whole table."""
    faults = []
    for table in Base.metadata.sorted_tables:
        leading = {next(iter(index.columns)).name for index in table.indexes}
        leading |= {
            next(iter(constraint.columns)).name
            for constraint in table.constraints
            if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
            and len(constraint.columns)
        }
        faults += [
            f"{table.name}.{column.name}"
            for column in table.columns
            if column.foreign_keys and column.name not in leading
        ]
    assert faults == []


def test_only_transaction_commits() -> None:
    committing = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(r"session(\(\))?\.commit\(", path.read_text(encoding="utf-8"))
        and path.name != "database.py"
    ]
    assert committing == []


def test_what_is_locked_is_named() -> None:
    """PostgreSQL locks no row of an outer join, and a row that is read anew as a whole brings its joins."""
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "refresh"
        and len(node.args) < 2
        and {word.arg for word in node.keywords} & {"with_for_update"}
        and "attribute_names" not in {word.arg for word in node.keywords}
    ]
    assert bare == [], "use `sca_lms.database.lock`, or name the columns"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_one_job_and_says_which(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "every module begins with a docstring"
    assert path.stem not in FORBIDDEN_NAMES
    assert len(text.splitlines()) <= LONGEST_MODULE
    if path.name == "__init__.py" and path.parent.name != "sca_lms":
        assert len(tree.body) == 1, "a package's __init__ holds one docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            assert node.type.id != "Exception", "a defect is not caught"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_holds_no_script_and_no_style_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert "<style" not in text
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or "nonce=" in script or 'type="application/json"' in script


def test_every_package_with_words_has_a_thai_catalogue() -> None:
    wordless = []
    for package in packages():
        texts = [
            path.read_text(encoding="utf-8") for path in [*package.rglob("*.py"), *package.rglob("*.html")]
        ]
        if any(re.search(r"\b(_|_l|_n|gettext|lazy_gettext|ngettext)\(\s*[\"']", text) for text in texts):
            catalogue = package / "translations" / "th" / "LC_MESSAGES" / "messages.po"
            wordless += [] if catalogue.is_file() else [package.name]
    assert wordless == []
