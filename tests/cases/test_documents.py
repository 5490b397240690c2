"""Documents held with a record: what is accepted, where the file lies, who reads it, and that nobody deletes one."""

import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pikepdf import Encryption
from PIL import Image

from alerts import integrity
from cases import access, clock, concerns, document_files, documents, encryption, reads, sealed_files
from cases.access import Permission
from cases.documents import Given
from cases.models import AccessRecord, Document, Event, Role, User
from cases.scans import JPEG, PDF, NotADocument, Scan, accept
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_person, a_watched_child, case_closed
from tests.papers import a_kept_pdf, a_pdf

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = AT + 3 * HOUR
A_PDF = a_kept_pdf()
KEYS = [b"k" * 32, b"o" * 32]


def a_picture(kind: str = "JPEG", side: int = 200, **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side + 40), "navy").save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel")


def given(content: bytes = A_PDF, **more) -> Given:
    """A PDF as it is kept already: one that comes is read in test_pdfs."""
    said = {"kind": "identity", "title": "Birth certificate", "received_from": "The embassy", **more}
    return Given(scan=Scan(content, PDF), **said)


def kept(watched: Watched, content: bytes = A_PDF, **more) -> Document:
    return documents.keep(watched.child, given(content, **more), by=watched.worker, at=NOW)


def on_disk(token: str) -> Path:
    return Path(settings.PHOTO_ROOT) / "documents" / token[:2] / f"{token}.sealed"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<html>" + A_PDF,
        A_PDF[:-30],
        b"GIF89a" + bytes(200),
        b"PK\x03\x04" + bytes(200),
        b"MZ" + bytes(200),
        a_picture()[:200],
        a_pdf(encryption=Encryption(owner="other", user="")),
        a_picture("BMP"),
        A_PDF[:-6] + bytes(10 * 1024 * 1024) + b"%%EOF",
    ],
)
def test_what_is_no_whole_pdf_or_picture_of_a_size_that_can_be_kept_is_refused(content: bytes) -> None:
    with pytest.raises(NotADocument):
        accept(content)


@pytest.mark.by_turns
def test_what_is_kept_is_written_anew_and_a_picture_without_where_it_was_taken() -> None:
    assert accept(a_pdf()) == Scan(A_PDF, PDF)
    assert accept(A_PDF) == Scan(A_PDF, PDF)
    exif = Image.Exif()
    exif[0x010E] = "Hidden words"
    for source in (a_picture("JPEG", exif=exif.tobytes(), comment=b"Hidden words"), a_picture("PNG")):
        scan = accept(source)
        assert scan.media_type == JPEG
        assert b"Hidden words" not in scan.content
        with Image.open(io.BytesIO(scan.content)) as opened:
            assert (opened.format, dict(opened.getexif())) == ("JPEG", {})
            assert opened.size == (200, 240)


@pytest.mark.by_turns
def test_a_document_lies_outside_the_web_root_sealed_under_its_own_name(watched: Watched, settings) -> None:
    settings.PHOTO_KEYS = KEYS
    first, other = kept(watched), kept(watched, a_kept_pdf("Other"))
    path = on_disk(first.token)
    assert A_PDF not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert not str(path).startswith((str(settings.STATIC_ROOT), str(settings.BASE_DIR / "static")))
    assert document_files.read(first.token) == A_PDF
    # Put in the place of another it opens to nobody.
    on_disk(other.token).write_bytes(path.read_bytes())
    with pytest.raises(encryption.CannotOpen):
        document_files.read(other.token)


@pytest.mark.by_turns(8)
def test_a_newer_key_seals_documents_anew_and_check_integrity_names_one_that_is_gone(
    watched: Watched, settings, capsys
) -> None:
    settings.PHOTO_KEYS = KEYS[1:]
    row = kept(watched)
    assert not [one for one in integrity.check(NOW) if "document" in " ".join(one.references)]
    settings.PHOTO_KEYS = KEYS
    call_command("rotate_keys")
    assert sealed_files.sealed_under(on_disk(row.token)) == encryption.key_id(KEYS[0])
    assert document_files.read(row.token) == A_PDF
    on_disk(row.token).unlink()
    named = [ref for one in integrity.check(NOW) for ref in one.references if "document" in ref]
    assert named == [f"{watched.child.reference} document {row.pk}"]
    with pytest.raises(SystemExit):
        call_command("rotate_keys")


def test_the_same_again_is_one_document_and_other_words_are_refused_and_not_dropped(watched: Watched) -> None:
    first = kept(watched)
    assert kept(watched) == first
    with pytest.raises(IllegalMove, match="held already as “Birth certificate”"):
        kept(watched, title="Passport")
    assert Document.objects.count() == 1
    assert Event.objects.filter(kind="document_kept").count() == 1
    documents.withdraw(first, reason="Of another child", by=watched.worker, at=NOW + HOUR)
    assert kept(watched, title="Passport") != first


