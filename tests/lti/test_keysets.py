"""Key sets are at hand, asked for seldom, and a host that hangs delays nobody else."""

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from sca_lms.database import db, transaction
from sca_lms.lti.keysets import FLOOR, LARGEST_KEY_SET, Found, KeySets, Source
from sca_lms.lti.models import Platform, PlatformKeySet
from sca_lms.lti.outbound import Answer
from tests.lti.platform_double import Host, Network, rsa_key

AT = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def source(host: Host) -> Source:
    return Source(host.platform_id, host.jwks_url)


@pytest.fixture
def find(app: Flask, network: Network, source: Source) -> Callable[..., Found]:
    key_sets = KeySets(network)

    def find(kid: str = "key-1", *, after: dt.timedelta = dt.timedelta(), fresh: bool = False) -> Found:
        with app.app_context():
            return (KeySets(network) if fresh else key_sets).find(source, kid, at=AT + after)

    return find


def test_a_key_set_is_fetched_once_and_then_at_hand(find: Callable[..., Found], network: Network) -> None:
    for _ in range(3):
        assert find().keys
    assert len(network.asked) == 1


def test_another_process_takes_it_from_the_database(find: Callable[..., Found], network: Network) -> None:
    assert find().keys
    assert find(fresh=True).keys
    assert len(network.asked) == 1


@pytest.mark.parametrize(
    ("cache_control", "fresh_for"),
    [
        ("", HOUR),
        ("max-age=60", 5 * MINUTE),
        ("no-store", 5 * MINUTE),
        ("no-cache, max-age=86400", 5 * MINUTE),
        ("public, max-age=7200", 2 * HOUR),
        ('max-age="7200"', 2 * HOUR),
        ("s-maxage=1, max-age=99999999", 24 * HOUR),
        ("nonsense", HOUR),
    ],
)
def test_a_key_set_is_asked_for_again_when_its_time_is_over(
    host: Host, network: Network, find: Callable[..., Found], cache_control: str, fresh_for: dt.timedelta
) -> None:
    host.publish("key-1", cache_control=cache_control)
    find()
    find(after=fresh_for - dt.timedelta(seconds=1))
    assert len(network.asked) == 1
    find(after=fresh_for)
    assert len(network.asked) == 2


def test_a_new_key_is_found_by_asking_once_more(
    host: Host, network: Network, find: Callable[..., Found]
) -> None:
    find()
    host.publish("key-1", "key-2")
    assert find("key-2", after=dt.timedelta(seconds=1)).keys
    assert len(network.asked) == 2


def test_invented_keys_make_us_ask_at_most_every_thirty_seconds(
    network: Network, find: Callable[..., Found]
) -> None:
    find()
    for number in range(20):
        assert not find(f"invented-{number}", after=dt.timedelta(seconds=number)).keys
    assert len(network.asked) == 2
    assert not find("invented", after=dt.timedelta(seconds=10), fresh=True).keys
    assert len(network.asked) == 2
    find("invented", after=FLOOR)
    assert len(network.asked) == 3


def test_the_old_key_set_serves_while_the_host_cannot_be_reached(
    host: Host, network: Network, find: Callable[..., Found]
) -> None:
    find()
    network.places.clear()
    assert find(after=30 * HOUR).keys
    assert find(after=31 * HOUR, fresh=True).keys
    host.publish("key-2")
    assert find("key-2", after=32 * HOUR).keys


def test_an_unreachable_key_set_says_why_and_is_tried_again_soon(
    host: Host, network: Network, find: Callable[..., Found]
) -> None:
    network.places.clear()
    found = find()
    assert not found.keys
    assert str(found.failure) == "nobody is there"
    host.publish("key-1")
    assert find(after=dt.timedelta(seconds=2)).keys


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{}", 200),
        (b'{"keys": 5}', 200),
        (b"[]", 200),
        (b"<html>", 200),
        (b"\xff", 200),
        (b'{"keys": []}', 500),
        (b'{"keys": [], "keys": []}', 200),
        (b"[" * 9_000, 200),
    ],
)
def test_an_answer_that_is_not_a_key_set_is_a_failure(
    host: Host, network: Network, find: Callable[..., Found], content: bytes, status: int
) -> None:
    network.serve(host.jwks_url, content, status=status)
    found = find()
    assert not found.keys
    assert found.failure is not None


