"""Make the four pages of the door: refused, store, continue, and a new tab's first."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, g, make_response, render_template, request
from flask_babel import force_locale, lazy_gettext
from markupsafe import Markup

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.database import transaction
from sca_lms.errors import Text
from sca_lms.lti import browser, launch, traces
from sca_lms.lti.advice import ADVICE
from sca_lms.lti.attempts import Attempt
from sca_lms.lti.claims import Launch
from sca_lms.lti.explained import fill_in
from sca_lms.lti.profiles import GENERIC
from sca_lms.lti.queries import Registered
from sca_lms.lti.refusals import Code, LaunchRefused
from sca_lms.web.error_pages import ERROR_CODE_HEADER
from sca_lms.web.i18n import supported_locale
from sca_lms.web.reader_choice import LOCALES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passage:
    """What the refused page says, in one language."""

    lang: str
    learner: str
    instructor: str
    administrator: Markup


def platform_in_sight() -> Registered | None:
    """Return the platform of this request as far as it is known yet."""
    found = g.get("lti_platform")
    return found if isinstance(found, Registered) else None


def keep_in_sight(platform: Registered) -> None:
    """Remember whose login or launch this is, for the page that may have to explain a refusal."""
    g.lti_platform = platform


def refused(refusal: LaunchRefused, facts: Mapping[str, object]) -> Response:
    """Explain a refused launch to everybody concerned, and keep a redacted trace of it for seven days."""
    platform, at = platform_in_sight(), clock.now()
    code = traces.reference()
    with transaction():
        traces.record(refusal, code, facts, platform_id=platform.id if platform else None, at=at)
    log.info("launch refused: %s, reference %s", refusal.reason.value, code)
    g.frame_ancestors = _origins_of_asker(platform)
    answer = make_response(
        render_template(
            "lti/refused.html",
            code=refusal.reason.value,
            reference=code,
            at=at,
            host=_host_title(platform),
            passages=[_passage(refusal, platform, locale) for locale in LOCALES],
            in_language=_in_language,
            _l=lazy_gettext,
        ),
        ADVICE[refusal.reason].status,
    )
    answer.headers[ERROR_CODE_HEADER] = refusal.reason.value
    return answer


def store(platform: Registered, *, key: str, secret: str, storage_target: str, next_url: str) -> Response:
    """Make the page that leaves the browser's secret with the host and then goes on to it."""
    g.frame_ancestors = _origins_of_asker(platform)
    return make_response(
        render_template(
            "lti/store.html",
            key=key,
            secret=secret,
            storage_target=storage_target,
            storage_origin=launch.origin_of(platform.auth_login_url),
            next_url=next_url,
            host=platform.name,
        )
    )


def carry_on(attempt: Attempt, arrived: Launch, *, key: str, ticket: str) -> Response:
    """Make the page on which a browser without our cookie proves itself, or a person who they are."""
    g.frame_ancestors = launch.frame_origins(attempt.platform, arrived.return_url)
    g.launch_locale = supported_locale(arrived.locale) or arrived.locale
    answer = make_response(
        render_template(
            "lti/continue.html",
            ticket=ticket,
            key=key,
            storage_target=attempt.storage_target,
            storage_origin=launch.origin_of(attempt.platform.auth_login_url),
            person=arrived.names.shown,
            course=(arrived.context.title or arrived.context.label) if arrived.context else "",
            host=attempt.platform.name,
            access=browser.access_cookie(),
            code=Code.BROWSER_UNPROVEN.value,
        ),
        ADVICE[Code.BROWSER_UNPROVEN].status,
    )
    # Nobody is let in yet; a program that cannot read the page learns why.
    answer.headers[ERROR_CODE_HEADER] = Code.BROWSER_UNPROVEN.value
    browser.send_probe(answer)
    return answer


def look_again(*, ticket: str) -> Response:
    """Make the page that a new tab sends back at once, to show whether cookies survive in it."""
    answer = make_response(render_template("lti/new_tab.html", ticket=ticket))
    browser.send_probe(answer)
    return answer


def _origins_of_asker(platform: Registered | None) -> list[str]:
    """Return who may frame a page on which there is nothing to gain: the platform and whoever sent us here.

    The page of a host may stand on another address than its login, as in the cloud of Canvas, and nothing
    signed has named it yet.
    """
    found = launch.frame_origins(platform, None) if platform else []
    sender = launch.origin_of(request.headers.get("Origin")) or launch.origin_of(
        request.headers.get("Referer")
    )
    return [*found, *([sender] if sender else [])]


def _host_title(platform: Registered | None) -> str:
    return platform.profile.title if platform else GENERIC.title


def _in_language(locale: str, text: Text) -> str:
    with force_locale(locale):
        return str(text)


def _passage(refusal: LaunchRefused, platform: Registered | None, locale: str) -> Passage:
    advice = ADVICE[refusal.reason]
    with force_locale(locale):
        return Passage(
            locale,
            str(advice.learner),
            str(advice.instructor),
            fill_in(advice.administrator, refusal.told(), platform.profile if platform else GENERIC),
        )


def trace_facts(token: str) -> dict[str, object]:
    """Return what may be kept of a token that was refused."""
    return traces.describe(token, secret_key=settings().secret_key)
