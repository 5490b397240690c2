"""The signed head: what was cut off together with its seals is found beside it, and a forged one is refused."""

import json
import secrets
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cases import tasks
from cases.audit import heads, seals
from cases.models import AccessRecord, Seal
from tests.cases.sealed_town import Town, found, read
from tests.database import Clone
from tests.factories import AT, a_child


@pytest.fixture
def keys(settings, tmp_path: Path) -> Path:
    """A key of this test's own; the folder that heads go to."""
    settings.AUDIT_HEAD_KEY = secrets.token_urlsafe(32)
    settings.AUDIT_HEAD_FOLDER = tmp_path
    return tmp_path


def export() -> Path:
    out = StringIO()
    call_command("export_audit_head", stdout=out)
    return Path(out.getvalue().strip())


def verify(*words: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *words, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


@pytest.mark.by_turns(8)
def test_the_head_says_where_the_seals_stand_and_is_sealed_up_to_its_moment(committed: Clone, keys: Path):
    town = Town(committed)
    last = read(town.w, 9)
    path = export()
    newest = Seal.objects.order_by("-number").first()
    head = heads.read(path.read_text(), heads.public_key(_key()))
    assert (head.seal, head.digest) == (newest.number, newest.digest)
    assert head.tables["cases_accessrecord"] == {"last": last.pk, "rows": AccessRecord.objects.count()}
    assert "RC-" not in path.read_text(), "a head names no child"
    assert [one.name for one in keys.iterdir()] == [path.name], "nothing half written is left beside it"
    read(town.w, 10)
    seals.seal(at=AT)
    code, said = verify("--head", str(path))
    assert code == 0, said


@pytest.mark.by_turns(8)
def test_rows_cut_off_together_with_their_seals_are_found_beside_the_head_alone(committed: Clone, keys: Path):
    town = Town(committed)
    path = export()
    table, number = "cases_accessrecord", Seal.objects.count()
    one = Seal.objects.filter(table=table).order_by("-number").first()
    cut = f"DELETE FROM {table} WHERE id > {one.after}"
    town.as_owner(cut, f"DELETE FROM cases_seal WHERE number >= {one.number}")
    left = set(Seal.objects.values_list("table", flat=True))
    assert not [finding for finding in found() if finding.table == table or finding.table not in left]
    code, said = verify("--head", str(path))
    assert code == 1
    assert f"cut off: the head's seal {number} is not there" in said
    assert f"{table} row {one.after}: cut off: of {one.total} rows up to {one.last}" in said
    # Sealed anew the numbers are there again, and are other seals.
    seals.seal(at=AT)
    read(town.w, 20)
    seals.seal(at=AT)
    while Seal.objects.count() < number:
        read(town.w, 21)
        seals.seal(at=AT)
    code, said = verify("--head", str(path))
    assert code == 1
    assert f"the head's seal {number} was another one" in said


@pytest.mark.by_turns(8)
def test_a_head_that_was_changed_or_signed_by_somebody_else_is_refused(
    committed: Clone, keys: Path, settings
):
    a_child()
    path = export()
    good = path.read_text()
    file = json.loads(good)
    path.write_text(json.dumps(file | {"head": file["head"].replace('"seal": ', '"seal": 1')}))
    assert verify("--head", str(path))[0] == 1
    path.write_text(good)
    assert verify("--head", str(path))[0] == 0
    own, settings.AUDIT_HEAD_KEY = settings.AUDIT_HEAD_KEY, secrets.token_urlsafe(32)
    code, said = verify("--head", str(path))
    assert code == 1
    assert "was not signed with this key" in said
    assert file["public_key"] != ""
    assert verify("--head", str(path), "--public-key", file["public_key"])[0] == 0
    settings.AUDIT_HEAD_KEY = own


def test_what_is_no_head_is_said_and_is_not_taken_for_a_finding(committed: Clone, keys: Path, settings):
    for text in ("", "{}", '{"head": 1, "signature": "x"}', "[]"):
        path = keys / "head.json"
        path.write_text(text)
        assert verify("--head", str(path))[0] == 2, text
    assert verify("--head", str(keys / "nowhere.json"))[0] == 2
    settings.AUDIT_HEAD_KEY = ""
    assert verify("--head", str(path))[0] == 2
    with pytest.raises(CommandError, match="AUDIT_HEAD_KEY is not set"):
        export()


def test_the_daily_task_writes_a_head_and_nothing_where_there_is_no_key(
    committed: Clone, keys: Path, settings
):
    key, settings.AUDIT_HEAD_KEY = settings.AUDIT_HEAD_KEY, ""
    a_child()
    tasks.export_audit_head()
    assert list(keys.iterdir()) == []
    settings.AUDIT_HEAD_KEY = key
    tasks.export_audit_head()
    (path,) = keys.iterdir()
    assert heads.read(path.read_text(), heads.public_key(key)).seal == Seal.objects.count()


@pytest.mark.by_turns(8)
def test_with_nothing_on_record_there_is_no_head(committed: Clone, keys: Path):
    with pytest.raises(CommandError, match="Nothing is on record yet"):
        export()


def test_a_key_is_read_in_either_alphabet_and_nothing_else_is_one():
    raw = bytes(range(200, 232))
    for text in (
        "yMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5uc=",
        "yMnKy8zNzs_Q0dLT1NXW19jZ2tvc3d7f4OHi4-Tl5uc",
    ):
        assert heads.decoded(text) == raw
    for text in ("", "x", "yMnKy8zNzs", "§" * 43):
        with pytest.raises(heads.Unreadable):
            heads.decoded(text)


def _key() -> str:
    from django.conf import settings

    return settings.AUDIT_HEAD_KEY
