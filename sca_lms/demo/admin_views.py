"""Show and change which tools the site knows."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms.demo.addresses import origin
from sca_lms.demo.lms import LaunchRefused, current_lms
from sca_lms.demo.visitor import allow_origins, manage, page

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("")
def tools() -> ResponseReturnValue:
    """List the tools with the names and addresses that both sides must agree on."""
    manage()
    return _overview()


@bp.post("/register")
def register() -> ResponseReturnValue:
    """Open a tool's registration address in a frame."""
    manage()
    address = request.form.get("url", "").strip()
    if not origin(address):
        return _overview(fault=_("Write an address that begins with http:// or https://."), typed=address)
    begun = current_lms().begin_registration()
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(begun.parameters))))
    allow_origins(address)
    return page("register.html", source=urlunsplit(parts._replace(query=query)), tool_origin=origin(address))


@bp.post("/tools/<client_id>/activate")
def activate(client_id: str) -> ResponseReturnValue:
    """Let a pending tool in."""
    manage()
    try:
        current_lms().activate(client_id)
    except LaunchRefused:
        abort(404)
    return redirect(url_for("admin.tools"), 303)


@bp.get("/tools/<client_id>.json")
def configuration(client_id: str) -> ResponseReturnValue:
    """Give what a tool's operator types in, as JSON."""
    manage()
    lms = current_lms()
    with lms.reading() as site:
        tool = site.tools.get(client_id) or abort(404)
    return jsonify(
        issuer=lms.addresses.base,
        client_id=tool.client_id,
        deployment_ids=list(tool.deployment_ids),
        auth_login_url=lms.addresses.authorization,
        auth_token_url=lms.addresses.tokens,
        jwks_url=lms.addresses.keys,
        profile=lms.personality.profile,
        scopes=list(tool.scopes),
    )


def _overview(fault: str = "", typed: str = "") -> ResponseReturnValue:
    lms = current_lms()
    with lms.reading() as site:
        return page(
            "admin.html",
            status=422 if fault else 200,
            tools=list(site.tools.values()),
            addresses=lms.addresses,
            fault=fault,
            typed=typed,
        )
