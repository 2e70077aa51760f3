"""Name every address of the platform that a tool is told."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from sca_lms.demo.site import Course, LineItem, Tool


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses below one base URL; some hosts add a query to those of the grade services."""

    base: str
    type_in_query: bool

    @property
    def authorization(self) -> str:
        """Return where a tool asks for the launch message."""
        return f"{self.base}/lti/auth"

    @property
    def tokens(self) -> str:
        """Return where a tool asks for a service token."""
        return f"{self.base}/lti/token"

    @property
    def keys(self) -> str:
        """Return where the platform's public keys are."""
        return f"{self.base}/lti/jwks.json"

    @property
    def configuration(self) -> str:
        """Return where a registering tool reads what the platform can do."""
        return f"{self.base}/lti/openid-configuration"

    @property
    def registration(self) -> str:
        """Return where a registering tool presents itself."""
        return f"{self.base}/lti/registrations"

    @property
    def deep_link_return(self) -> str:
        """Return where a picker posts its answer."""
        return f"{self.base}/lti/deep-link-return"

    def line_items(self, course_id: str, tool: Tool) -> str:
        """Return the address of a course's columns."""
        return f"{self.base}/lti/services/{course_id}/lineitems{self._query(tool)}"

    def line_item(self, item: LineItem, tool: Tool) -> str:
        """Return the address of one column."""
        return f"{self.base}/lti/services/{item.course_id}/lineitems/{item.id}/lineitem{self._query(tool)}"

    def results(self, item: LineItem, user_id: str, tool: Tool, *, by_path: bool) -> str:
        """Return the address of one result."""
        folder = f"{self.base}/lti/services/{item.course_id}/lineitems/{item.id}/lineitem/results"
        if by_path:
            return f"{folder}/{user_id}"
        query = {"type_id": tool.deployment_id} if self.type_in_query else {}
        return f"{folder}?{urlencode({**query, 'user_id': user_id})}"

    def memberships(self, course: Course, tool: Tool) -> str:
        """Return the address of a course's roster."""
        return f"{self.base}/lti/services/CourseSection/{course.id}/bindings/{tool.deployment_id}/memberships"

    def notice_handlers(self, tool: Tool) -> str:
        """Return where a tool says which notices it wants."""
        return f"{self.base}/lti/notice-handlers/{tool.deployment_id}"

    def back(self, course_id: str) -> str:
        """Return where a tool sends people who are done with it."""
        return f"{self.base}/lti/return?course={course_id}"

    def _query(self, tool: Tool) -> str:
        return f"?type_id={tool.deployment_id}" if self.type_in_query else ""


def origin(url: str) -> str:
    """Return scheme, host and port of a URL, or nothing for what is not one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else ""
