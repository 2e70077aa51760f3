"""The commands of the door: hosts, the tool's keys, and refused launches."""

import datetime as dt
import json

import click
from flask.cli import with_appcontext

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses.operations import record_audit
from sca_lms.database import db, lock, transaction
from sca_lms.lti import host_queries, invites, keys, platforms, self_test, traces
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.explained import explained
from sca_lms.lti.host_addresses import PlatformDetails
from sca_lms.lti.host_queries import HostLine
from sca_lms.lti.key_states import key_lines
from sca_lms.lti.models import LaunchTrace, Platform, PlatformState
from sca_lms.lti.platforms import DetailsRefused
from sca_lms.lti.profiles import PROFILES
from sca_lms.lti.self_test import Outcome

USUAL_HOURS = int(invites.USUAL_LIFETIME.total_seconds()) // 3600
MOST_HOURS = int(invites.LONGEST_LIFETIME.total_seconds()) // 3600
MARKS = {Outcome.OK: "ok", Outcome.WARNING: "warning", Outcome.FAULT: "FAULT", Outcome.SKIPPED: "skipped"}


@click.group("platform")
def platform_group() -> None:
    """Register hosts, test them and switch them."""


@platform_group.command("add")
@click.option("--name", required=True, help="How people call the host.")
@click.option("--issuer", required=True, help="The host's issuer, to the letter.")
@click.option("--client-id", required=True)
@click.option("--auth-login-url", required=True, help="Where the host authenticates people.")
@click.option("--auth-token-url", required=True, help="Where the host gives tokens for its services.")
@click.option("--jwks-url", required=True, help="The host's key set.")
@click.option("--deployment-id", "deployment_ids", multiple=True, help="May be given several times.")
@click.option("--token-audience", help="Only if the host names one that is not its token address.")
@click.option("--profile", type=click.Choice(list(PROFILES)), default="generic", show_default=True)
@with_appcontext
def add_platform(  # One option for each field of a host.
    name: str,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    jwks_url: str,
    deployment_ids: tuple[str, ...],
    token_audience: str | None,
    profile: str,
) -> None:
    """Register a host, or bring a known one up to date; prints it as JSON."""
    details = PlatformDetails(
        name=name,
        issuer=issuer,
        client_id=client_id,
        auth_login_url=auth_login_url,
        auth_token_url=auth_token_url,
        jwks_url=jwks_url,
        token_audience=token_audience,
        profile=profile,
        deployments=tuple(dict.fromkeys(deployment_ids)),
    )
    try:
        with transaction():
            added = platforms.add_platform(
                details, allow_private=settings().allow_private_platforms, at=clock.now()
            )
    except DetailsRefused as refusal:
        options = (
            f"--{field.replace('_', '-')}: {str(sentence).removesuffix('.')}"
            for field, sentence in refusal.faults.items()
        )
        raise click.ClickException("; ".join(options)) from refusal
    _print(_described(added))


@platform_group.command("list")
@with_appcontext
def list_platforms() -> None:
    """Print every host as JSON, one a line."""
    for platform in host_queries.all_platforms():
        _print(
            {
                "id": platform.id,
                "name": platform.name,
                "issuer": platform.issuer,
                "client_id": platform.client_id,
                "profile": platform.profile,
                "state": platform.state.value,
            }
        )


@platform_group.command("show")
@click.argument("platform_id", metavar="ID", type=int)
@with_appcontext
def show_platform(platform_id: int) -> None:
    """Print one host with its deployments as JSON."""
    line = _find(platform_id)
    _print(
        {
            **_described(line.platform),
            "courses": line.courses,
            "last_launch_at": _moment(line.last_launch_at),
        }
    )


@platform_group.command("disable")
@click.argument("platform_id", metavar="ID", type=int)
@with_appcontext
def disable_platform(platform_id: int) -> None:
    """Refuse the launches of a host from now on; nothing is deleted."""
    _switch(platform_id, PlatformState.DISABLED)


@platform_group.command("enable")
@click.argument("platform_id", metavar="ID", type=int)
@with_appcontext
def enable_platform(platform_id: int) -> None:
    """Let the launches of a host in again."""
    _switch(platform_id, PlatformState.ACTIVE)


@platform_group.command("approve")
@click.argument("platform_id", metavar="ID", type=int)
@click.option("--deployment-id", help="Only this deployment; otherwise every one that waits.")
@with_appcontext
def approve_platform(platform_id: int, deployment_id: str | None) -> None:
    """Let in a host that registered itself, and its deployments that wait."""
    platform = _find(platform_id).platform
    deployment = None
    if deployment_id is not None:
        waiting = host_queries.deployments_of(platform)
        deployment = next((each for each in waiting if each.deployment_id == deployment_id), None)
        if deployment is None:
            raise click.ClickException(f"This host has no deployment {deployment_id!r}.")
    with transaction():
        platforms.approve(platform, only=deployment, at=clock.now())
    _print(_described(platform))


