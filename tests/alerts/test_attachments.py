"""What is attached to a reply is kept apart, and released by duty as a document that was written anew."""

from email.message import EmailMessage

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from alerts import addresses, incoming, kept_files, letters
from alerts.incoming import Taken
from alerts.models import Reply
from cases import clock, document_files, quarantine, scans
from cases.models import Document, Event, QuarantinedFile
from cases.quarantine import Sent
from cases.states import IllegalMove
from tests import factories
from tests.alerts import outgoing
from tests.alerts.outgoing import FIRST, after, send_all, tick
from tests.papers import a_pdf

pytestmark = pytest.mark.django_db
EXE = b"MZ" * 500


@pytest.fixture
def searched(db, monkeypatch, settings):
    """A child reported missing, and a mail of the force with a PDF, a program and a picture."""
    settings.ALERT_FROM_EMAIL = "alerts@rollcall.example"
    out = outgoing.catch(monkeypatch)
    monkeypatch.setattr(clock, "now", lambda: after(120))
    one = factories.a_watched_child()
    episode = factories.missing(one.child, by=one.worker, at=FIRST)
    tick(after(1))
    send_all(after(2))
    out.mails.clear()
    return one, episode, out


def sent_by_force(one, episode, *, cut: bool = False, sender: str = "", html: str = "") -> Taken:
    mail = EmailMessage()
    sender = sender or one.control_room.address
    mail["From"], mail["Message-ID"] = f"Control <{sender}>", "<77@police.example>"
    mail.set_content(html or "The log is attached.", subtype="html" if html else "plain")
    mail.add_attachment(a_pdf("Log of the night"), maintype="application", subtype="pdf", filename="log.pdf")
    mail.add_attachment(EXE, maintype="application", subtype="pdf", filename="../../log2.pdf")
    mail.add_attachment(factories.a_picture(), maintype="image", subtype="jpeg", filename="cctv.jpg")
    to = addresses.of_episode(episode.reference)
    return incoming.receive(mail.as_bytes(), to=to, envelope_sender=sender, cut=cut, at=after(60))