def test_a_document_is_withdrawn_with_a_reason_once_and_its_file_stays(watched: Watched) -> None:
    row = kept(watched)
    with pytest.raises(IllegalMove, match="why the document"):
        documents.withdraw(row, reason=" ", by=watched.worker, at=NOW)
    documents.withdraw(row, reason="Of another child", by=watched.worker, at=NOW)
    assert document_files.read(row.token) == A_PDF
    with pytest.raises(IllegalMove, match="withdrawn already"):
        documents.withdraw(row, reason="Again", by=watched.worker, at=NOW)


def test_words_are_needed_no_day_lies_ahead_and_a_closed_case_takes_nothing(watched: Watched) -> None:
    for wrong, words in (
        ({"title": " "}, "what the document is"),
        ({"received_from": ""}, "whom it is from"),
        ({"dated": date(2026, 3, 3)}, "today or in the past"),
    ):
        with pytest.raises(IllegalMove, match=words):
            kept(watched, **wrong)
    case_closed(watched.child, reason="Moved", at=NOW - HOUR)
    with pytest.raises(IllegalMove, match="closed"):
        kept(watched)
    assert not Document.objects.exists()


def test_a_file_is_taken_back_where_the_row_is_not_written(watched: Watched, monkeypatch) -> None:
    written: list[str] = []
    real = document_files.write

    def write(token: str, content: bytes) -> None:
        written.append(token)
        real(token, content)

    monkeypatch.setattr(document_files, "write", write)
    with pytest.raises(DataError), transaction.atomic():
        kept(watched, title="x" * 151)
    assert not on_disk(written[-1]).exists()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"title": ""}, "document_says_what"),
        ({"media_type": "text/html"}, "document_media_type_known"),
        ({"token": "../x"}, "document_name_form"),
        ({"withdrawn_at": NOW}, "document_withdrawn_with_reason"),
    ],
)
def test_postgresql_refuses_a_row_that_says_too_little(watched: Watched, fields, constraint: str) -> None:
    row = {"token": "a" * 32, "child": watched.child, "kind": "other", "title": "A", "received_from": "B"}
    row |= {"media_type": PDF, "size": 1, "digest": "c" * 64, "kept_at": NOW, "kept_by": watched.worker}
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        Document.objects.create(**{**row, **fields})


# --- pages


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def answers(content: bytes = A_PDF, **more) -> dict:
    file = SimpleUploadedFile("../../evil.html", content, content_type="text/html")
    said = {"title": "Birth certificate", "kind": "identity", "received_from": "The embassy"}
    return {"file": file, **said, **more}


@pytest.fixture
def today() -> Watched:
    return a_watched_child(given_name="Tarekiel", at=clock.now() - timedelta(days=3))


@pytest.mark.by_turns
def test_a_worker_adds_a_document_downloads_it_and_each_read_is_on_record(today: Watched) -> None:
    client, page = signed_in(today.worker), reverse("document_list", args=[today.child.reference])
    assert page in client.get(reverse("child", args=[today.child.reference])).content.decode()
    assert "No document is held" in client.get(page).content.decode()
    assert client.post(page, answers()).status_code == 302
    row = Document.objects.get()
    shown = client.get(page).content.decode()
    assert "Birth certificate" in shown
    assert "evil" not in shown
    file = reverse("document", args=[today.child.reference, row.token])
    assert file in shown
    sent = client.get(file)
    assert sent.content == A_PDF
    assert sent.headers["Content-Type"] == "application/pdf"
    expected = f'attachment; filename="{today.child.reference}-{row.pk}.pdf"'
    assert sent.headers["Content-Disposition"] == expected
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in sent.headers["Cache-Control"]
    reads = AccessRecord.objects.filter(user=today.worker, child=today.child, page="document", allowed=True)
    assert [record.path for record in reads] == [file]


@pytest.mark.by_turns(8)
def test_what_is_wrong_is_said_in_words_with_all_that_was_typed(today: Watched) -> None:
    client, page = signed_in(today.worker), reverse("document_list", args=[today.child.reference])
    for wrong, words in (
        (answers(b"<html>"), "must be a PDF, JPG or PNG"),
        (answers(a_picture(), title=""), "Enter what the document is"),
        ({**answers(), "file": ""}, "Choose a file"),
        (answers(a_picture(), kind="nonsense"), "not on the list any more"),
    ):
        sent = client.post(page, wrong)
        assert sent.status_code == 422
        assert words in sent.content.decode()
        assert "The embassy" in sent.content.decode()
    assert not Document.objects.exists()
    client.post(page, answers(a_picture()))
    again = client.post(page, answers(a_picture(), title="Passport")).content.decode()
    assert "held already as" in again
    assert "Choose the file again" in again


