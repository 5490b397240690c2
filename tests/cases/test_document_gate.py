"""A PDF comes in by a form: what is kept and sent of it, and what is said at the field where it is not kept."""

import sys
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pikepdf import Encryption

from cases import clock, document_files
from cases.models import Document, Trigger
from cases.pdfs import rewriting
from tests.cases import test_pdfs as bad
from tests.counts import FULL, counts
from tests.factories import Watched, a_watched_child
from tests.papers import a_pdf, written_here

pytestmark = pytest.mark.django_db
CANARY = bad.CANARY.encode()


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(given_name="Tarekiel", at=clock.now() - timedelta(days=3))


@pytest.fixture
def client(watched: Watched) -> Client:
    client = Client()
    client.force_login(watched.worker)
    return client


def sent(client: Client, watched: Watched, content: bytes, **more):
    file = SimpleUploadedFile("letter.pdf", content, content_type="application/pdf")
    said = {"title": "Birth certificate", "kind": "identity", "received_from": "The embassy", "file": file}
    return client.post(reverse("document_list", args=[watched.child.reference]), said, **more)


def everything(pdf) -> None:
    for change in (
        bad.opens_with_a_script,
        bad.scripts_by_name,
        bad.additional_actions,
        bad.a_link_that_runs("/Launch"),
        bad.a_link_that_runs("/SubmitForm"),
        bad.a_file_pinned_to_a_page,
        bad.rich_media,
        bad.where_a_picture_was_taken,
        bad.who_made_it,
        bad.a_template_of_adobe,
    ):
        change(pdf)


@pytest.mark.by_turns
def test_what_is_served_and_what_lies_on_the_disk_hold_nothing_that_runs_or_hides(
    watched: Watched, client: Client
) -> None:
    source = a_pdf("Dear Bao", change=everything)
    assert CANARY in bad.in_clear(source)
    answer = sent(client, watched, source, follow=True)
    shown = answer.content.decode()
    assert "The document is kept with the record." in shown
    assert "Files that were attached inside it are left out" in shown
    assert "Sound, film or models in it are left out" in shown
    assert "signature is left out" not in shown
    row = Document.objects.get()
    served = client.get(reverse("document", args=[watched.child.reference, row.token])).content
    assert served == document_files.read(row.token)
    assert len(served) == row.size
    clear = bad.in_clear(served)
    assert b"Dear Bao" in clear
    for hidden in (
        CANARY,
        b"/JavaScript",
        b"/Launch",
        b"/OpenAction",
        b"/AA",
        b"/XFA",
        b"/EmbeddedFile",
        b"/Producer",
    ):
        assert hidden not in clear, hidden


@pytest.mark.by_turns
def test_the_same_file_again_is_the_document_that_is_held(watched: Watched, client: Client) -> None:
    source = a_pdf(change=bad.who_made_it)
    for _ in range(2):
        assert sent(client, watched, source).status_code == 302
    # Downloaded and sent back it is still the same.
    row = Document.objects.get()
    assert sent(client, watched, document_files.read(row.token)).status_code == 302
    assert Document.objects.count() == 1


def a_hang() -> tuple[str, ...]:
    return (sys.executable, "-c", "import time; time.sleep(600)")


def a_crash() -> tuple[str, ...]:
    return (sys.executable, "-c", "import os; os.abort()")


LIMITS = rewriting.Limits(wait=20, unpacked=16 * bad.MB, pages=3)


REFUSED = [
    (lambda: b"MZ this is a program", "must be a PDF, JPG or PNG", None),
    (lambda: a_pdf()[:-300], "damaged or not whole", None),
    (lambda: b"%PDF-1.7\n%%EOF\n", "damaged or not whole", None),
    (lambda: a_pdf(encryption=Encryption(owner="a", user="b")), "is locked (encrypted)", None),
    (lambda: a_pdf(encryption=Encryption(owner="a", user="")), "is locked (encrypted)", None),
    (lambda: a_pdf(change=bad.a_bomb), "unpacks into too much", None),
    (lambda: a_pdf(pages=4), "more than 500 pages", None),
    (lambda: a_pdf(change=bad.a_folder), "a cover around other files", None),
    (lambda: a_pdf(change=bad.a_form_that_only_adobe_shows), "only Adobe’s program shows", None),
    (a_pdf, "takes too long", a_hang),
    (a_pdf, "cannot be looked through", a_crash),
]
# Of those with the same words one in each run, and of those that a process refuses by itself the damaged one: what each
# refuses by a process is seen in test_pdfs.
TWICE = REFUSED[2], REFUSED[4]


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("source", "words", "command"), counts([one for one in REFUSED if one not in TWICE], REFUSED)
)
def test_what_is_not_kept_is_said_at_the_field_in_words_with_all_that_was_typed(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch, source, words: str, command
) -> None:
    monkeypatch.setattr(rewriting, "LIMITS", LIMITS)
    if command is not None:
        monkeypatch.setattr(rewriting, "COMMAND", command())
        monkeypatch.setattr(rewriting, "LIMITS", rewriting.Limits(wait=0.5))
    elif words != "damaged or not whole" and not FULL:
        monkeypatch.setattr(rewriting, "rewritten", written_here)
    answer = sent(client, watched, source())
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert words in shown
    assert 'href="#id_file"' in shown
    assert "Choose the file again" in shown
    assert 'value="Birth certificate"' in shown
    assert 'value="The embassy"' in shown
    assert not Document.objects.exists()


@pytest.mark.by_turns(8)
def test_a_machine_that_can_start_no_process_says_so_at_the_field(
    watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "COMMAND", ("/nonexistent",))
    answer = sent(client, watched, a_pdf())
    assert answer.status_code == 422
    assert "Send it again in a minute" in answer.content.decode()


@pytest.mark.by_turns
def test_a_photo_of_a_stranger_passes_the_same_gate(watched: Watched, client: Client) -> None:
    page = reverse("trigger_new", args=[watched.child.reference])
    said = {
        "kind": "approach",
        "note": "A man in a grey car asked for her by name.",
        "happens_at_when": "now",
        "once": "6e0d0a2e-7df8-4d0e-9a62-0f3a3c6b8a11",
    }
    locked = a_pdf(encryption=Encryption(owner="a", user="b"))
    answer = client.post(page, {**said, "photo": SimpleUploadedFile("a.pdf", locked)})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "is locked (encrypted)" in shown
    assert "A man in a grey car" in shown
    assert not Trigger.objects.exists()
    source = SimpleUploadedFile("a.pdf", a_pdf(change=bad.an_attachment))
    shown = client.post(page, {**said, "photo": source}, follow=True).content.decode()
    assert "Files that were attached inside it are left out" in shown
    (row,) = Document.objects.all()
    assert CANARY not in bad.in_clear(document_files.read(row.token))