@platform_group.command("test")
@click.argument("platform_id", metavar="ID", type=int)
@with_appcontext
def test_platform(platform_id: int) -> None:
    """Try the connection to a host; exit code 1 when something has to be changed."""
    steps = self_test.examine(
        _find(platform_id).platform,
        addresses=ToolAddresses(settings().public_url),
        allow_private=settings().allow_private_platforms,
        now=clock.now,
    )
    for step in steps:
        click.echo(f"{MARKS[step.outcome]:<8} {step.title}: {step.sentence}")
    faults = sum(step.outcome is Outcome.FAULT for step in steps)
    if faults:
        raise click.ClickException(f"{faults} of {len(steps)} steps failed.")


@platform_group.command("invite")
@click.option("--valid-hours", type=click.IntRange(1, MOST_HOURS), default=USUAL_HOURS, show_default=True)
@click.option("--approve", is_flag=True, help="Let the host in at once instead of waiting for approval.")
@with_appcontext
def invite_platform(valid_hours: int, approve: bool) -> None:
    """Print an address with which one host can register itself, once."""
    with transaction():
        token = invites.make_invite(
            lifetime=dt.timedelta(hours=valid_hours), approves=approve, at=clock.now()
        )
    click.echo(ToolAddresses(settings().public_url).invitation(token))


@click.group("key")
def key_group() -> None:
    """The tool's own signing keys."""


@key_group.command("rotate")
@click.option("--at-once", is_flag=True, help="For a key that became known: the old ones are gone now.")
@with_appcontext
def rotate_key(at_once: bool) -> None:
    """Make the next key; the present one stays published through the overlap."""
    at = clock.now()
    with transaction():
        made = keys.rotate(at=at, at_once=at_once)
        record_audit(None, None, "rotate-key", made.kid, at=at)
    _print_keys(only=made.kid, at=at)


@key_group.command("list")
@with_appcontext
def list_keys() -> None:
    """Print every key as JSON, one a line."""
    _print_keys(at=clock.now())


@click.group("trace")
def trace_group() -> None:
    """Look into refused launches."""


@trace_group.command("show")
@click.argument("reference")
@with_appcontext
def show_trace(reference: str) -> None:
    """Print what is kept of a refused launch, and what to change."""
    trace = traces.find(reference, at=clock.now())
    if trace is None:
        raise click.ClickException(
            "No refused launch is kept under this reference (they are kept for a week)."
        )
    platform = db.session.get(Platform, trace.platform_id) if trace.platform_id else None
    told = explained(trace, platform)
    _print(
        {
            **_trace(trace),
            "facts": trace.facts,
            "learner": told.learner if told else None,
            "instructor": told.instructor if told else None,
            "administrator": told.administrator.striptags() if told else None,
        }
    )


@trace_group.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@with_appcontext
def list_traces(limit: int) -> None:
    """Print the newest refused launches as JSON, one a line."""
    for trace in host_queries.refused_launches(at=clock.now(), size=limit).items:
        _print(_trace(trace))


def _find(platform_id: int) -> HostLine:
    found = host_queries.find_host(platform_id)
    if found is None:
        raise click.ClickException(
            f"There is no host with the id {platform_id}; see `sca-lms platform list`."
        )
    return found


def _switch(platform_id: int, state: PlatformState) -> None:
    platform = _find(platform_id).platform
    with transaction():
        lock(platform)
        platforms.switch(platform, state, at=clock.now())
    _print(_described(platform))


def _described(platform: Platform) -> dict[str, object]:
    return {
        "id": platform.id,
        "name": platform.name,
        "issuer": platform.issuer,
        "client_id": platform.client_id,
        "auth_login_url": platform.auth_login_url,
        "auth_token_url": platform.auth_token_url,
        "jwks_url": platform.jwks_url,
        "token_audience": platform.token_audience,
        "profile": platform.profile,
        "state": platform.state.value,
        "deployments": [
            {"deployment_id": each.deployment_id, "state": each.state.value}
            for each in host_queries.deployments_of(platform)
        ],
    }


def _print_keys(*, at: dt.datetime, only: str | None = None) -> None:
    for line in key_lines(keys.all_keys(), at=at):
        if only is None or line.key.kid == only:
            _print(
                {
                    "kid": line.key.kid,
                    "state": line.state.value,
                    "created_at": _moment(line.key.created_at),
                    "signs_from": _moment(line.key.signs_from),
                    "retires_at": _moment(line.key.retires_at),
                }
            )


def _trace(trace: LaunchTrace) -> dict[str, object]:
    return {
        "reference": trace.reference,
        "code": trace.code,
        "at": _moment(trace.at),
        "platform": trace.platform_id,
    }


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _print(described: dict[str, object]) -> None:
    click.echo(json.dumps(described, ensure_ascii=False))
