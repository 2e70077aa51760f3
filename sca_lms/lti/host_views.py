"""The operator's pages: hosts, invites, deployments, the tool's keys, and refused launches."""

import datetime as dt
from dataclasses import asdict

from flask import Blueprint, abort, flash, has_request_context, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses.access import operator_only
from sca_lms.courses.operations import record_audit
from sca_lms.database import db, lock, transaction
from sca_lms.lti import host_queries, invites, keys, platforms, self_test, traces
from sca_lms.lti.configuration import ToolAddresses, facts
from sca_lms.lti.explained import explained
from sca_lms.lti.host_addresses import PlatformDetails
from sca_lms.lti.host_forms import HostForm, InviteForm
from sca_lms.lti.host_queries import HostLine
from sca_lms.lti.key_states import key_lines
from sca_lms.lti.models import DeploymentState, Platform, PlatformState
from sca_lms.lti.platforms import DetailsRefused, PlatformTaken
from sca_lms.lti.profiles import GENERIC, PROFILES, profile_named
from sca_lms.web.incoming import LARGEST_ID
from sca_lms.web.navigation import Tab
from sca_lms.web.paging import page_number

bp = Blueprint("lti_hosts", __name__, url_prefix="/operator/hosts", template_folder="templates")


@bp.app_context_processor
def _navigation() -> dict[str, object]:
    """Show all pages of the operator on each of them, also on those that other packages answer."""
    # The worker writes e-mails and archives with templates too, and answers no request.
    endpoint = (request.endpoint or "") if has_request_context() else ""
    periods = ("privacy_periods.everywhere", "privacy_periods.change_everywhere")
    pages = (
        ("lti_hosts.hosts", ("lti_hosts.",), _("Hosts"), "", "plug"),
        (
            "lti_hosts.refused_launches",
            ("lti_hosts.refused_launch",),
            _("Refused launches"),
            _("Refused"),
            "stop",
        ),
        ("lti_hosts.tool_keys", ("lti_hosts.tool_keys",), _("Keys"), "", "key"),
        ("audit.everywhere", ("audit.everywhere",), _("Audit log"), _("Log"), "history"),
        (periods[0], periods, _("How long data is kept"), _("Periods"), "shield"),
    )
    # The longest beginning decides, as a page of its own may begin like all those of the hosts.
    current = max(
        (start for _target, starts, *_rest in pages for start in starts if endpoint.startswith(start)),
        key=len,
        default=None,
    )
    if current is None:
        return {}
    return {
        "course_title": _("Operator of SCA LMS"),
        "tabs": [
            Tab(url_for(target), label, icon, current=current in starts, short=short)
            for target, starts, label, short, icon in pages
        ],
    }


@bp.get("/")
@operator_only
def hosts() -> ResponseReturnValue:
    """List the hosts and what waits for a decision."""
    return _hosts_page(InviteForm())


@bp.post("/invites")
@operator_only
def invite() -> ResponseReturnValue:
    """Make an invite and show its address, once."""
    form = InviteForm(request.form)
    if not form.validate():
        return _hosts_page(form), 422
    with transaction():
        token = invites.make_invite(
            lifetime=dt.timedelta(hours=form.hours.data or 0),
            approves=bool(form.approves.data),
            at=clock.now(),
        )
    return _hosts_page(InviteForm(), invitation=ToolAddresses(settings().public_url).invitation(token))


@bp.post("/invites/<int:invite_id>/withdraw")
@operator_only
def withdraw_invite(invite_id: int) -> ResponseReturnValue:
    """Make an invite unusable."""
    with transaction():
        invites.withdraw(invite_id, at=clock.now())
    flash(_("The invite can no longer be used."))
    return redirect(url_for(".hosts"), 303)


@bp.route("/new", methods=["GET", "POST"])
@operator_only
def new_host() -> ResponseReturnValue:
    """Write a host down by hand."""
    form = HostForm(
        request.form if request.method == "POST" else None,
        shown={"profile": request.args.get("profile", "moodle")},
    )
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                platform = platforms.add_platform(
                    form.details(), allow_private=settings().allow_private_platforms, at=clock.now()
                )
        except DetailsRefused as refusal:
            form.show_faults(refusal.faults)
        else:
            flash(_("The host is registered."))
            return redirect(url_for(".host", platform_id=platform.id), 303)
    return _form_page(form, None)


@bp.get("/<int:platform_id>")
@operator_only
def host(platform_id: int) -> ResponseReturnValue:
    """Show one host: its state, its deployments, and what to type into its pages."""
    return _host_page(_find(platform_id))


@bp.route("/<int:platform_id>/edit", methods=["GET", "POST"])
@operator_only
def edit_host(platform_id: int) -> ResponseReturnValue:
    """Correct what is written down about a host."""
    platform = _find(platform_id).platform
    form = HostForm(request.form if request.method == "POST" else None, shown=_typed(platform))
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                lock(platform)
                platforms.change_platform(
                    platform,
                    form.details(),
                    allow_private=settings().allow_private_platforms,
                    at=clock.now(),
                )
        except DetailsRefused as refusal:
            form.show_faults(refusal.faults)
        except PlatformTaken as refusal:
            form.reject(refusal, "client_id")
        else:
            flash(_("The host has been changed."))
            return redirect(url_for(".host", platform_id=platform_id), 303)
    return _form_page(form, platform)


