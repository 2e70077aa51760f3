"""Answer tools that register themselves."""

from dataclasses import replace

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sca_lms import clock
from sca_lms.demo import registration
from sca_lms.demo.bodies import read_body
from sca_lms.demo.lms import current_lms
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.settings import SITE_NAME

bp = Blueprint("registration", __name__, url_prefix="/lti")


@bp.errorhandler(ServiceRefusal)
def refused(error: ServiceRefusal) -> ResponseReturnValue:
    """Name the fault in one word."""
    return jsonify(error=str(error)), error.status


@bp.get("/openid-configuration")
def openid_configuration() -> ResponseReturnValue:
    """Describe the platform; some hosts do so only to who holds a registration token."""
    lms = current_lms()
    if lms.personality.registration.configuration_needs_bearer:
        with lms.reading() as site:
            header = request.headers.get("Authorization", "")
            registration.registering_client(header, lms.keys, site, clock.now())
    return jsonify(registration.configuration(lms.personality, lms.addresses, SITE_NAME))


@bp.post("/registrations")
def registrations() -> ResponseReturnValue:
    """Take a tool in; it stays pending until an administrator activates it."""
    lms = current_lms()
    with lms.changing() as site:
        header = request.headers.get("Authorization", "")
        client_id = registration.registering_client(header, lms.keys, site, clock.now())
        if request.mimetype != "application/json":
            raise ServiceRefusal(400, "invalid_content_type")
        body = read_body(request.get_data())
        tool = registration.read_registration(body, client_id)
        tool = replace(tool, deployment_ids=(site.new_id(),))
        site.tools[client_id] = tool
        site.used_registrations.add(client_id)
    return jsonify(
        registration.answer(tool, body, lms.personality)
    ), lms.personality.registration.accepted_status
