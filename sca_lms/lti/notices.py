"""Take what a host tells us by itself: signed notices, checked with the keys and rules of launches.

https://www.imsglobal.org/spec/lti-pns/v1p0. A notice comes once and nobody asks for it again, so each of
several is judged alone: one that is refused does not cost the others.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from sca_lms.database import db, release, transaction
from sca_lms.lti import queries, tokens
from sca_lms.lti import vocabulary as lti
from sca_lms.lti.keysets import Source, keysets
from sca_lms.lti.models import ID_LENGTH, Deployment, DeploymentState, PlatformState
from sca_lms.lti.notice_models import ContextCopy
from sca_lms.lti.plain import is_clean
from sca_lms.lti.queries import Registered
from sca_lms.lti.refusals import Code, LaunchRefused

MOST_NOTICES = 100
"""How many notices one message may bring; Canvas sends a hundred at most."""
MOST_ORIGINS = 100
KEPT = dt.timedelta(days=400)
"""A course that nobody has opened a year after it was copied needs no settings."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A genuine notice of a host that is let in."""

    platform: Registered
    tenant: str
    kind: str
    claims: Mapping[str, object]


def receive(signed: Sequence[str], *, at: dt.datetime) -> list[Code]:
    """Take notices, each as a signed token; returns why some were refused. Call it outside a transaction."""
    refused: list[Code] = []
    for token in signed[:MOST_NOTICES]:
        try:
            notice = read(token, at=at)
            if notice.kind == lti.COPY_NOTICE:
                _note_copy(notice, at=at)
        except LaunchRefused as refusal:
            refused.append(refusal.reason)
    return refused


def read(token: str, *, at: dt.datetime) -> Notice:
    """Return a notice that is genuine, fresh and from a deployment that is let in; raises `LaunchRefused`."""
    header = tokens.read_header(token)
    platform = _platform_of(tokens.unverified(token))
    # Nothing may be held open while the host's keys are fetched.
    release()
    found = keysets().find(Source(platform.id, platform.jwks_url), header.kid, at=at)
    if not found.keys:
        code = Code.KEY_UNKNOWN if found.failure is None else Code.KEYSET_UNREACHABLE
        raise LaunchRefused(code, sent=header.kid, known=platform.jwks_url)
    expected = tokens.Expected(platform.issuer, platform.client_id, platform.jwks_url)
    claims = tokens.verify(token, header, found.keys, expected, at=at)
    if claims.get(lti.VERSION) != lti.SUPPORTED_VERSION:
        raise LaunchRefused(
            Code.VERSION_UNSUPPORTED, sent=claims.get(lti.VERSION), known=lti.SUPPORTED_VERSION
        )
    deployment_id = _identifier(claims.get(lti.DEPLOYMENT_ID))
    if deployment_id is None:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="deployment_id")
    if not _is_let_in(platform, deployment_id):
        raise LaunchRefused(Code.DEPLOYMENT_INACTIVE, sent=deployment_id)
    said = claims.get(lti.NOTICE)
    kind = said.get("type") if isinstance(said, Mapping) else None
    if not isinstance(kind, str):
        raise LaunchRefused(Code.CLAIM_MISSING, sent="notice")
    return Notice(platform, platform.profile.tenant(deployment_id), kind, claims)


def forget_expired(*, at: dt.datetime) -> None:
    """Delete notices of copies that nobody has asked about for a long time."""
    db.session.execute(
        sa.delete(ContextCopy)
        .where(ContextCopy.noticed_at <= at - KEPT)
        .execution_options(synchronize_session=False)
    )


def _platform_of(claims: Mapping[str, object]) -> Registered:
    """Return the platform that a notice says it is from; its keys decide whether that is so."""
    issuer, audience = claims.get("iss"), claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    wanted = next((each for each in (party, *listed) if isinstance(each, str) and each), None)
    if not isinstance(issuer, str) or not issuer or wanted is None or not is_clean(issuer + wanted):
        raise LaunchRefused(Code.CLAIM_MISSING, sent="iss" if wanted else "aud")
    platform = queries.find_for_login(issuer, wanted)
    if platform.state is not PlatformState.ACTIVE:
        raise LaunchRefused(Code.PLATFORM_INACTIVE)
    return platform


def _is_let_in(platform: Registered, deployment_id: str) -> bool:
    state = db.session.scalar(
        sa.select(Deployment.state).where(
            Deployment.platform_id == platform.id, Deployment.deployment_id == deployment_id
        )
    )
    return state is DeploymentState.ACTIVE


def _note_copy(notice: Notice, *, at: dt.datetime) -> None:
    """Write down what a course was copied from; said again, it is brought up to date."""
    said = notice.claims.get(lti.CONTEXT)
    context_id = _identifier(said.get("id")) if isinstance(said, Mapping) else None
    if context_id is None:
        raise LaunchRefused(Code.CONTEXT_MISSING)
    listed = notice.claims.get(lti.ORIGIN_CONTEXTS)
    origins = [_identifier(each) for each in listed[:MOST_ORIGINS]] if isinstance(listed, list) else []
    known = [each for each in origins if each is not None and each != context_id]
    if not known:
        raise LaunchRefused(Code.CLAIM_MISSING, sent="origin_contexts")
    with transaction():
        row = ContextCopy(
            platform_id=notice.platform.id,
            tenant=notice.tenant,
            context_id=context_id,
            origins=known,
            noticed_at=at,
        )
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:
            _renew_copy(row)


def _renew_copy(said: ContextCopy) -> None:
    """Put what is said now before what was said earlier of the same course."""
    row = db.session.scalars(
        sa.select(ContextCopy)
        .where(
            ContextCopy.platform_id == said.platform_id,
            ContextCopy.tenant == said.tenant,
            ContextCopy.context_id == said.context_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.origins = list(dict.fromkeys([*said.origins, *row.origins]))[:MOST_ORIGINS]
    row.noticed_at = said.noticed_at


def _identifier(said: object) -> str | None:
    """Return an id as text: some hosts send numbers."""
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    text = str(said)
    return text if text.strip() and len(text) <= ID_LENGTH and is_clean(text) else None
