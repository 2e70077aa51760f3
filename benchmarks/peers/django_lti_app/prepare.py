"""Make the tables of the tool on django-lti, register the host, and print the address of its login."""

# mypy: disable-error-code="import-not-found"
# Django is in the environment of this peer only.

import os
import sys

from django.apps import apps
from django.core.management import call_command

from benchmarks.peers.django_lti_app.wsgi import application


def main() -> None:
    """Do what an administrator does once."""
    assert application is not None
    call_command("migrate", verbosity=0)
    call_command("rotate_keys", stdout=sys.stderr)
    issuer = os.environ["BENCH_ISSUER"]
    registration = apps.get_model("lti_tool", "LtiRegistration").objects.create(
        name="Benchmark",
        issuer=issuer,
        client_id=os.environ["BENCH_CLIENT_ID"],
        auth_url=f"{issuer}/auth",
        token_url=f"{issuer}/token",
        keyset_url=os.environ["BENCH_KEY_SET_URL"],
    )
    apps.get_model("lti_tool", "LtiDeployment").objects.create(
        registration=registration, deployment_id=os.environ["BENCH_DEPLOYMENT_ID"], is_active=True
    )
    sys.stdout.write(f"/login/{registration.uuid}\n")


if __name__ == "__main__":
    main()
