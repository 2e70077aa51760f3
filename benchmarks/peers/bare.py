"""The lower bound: a Flask application that checks a token with a key it has, and keeps nothing.

Login and launch are bound by a cookie alone. It knows one platform, and any number of replays.
"""

import json
import os
import secrets
import urllib.request
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ISSUER, CLIENT_ID = os.environ["BENCH_ISSUER"], os.environ["BENCH_CLIENT_ID"]
with urllib.request.urlopen(os.environ["BENCH_KEY_SET_URL"]) as answer:  # noqa: S310 - Our own address.
    KEYS = KeySet.import_key_set(json.load(answer))
REGISTRY = jwt.JWTClaimsRegistry(
    leeway=60,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": CLIENT_ID},
    exp={"essential": True},
)
JWS_LIMIT = 100_000

app = Flask(__name__)


@app.post("/login")
def login() -> ResponseReturnValue:
    """Send the browser to the host."""
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": CLIENT_ID,
        "redirect_uri": request.form["target_link_uri"],
        "login_hint": request.form["login_hint"],
        "lti_message_hint": request.form["lti_message_hint"],
        "state": state,
        "nonce": nonce,
    }
    answered = redirect(f"{ISSUER}/auth?{urlencode(asked)}")
    answered.set_cookie("login", f"{state}.{nonce}", max_age=600, httponly=True)
    return answered


@app.post("/launch")
def launch() -> ResponseReturnValue:
    """Check the token."""
    state, _, nonce = request.cookies.get("login", "").partition(".")
    try:
        token = jwt.decode(request.form["id_token"], KEYS, algorithms=["RS256"])
        REGISTRY.validate(token.claims)
    except (JoseError, ValueError):
        return Response("refused", 401)
    if request.form["state"] != state or token.claims.get("nonce") != nonce:
        return Response("refused", 401)
    return redirect("/", 303)
