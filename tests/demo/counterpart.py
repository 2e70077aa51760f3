"""A tool that does by hand what a tool must do, so that the platform's strictness can be seen."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from markupsafe import escape
from werkzeug.test import TestResponse

from sca_lms import clock
from sca_lms.demo.launches import DEEP_LINKING, LTI
from sca_lms.demo.lms import PretendLms
from sca_lms.demo.tokens import ASSERTION_TYPE

CLIENT_ID = "sca-lms-demo"
STATE = "state-of-this-login"
NONCE = "nonce-of-this-login"

_STORAGE_PAGE = """<!doctype html><title>Login</title><body data-next="{next}" data-target="{target}">
<script src="/storage-login.js"></script>"""

_STORAGE_SCRIPT = """
const target = document.body.dataset.target;
const frame = target === '_parent' ? window.parent : window.parent.frames[target];
const heard = [];
const ask = (to, message) => new Promise((resolve) => {
  const message_id = crypto.randomUUID();
  window.addEventListener('message', ({ data }) => { if (data.message_id === message_id) resolve(data); });
  to.postMessage({ ...message, message_id }, '*');
});
(async () => {
  heard.push(await ask(window.parent, { subject: 'lti.capabilities' }));
  heard.push(await ask(frame, { subject: 'lti.put_data', key: 'state', value: 'kept' }));
  heard.push(await ask(frame, { subject: 'lti.get_data', key: 'state' }));
  heard.push(await ask(frame, { subject: 'lti.dance' }));
  window.parent.postMessage({ subject: 'lti.frameResize', height: 1234 }, '*');
  await fetch('/heard', { method: 'POST', body: JSON.stringify(heard) });
  window.location.assign(document.body.dataset.next);
})();
"""


def new_key() -> RSAKey:
    """Make a key for the tool."""
    return RSAKey.generate_key(2048, private=True, auto_kid=True)


@dataclass
class Tool:
    """The tool's side: its keys, what it has seen, and the calls it makes."""

    key: RSAKey
    client_id: str = CLIENT_ID
    fetches: int = 0
    launches: list[dict[str, object]] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)
    heard: list[dict[str, object]] = field(default_factory=list)
    answer_by_page: bool = False

    def key_set(self, url: str) -> object:
        """Return what stands at the tool's key set address."""
        self.fetches += 1
        assert url.endswith("/lti/jwks.json")
        return {"keys": [{**self.key.as_dict(private=False), "kid": self.key.thumbprint(), "use": "sig"}]}

    def sign(self, claims: Mapping[str, object], *, key: RSAKey | None = None) -> str:
        """Sign with the tool's key, or with a stranger's."""
        used = key or self.key
        header = {"alg": "RS256", "typ": "JWT", "kid": used.thumbprint()}
        return jwt.encode(header, dict(claims), used, algorithms=["RS256"])

    def assertion(self, lms: PretendLms, **changes: object) -> dict[str, object]:
        """Return the claims of a client assertion; a None leaves one out."""
        now = int(clock.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": lms.addresses.tokens,
            "iat": now - 5,
            "exp": now + 60,
            "jti": f"jti-{now}-{len(lms.tokens.seen)}-{len(lms.tokens.grants)}",
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def ask_token(
        self,
        client: FlaskClient,
        lms: PretendLms,
        scopes: str,
        *,
        key: RSAKey | None = None,
        form: Mapping[str, str] | None = None,
        claims: Mapping[str, object] | None = None,
    ) -> TestResponse:
        """Ask for a service token and return the raw answer."""
        assertion = self.sign(self.assertion(lms, **(claims or {})), key=key)
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": scopes,
        }
        return client.post("/lti/token", data={**fields, **(form or {})})

    def bearer(self, client: FlaskClient, lms: PretendLms, *scopes: str) -> dict[str, str]:
        """Return the header that carries a fresh token for these scopes."""
        answer = self.ask_token(client, lms, " ".join(scopes))
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {json.loads(answer.text)['access_token']}"}

    def request_for(self, login: Mapping[str, str], lms: PretendLms, **changes: str) -> dict[str, str]:
        """Write the authorization request that answers a login; an empty text leaves a field out."""
        fields = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": lms.state.tools[login["client_id"]].redirect_uris[0],
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
            "state": STATE,
            "nonce": NONCE,
        }
        return {name: value for name, value in {**fields, **changes}.items() if value}

    def picked(self, lms: PretendLms, items: object, **changes: object) -> str:
        """Sign a picker's answer; names of claims are given without their prefix."""
        now = int(clock.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.client_id,
            "aud": lms.addresses.base,
            "iat": now - 5,
            "exp": now + 60,
            "nonce": f"nonce-{now}",
            LTI + "deployment_id": "1",
            LTI + "message_type": "LtiDeepLinkingResponse",
            LTI + "version": "1.3.0",
            DEEP_LINKING + "content_items": items,
        }
        changed = {**claims, **changes}
        return self.sign({name: value for name, value in changed.items() if value is not None})

    def app(self, lms: PretendLms) -> Flask:
        """Make the tool's web server, for a real browser."""
        app = Flask(__name__)

        @app.post("/lti/login")
        def login() -> ResponseReturnValue:
            fields = request.form.to_dict()
            target = fields.get("lti_storage_target")
            address = f"{lms.addresses.authorization}?{urlencode(self.request_for(fields, lms))}"
            if target:
                return _STORAGE_PAGE.format(next=escape(address), target=escape(target))
            if self.answer_by_page:
                return f'<meta http-equiv="refresh" content="0; url={escape(address)}">'
            return redirect(address, 302)

        @app.get("/storage-login.js")
        def script() -> ResponseReturnValue:
            return Response(_STORAGE_SCRIPT, content_type="text/javascript")

        @app.post("/heard")
        def heard() -> ResponseReturnValue:
            self.heard.extend(request.get_json(force=True))
            return "", 204

        @app.post("/lti/launch")
        def launch() -> ResponseReturnValue:
            if "id_token" not in request.form:
                self.errors.append(request.form.to_dict())
                return "refused", 400
            claims = open_token(request.form["id_token"], lms)
            self.launches.append(claims)
            if claims[LTI + "message_type"] == "LtiDeepLinkingRequest":
                return self._picker(lms, claims)
            return f"<!doctype html><title>Tool</title><h1>Hello {escape(claims.get('name', ''))}</h1>"

        @app.get("/lti/jwks.json")
        def jwks() -> ResponseReturnValue:
            return Response(json.dumps(self.key_set(request.path)), content_type="application/json")

        return app

    def _picker(self, lms: PretendLms, claims: dict[str, object]) -> str:
        settings = claims[DEEP_LINKING + "deep_linking_settings"]
        assert isinstance(settings, dict)
        item = {"type": "ltiResourceLink", "title": "Module 1", "lineItem": {"scoreMaximum": 10}}
        token = self.picked(lms, [item], **{DEEP_LINKING + "data": settings.get("data")})
        return (
            f'<form method="post" action="{escape(settings["deep_link_return_url"])}">'
            f'<input type="hidden" name="JWT" value="{escape(token)}"><button>Add</button></form>'
        )


def open_token(token: str, lms: PretendLms) -> dict[str, object]:
    """Verify a message of the platform with its published keys and return the claims."""
    keys = KeySet.import_key_set(json.loads(json.dumps(lms.keys.public())))
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def hidden_fields(page: str) -> dict[str, str]:
    """Return the hidden fields of a page that posts itself."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {unescape(name): unescape(value) for name, value in found}
