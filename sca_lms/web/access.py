"""Declare the views that need no session; everything else is refused without one."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC = "public"


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Let anybody use this view, with or without a session, and without a CSRF token."""
    declare(view, PUBLIC)
    return view


def declare(view: Callable[P, R], access: object) -> None:
    """Write on a view who may use it; the guard reads it before every request."""
    view.__sca_access__ = access  # type: ignore[attr-defined]  # A function carries its own declaration.


def declared_access(view: Callable[..., object] | None) -> object:
    """Tell what a view declares: `PUBLIC`, an access rule, or None when it forgot."""
    return getattr(view, "__sca_access__", None)
