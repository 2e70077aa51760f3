"""Write a migration from the last revision to the models: migration.py "What is new"."""

import importlib
import re
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate.api import AutogenContext
from alembic.script import ScriptDirectory
from sqlalchemy.types import TypeDecorator

from sca_lms import schema
from sca_lms.database import Exact


def render_item(kind: str, item: object, context: AutogenContext) -> str | bool:
    """Write our column types as what the database has, so that a migration never changes with the code."""
    if kind == "type" and isinstance(item, Exact):
        context.imports.add("from sca_lms.database import Exact")
        return "Exact()"
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def main(title: str) -> None:
    """Compare an empty, migrated database with the models and write what is missing."""
    importlib.import_module("sca_lms.app")  # It brings every table.
    with tempfile.TemporaryDirectory() as directory:
        engine = sa.create_engine(f"sqlite:///{Path(directory) / 'compare.sqlite3'}")
        schema.upgrade(engine)
        with engine.connect() as connection:
            config = schema.alembic_config(connection)
            config.attributes["render_item"] = render_item
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
            config.set_main_option("file_template", f"%%(rev)s_{slug}")
            command.revision(config, title, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit("Say what is new."))
