"""What gunicorn serves."""

# mypy: disable-error-code="import-not-found"
# Django is in the environment of this peer only.

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_lti_app.settings"
application = get_wsgi_application()
