"""The next page is found however a host writes it, and only on the same host."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.lti.links import differences, next_page, same_origin
from sca_lms.lti.outbound import Unreachable

HERE = "https://host.example.org/lineitems?type_id=1"
THERE = "https://host.example.org/lineitems?type_id=1&limit=1&from=1"


def as_sent(header: str) -> str:
    """Return a header as an HTTP library hands it on: UTF-8 read as Latin-1."""
    return header.encode().decode("latin-1")


@pytest.mark.parametrize(
    "header",
    [
        f'<{THERE}>; rel="next"',
        f"<{THERE}>; rel=next",
        f"<{THERE}>; REL=Next",
        f"<{THERE}>;rel='next'",
        f'<{THERE}>; title="a, b; c=\\"d\\""; rel="next"',
        f'<{THERE}>; rel="last next"',
        f'<{HERE}>; rel="first", <{THERE}>; rel="next"',
        f"<{HERE}>; rel=first ,<{THERE}>;rel=next",
        f'<{THERE}> ; rel = "next"',
        '</lineitems?type_id=1&limit=1&from=1>; rel="next"',
        "<" + THERE.replace("&", "&amp;") + ">; rel=“next”",
        as_sent("<" + THERE.replace("&", "&amp;") + ">; rel=“next”"),
    ],
)
def test_trap_05_the_next_page_is_found(header: str) -> None:
    assert next_page(header, of=HERE) == THERE


def test_trap_05_capitals_in_the_address_survive() -> None:
    assert next_page("<?Page=bookmark:WzEwXQ>; rel=next", of=HERE) == (
        "https://host.example.org/lineitems?Page=bookmark:WzEwXQ"
    )


@pytest.mark.parametrize(
    "header",
    ["", f'<{THERE}>; rel="prev"', f"<{THERE}>", "rel=next", f'<{THERE}; rel="next"', "<>; rel", ";;;,,<<"],
)
def test_where_there_is_no_next_page_none_is_found(header: str) -> None:
    assert next_page(header, of=HERE) is None


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example.org/",
        "http://host.example.org/",
        "https://host.example.org:8443/",
        "//elsewhere.example.org/x",
        "javascript:alert(1)",
        "https://host.example.org@elsewhere.example.org/",
        "https://[",
    ],
)
def test_trap_05_a_next_page_on_another_host_is_refused(target: str) -> None:
    with pytest.raises(Unreachable):
        next_page(f'<{target}>; rel="next"', of=HERE)


def test_the_usual_port_may_be_written() -> None:
    assert same_origin("https://host.example.org:443/a", "https://host.example.org/b")
    assert not same_origin("nonsense", "nonsense")


@given(st.text(alphabet='<>;,= "“”\\/relnxt&:h', max_size=80))
def test_no_header_breaks_the_reading(header: str) -> None:
    try:
        found = next_page(header, of=HERE)
    except Unreachable:
        return
    assert found is None or same_origin(found, HERE)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f'<{THERE}>; rel="differences"', THERE),
        (
            f'<{THERE}>; rel="next", <https://host.example.org/m?since=Ab9>; rel="differences"',
            "https://host.example.org/m?since=Ab9",
        ),
        ("</m?since=Ab9>; rel=differences", "https://host.example.org/m?since=Ab9"),
        ('<https://elsewhere.example.org/m>; rel="differences"', None),
        ('<https://[broken/m>; rel="differences"', None),
        (f'<{THERE}>; rel="next"', None),
        ("", None),
    ],
)
def test_changes_are_only_asked_for_at_the_same_host(header: str, expected: str | None) -> None:
    assert differences(header, of="https://host.example.org/m") == expected
