"""However a programme file is damaged, the check answers with faults, in the file, and quickly."""

# ruff: noqa: E501 - strategies read best as one line each.

import copy
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sca_lms.programmes import programme_file
from sca_lms.programmes.faults import Path, find
from tests.programmes.samples import CHECKERS, SAMPLE, sample_document

Holder = dict[str, object] | list[object]

DOCUMENT = sample_document()
TEXT = SAMPLE.read_bytes()


def every_path(value: object, path: Path = ()) -> list[Path]:
    """List the path of every value below this one."""
    if isinstance(value, dict):
        return [
            each
            for key, member in value.items()
            for each in [(*path, key), *every_path(member, (*path, key))]
        ]
    if isinstance(value, list):
        return [
            each for n, member in enumerate(value) for each in [(*path, n), *every_path(member, (*path, n))]
        ]
    return []


PATHS = every_path(DOCUMENT)
odd_values: st.SearchStrategy[object] = st.sampled_from(
    [None, True, -1, 0, 10**14, 0.1, -2.5, "", " ", "x", "2565-01-01", "2022-02-30", "2022-09-05T08:30", "2022-09-05T24:00",
     "10:30", "25:00", "2022-13", "PB1", "KNO", "Asia", "../..", "Asia/Bangkok\n", [], {}, [None], [[]], {"th": None},
     [{"code": "PB1"}], {"start": "2022-09-05T12:00", "end": "2022-09-05T08:00"}, "9999-12-31T23:59", "0001-01-01"]
)  # fmt: skip
damages = st.lists(
    st.tuples(st.sampled_from(PATHS), st.sampled_from(["delete", "replace", "repeat"]), odd_values),
    min_size=1,
    max_size=6,
)


def holder_of(document: dict[str, object], path: Path) -> object:
    value: object = document
    for step in path[:-1]:
        value = find(value, step)
    return value


def damage(document: dict[str, object], path: Path, how: str, value: object) -> None:
    holder, last = holder_of(document, path), path[-1]
    if isinstance(holder, dict) and last in holder:
        holder[last] = copy.deepcopy(value)
        if how == "delete":
            del holder[last]
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        repeated = copy.deepcopy(holder[last : last + 1]) if how == "repeat" else []
        holder[last : last + 1] = repeated * 2 if how != "replace" else [copy.deepcopy(value)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damages)
def test_a_damaged_document_gives_faults_and_never_an_exception(
    damaged: list[tuple[Path, str, object]],
) -> None:
    document = copy.deepcopy(DOCUMENT)
    for path, how, value in damaged:
        damage(document, path, how, value)
    text = programme_file.dump(document)
    started = time.process_time()
    checked = programme_file.check(text.encode(), checkers=CHECKERS)
    assert time.process_time() - started < 3
    lines = text.count("\n") + 1
    assert all(1 <= fault.line <= lines and fault.column >= 1 and fault.reason for fault in checked.faults)
    assert checked.faults == sorted(checked.faults)
    if not checked.faults:
        assert (
            programme_file.check(programme_file.dump(checked.document).encode()).document == checked.document
        )
        programme_file.shift_dates(checked.document, 700)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, len(TEXT)), st.integers(0, 40), st.binary(max_size=8)),
        min_size=1,
        max_size=4,
    )
)
def test_bytes_cut_out_or_put_in_anywhere_never_raise(cuts: list[tuple[int, int, bytes]]) -> None:
    text = TEXT
    for start, length, put_in in cuts:
        text = text[:start] + put_in + text[start + length :]
    checked = programme_file.check(text, checkers=CHECKERS)
    assert all(fault.line >= 1 and fault.field and fault.reason for fault in checked.faults)
