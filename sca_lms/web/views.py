"""Pages that belong to no feature: preferences, health, readiness and metrics."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, current_app, g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from sca_lms.web import addresses, metrics
from sca_lms.web.access import public
from sca_lms.web.reader_choice import CHOICES, keep_choice

bp = Blueprint("web", __name__, template_folder="templates")

Remember = Callable[[str, str], object]
Check = Callable[[], str | None]


@bp.post("/preferences")
@public
def preferences() -> ResponseReturnValue:
    """Remember the language or the theme, and go back to the page it was chosen on."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    answer = redirect(addresses.local_path(request.form.get("next")), 303)
    for kind, choices in CHOICES.items():
        value = request.form.get(kind)
        if value is None:
            continue
        if value not in choices:
            abort(400)
        remember: Remember | None = current_app.extensions.get("sca_preferences")
        if remember is not None and g.get("form_secret"):
            remember(kind, value)
        else:
            keep_choice(answer, kind, value)
    return answer


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Tell that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Tell whether everything a request needs is there: each check names its problem or nothing."""
    checks: dict[str, Check] = current_app.extensions.get("sca_readiness", {})
    results = {name: _problem(check) for name, check in checks.items()}
    ready = not any(results.values())
    answer = jsonify(ready=ready, checks={name: problem or "ok" for name, problem in results.items()})
    return answer, 200 if ready else 503


@bp.get("/metrics")
@public
def show_metrics() -> Response:
    """Give Prometheus the figures, on the machine itself or for its token."""
    if not metrics.may_read():
        abort(403)
    return Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _problem(check: Check) -> str | None:
    try:
        return check()
    except (SQLAlchemyError, OSError) as error:
        # The message may hold the database's address; its type says enough here.
        return f"cannot be checked ({type(error).__name__})"
