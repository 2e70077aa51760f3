"""The host of the measurements: serves its key set, counts who asks for it, and signs launches."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jws
from joserfc.jwk import RSAKey

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
CLIENT_ID, DEPLOYMENT_ID, KID = "client-of-the-benchmark", "1", "key-1"
TOKEN_CHARACTERS = 3_400
"""A token of a Moodle course with grade services has three to four thousand."""


class Host:
    """A host that answers at `issuer`; every tool has a key set address of its own, so that fetches count."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.fetches: Counter[str] = Counter()
        self._key = RSAKey.generate_key(2048, {"kid": KID, "use": "sig", "alg": "RS256"}, private=True)
        self.key_set = json.dumps({"keys": [self._key.as_dict(private=False)]}).encode()

    def key_set_url(self, tool: str) -> str:
        """Return where a tool finds the key set."""
        return f"{self.issuer}/{tool}/jwks.json"

    def id_token(self, nonce: str, target: str, *, learner: int, course: str = "course-2") -> str:
        """Sign the launch of a learner, about 3.4 KB long."""
        at = int(time.time())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": f"learner-{learner}",
            "nonce": nonce,
            "iat": at,
            "exp": at + 3600,
            "name": f"ผู้เรียน ลำดับที่ {learner}",
            "given_name": "ผู้เรียน",
            "family_name": f"ลำดับที่ {learner}",
            "email": f"learner-{learner}@example.org",
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "deployment_id": DEPLOYMENT_ID,
            LTI + "target_link_uri": target,
            LTI + "resource_link": {"id": "link-1", "title": "บทเรียนแรก"},
            LTI + "roles": [LIS + "institution/person#Student", LIS + "membership#Learner"],
            LTI + "context": {"id": course, "label": "SCA2", "title": "SCA รุ่นที่ 2", "type": ["CourseSection"]},
            LTI + "tool_platform": {
                "guid": "lms.example.org",
                "name": "LMS",
                "product_family_code": "moodle",
            },
            LTI + "launch_presentation": {"locale": "th", "return_url": f"{self.issuer}/return?course=2"},
            LTI + "lis": {"person_sourcedid": "", "course_section_sourcedid": ""},
            AGS + "claim/endpoint": {
                "scope": [AGS + "scope/" + name for name in ("lineitem", "result.readonly", "score")],
                "lineitems": f"{self.issuer}/services/2/lineitems?type_id=1",
                "lineitem": f"{self.issuer}/services/2/lineitems/21/lineitem?type_id=1",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{self.issuer}/services/2/memberships",
                "service_versions": ["1.0", "2.0"],
            },
        }
        claims[LTI + "custom"] = {"context_history": "", "padding": "x" * self._missing(claims)}
        return self._sign(claims)

    def _missing(self, claims: Mapping[str, object]) -> int:
        """Return how many bytes lift a token to its usual length; base64 makes four of three."""
        bare = json.dumps({**claims, LTI + "custom": {"context_history": "", "padding": ""}})
        signature_and_header = 342 + 75
        return max(0, (TOKEN_CHARACTERS - signature_and_header) * 3 // 4 - len(bare))

    def _sign(self, claims: Mapping[str, object]) -> str:
        header = {"alg": "RS256", "typ": "JWT", "kid": KID}
        return jws.serialize_compact(header, json.dumps(claims), self._key, algorithms=["RS256"])


@contextmanager
def running_host() -> Iterator[Host]:
    """Serve the key set until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.fetches[self.path.split("/")[1]] += 1
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(host.key_set)))
            self.end_headers()
            self.wfile.write(host.key_set)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - The library's signature.
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = Host(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield host
        finally:
            server.shutdown()
