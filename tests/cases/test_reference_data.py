"""The country's own facts are whole, and loading them again changes nothing."""

import csv
import re
import shutil
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from cases import mergers, reference_data
from cases.models import Authority, ConfigurationChange, FirstResponder, Home, PoliceForce
from tests.factories import AT, a_home

pytestmark = pytest.mark.django_db


def _everything() -> list[tuple[object, ...]]:
    tables = (Authority, PoliceForce, FirstResponder)
    return [row for table in tables for row in sorted(table.objects.values_list("pk", "code", "name"))]


def _write(folder: Path, forces: list[str], authorities: list[dict[str, str]]) -> Path:
    (folder / "police_forces.csv").write_text(
        "\n".join(["code,name,nation,area_code", *forces]) + "\n", encoding="utf-8"
    )
    with (reference_data.FOLDER / "authorities.csv").open(encoding="utf-8") as lines:
        columns = csv.DictReader(lines).fieldnames or []
    with (folder / "authorities.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, restval="")
        writer.writeheader()
        writer.writerows(authorities)
    shutil.copy(reference_data.FOLDER / "first_responders.csv", folder)
    return folder


def _authority(code: str, **fields: str) -> dict[str, str]:
    return {
        "code": code,
        "name": f"Name of {code}",
        "nation": "England",
        "kind": "county",
        "force": "test-force",
    } | fields


@pytest.mark.by_turns
def test_there_are_212_authorities_and_46_forces():
    reference_data.load(at=AT)
    assert Authority.objects.exclude(code__startswith="T0").count() == 212
    assert PoliceForce.objects.exclude(code__startswith="force-").count() == 46


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("nation", "count"), [("England", 153), ("Wales", 22), ("Scotland", 32), ("Northern Ireland", 5)]
)
def test_every_nation_has_all_its_authorities(nation, count):
    reference_data.load(at=AT)
    assert Authority.objects.filter(nation=nation).count() == count


@pytest.mark.by_turns
def test_every_force_but_the_railways_has_an_authority():
    reference_data.load(at=AT)
    without = PoliceForce.objects.filter(authorities=None).values_list("code", flat=True)
    assert list(without) == ["btp"]


@pytest.mark.by_turns
def test_every_english_authority_has_its_education_code_once():
    reference_data.load(at=AT)
    codes = list(Authority.objects.filter(nation="England").values_list("dfe_code", flat=True))
    assert all(len(code) == 3 and code.isdigit() for code in codes)
    assert len(set(codes)) == 153


@pytest.mark.by_turns
def test_an_authority_carries_its_former_code_its_start_and_its_force():
    reference_data.load(at=AT)
    sheffield = Authority.objects.get(code="E08000039")
    assert sheffield.former_codes == ["E08000019"]
    assert sheffield.valid_from == date(2005, 6, 8)
    assert sheffield.valid_to is None
    assert sheffield.force.code == "south-yorkshire"
    assert Authority.objects.get(code="W06000001").name_cy == "Ynys Môn"


@pytest.mark.by_turns
def test_loading_again_changes_nothing():
    reference_data.load(at=AT)
    before = _everything()
    assert reference_data.load(at=AT) == reference_data.Loaded(forces=46, authorities=212, responders=20)
    assert _everything() == before
    assert not ConfigurationChange.objects.exists()


@pytest.mark.by_turns
def test_loading_puts_back_what_was_changed_by_hand():
    reference_data.load(at=AT)
    Authority.objects.filter(code="E10000016").update(name="Somewhere else")
    reference_data.load(at=AT)
    assert Authority.objects.get(code="E10000016").name == "Kent"


@pytest.mark.by_turns
def test_what_a_later_file_changes_and_adds_is_on_record(tmp_path):
    forces = ["test-force,Test Police,England,", "other-force,Other Police,England,"]
    reference_data.load(_write(tmp_path, forces, [_authority("T1")]), at=AT)
    rows = [_authority("T1", force="other-force"), _authority("T2")]
    earlier = set(ConfigurationChange.objects.values_list("pk", flat=True))
    reference_data.load(_write(tmp_path, forces, rows), at=AT)

    changed, added = ConfigurationChange.objects.exclude(pk__in=earlier).order_by("-kind")
    first, other = (str(PoliceForce.objects.get(code=code).pk) for code in ("test-force", "other-force"))
    assert (changed.kind, changed.subject_id) == ("reference_changed", Authority.objects.get(code="T1").pk)
    assert changed.data == {"changed": {"force": [first, other]}}
    assert (added.kind, added.subject_id) == ("reference_added", Authority.objects.get(code="T2").pk)
    assert {changed.actor, added.actor} == {None}