@bp.post("/<int:platform_id>/state")
@operator_only
def switch_host(platform_id: int) -> ResponseReturnValue:
    """Approve a host, switch it off, or switch it on again."""
    platform = _find(platform_id).platform
    wanted = request.form.get("state")
    if wanted not in {"approved", "active", "disabled"}:
        abort(400)
    with transaction():
        lock(platform)
        if wanted == "approved":
            platforms.approve(platform, at=clock.now())
            flash(_("Launches of this host are let in."))
        elif wanted == "active":
            platforms.switch(platform, PlatformState.ACTIVE, at=clock.now())
            flash(_("Launches of this host are let in."))
        else:
            platforms.switch(platform, PlatformState.DISABLED, at=clock.now())
            flash(_("The host is switched off: its launches are refused, nothing was deleted."))
    return redirect(url_for(".host", platform_id=platform_id), 303)


@bp.post("/<int:platform_id>/deployments/<int:row_id>")
@operator_only
def switch_deployment(platform_id: int, row_id: int) -> ResponseReturnValue:
    """Let the launches of one deployment in, or keep them out."""
    platform = _find(platform_id).platform
    deployment = host_queries.find_deployment(platform, row_id) or abort(404)
    wanted = request.form.get("state")
    if wanted not in set(DeploymentState):
        abort(400)
    with transaction():
        lock(deployment)
        platforms.switch_deployment(platform, deployment, DeploymentState(wanted), at=clock.now())
    return redirect(url_for(".host", platform_id=platform_id), 303)


@bp.post("/<int:platform_id>/test")
@operator_only
def test_host(platform_id: int) -> ResponseReturnValue:
    """Try the connection to a host and show how each step went."""
    line = _find(platform_id)
    steps = self_test.examine(
        line.platform,
        addresses=ToolAddresses(settings().public_url),
        allow_private=settings().allow_private_platforms,
        now=clock.now,
    )
    return _host_page(line, steps=steps)


@bp.get("/keys")
@operator_only
def tool_keys() -> ResponseReturnValue:
    """Show the tool's own signing keys and what each is doing."""
    at = clock.now()
    # The first look makes the first key.
    keys.signing_key(at=at)
    return render_template(
        "lti/hosts_keys.html",
        keys=key_lines(keys.all_keys(), at=at),
        key_set=ToolAddresses(settings().public_url).key_set,
    )


@bp.post("/keys/rotate")
@operator_only
def rotate_key() -> ResponseReturnValue:
    """Make the next signing key."""
    at = clock.now()
    with transaction():
        made = keys.rotate(at=at)
        record_audit(None, None, "rotate-key", made.kid, at=at)
    flash(_("The next key is published now and signs when every host has had time to fetch it."))
    return redirect(url_for(".tool_keys"), 303)


@bp.get("/launches")
@operator_only
def refused_launches() -> ResponseReturnValue:
    """List refused launches, or go to the one whose reference was typed."""
    at = clock.now()
    wanted = request.args.get("q", "").strip()[:40]
    if wanted and (trace := traces.find(wanted, at=at)):
        return redirect(url_for(".refused_launch", reference=trace.reference), 303)
    chosen = request.args.get("host", "")
    of_host = (
        db.session.get(Platform, int(chosen)) if chosen.isdecimal() and int(chosen) <= LARGEST_ID else None
    )
    page = host_queries.refused_launches(
        at=at, platform_id=of_host.id if of_host else None, number=page_number(request.args)
    )
    return render_template("lti/hosts_launches.html", page=page, wanted=wanted, host=of_host)


@bp.get("/launches/<reference>")
@operator_only
def refused_launch(reference: str) -> ResponseReturnValue:
    """Show what one refused launch looked like and what to change."""
    trace = traces.find(reference, at=clock.now()) or abort(404)
    platform = db.session.get(Platform, trace.platform_id) if trace.platform_id else None
    return render_template(
        "lti/hosts_launch.html", trace=trace, platform=platform, told=explained(trace, platform)
    )


def _find(platform_id: int) -> HostLine:
    return host_queries.find_host(platform_id) or abort(404)


def _hosts_page(form: InviteForm, *, invitation: str = "") -> str:
    return render_template(
        "lti/hosts.html",
        page=host_queries.hosts(number=page_number(request.args)),
        form=form,
        invitation=invitation,
        invites=invites.open_invites(at=clock.now()),
        profile_named=profile_named,
        addresses=ToolAddresses(settings().public_url),
    )


def _host_page(line: HostLine, *, steps: list[self_test.Step] | None = None) -> str:
    addresses = ToolAddresses(settings().public_url)
    profile = profile_named(line.platform.profile)
    return render_template(
        "lti/hosts_host.html",
        line=line,
        platform=line.platform,
        profile=profile,
        deployments=host_queries.deployments_of(line.platform),
        facts=facts(addresses, profile.fields),
        addresses=addresses,
        steps=steps,
    )


def _form_page(form: HostForm, platform: Platform | None) -> ResponseReturnValue:
    chosen = PROFILES.get(form.profile.data or "", GENERIC)
    page = render_template(
        "lti/hosts_form.html",
        form=form,
        platform=platform,
        profile=chosen,
        facts=facts(ToolAddresses(settings().public_url), chosen.fields),
    )
    return page, 422 if form.faults() else 200


def _typed(platform: Platform) -> dict[str, str]:
    """Return what a host's form shows at first; its deployments have a list of their own."""
    details = PlatformDetails(
        **{name: getattr(platform, name) for name in PlatformDetails.__slots__ if name != "deployments"}
    )
    return {name: value or "" for name, value in asdict(details).items() if name != "deployments"}
