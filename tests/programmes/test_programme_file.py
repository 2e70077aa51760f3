"""The shipped programme is sound, says what it always said, and survives storing, export and moving."""

import hashlib
import json

import yaml

from sca_lms.programmes import programme_file
from sca_lms.programmes.faults import Document, Fault, Locate, find, rows
from tests.programmes.samples import CHECKERS, SAMPLE, sample_document, sample_text

# The programme as its authors agreed on it: units may gain texts and links, nothing else may change.
AGREED = "5a841e8c2f77054e5349e2129325e70e403e5d30ca114ab317d252220c6d5119"
ADDED_TO_UNITS = {"body", "transcript", "url", "required", "join_url", "room"}
GOLDEN_MINUTES = {
    "full": 10080,
    "late_mornings": 9830,
    "left_early_fridays": 9900,
    "missed_field_day_makeup_approved": 9840,
    "two_devices_overlap": 10080,
    "missing_checkouts": 9600,
    "half_days": 4560,
    "absent_week_2": 7680,
    "withdrawn_day_9": 3840,
}


def test_the_shipped_programme_has_no_faults() -> None:
    assert programme_file.check(SAMPLE.read_bytes(), checkers=CHECKERS).faults == []


def test_the_shipped_programme_still_says_what_was_agreed() -> None:
    document = sample_document()
    for _, module in rows(document, "pre_bootcamp", "modules"):
        for _, unit in rows(module, "units"):
            assert isinstance(unit, dict)
            for field in ADDED_TO_UNITS & unit.keys():
                del unit[field]
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False).encode()
    assert hashlib.sha256(canonical).hexdigest() == AGREED


def test_the_golden_minutes_stand() -> None:
    profiles = find(sample_document(), "sample_cohort", "attendance_profiles")
    assert isinstance(profiles, dict)
    assert {name: profile["expected_minutes"] for name, profile in profiles.items()} == GOLDEN_MINUTES


def test_every_reading_has_a_text_and_every_video_a_transcript_in_both_languages() -> None:
    wanted = {"reading": "body", "task": "body", "discussion": "body", "video": "transcript"}
    for _, module in rows(sample_document(), "pre_bootcamp", "modules"):
        for _, unit in rows(module, "units"):
            if (field := wanted.get(str(unit["type"]))) is not None:
                assert find(unit, field, "th"), unit["code"]
                assert find(unit, field, "en"), unit["code"]


def test_the_counts_of_the_shipped_programme() -> None:
    assert programme_file.count(sample_document()) == programme_file.Counts(8, 32, 24, 61, 10080)


def test_the_document_can_be_stored_as_json_and_comes_back_equal() -> None:
    document = sample_document()
    assert json.loads(json.dumps(document)) == document


def test_import_after_export_gives_the_same_document_in_the_same_order() -> None:
    document = sample_document()
    exported = programme_file.dump(document)
    again = programme_file.check(exported.encode(), checkers=CHECKERS)
    assert again.faults == []
    assert json.dumps(again.document) == json.dumps(document)
    assert programme_file.dump(again.document) == exported


def test_other_yaml_readers_find_in_the_export_what_they_found_in_the_file() -> None:
    assert yaml.safe_load(programme_file.dump(sample_document())) == yaml.safe_load(sample_text())


def test_local_times_keep_their_seconds_and_get_a_t() -> None:
    text = sample_text().replace("due: 2022-09-04T23:59", "due: 2022-09-04 23:59:30", 1)
    document = programme_file.check(text.encode()).document
    assert find(document, "pre_bootcamp", "modules", 0, "due") == "2022-09-04T23:59:30"
    assert find(document, "pre_bootcamp", "modules", 1, "due") == "2022-09-04T23:59"


def test_a_programme_moved_by_whole_weeks_is_sound_and_keeps_its_weekdays() -> None:
    document = sample_document()
    moved = programme_file.shift_dates(document, 7 * 211)
    again = programme_file.check(programme_file.dump(moved).encode(), checkers=CHECKERS)
    assert again.faults == []
    assert find(moved, "meta", "anchor_date") == "2026-09-09"
    assert find(moved, "bootcamp", "days", 0, "sessions", 0, "start") == "2026-09-21T08:30"
    assert find(moved, "bootcamp", "days", 0, "sessions", 0, "breaks", 0, "start") == "10:30"
    assert find(moved, "hours_policy", "examples", 0, "presences", 0, 0) == "2026-09-21T08:30"
    assert find(moved, "hours_policy", "examples", 8, "presences", 0, 1) is None
    assert find(moved, "mentoring", "plan", 0, "month") == "2026-10"
    assert find(moved, "pitching", "rounds", 2, "dates", 0) == "2027-06-30"
    assert find(document, "meta", "anchor_date") == "2022-08-24"


def test_moving_there_and_back_restores_every_day_and_time() -> None:
    document = sample_document()
    back = programme_file.shift_dates(programme_file.shift_dates(document, 1000), -1000)
    for each in (document, back):
        mentoring = each["mentoring"]
        assert isinstance(mentoring, dict)
        del mentoring["plan"]  # A month has no day, so it may come back as its neighbour.
    assert back == document


def test_a_package_can_add_checks_that_point_into_the_file() -> None:
    text = sample_text()
    line = text[: text.index("code: CERT-SCA2")].count("\n") + 1

    def no_second_certificate(document: Document, locate: Locate) -> list[Fault]:
        assert find(document, "credentials", 1, "code") == "CERT-SCA2"
        return [locate("credentials", 1, "code").fault("is one too many")]

    faults = programme_file.check(text.encode(), checkers=(no_second_certificate,)).faults
    assert [(fault.line, fault.field, fault.reason) for fault in faults] == [
        (line, "credentials[1].code", "is one too many")
    ]
