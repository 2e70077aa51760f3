"""Call the services of a host: one request, or a list that comes in pages.

Every call asks for the one scope it needs. What a host answers is kept for understanding it and never becomes
part of a message.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Refused
from sca_lms.lti import access_tokens
from sca_lms.lti.links import next_page
from sca_lms.lti.models import Platform
from sca_lms.lti.outbound import BUDGET_SECONDS, Answer, Outbound, Unreachable
from sca_lms.lti.profiles import profile_named
from sca_lms.lti.throttling import allowance_is_used_up

LARGEST_PAGE = 16 * 1024 * 1024
SHOWN_OF_ERROR = 2_000
LONGEST_REQUEST = dt.timedelta(seconds=BUDGET_SECONDS)


class HostRefused(Refused):
    """A host answered a service request with something else than success."""

    code: ClassVar[str] = "host-refused"

    def __init__(self, answer: Answer, *, at: dt.datetime) -> None:
        super().__init__(_l("it answers with the status %(status)s", status=answer.status))
        self.status = answer.status
        self.text = answer.content[:SHOWN_OF_ERROR].decode("utf-8", "replace")
        """The beginning of the answer; it may name people, so it is only for understanding the refusal."""
        self.retry_after = access_tokens.retry_after(answer, at=at)
        self.throttled = allowance_is_used_up(answer.headers)


class TooLate(Refused):
    """There is not enough time left for a request, which was not sent."""

    code: ClassVar[str] = "too-late"


@dataclass(frozen=True, slots=True)
class Document:
    """One page of a list, and the address of the page after it (None: this was the last)."""

    content: object
    following: str | None
    links: str = ""
    """The `Link` header that came with the page."""


class ServiceCalls:
    """The services of one platform; every call is one or more requests, never inside a transaction.

    An instance is for the work of some seconds: it does not look for a token again that it had a moment ago.
    All methods raise `HostRefused`, `Unreachable`, and `TokenRefused` or `TokenDelayed` of access_tokens.
    """

    def __init__(self, platform: Platform, *, way_out: Outbound, now: Callable[[], dt.datetime]) -> None:
        self._platform = platform
        self._way_out = way_out
        self._now = now
        self._tokens: dict[str, str] = {}

    def call(
        self,
        method: str,
        url: str,
        scope: str,
        *,
        accept: str = "",
        content_type: str = "",
        body: Mapping[str, object] | None = None,
        over_by: dt.datetime | None = None,
    ) -> Answer:
        """Send one request; a token that is turned down is replaced once.

        What cannot be over by a moment is not sent at all: it raises `TooLate`.
        """
        headers = {"Accept": accept} if accept else {}
        if body is not None:
            headers["Content-Type"] = content_type
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode() if body is not None else None
        token = self._token(scope, refused=None)
        self._refuse_if_late(over_by)
        answer = self._send(method, url, {**headers, "Authorization": f"Bearer {token}"}, content)
        if answer.status in profile_named(self._platform.profile).dead_token_statuses:
            token = self._token(scope, refused=token)
            self._refuse_if_late(over_by)
            answer = self._send(method, url, {**headers, "Authorization": f"Bearer {token}"}, content)
        if not 200 <= answer.status < 300:
            raise HostRefused(answer, at=self._now())
        return answer

    def documents(self, url: str, scope: str, *, accept: str, most: int) -> Iterator[Document]:
        """Yield the pages of a list; another host, a circle or more pages than `most` are refused."""
        seen: set[str] = set()
        following: str | None = url
        while following is not None:
            if following in seen or len(seen) >= most:
                raise Unreachable(_l("its list has no end"))
            seen.add(following)
            answer = self.call("GET", following, scope, accept=accept)
            links = answer.headers.get("Link", "")
            following = next_page(links, of=following)
            yield Document(decoded(answer), following, links)

    def _refuse_if_late(self, over_by: dt.datetime | None) -> None:
        if over_by is not None and self._now() + LONGEST_REQUEST > over_by:
            raise TooLate(_l("it was too slow before"))

    def _token(self, scope: str, *, refused: str | None) -> str:
        known = self._tokens.get(scope)
        if known is None or known == refused:
            known = access_tokens.bearer(
                self._platform, [scope], way_out=self._way_out, at=self._now(), refused=refused
            )
            self._tokens[scope] = known
        return known

    def _send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        return self._way_out.request(method, url, headers=headers, body=content, limit=LARGEST_PAGE)


def decoded(answer: Answer) -> object:
    """Return the JSON of an answer, its numbers exact; raises `Unreachable` for anything else."""
    try:
        return json.loads(answer.content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unreachable(_l("its answer is not JSON")) from error


def text_of(said: object) -> str:
    """Return a text; some hosts write ids as numbers."""
    return str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""


def _no_number(name: str) -> Decimal:
    raise ValueError(name)
