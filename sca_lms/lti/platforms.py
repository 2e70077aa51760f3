"""Write down, change and switch the hosts that may launch this tool; every change leaves an audit line."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.courses.operations import record_audit
from sca_lms.database import db
from sca_lms.errors import Refused, Text
from sca_lms.lti.host_addresses import PlatformDetails, details_faults
from sca_lms.lti.models import Deployment, DeploymentState, Platform, PlatformState

_KEPT = tuple(field.name for field in dataclasses.fields(PlatformDetails) if field.name != "deployments")


class DetailsRefused(Refused):
    """Something about a host cannot be right; `faults` has a sentence for each field."""

    code: ClassVar[str] = "platform-invalid"

    def __init__(self, faults: Mapping[str, Text]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in faults.items()))
        self.faults = faults


class PlatformTaken(Refused):
    """Another host is written down with the same issuer and client id."""

    code: ClassVar[str] = "platform-taken"


def find_platform_of(issuer: str, client_id: str) -> Platform | None:
    """Return the host with this issuer and client id, to the letter."""
    return db.session.scalar(
        sa.select(Platform)
        .where(Platform.issuer == issuer, Platform.client_id == client_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def add_platform(
    details: PlatformDetails,
    *,
    allow_private: bool,
    at: dt.datetime,
    state: PlatformState = PlatformState.ACTIVE,
    deployment_state: DeploymentState = DeploymentState.ACTIVE,
    only_new: bool = False,
) -> Platform:
    """Write a host down, or bring it up to date when issuer and client id are known; its deployments with it.

    A host that an operator switched off stays off. Raises `DetailsRefused` naming every field at fault, and
    with `only_new` `PlatformTaken`: whoever registers by itself must not change a host that is there.
    """
    if faults := details_faults(details, allow_private=allow_private):
        raise DetailsRefused(faults)
    known = find_platform_of(details.issuer, details.client_id)
    if known is not None and only_new:
        raise _taken()
    if known is None:
        platform = Platform(**_values(details), state=state, created_at=at)
        try:
            with db.session.begin_nested():
                db.session.add(platform)
        except IntegrityError as error:
            if only_new:
                raise _taken() from error
            # Two commands met; the first one made the row, so this one brings it up to date.
            known = find_platform_of(details.issuer, details.client_id)
        else:
            _audit("add-host", platform, before=None, after={**_values(details), "state": state.value}, at=at)
    if known is not None:
        platform = known
        _bring_up_to_date(platform, details, at=at)
        if platform.state is PlatformState.PENDING and state is PlatformState.ACTIVE:
            switch(platform, PlatformState.ACTIVE, at=at)
    for deployment_id in details.deployments:
        note_deployment(platform, deployment_id, deployment_state, at=at)
    db.session.flush()
    return platform


def _taken() -> PlatformTaken:
    return PlatformTaken(_l("Another host is registered with this issuer and client id."))


def change_platform(
    platform: Platform, details: PlatformDetails, *, allow_private: bool, at: dt.datetime
) -> None:
    """Correct what is written down about a host; raises `DetailsRefused` or `PlatformTaken`."""
    if faults := details_faults(details, allow_private=allow_private):
        raise DetailsRefused(faults)
    try:
        with db.session.begin_nested():
            _bring_up_to_date(platform, details, at=at)
    except IntegrityError as error:
        raise _taken() from error
    for deployment_id in details.deployments:
        note_deployment(platform, deployment_id, DeploymentState.ACTIVE, at=at)
    db.session.flush()


def switch(platform: Platform, state: PlatformState, *, at: dt.datetime) -> None:
    """Let launches of a host in, or keep them out."""
    if platform.state is state:
        return
    before = platform.state
    platform.state = state
    verb = "disable-host" if state is PlatformState.DISABLED else "enable-host"
    _audit(verb, platform, before={"state": before.value}, after={"state": state.value}, at=at)


def approve(platform: Platform, *, at: dt.datetime, only: Deployment | None = None) -> None:
    """Let a host in together with every deployment of it that waits, or with only one."""
    switch(platform, PlatformState.ACTIVE, at=at)
    waiting = db.session.scalars(
        sa.select(Deployment).where(
            Deployment.platform_id == platform.id, Deployment.state == DeploymentState.INACTIVE
        )
    )
    for deployment in waiting.all():
        if only is None or deployment.id == only.id:
            switch_deployment(platform, deployment, DeploymentState.ACTIVE, at=at)


def note_deployment(
    platform: Platform, deployment_id: str, state: DeploymentState, *, at: dt.datetime
) -> Deployment:
    """Write a deployment down; one that is known is let in when `state` says so, and never shut out."""
    known = _find_deployment(platform, deployment_id)
    if known is None:
        made = Deployment(
            platform=platform, platform_id=platform.id, deployment_id=deployment_id, state=state,
            first_seen_at=at, approved_at=at if state is DeploymentState.ACTIVE else None,
        )  # fmt: skip
        try:
            with db.session.begin_nested():
                db.session.add(made)
        except IntegrityError:
            # A launch from this deployment wrote it down at the same moment.
            known = _find_deployment(platform, deployment_id)
        else:
            after: dict[str, object] = {"deployment_id": deployment_id, "state": state.value}
            _audit("add-deployment", platform, before=None, after=after, at=at)
            return made
    if known is None:
        raise RuntimeError("a deployment that could not be added must be there")
    if state is DeploymentState.ACTIVE:
        switch_deployment(platform, known, state, at=at)
    return known


def switch_deployment(
    platform: Platform, deployment: Deployment, state: DeploymentState, *, at: dt.datetime
) -> None:
    """Let launches of one deployment in, or keep them out."""
    if deployment.state is state:
        return
    before = deployment.state
    deployment.state = state
    deployment.approved_at = at if state is DeploymentState.ACTIVE else deployment.approved_at
    verb = "approve-deployment" if state is DeploymentState.ACTIVE else "close-deployment"
    _audit(
        verb,
        platform,
        before={"deployment_id": deployment.deployment_id, "state": before.value},
        after={"deployment_id": deployment.deployment_id, "state": state.value},
        at=at,
    )


def _values(details: PlatformDetails) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(details, name) for name in _KEPT}
    values["token_audience"] = details.token_audience or None
    return values


def _bring_up_to_date(platform: Platform, details: PlatformDetails, *, at: dt.datetime) -> None:
    wanted = _values(details)
    before = {name: getattr(platform, name) for name in _KEPT}
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(platform, name, value)
    db.session.flush()
    _audit("change-host", platform, before={name: before[name] for name in changed}, after=changed, at=at)


def _find_deployment(platform: Platform, deployment_id: str) -> Deployment | None:
    return db.session.scalar(
        sa.select(Deployment).where(
            Deployment.platform_id == platform.id, Deployment.deployment_id == deployment_id
        )
    )


def _audit(
    verb: str,
    platform: Platform,
    *,
    before: dict[str, object] | None,
    after: dict[str, object],
    at: dt.datetime,
) -> None:
    record_audit(None, None, verb, f"{platform.name} ({platform.issuer})", at=at, before=before, after=after)