def test_a_stranger_a_guardian_a_carer_and_whoever_is_kept_away_find_no_document(today: Watched) -> None:
    row = documents.keep(today.child, given(), by=today.worker, at=clock.now())
    kept_away = a_person(Role.SOCIAL_WORKER, team=today.team)
    concerns.keep_from(today.child, kept_away, reason="An allegation", by=today.manager, at=clock.now())
    pages = [
        reverse("document_list", args=[today.child.reference]),
        reverse("document", args=[today.child.reference, row.token]),
        reverse("document_withdraw", args=[today.child.reference, row.token]),
    ]
    strangers = (a_person(Role.SOCIAL_WORKER), today.guardian, today.carer, today.officer, kept_away)
    for person in strangers:
        client = signed_in(person)
        assert [client.get(page).status_code for page in pages] == [404, 404, 404], person
        assert client.post(pages[0], answers()).status_code == 404
        assert client.post(pages[2], {"reason": "Mine"}).status_code == 404
    for person in (today.manager, today.desk.person):
        assert signed_in(person).get(pages[1]).status_code == 200
    row.refresh_from_db()
    assert (row.withdrawn_at, Document.objects.count()) == (None, 1)


@pytest.mark.by_turns(8)
def test_a_document_is_found_by_its_own_child_alone_and_no_more_once_it_is_withdrawn(today: Watched) -> None:
    row = documents.keep(today.child, given(), by=today.worker, at=clock.now())
    other = a_watched_child(given_name="Bao", at=clock.now() - timedelta(days=3))
    client = signed_in(other.worker)
    assert client.get(reverse("document", args=[other.child.reference, row.token])).status_code == 404
    own = signed_in(today.worker)
    withdraw = reverse("document_withdraw", args=[today.child.reference, row.token])
    assert own.post(withdraw, {"reason": ""}).status_code == 422
    assert own.post(withdraw, {"reason": "Of another child"}).status_code == 302
    file = reverse("document", args=[today.child.reference, row.token])
    assert [own.get(file).status_code, own.get(withdraw).status_code] == [404, 404]
    assert (
        "Birth certificate"
        not in own.get(reverse("document_list", args=[today.child.reference])).content.decode()
    )
    story = own.get(reverse("child", args=[today.child.reference])).content.decode()
    assert "Document withdrawn" in story


@pytest.mark.by_turns
def test_more_documents_ask_no_more_questions(today: Watched) -> None:
    client, page = signed_in(today.worker), reverse("document_list", args=[today.child.reference])

    def questions() -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        return len(asked)

    documents.keep(today.child, given(), by=today.worker, at=clock.now())
    few = questions()
    for number in range(7):
        documents.keep(today.child, given(a_kept_pdf(str(number))), by=today.worker, at=clock.now())
    assert questions() == few


def test_a_file_that_is_gone_is_said_to_be_nowhere_and_not_an_error(today: Watched) -> None:
    row = documents.keep(today.child, given(), by=today.worker, at=clock.now())
    on_disk(row.token).unlink()
    file = reverse("document", args=[today.child.reference, row.token])
    assert signed_in(today.worker).get(file).status_code == 404
    assert not access.may(today.guardian, today.child, Permission.SEE_RECORD, at=clock.now())


def test_a_file_that_cannot_be_written_is_said_at_the_field_with_all_that_was_typed(
    today: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(token: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    client, page = signed_in(today.worker), reverse("document_list", args=[today.child.reference])
    with monkeypatch.context() as patch:
        patch.setattr(document_files, "write", full)
        sent = client.post(page, answers(a_picture()))
    shown = sent.content.decode()
    assert sent.status_code == 422
    assert '<a href="#id_file">The file could not be kept.' in shown
    assert "Choose the file again" in shown
    assert 'value="Birth certificate"' in shown
    assert 'value="The embassy"' in shown
    assert "No space" not in shown
    assert "document_not_kept" in caplog.text
    assert not Document.objects.exists()
    assert not Event.objects.filter(kind="document_kept").exists()
    assert client.post(page, answers(a_picture())).status_code == 302


@pytest.mark.by_turns(8)
def test_every_document_is_found_page_by_page_and_can_be_withdrawn(
    today: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "PAGE_SIZE", 6)
    moment = clock.now()
    rows = [
        documents.keep(
            today.child,
            given(a_kept_pdf(str(number)), title=f"Letter {number:03}"),
            by=today.worker,
            # Some came in one moment.
            at=moment - timedelta(minutes=number // 3),
        )
        for number in range(2 * reads.PAGE_SIZE + 3)
    ]
    client, page = signed_in(today.worker), reverse("document_list", args=[today.child.reference])
    seen: list[str] = []
    address, pages = page, 0
    while address:
        shown = client.get(address).content.decode()
        found = re.findall(r"documents/([0-9a-f]{32})/withdraw", shown)
        assert len(found) <= reads.PAGE_SIZE
        seen, pages = seen + found, pages + 1
        older = re.search(r'href="(\?before=[^"]+)" rel="next"', shown)
        address = page + older[1] if older else ""
    assert pages == 3
    assert len(seen) == len(set(seen)) == len(rows)
    assert set(seen) == {row.token for row in rows}
    assert client.get(f"{page}?before=nonsense").status_code == 404
    assert client.get(reverse("document", args=[today.child.reference, seen[-1]])).status_code == 200
