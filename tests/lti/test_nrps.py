"""Members are read page by page, as each kind of host wants to be asked, and never from anywhere else."""

import json
import tracemalloc
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.demo.faults import Fault
from sca_lms.demo.further_personalities import GENERIC, SAKAI
from sca_lms.demo.manners import MEMBERSHIP, TEST_USER, Personality
from sca_lms.demo.personalities import CANVAS, MOODLE, PERSONALITIES
from sca_lms.demo.site import SCOPE_ROSTER, SiteRole
from sca_lms.lti import nrps
from sca_lms.lti.models import Platform
from sca_lms.lti.nrps import Member, RosterService
from sca_lms.lti.outbound import Answer, Outbound, Unreachable, outbound
from sca_lms.lti.service_calls import HostRefused
from tests.lti.host_server import HostServer, Said, running_host
from tests.lti.roster_world import RosterWorld, roster_of

KINDS = [*PERSONALITIES.values()]
MANY = 100_000
MEBIBYTE = 1024 * 1024
PLACE = "/memberships"


@pytest.fixture
def host() -> Iterator[HostServer]:
    """A host that gives a token and shows what a test puts there."""
    with running_host() as server:
        server.serve("/token", Said.of({"access_token": "good", "expires_in": 3600}))
        yield server


def a_service(world: RosterWorld) -> tuple[RosterService, str]:
    """Return the service of the pretend host and where its roster is; inside an application context."""
    platform = db.session.get_one(Platform, 1)
    url = str(world.context().memberships_url)
    db.session.close()
    return RosterService(platform, way_out=outbound(), now=clock.now), url


def read(app: Flask, host: HostServer, *, role: str = "", query: str = "") -> list[Member]:
    """Read the whole roster that a host shows."""
    with roster_of(app, MOODLE) as world, app.app_context():
        with world.changing():
            db.session.get_one(Platform, 1).auth_token_url = f"{host.url}/token"
        service, _url = a_service(world)
        pages = service.pages(host.url + PLACE + query, role=role)
        return [member for page in pages for member in page.members]


def a_list(*members: Mapping[str, object], Link: str = "") -> Said:  # noqa: N803 - The header's own name.
    content = {"id": "x", "context": {"id": "1"}, "members": list(members)}
    return Said.of(content, Link=Link) if Link else Said.of(content)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_everybody_is_read_from_each_kind_of_host(app: Flask, kind: Personality) -> None:
    with roster_of(app, kind) as world:
        for number in range(40, 60):
            world.lists(str(number), "คน", str(number))
        world.lists("70", "พี่เลี้ยง", role=SiteRole.MENTOR)
        with app.app_context():
            service, url = a_service(world)
            found = {member.subject: member for page in service.pages(url) for member in page.members}
        assert set(found) == {"31", "32", "33", "8", "70", *map(str, range(40, 60))}
        assert Role.INSTRUCTOR in found["8"].roles
        assert found["45"].names.given_name == "คน"
        assert all(member.is_active for member in found.values())
        with world.lms.reading():
            granted = [grant.scopes for grant in world.lms.tokens.grants.values()]
        assert granted == [{SCOPE_ROSTER}]
        for request in world.wire.requests:
            if request.service == "memberships":
                assert request.headers["Accept"] == nrps.MEMBERS


def test_trap_26_an_address_with_a_query_keeps_it(app: Flask, host: HostServer) -> None:
    host.serve(PLACE, a_list({"user_id": "1", "roles": ["Learner"]}))
    read(app, host, query="?a=1&a=2&blank=")
    (asked,) = host.requests(PLACE)
    assert asked.path == f"{PLACE}?a=1&a=2&blank=&limit={nrps.PAGE_SIZE}"


def test_moodle_forgets_the_role_on_the_second_page_and_we_do_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nrps, "PAGE_SIZE", 2)
    with roster_of(app, MOODLE) as world:
        world.lists("7", "ครู", "ฮ", role=SiteRole.INSTRUCTOR)
        with app.app_context():
            service, url = a_service(world)
            pages = list(service.pages(url, role="Learner"))
        assert {member.subject for page in pages for member in page.members} <= {"31", "32", "33"}
        assert all(member.roles == {Role.LEARNER} for page in pages for member in page.members)
        queries = [each.query for each in world.wire.requests if each.service == "memberships"]
        assert "role=Learner" in queries[0]


