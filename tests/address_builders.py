"""Keep the code that werkzeug writes for each address: every test builds an application, always the same."""

from collections.abc import Callable

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]

_write = Rule._compile_builder
_written: dict[tuple[object, ...], Builder] = {}


def _kept(rule: Rule, append_unknown: bool = True) -> Builder:
    """Return the code that builds an address; it depends on nothing but what is in the key."""
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _written:
        _written[key] = _write(rule, append_unknown)
    return _written[key]


def keep() -> None:
    """Let every application of this process share what was written for its addresses."""
    Rule._compile_builder = _kept  # type: ignore[method-assign, assignment]  # For the tests' speed only.
