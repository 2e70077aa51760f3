"""Let the database itself refuse to change the ledger, whoever asks; on both databases."""

import sqlalchemy as sa
from sqlalchemy import event

from sca_lms.attendance.models import LedgerEntry

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
"""The triggers of SQLite, in the order in which they are made."""

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
"""The functions and triggers of PostgreSQL, in the order in which they are made."""

POSTGRESQL_AWAY = (
    "DROP FUNCTION IF EXISTS refuse_unsound_ledger_entry() CASCADE",
    "DROP FUNCTION IF EXISTS refuse_ledger_change() CASCADE",
)
"""What takes them away again; on SQLite triggers vanish with their table."""


def _ddl(statement: str, dialect: str) -> sa.DDL:
    ddl = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped.
    return ddl.execute_if(dialect=dialect)


_MADE = [
    *(_ddl(statement, "sqlite") for statement in SQLITE),
    *(_ddl(statement, "postgresql") for statement in POSTGRESQL),
]
_DROPPED = [_ddl(statement, "postgresql") for statement in POSTGRESQL_AWAY]


def guard() -> None:
    """Let the triggers be made and dropped with the ledger's table; doing it again adds nothing."""
    for ddl in _MADE:
        event.listen(LedgerEntry.__table__, "after_create", ddl)
    for ddl in _DROPPED:
        event.listen(LedgerEntry.__table__, "before_drop", ddl)