def test_only_those_who_may_open_a_link_are_asked_for(app: Flask) -> None:
    with roster_of(app, MOODLE) as world:
        column = world.add_activity("home")
        with app.app_context():
            service, url = a_service(world)
            found = [
                member.subject
                for page in service.pages(url, link_id=column.activity_id, role="Instructor", limit=3)
                for member in page.members
            ]
            with pytest.raises(HostRefused) as refusal:
                list(service.pages(url, link_id="no-such-link"))
        assert found == ["8"]
        assert refusal.value.status == 404
        query = next(each.query for each in world.wire.requests if each.service == "memberships")
        assert parse_qs(query) == {"limit": ["3"], "role": ["Instructor"], "rlid": [column.activity_id]}


def test_a_host_that_knows_no_filter_is_not_believed_to_have_filtered(app: Flask) -> None:
    with roster_of(app, SAKAI) as world, app.app_context():
        service, url = a_service(world)
        found = [member for page in service.pages(url, role="Instructor") for member in page.members]
    assert [member.subject for member in found] == ["8"]


@pytest.mark.parametrize(("kind", "name"), [(SAKAI, "start"), (GENERIC, "page")])
def test_pages_are_followed_whatever_they_are_called(
    app: Flask, monkeypatch: pytest.MonkeyPatch, kind: Personality, name: str
) -> None:
    monkeypatch.setattr(nrps, "PAGE_SIZE", 2)
    with roster_of(app, kind) as world, app.app_context():
        service, url = a_service(world)
        found = {member.subject for page in service.pages(url) for member in page.members}
        assert found == {"31", "32", "33", "8"}
        queries = [each.query for each in world.wire.requests if each.service == "memberships"]
        assert [name in parse_qs(query) for query in queries] == [False, True]


def test_where_the_changes_are_is_told_by_the_last_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nrps, "PAGE_SIZE", 3)
    with roster_of(app, GENERIC) as world:
        with app.app_context():
            service, url = a_service(world)
            first, last = service.pages(url)
        assert first.differences_url is None
        assert last.differences_url is not None
        world.drops("31")
        with app.app_context():
            (changed,) = service.pages_from(last.differences_url)
        assert [(member.subject, member.is_active) for member in changed.members] == [("31", False)]


@pytest.mark.parametrize("role", ["Instructor", MEMBERSHIP + "Instructor"])
def test_a_role_may_be_asked_for_by_name_or_address(app: Flask, host: HostServer, role: str) -> None:
    host.serve(
        PLACE,
        a_list(
            {"user_id": "1", "roles": [MEMBERSHIP + "Instructor"]},
            {"user_id": "2", "roles": ["Instructor"]},
            {"user_id": "3", "roles": ["Learner"]},
        ),
    )
    assert [member.subject for member in read(app, host, role=role)] == ["1", "2"]


def test_curly_quotes_and_html_in_the_next_link_are_understood(app: Flask, host: HostServer) -> None:
    link = f"<{host.url}{PLACE}?limit=1&amp;from=1>; rel=“next”".encode().decode("latin-1")

    def pages(asked: object) -> Said:
        second = "from=1" in str(getattr(asked, "path", ""))
        return a_list({"user_id": "2"}) if second else a_list({"user_id": "1"}, Link=link)

    host.serve(PLACE, pages)
    assert [member.subject for member in read(app, host)] == ["1", "2"]


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ({"user_id": 17}, "17"),
        ({"user_id": " x "}, " x "),
        ({"user_id": ""}, None),
        ({"user_id": "a" * 256}, None),
        ({"user_id": "a\nb"}, None),
        ({"user_id": True}, None),
        ({"user_id": None}, None),
        ({"name": "Nobody"}, None),
        ("nonsense", None),
    ],
)
def test_who_could_never_launch_is_nobody(
    app: Flask, host: HostServer, said: object, subject: str | None
) -> None:
    host.serve(PLACE, Said.of({"members": [said]}))
    assert [member.subject for member in read(app, host)] == ([] if subject is None else [subject])