def test_the_size_of_a_key_set_is_limited(host: Host, network: Network, find: Callable[..., Found]) -> None:
    limits: list[int] = []

    class Measured(Network):
        def request(self, method: str, url: str, **options: object) -> Answer:
            limits.append(int(str(options["limit"])))
            return network.request(method, url)

    find()
    with host.app.app_context():
        KeySets(Measured()).find(Source(host.platform_id, host.jwks_url + "?other"), "key-1", at=AT)
    assert limits == [LARGEST_KEY_SET]


def test_a_platform_with_a_new_address_forgets_the_old_keys(
    app: Flask, host: Host, network: Network, find: Callable[..., Found], source: Source
) -> None:
    find()
    moved = Source(source.platform_id, "https://lms.example.edu/moved.json")
    with app.app_context():
        found = KeySets(network).find(moved, "key-1", at=AT)
        assert not found.keys
        kept = db.session.get_one(PlatformKeySet, source.platform_id)
        assert kept.url == moved.url
        assert kept.document is None


def test_a_platform_that_is_deleted_meanwhile_does_no_harm(app: Flask, network: Network, host: Host) -> None:
    with app.app_context():
        found = KeySets(network).find(Source(host.platform_id + 1, host.jwks_url), "key-1", at=AT)
    assert found.keys


def test_many_who_come_at_once_make_us_ask_once(
    app: Flask, host: Host, network: Network, source: Source
) -> None:
    gate, came = threading.Event(), threading.Semaphore(0)
    document = Answer(200, {}, b"", host.jwks_url)

    def slow() -> Answer:
        gate.wait(10)
        return document

    host.publish("key-1")
    served = network.places[host.jwks_url]
    document = served()
    network.places[host.jwks_url] = slow
    key_sets = KeySets(network)

    def ask(_: int) -> bool:
        came.release()
        with app.app_context():
            found = bool(key_sets.find(source, "key-1", at=AT).keys)
            db.session.remove()
            return found

    with ThreadPoolExecutor(16) as pool:
        asking = [pool.submit(ask, number) for number in range(16)]
        for _ in range(16):
            came.acquire()
        gate.set()
        assert all(found.result() for found in asking)
    assert len(network.asked) == 1


def test_while_a_host_hangs_others_are_served_and_its_own_crowd_does_not_wait(
    app: Flask, host: Host, network: Network, source: Source
) -> None:
    hangs = threading.Event()
    network.places[host.jwks_url] = lambda: (
        Answer(200, {}, b"", "") if hangs.wait(10) else Answer(500, {}, b"", "")
    )
    other = Host(app, network, issuer="https://quick.example.edu").register()
    key_sets = KeySets(network, patience=5, crowd_patience=0.1)
    answered: list[str] = []

    def ask(name: str) -> None:
        with app.app_context():
            key_sets.find(source, "key-1", at=AT)
            db.session.remove()
        answered.append(name)

    patient = [threading.Thread(target=ask, args=("patient",)) for _ in range(2)]
    for thread in patient:
        thread.start()
    while not network.asked:
        threading.Event().wait(0.01)
    for thread in (crowd := [threading.Thread(target=ask, args=("crowd",)) for _ in range(6)]):
        thread.start()
    with app.app_context():
        assert key_sets.find(Source(other.platform_id, other.jwks_url), "key-1", at=AT).keys
    for thread in crowd:
        thread.join(4)
    # Whoever of the eight came first waits on; all the others have been answered.
    assert len(answered) >= 6
    hangs.set()
    for thread in patient:
        thread.join(5)
    assert network.asked.count(host.jwks_url) == 1


def test_nothing_is_held_open_while_a_host_takes_its_time(
    app: Flask, host: Host, network: Network, source: Source
) -> None:
    """A second connection can write while the key set is being fetched."""
    changed: list[int] = []

    def change_something() -> Answer:
        with app.app_context():
            with transaction():
                platform = db.session.get_one(Platform, host.platform_id)
                platform.name = "changed meanwhile"
            changed.append(1)
            db.session.remove()
        keys = {"keys": [rsa_key("key-1").as_dict(private=False)]}
        network.serve("unused", keys)
        return network.places["unused"]()

    network.places[host.jwks_url] = change_something
    with app.app_context():
        assert db.session.get(Platform, host.platform_id) is not None
        assert KeySets(network).find(source, "key-1", at=AT).keys
    assert changed
