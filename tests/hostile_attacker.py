"""One browser that sends to every address what does not fit there, and judges the answers."""

import random
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests import hostile_values as hostile
from tests.builders import signed_in
from tests.hostile_world import World
from tests.journeys.pages import Page
from tests.page_table import TABLE
from tests.page_users import OPERATOR, PUBLIC

NOBODY = "nobody"
FORM = "application/x-www-form-urlencoded"
TIMES = 2
"""How often each attack is drawn at an address that is open to the attacker."""
EMPTY_FORM = [(name, "1") for name in hostile.QUERY_NAMES]
NEW_EVERY_REQUEST = re.compile(r"hx-headers='\{\"X-CSRF-Token\": \"([^\"]+)\"\}'")
# Documented: the tables of a test's database were not made by migrations.
MAY_BE_UNAVAILABLE = "web.readyz"
Sent = tuple[str, str, bytes, Mapping[str, str]]
"""An address, a content type, a body, and what else stands in the environment."""


class Attacker:
    """One browser with a genuine session, in bad hands."""

    def __init__(self, world: World, who: str) -> None:
        self.world, self.who = world, who
        self.draw = random.Random(f"hostile:{who}")
        self.client: FlaskClient = world.app.test_client()
        self.token = ""
        if who != NOBODY:
            self.client = signed_in(
                world.app, world.enrolment_id, course_id=world.course_id, operator=who == OPERATOR
            )
        self._forms: dict[str, list[tuple[str, str]]] = {}

    def send(
        self,
        rule: Rule | None,
        path: str,
        method: str = "GET",
        *,
        environ: Mapping[str, str] | None = None,
        body: bytes = b"",
        content_type: str | None = None,
    ) -> TestResponse:
        """Send a request and judge the answer."""
        overrides = dict(environ or {})
        raw = path.partition("?")
        if "%" in raw[0]:
            # As a server would pass it on: bytes, whatever they are.
            overrides["PATH_INFO"] = _unquoted(raw[0])
        if raw[2]:
            overrides["QUERY_STRING"] = raw[2]
        headers = {"X-CSRF-Token": self.token} if self.token and method not in {"GET", "HEAD"} else {}
        answer = self.client.open(
            raw[0] if "%" not in raw[0] else "/",
            method=method,
            environ_overrides=overrides,
            headers=headers,
            data=body or None,
            content_type=content_type,
        )
        sent = f"{method} {path[:200]} {content_type} {body[:200]!r} {str(overrides)[:200]}"
        self._judge(answer, rule, sent)
        return answer

    def _judge(self, answer: TestResponse, rule: Rule | None, request: str) -> None:
        said = []
        unavailable = rule is not None and rule.endpoint == MAY_BE_UNAVAILABLE and answer.status_code == 503
        if answer.status_code >= 500 and not unavailable:
            said.append(f"answers {answer.status_code}")
        text = answer.get_data(as_text=False).decode("utf-8", "replace")
        if "Traceback (most recent call last)" in text:
            said.append("shows a traceback")
        if answer.mimetype == "text/html" and (hostile.SCRIPT in text or "<img src=x" in text):
            said.append("repeats markup as it came")
        if "hostile=1" in " ".join(answer.headers.getlist("Set-Cookie")) or "hostile" in answer.headers:
            said.append("lets a header be added")
        if 300 <= answer.status_code < 400 and urlsplit(answer.location or "").netloc.endswith(
            "evil.example.org"
        ):
            said.append("leads to any site")
        self.world.faults += [f"{self.who}: {request}: {each}" for each in said]
        # As a server does with what it has sent.
        answer.close()
        turned_away = {"no-session", "not-allowed", "not-found", "wrong-method", "form-expired"}
        if rule is not None and answer.headers.get("X-Error-Code") not in turned_away:
            self.world.reached.add(rule.endpoint)

    def look_around(self) -> None:
        """Open every page as it is meant, and remember the forms that stand there."""
        for rule in self.world.rules():
            if "GET" not in (rule.methods or ()):
                continue
            path = self.world.path(rule, self.draw, first=True)
            page = self.send(rule, path)
            if page.mimetype != "text/html":
                continue
            found = NEW_EVERY_REQUEST.search(page.text)
            if found and may_use(rule.endpoint, self.who) and TABLE[rule.endpoint] != PUBLIC:
                self.token = found[1]
            for form in Page.of(f"http://localhost{path}", page.status_code, {}, page.text).forms:
                names = {name for pairs in form.buttons.values() for name, _value in pairs}
                fields = [*form.filled_in, *((name, "x") for name in names)]
                self._forms[urlsplit(form.action).path] = fields

    def attack(self, rule: Rule) -> None:
        """Send everything to one address, some of it drawn; to one that is closed, a little."""
        if not is_target(rule.endpoint, self.who):
            self.send(rule, self._spoilt_path(rule), self.draw.choice(hostile.METHODS))
            self._post(rule, self.world.path(rule, self.draw), attacks=1)
            return
        path = self.world.path(rule, self.draw, first=True)
        for _time in range(TIMES):
            self.send(rule, self._spoilt_path(rule))
            self.send(rule, f"{path}?{self._spoilt_query()}")
            self.send(rule, path, environ=self.draw.choice(hostile.HEADERS))
            if "POST" in (rule.methods or ()):
                self._post(rule, self.world.path(rule, self.draw))
        if "POST" in (rule.methods or ()):
            # In the end the form as it stands, since nothing else may have come through to the view; and
            # with NUL in it, which one of the two databases takes in no text.
            fields = self._forms.get(path, EMPTY_FORM)
            nul = [(name, "a\0b") for name, _value in fields]
            for sent in (nul, fields):
                self.send(rule, path, "POST", body=urlencode(sent).encode(), content_type=FORM)
        self.send(rule, path, self.draw.choice(hostile.METHODS))
        self.send(rule, path, environ={"HTTP_COOKIE": self.draw.choice(hostile.COOKIES)})

    def _post(self, rule: Rule, path: str, *, attacks: int = 7) -> None:
        fields = self._forms.get(path, EMPTY_FORM)
        filled_in = urlencode(fields).encode()
        broken = "&".join(f"{quote(name)}={self.draw.choice(hostile.BROKEN)}" for name, _value in fields * 3)
        nested = self.draw.choice(hostile.JSON_BODIES)
        all_spoilt = self._spoilt(fields, all_of_them=True)
        everything: list[Sent] = [
            (path, FORM, all_spoilt, {}),
            (path, FORM, self._spoilt(fields), {}),
            (path, FORM, broken.encode(), {}),
            (path, *self.draw.choice(hostile.MULTIPART), {}),
            (path, "application/json", nested, {}),
            (path, FORM, filled_in, self.draw.choice(hostile.HEADERS)),
            (self._spoilt_path(rule), FORM, filled_in, {}),
        ]
        for where, content_type, body, environ in self.draw.sample(everything, attacks):
            self.send(rule, where, "POST", body=body, content_type=content_type, environ=environ)

    def _spoilt(self, fields: Sequence[tuple[str, str]], *, all_of_them: bool = False) -> bytes:
        """Return a form with one value, or every one, replaced by something that does not fit."""
        spoilt = list(fields) or [("q", "")]
        chosen = range(len(spoilt)) if all_of_them else [self.draw.randrange(len(spoilt))]
        for place in chosen:
            spoilt[place] = (spoilt[place][0], self.draw.choice(hostile.TEXTS))
        return urlencode(spoilt).encode()

    def _spoilt_query(self) -> str:
        wrong = urlencode([(name, self.draw.choice(hostile.TEXTS)) for name in hostile.QUERY_NAMES])
        name, broken = self.draw.choice(hostile.QUERY_NAMES), self.draw.choice(hostile.BROKEN)
        return f"{wrong}&{name}={broken}&page[]=1&=&&"

    def _spoilt_path(self, rule: Rule) -> str:
        """Return an address of the rule with one part that does not fit, or with junk behind it."""
        path = self.world.path(rule, self.draw)
        parts = path.split("/")
        place = self.draw.randrange(1, len(parts))
        parts[place] = self.draw.choice(hostile.PIECES)
        return "/".join(parts)


def may_use(endpoint: str, who: str) -> bool:
    """Tell whether the table of all addresses opens one to somebody."""
    opened = TABLE[endpoint]
    return who in opened if isinstance(opened, frozenset) else opened in {PUBLIC, who}


def is_target(endpoint: str, who: str) -> bool:
    """Tell whether an address is worth all attacks; what is open to anybody is attacked by a stranger."""
    return who == NOBODY if TABLE[endpoint] == PUBLIC else may_use(endpoint, who)


def _unquoted(path: str) -> str:
    """Return the bytes of a path as WSGI carries them; percent signs that mean nothing stay."""
    return re.sub(
        r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), path.encode("utf-8").decode("latin-1")
    )