def test_status_roles_and_names_are_read_as_hosts_write_them(app: Flask, host: HostServer) -> None:
    host.serve(
        PLACE,
        a_list(
            {"user_id": "1", "status": "Inactive", "roles": ["Learner"]},
            {"user_id": "2", "status": "ACTIVE", "roles": "Learner", "name": "ก", "email": "no address"},
            {"user_id": "3", "roles": [TEST_USER, "Learner"], "given_name": 5},
            {"user_id": "4", "roles": []},
        ),
    )
    one, two, three, four = read(app, host)
    assert not one.is_active
    assert two.is_active
    assert two.roles == {Role.LEARNER}
    assert (two.names.name, two.names.email) == ("ก", "")
    assert three.is_test
    assert four.roles == {Role.GUEST}


@pytest.mark.parametrize(
    "document", [[], {"members": None}, {"members": {"user_id": "1"}}, "text", {}], ids=str
)
def test_what_is_no_list_of_members_is_refused(app: Flask, host: HostServer, document: object) -> None:
    host.serve(PLACE, Said.of(document))
    with pytest.raises(Unreachable):
        read(app, host)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"members": [', b"[" * 100_000])
def test_what_is_no_json_is_refused(app: Flask, host: HostServer, body: bytes) -> None:
    host.serve(PLACE, Said(200, body))
    with pytest.raises(Unreachable):
        read(app, host)


def test_a_list_that_goes_on_elsewhere_is_left_and_the_token_stays_here(app: Flask, host: HostServer) -> None:
    with running_host() as stranger:
        host.serve(PLACE, a_list({"user_id": "1"}, Link=f'<{stranger.url}/x>; rel="next"'))
        with pytest.raises(Unreachable):
            read(app, host)
        assert stranger.asked == []


def test_a_list_that_goes_in_circles_is_left(app: Flask, host: HostServer) -> None:
    host.serve(PLACE, a_list({"user_id": "1"}, Link=f'<{host.url}{PLACE}?again>; rel="next"'))
    with pytest.raises(Unreachable):
        read(app, host)
    assert len(host.requests(PLACE)) == 2


def test_a_list_without_end_is_left(app: Flask, host: HostServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nrps, "MOST_PAGES", 7)

    def endless(_asked: object) -> Said:
        return a_list(Link=f'<{host.url}{PLACE}?from={len(host.asked)}>; rel="next"')

    host.serve(PLACE, endless)
    with pytest.raises(Unreachable):
        read(app, host)
    assert len(host.requests(PLACE)) == 7


def test_a_token_that_is_turned_down_is_replaced_once(app: Flask) -> None:
    with roster_of(app, CANVAS) as world:
        world.lms.faults.plan("memberships", Fault(401))
        with app.app_context():
            service, url = a_service(world)
            assert len([page.members for page in service.pages(url)]) == 1
        assert world.wire.count("token") == 2
        world.lms.faults.plan("memberships", Fault(401), times=2)
        with app.app_context(), pytest.raises(HostRefused) as refusal:
            list(service.pages(url))
        assert refusal.value.status == 401


class Crowd(Outbound):
    """A host with a hundred thousand members, at the other end of the wire."""

    def __init__(self) -> None:
        super().__init__(allow_private=True)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = 0,
    ) -> Answer:
        if method == "POST":
            return Answer(200, {}, b'{"access_token": "good", "expires_in": 3600}', url)
        query = parse_qs(urlsplit(url).query)
        size, start = int(query["limit"][0]), int(query.get("from", ["0"])[0])
        members = [
            {
                "user_id": str(number), "roles": [MEMBERSHIP + "Learner"], "status": "Active",
                "name": f"Person {number}", "email": f"person-{number}@example.org",
            }
            for number in range(start, min(start + size, MANY))
        ]  # fmt: skip
        onward = f'<https://h.example.org/m?limit={size}&from={start + size}>; rel="next"'
        told = {"Link": onward} if start + size < MANY else {}
        return Answer(200, told, json.dumps({"members": members}).encode(), url)


def test_a_hundred_thousand_members_need_the_memory_of_a_page(app: Flask) -> None:
    with roster_of(app, MOODLE), app.app_context():
        service = RosterService(db.session.get_one(Platform, 1), way_out=Crowd(), now=clock.now)
        db.session.close()
        tracemalloc.start()
        try:
            count = sum(len(page.members) for page in service.pages("https://h.example.org/m"))
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count == MANY
    assert peak < 4 * MEBIBYTE