@pytest.mark.by_turns(8)
def test_it_is_kept_once_named_to_duty_and_released_as_a_document_written_anew(searched, client: Client):
    one, episode, out = searched
    for _again in range(2):
        assert sent_by_force(one, episode) == Taken.REPLY
    log, program, picture = QuarantinedFile.objects.order_by("position")
    assert [row.name for row in (log, program, picture)] == ["log.pdf", "../../log2.pdf", "cctv.jpg"]
    assert document_files.read(program.token) == EXE
    assert EXE not in document_files._path(program.token).read_bytes(), "it lies sealed"
    assert "What you attached is kept apart" in out.mails[0].get_content()
    assert not Document.objects.exists()

    client.force_login(one.desk.person)
    page = client.get(reverse("episode", args=[episode.reference])).content.decode()
    where = [reverse("episode_file", args=[episode.reference, row.pk]) for row in (log, program, picture)]
    assert all(f'href="{one}"' in page for one in where)
    shown = client.get(where[0]).content.decode()
    assert "log.pdf" in shown
    assert "Log of the night" not in shown
    assert client.post(where[0], {}).status_code == 422
    assert client.post(where[0], {"decision": "leave"}).status_code == 422
    assert client.post(where[0], {"decision": "release"}).status_code == 302
    (kept,) = Document.objects.all()
    assert (kept.title, kept.media_type, kept.received_from) == (
        "log.pdf",
        "application/pdf",
        f"{one.force.name}, by mail, {one.control_room.address}",
    )
    assert document_files.read(kept.token) != document_files.read(log.token), "written anew"
    refused = client.post(where[1], {"decision": "release"})
    assert "no whole PDF, JPG or PNG" in refused.content.decode()
    assert client.post(where[1], {"decision": "leave", "reason": "A program"}).status_code == 302
    assert client.post(where[1], {"decision": "release"}).status_code == 422, "decided once"
    story = client.get(reverse("child_timeline", args=[one.child.reference])).content.decode()
    assert "A file that came by mail was released" in story
    assert set(Event.objects.filter(kind__startswith="attachment_").values_list("kind", flat=True)) == {
        "attachment_released",
        "attachment_left",
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        QuarantinedFile.objects.filter(pk=picture.pk).update(name="other.jpg")
    assert not [*kept_files.lost(after(120)), *kept_files.strays(after(120))]


@pytest.mark.by_turns
def test_who_is_not_of_the_desk_decides_nothing_and_strangers_find_nothing(searched, client: Client):
    one, episode, _out = searched
    sent_by_force(one, episode)
    where = reverse("episode_file", args=[episode.reference, QuarantinedFile.objects.first().pk])
    stranger = factories.a_watched_child()
    for person in (one.worker, one.carer, one.guardian, one.officer, stranger.desk.person):
        client.force_login(person)
        assert client.get(where).status_code == 404, person
        assert client.post(where, {"decision": "release"}).status_code == 404, person
    client.force_login(one.worker)
    assert (
        "kept apart: duty decides"
        in client.get(reverse("episode", args=[episode.reference])).content.decode()
    )
    assert not Document.objects.exists()


@pytest.mark.by_turns(8)
def test_of_a_mail_that_was_cut_and_where_the_disk_is_full_the_words_are_kept_and_no_file(
    searched, monkeypatch: pytest.MonkeyPatch
):
    one, episode, out = searched

    def full(*_args):
        raise OSError(28, "No space left on device")

    sent_by_force(one, episode, cut=True)
    assert Reply.objects.get().text == "The log is attached."
    assert not QuarantinedFile.objects.exists()
    assert "Not everything that you attached is kept" in out.mails[0].get_content()
    monkeypatch.setattr("cases.document_files.write", full)
    files = [Sent(0, "a.pdf", "application/pdf", b"%PDF-")]
    said = {"mail_key": "k", "sender": "a@b.example", "at": after(60)}
    assert quarantine.keep(episode, files, **said) == []
    with pytest.raises(IllegalMove, match="Enter why"):
        quarantine.leave(QuarantinedFile(), reason=" ", by=one.worker, at=after(60))


@pytest.mark.by_turns
def test_of_a_mail_that_came_whole_the_files_are_kept_also_where_its_words_were_cut(searched):
    one, episode, _out = searched
    markup = (
        "<p>The log is attached.</p><style>" + "a { color: red }" * (letters.RAW_LIMIT // 10) + "</style>"
    )
    assert sent_by_force(one, episode, html=markup) == Taken.REPLY
    reply = Reply.objects.get()
    assert (reply.text, reply.cut) == ("The log is attached.", True)
    assert QuarantinedFile.objects.count() == 3


@pytest.mark.by_turns
def test_the_child_is_not_locked_while_a_file_is_written_anew_and_what_was_decided_meanwhile_stands(
    searched, monkeypatch: pytest.MonkeyPatch
):
    one, episode, _out = searched
    sent_by_force(one, episode)
    file = QuarantinedFile.objects.get(position=0)
    blocks = len(transaction.get_connection().savepoint_ids)
    accept = scans.accept

    def slow(content):
        assert len(transaction.get_connection().savepoint_ids) == blocks, "no lock is held"
        quarantine.leave(file, reason="Another was quicker", by=one.desk.second, at=after(61))
        return accept(content)

    monkeypatch.setattr(scans, "accept", slow)
    with pytest.raises(IllegalMove, match="decided this already"):
        quarantine.release(file, received_from="x", by=one.desk.person, at=after(62))
    assert not Document.objects.exists()


def test_a_sender_of_any_length_is_said_as_far_as_there_is_room_and_in_the_words_of_the_record(
    searched, client: Client, monkeypatch: pytest.MonkeyPatch
):
    one, episode, _out = searched
    english = translation._trans.gettext

    def welsh(words: str) -> str:
        return f"cy: {english(words)}" if translation.get_language() == "cy" else english(words)

    monkeypatch.setattr(translation._trans, "gettext", welsh)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "cy"
    sent_by_force(one, episode, sender=f"{'z' * 180}@elsewhere.example")
    log = QuarantinedFile.objects.get(position=0)
    client.force_login(one.desk.person)
    where = reverse("episode_file", args=[episode.reference, log.pk])
    assert client.post(where, {"decision": "release"}).status_code == 302
    said = Document.objects.get().received_from
    assert (said[:12], len(said)) == ("by mail, zzz", 150)


@pytest.mark.by_turns
def test_of_one_search_no_more_is_kept_than_fits_however_many_mails_come(
    searched, monkeypatch: pytest.MonkeyPatch
):
    _one, episode, _out = searched
    monkeypatch.setattr(quarantine, "FILES_OF_SEARCH", 3)
    said = {"sender": "a@b.example", "at": after(60)}
    two = [Sent(n, "a.pdf", "application/pdf", b"%PDF-") for n in range(2)]
    assert len(quarantine.keep(episode, two, mail_key="1", **said)) == 2
    assert len(quarantine.keep(episode, two, mail_key="2", **said)) == 1
    assert quarantine.keep(episode, two, mail_key="3", **said) == []
    assert quarantine.fitting(two, size=quarantine.BYTES_OF_SEARCH - 6) == two[:1]


@pytest.mark.by_turns
def test_so_many_files_and_so_much_are_kept_of_one_mail() -> None:
    small = [Sent(n, "a", "b", b"x") for n in range(12)]
    assert len(quarantine.fitting(small)) == quarantine.FILES_AT_MOST
    large = Sent(0, "a", "b", bytes(quarantine.BYTES_EACH - 1))
    assert quarantine.fitting([large] * 3) == [large, large]
    assert not quarantine.fitting([Sent(0, "a", "b", b""), Sent(1, "a", "b", bytes(quarantine.BYTES_EACH))])
