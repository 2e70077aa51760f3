"""Run migrations over the connection that `sca_lms.schema` hands in."""

from alembic import context
from sqlalchemy.engine import Connection

from sca_lms.database import Base


def migrate(connection: Connection) -> None:
    """Apply the wanted revisions; both databases change their schema inside one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=context.config.attributes.get("render_item"),
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if not isinstance(given, Connection):
    raise SystemExit("Run `sca-lms db upgrade`; it knows which database is meant.")
migrate(given)