@pytest.mark.by_turns(8)
def test_an_authority_under_a_new_code_keeps_its_row_and_its_homes(tmp_path):
    _write(tmp_path, ["test-force,Test Police,England,"], [_authority("T1")])
    reference_data.load(tmp_path, at=AT)
    home = a_home(Authority.objects.get(code="T1"))
    _write(tmp_path, ["test-force,Test Police,England,"], [_authority("T2", former_codes="T1")])
    reference_data.load(tmp_path, at=AT)
    assert not Authority.objects.filter(code="T1").exists()
    assert Home.objects.get(pk=home.pk).authority.code == "T2"


@pytest.mark.by_turns(8)
def test_an_authority_that_ended_names_its_successors_and_stays(tmp_path):
    rows = [_authority("T1", valid_to="2027-04-01", successors="T2 T3"), _authority("T2"), _authority("T3")]
    _write(tmp_path, ["test-force,Test Police,England,"], rows)
    reference_data.load(tmp_path, at=AT)
    ended = Authority.objects.get(code="T1")
    assert sorted(ended.successors.values_list("code", flat=True)) == ["T2", "T3"]
    assert ended in Authority.objects.on(date(2027, 3, 31))
    assert ended not in Authority.objects.on(date(2027, 4, 1))


@pytest.mark.by_turns
def test_what_was_merged_here_stays_ended_and_answered_for_by_its_successor(tmp_path):
    listed = [_authority("T1", valid_to="2020-04-01", successors="T2"), _authority("T2"), _authority("T3")]
    _write(tmp_path, ["test-force,Test Police,England,"], listed)
    reference_data.load(tmp_path, at=AT)
    second, third = (Authority.objects.get(code=code) for code in ("T2", "T3"))
    mergers.move(second, third, by=None, at=AT)
    first, earlier = Authority.objects.get(code="T1"), ConfigurationChange.objects.count()
    day = AT.date()
    reference_data.load(tmp_path, at=AT + timedelta(days=1))
    second.refresh_from_db()
    assert second.valid_to == day
    assert third in Authority.objects.answering_for(second.pk, day=day)
    assert set(first.successors.all()) == {second, third}, "also of whom the file names"
    assert ConfigurationChange.objects.count() == earlier, "nothing has changed"
    # What the file says of the others counts as before.
    listed[2]["valid_to"] = "2030-04-01"
    reference_data.load(_write(tmp_path, ["test-force,Test Police,England,"], listed), at=AT)
    assert Authority.objects.get(code="T3").valid_to == date(2030, 4, 1)


@pytest.mark.by_turns
def test_a_row_that_the_files_no_longer_name_stays(tmp_path):
    force = ["test-force,Test Police,England,"]
    reference_data.load(_write(tmp_path, force, [_authority("T1")]), at=AT)
    reference_data.load(_write(tmp_path, force, [_authority("T2")]), at=AT)
    assert Authority.objects.filter(code="T1").exists()


@pytest.mark.by_turns
def test_a_file_that_names_an_unknown_force_loads_nothing(tmp_path):
    _write(tmp_path, ["test-force,Test Police,England,"], [_authority("T1", force="nobody")])
    with pytest.raises(KeyError, match="nobody"):
        reference_data.load(tmp_path, at=AT)
    assert not PoliceForce.objects.filter(code="test-force").exists()


# With or without its country, and however its digits are set apart; codes and dates of the files are shorter.
PHONE = re.compile(r"(?<![\w-])(?:\+|\(?0)(?:[\s().-]*\d){8,}(?![\w-])")


def _reached_at(text: str) -> list[str]:
    """The addresses and phone numbers in a text."""
    return re.findall(r"\S*@\S*", text) + PHONE.findall(text)


def test_no_mailbox_and_no_phone_is_in_the_files():
    files = list(reference_data.FOLDER.glob("*.csv"))
    assert files
    for path in files:
        assert _reached_at(path.read_text(encoding="utf-8")) == []


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "written",
    [
        "control-room@force.example",
        "01632 960001",
        "01632960001",
        "(01632) 960 001",
        "07700-900982",
        "+44 1632 960001",
        "+44 (0)1632 960001",
        "0044 1632 960001",
        "020 7946 0000",
    ],
)
def test_a_mailbox_or_a_phone_would_be_found_in_a_file(written: str) -> None:
    line = f"kent,Kent Police,England,E10000016,2005-06-08,{written}"
    assert _reached_at(line + "\n"), "at the end of a line"
    assert _reached_at(f'{line},"Kent, or {written}",\n')
    assert not _reached_at(line.removesuffix(written)), "what stands beside it is none"


@pytest.mark.by_turns(8)
def test_the_command_says_what_it_loaded():
    said = StringIO()
    call_command("load_reference", stdout=said)
    assert said.getvalue().strip() == ("46 police forces, 212 authorities and 20 first responders loaded.")
