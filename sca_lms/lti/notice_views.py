"""The address to which hosts send notices, outside of anybody's session."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sca_lms import clock
from sca_lms.lti import notices
from sca_lms.lti.tokens import parse_json
from sca_lms.web.access import public
from sca_lms.web.error_pages import ERROR_CODE_HEADER

bp = Blueprint("lti_notices", __name__, url_prefix="/lti")

MALFORMED = "notice-malformed"


@bp.post("/notices")
@public
def receive() -> ResponseReturnValue:
    """Take one or several signed notices; the answer says how many, and why others were refused."""
    try:
        document = parse_json(request.get_data())
    except ValueError:
        document = None
    listed = document.get("notices") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed or len(listed) > notices.MOST_NOTICES:
        return jsonify(error=MALFORMED), 400, {ERROR_CODE_HEADER: MALFORMED}
    signed = [each.get("jwt") if isinstance(each, dict) else None for each in listed]
    refused = notices.receive([each if isinstance(each, str) else "" for each in signed], at=clock.now())
    codes = sorted(code.value for code in refused)
    answer = jsonify(taken=len(listed) - len(codes), refused=codes)
    if codes:
        answer.status_code = 400
        answer.headers[ERROR_CODE_HEADER] = codes[0]
    return answer
