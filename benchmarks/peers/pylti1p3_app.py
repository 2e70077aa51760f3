"""A tool on PyLTI1p3's Flask integration, with its cache storage on files, as documented."""

# mypy: disable-error-code="import-not-found,import-untyped,no-untyped-call"
# Flask-Caching is in the environment of this peer only.

import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_caching import Cache
from pylti1p3.contrib.flask.launch_data_storage.cache import FlaskCacheDataStorage
from pylti1p3.contrib.flask.message_launch import FlaskMessageLaunch
from pylti1p3.contrib.flask.oidc_login import FlaskOIDCLogin
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.tool_config.dict import ToolConfDict
from werkzeug.utils import redirect

app = Flask(__name__)
app.config.update(
    SECRET_KEY="a-key-of-a-tool-that-lives-for-one-run",
    CACHE_TYPE="FileSystemCache",
    CACHE_DIR=os.environ["BENCH_DIRECTORY"],
    CACHE_DEFAULT_TIMEOUT=600,
    CACHE_THRESHOLD=5000,
)
cache = Cache(app)


def _tool_config() -> ToolConfDict:
    issuer, client_id = os.environ["BENCH_ISSUER"], os.environ["BENCH_CLIENT_ID"]
    config = ToolConfDict(
        {
            issuer: [
                {
                    "default": True,
                    "client_id": client_id,
                    "auth_login_url": f"{issuer}/auth",
                    "auth_token_url": f"{issuer}/token",
                    "key_set_url": os.environ["BENCH_KEY_SET_URL"],
                    "deployment_ids": [os.environ["BENCH_DEPLOYMENT_ID"]],
                }
            ]
        }
    )
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    config.set_private_key(issuer, private.decode(), client_id=client_id)
    return config


TOOL_CONFIG = _tool_config()


@app.post("/login")
def login() -> ResponseReturnValue:
    """Send the browser to the host."""
    storage = FlaskCacheDataStorage(cache)
    begun = FlaskOIDCLogin(FlaskRequest(), TOOL_CONFIG, launch_data_storage=storage)
    answered: ResponseReturnValue = begun.redirect(request.form["target_link_uri"])
    return answered


@app.post("/launch")
def launch() -> ResponseReturnValue:
    """Check the launch and keep it."""
    storage = FlaskCacheDataStorage(cache)
    launched = FlaskMessageLaunch(FlaskRequest(), TOOL_CONFIG, launch_data_storage=storage)
    launched.get_launch_data()
    return redirect(f"/?launch={launched.get_launch_id()}", 303)
