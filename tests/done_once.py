"""Do once per process what every application does alike; each test builds one of its own, always the same.

What is kept is what libraries compute from texts that do not change while the tests run: the parts of
addresses, the code of templates, the words of catalogues, the SQL of statements. Nothing of a database, of a
request or of an application's settings is kept: a test still begins with an application that nobody has used.
"""

from collections.abc import Callable, Iterable

import sqlalchemy as sa
from flask import Flask
from flask_babel import Domain
from flask_sqlalchemy import SQLAlchemy
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.converters import BaseConverter
from werkzeug.routing.rules import RulePart

STATEMENTS = 3_000
"""So many compiled statements are kept; the longest of them take some 50 KB."""

Builder = Callable[..., tuple[str, str]]
Trace = tuple[tuple[bool, str], ...]


def share() -> None:
    """Let every application of this process share what has been worked out before."""
    Rule._compile_builder = _builder  # type: ignore[method-assign, assignment]  # For the tests' speed only.
    Rule._parse_rule = _parts  # type: ignore[method-assign, assignment]  # As above.
    SQLAlchemy._make_engine = _engine  # type: ignore[method-assign, assignment]  # As above.
    Domain.get_translations_cache = _words  # type: ignore[method-assign]  # As above.
    Flask.jinja_options = {"bytecode_cache": Pages()}


_write_builder = Rule._compile_builder
_builders: dict[tuple[object, ...], Builder] = {}


def _builder(rule: Rule, append_unknown: bool = True) -> Builder:
    """Return the code that builds an address; it depends on nothing but what is in the key."""
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _write_builder(rule, append_unknown)
    return _builders[key]


_read_parts = Rule._parse_rule
_read: dict[tuple[object, ...], tuple[list[RulePart], Trace, dict[str, BaseConverter]]] = {}


def _parts(rule: Rule, text: str) -> Iterable[RulePart]:
    """Return the parts of an address, and put into the rule what reading them anew would have put there."""
    assert rule.map is not None, "an address is read when its rule is bound to a map"
    key = (text, tuple(rule.map.converters.values()))
    if key not in _read:
        before, known = len(rule._trace), set(rule._converters)
        parts = list(_read_parts(rule, text))
        converters = {name: kept for name, kept in rule._converters.items() if name not in known}
        _read[key] = (parts, tuple(rule._trace[before:]), converters)
        return parts
    parts, trace, converters = _read[key]
    rule._trace.extend(trace)
    rule._converters.update(converters)
    rule.arguments.update(converters)
    return parts


class Pages(BytecodeCache):
    """The code of templates, for whoever has the same text and would compile it the same way."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], object] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Return what is kept of a template; known filters and tests decide what its code looks like."""
        known = sorted([*environment.filters, *environment.tests])
        return super().get_bucket(environment, f"{name} {known}", filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))  # type: ignore[assignment]  # Code or None.

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


_catalogues: dict[tuple[str, ...], dict[object, object]] = {}


def _words(domain: Domain, _context: object) -> dict[object, object]:
    """Return the catalogues read so far from these directories."""
    return _catalogues.setdefault((*domain.translation_directories, *domain.domain), {})


_make_engine = SQLAlchemy._make_engine


class _Known:
    """What is known of a driver: how its server speaks, and the SQL of statements."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self.dialect = dialect
        self.statements: LRUCache[object, Compiled] = LRUCache(STATEMENTS)
        self._ask_server = dialect.initialize
        self._has_asked = False

    def initialize(self, connection: sa.Connection) -> None:
        """Ask the server what it is, once; it is the same one for all tests of a process."""
        if not self._has_asked:
            self._ask_server(connection)
            self._has_asked = True


_drivers: dict[str, _Known] = {}


def _engine(database: SQLAlchemy, bind_key: str | None, options: dict[str, object], app: Flask) -> sa.Engine:
    """Make an engine with connections and events of its own; it knows the SQL that was compiled before."""
    engine = _make_engine(database, bind_key, options, app)
    known = _drivers.setdefault(engine.url.drivername, _Known(engine.dialect))
    engine.dialect.initialize = known.initialize  # type: ignore[method-assign]  # As above.
    engine.dialect = engine.pool._dialect = known.dialect
    engine._compiled_cache = known.statements
    return engine
