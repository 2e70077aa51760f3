"""The ledger is append-only.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TRIGGER ledger_entry_is_not_updated BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_entry_is_not_deleted BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER ledger_entry_is_sound BEFORE INSERT ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'a live attendance entry exists') WHERE NEW.kind = 'attendance' AND EXISTS (
    SELECT 1 FROM ledger_entry AS e
    WHERE e.enrolment_id = NEW.enrolment_id AND e.session_id = NEW.session_id AND e.kind = 'attendance'
      AND NOT EXISTS (SELECT 1 FROM ledger_entry AS r WHERE r.reverses_id = e.id));
  SELECT RAISE(ABORT, 'a reversal negates its entry') WHERE NEW.kind = 'reversal' AND NOT EXISTS (
    SELECT 1 FROM ledger_entry AS e
    WHERE e.id = NEW.reverses_id AND e.enrolment_id = NEW.enrolment_id AND e.category_id = NEW.category_id
      AND e.session_id IS NEW.session_id AND e.minutes = -NEW.minutes AND e.kind <> 'reversal');
END""",
)
POSTGRESQL = (
    """CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE FUNCTION refuse_unsound_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind = 'attendance' AND EXISTS (
    SELECT 1 FROM ledger_entry AS e
    WHERE e.enrolment_id = NEW.enrolment_id AND e.session_id = NEW.session_id AND e.kind = 'attendance'
      AND NOT EXISTS (SELECT 1 FROM ledger_entry AS r WHERE r.reverses_id = e.id)) THEN
    RAISE EXCEPTION 'a live attendance entry exists' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.kind = 'reversal' AND NOT EXISTS (
    SELECT 1 FROM ledger_entry AS e
    WHERE e.id = NEW.reverses_id AND e.enrolment_id = NEW.enrolment_id AND e.category_id = NEW.category_id
      AND e.session_id IS NOT DISTINCT FROM NEW.session_id AND e.minutes = -NEW.minutes
      AND e.kind <> 'reversal') THEN
    RAISE EXCEPTION 'a reversal negates its entry' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
    """CREATE TRIGGER ledger_entry_is_not_changed BEFORE UPDATE OR DELETE ON ledger_entry
FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()""",
    """CREATE TRIGGER ledger_entry_is_sound BEFORE INSERT ON ledger_entry
FOR EACH ROW EXECUTE FUNCTION refuse_unsound_ledger_entry()""",
)
SQLITE_AWAY = (
    """DROP TRIGGER ledger_entry_is_not_updated""",
    """DROP TRIGGER ledger_entry_is_not_deleted""",
    """DROP TRIGGER ledger_entry_is_sound""",
)
POSTGRESQL_AWAY = (
    """DROP FUNCTION IF EXISTS refuse_unsound_ledger_entry() CASCADE""",
    """DROP FUNCTION IF EXISTS refuse_ledger_change() CASCADE""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for statement in SQLITE_AWAY if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_AWAY:
        op.execute(statement)
