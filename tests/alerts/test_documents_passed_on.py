"""Documents on the timeline and in a transfer: linked for who reads the record, counted for who is to have it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import timeline
from cases import checklists, concerns, documents, restrictions, transfers
from cases.access import Permission
from cases.documents import Given
from cases.models import AccessRecord, Child, Document, Transfer, User
from tests.factories import (
    Watched,
    a_watched_child,
    accepted,
    arrived,
    photographed,
    referred,
)
from tests.papers import a_scan

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TITLE, LATER, TAKEN_BACK = "Order of the family court", "Letter of the new school", "Passport of a cousin"


def held(child: Child, title: str, *, kind: str = "court", by: User, at) -> Document:
    given = Given(scan=a_scan(title), kind=kind, title=title, received_from="A solicitor")
    return documents.keep(child, given, by=by, at=at)


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(person: User, name: str, child: Child) -> str:
    answer = as_(person).get(reverse(name, args=[child.reference]))
    assert answer.status_code == 200
    return answer.content.decode()


def file_of(document: Document) -> str:
    return reverse("document", args=[document.child.reference, document.token])


@pytest.fixture
def sender(now) -> Watched:
    return a_watched_child(at=now - 60 * HOUR)


@pytest.fixture
def receiver(now) -> Watched:
    return a_watched_child(at=now - 60 * HOUR)


@pytest.fixture
def order(sender, now) -> Document:
    return held(sender.child, TITLE, by=sender.worker, at=now - 50 * HOUR)


@pytest.fixture
def offered(sender, receiver, order, now) -> Transfer:
    return referred(sender.child, receiver.authority, by=sender.worker, at=now - 48 * HOUR)


@pytest.fixture
def moved(offered, sender, receiver, now) -> Transfer:
    """The child has arrived and all was read; each authority has kept one more document since."""
    gone = held(sender.child, TAKEN_BACK, kind="identity", by=sender.worker, at=now - 47 * HOUR)
    transfer = accepted(offered, receiver.worker, by=receiver.manager, at=now - 30 * HOUR)
    transfer = arrived(transfer, at=now - 20 * HOUR)
    held(sender.child, LATER, kind="education", by=receiver.worker, at=now - 10 * HOUR)
    documents.withdraw(gone, reason="Of another child", by=receiver.worker, at=now - 9 * HOUR)
    return transfer


@pytest.mark.by_turns
def test_the_timeline_leads_to_a_document_and_says_of_a_withdrawn_one_that_it_is(sender, order, now):
    gone = held(sender.child, TAKEN_BACK, by=sender.worker, at=now - 40 * HOUR)
    documents.withdraw(gone, reason="Of another child", by=sender.worker, at=now - 39 * HOUR)
    shown = page(sender.worker, "child", sender.child)
    assert f'href="{file_of(order)}"' in shown
    assert TITLE in shown
    assert file_of(gone) not in shown
    assert TAKEN_BACK not in shown
    assert "Withdrawn: Of another child" in shown
    listed = as_(sender.worker).get(reverse("child", args=[sender.child.reference]), {"kind": "documents"})
    assert f'href="{file_of(order)}"' in listed.content.decode(), "what is chosen as documents holds them"
    assert as_(sender.worker).get(file_of(order)).status_code == 200


def test_whoever_reads_no_record_finds_neither_a_title_nor_a_way_to_the_file(sender, order):
    for permissions in (frozenset(), frozenset({Permission.SEE_STATUS, Permission.RECORD_CONTACT})):
        story = timeline.of(sender.child, permissions=permissions, asked=timeline.Asked(), size=50)
        entries = [row for row in story.rows if row.title == "Document kept"]
        assert [(row.text, row.href, row.link_hidden) for row in entries] in ([], [("", "", "")])
    for person in (sender.guardian, sender.carer, sender.officer):
        for name in ("child", "child_timeline"):
            answer = as_(person).get(reverse(name, args=[sender.child.reference]))
            assert TITLE not in answer.content.decode()
            assert order.token not in answer.content.decode()
        assert as_(person).get(file_of(order)).status_code == 404


@pytest.mark.by_turns
def test_both_sides_read_how_many_documents_of_which_kind_there_are(sender, receiver, offered, now):
    photographed(sender.child, by=sender.worker, at=now - 40 * HOUR)
    held(sender.child, "Vaccinations", kind="health", by=sender.worker, at=now - 40 * HOUR)
    for person in (sender.worker, receiver.manager):
        shown = page(person, "transfer", sender.child)
        assert "3: Photos 1, Court or solicitor 1, Health 1" in shown
        assert TITLE not in shown
        assert "Vaccinations" not in shown
    link = f'href="{reverse("document_list", args=[sender.child.reference])}"'
    assert link in page(sender.worker, "transfer", sender.child)
    assert link not in page(receiver.manager, "transfer", sender.child)


@pytest.mark.by_turns
def test_a_document_that_comes_after_the_reading_is_to_be_read_again(sender, receiver, offered, now):
    def line() -> checklists.Line:
        return next(one for one in checklists.of(offered, at=now) if one.item == "documents")

    accepted(offered, receiver.worker, by=receiver.manager, at=now - 30 * HOUR)
    offered.refresh_from_db()
    transfers.acknowledge(offered, ["documents"], by=receiver.worker, at=now - 29 * HOUR)
    assert (line().count, line().is_read) == (1, True)
    held(sender.child, "Vaccinations", kind="health", by=sender.worker, at=now - 28 * HOUR)
    assert (line().count, line().is_read) == (2, False)


@pytest.mark.by_turns(8)
def test_the_receiver_opens_no_document_before_it_accepts_and_those_of_the_checklist_from_then_on(
    sender, receiver, offered, now
):
    order = Document.objects.get(title=TITLE)
    for person in (receiver.manager, receiver.worker, receiver.desk.person):
        assert as_(person).get(file_of(order)).status_code == 404
    refused = AccessRecord.objects.filter(child=sender.child, allowed=False)
    assert refused.count() == 3
    transfer = accepted(offered, receiver.worker, by=receiver.manager, at=now - 30 * HOUR)
    item = reverse("transfer_item", args=[sender.child.reference, "documents"])
    for person in (receiver.manager, receiver.worker, receiver.desk.person):
        shown = as_(person).get(item).content.decode()
        assert TITLE in shown
        assert f'href="{file_of(order)}"' in shown
        assert as_(person).get(file_of(order)).content.startswith(b"%PDF")
        listed = reverse("document_list", args=[sender.child.reference])
        assert as_(person).get(listed).status_code == 404, "nothing else of the record"
    arrived(transfer, at=now - 20 * HOUR)
    for person in (receiver.manager, receiver.worker, receiver.desk.person):
        assert as_(person).get(file_of(order)).status_code == 200
        assert TITLE in page(person, "document_list", sender.child)
    read = AccessRecord.objects.filter(child=sender.child, user=receiver.worker, allowed=True)
    assert read.filter(page="document").exists()


@pytest.mark.by_turns(8)
def test_the_sender_keeps_what_was_held_at_that_instant_and_nothing_else(sender, receiver, moved):
    order, gone, later = (Document.objects.get(title=title) for title in (TITLE, TAKEN_BACK, LATER))
    for person in (sender.worker, sender.manager, sender.desk.person, sender.head):
        shown = page(person, "handed_over", sender.child)
        assert f'href="{file_of(order)}"' in shown
        assert TITLE in shown
        for other in (gone, later):
            assert other.title not in shown
            assert other.token not in shown
            assert as_(person).get(file_of(other)).status_code == 404
        assert as_(person).get(file_of(order)).content.startswith(b"%PDF")
        for name in ("document_list", "child_timeline"):
            assert as_(person).get(reverse(name, args=[sender.child.reference])).status_code == 404
        # Duty of the area in which the child lives on reads that there is one, and no more of the record.
        of_the_child = as_(person).get(reverse("child", args=[sender.child.reference]))
        assert LATER not in of_the_child.content.decode()
        assert later.token not in of_the_child.content.decode()
        withdraw = reverse("document_withdraw", args=[sender.child.reference, order.token])
        assert as_(person).post(withdraw, {"reason": "Ours"}).status_code == 409
    assert AccessRecord.objects.filter(user=sender.worker, page="document", allowed=True).exists()
    order.refresh_from_db()
    assert order.withdrawn_at is None


@pytest.mark.by_turns
def test_whoever_once_had_a_child_that_comes_back_reads_what_it_is_to_acknowledge(
    sender, receiver, moved, now
):
    later = Document.objects.get(title=LATER)
    photo = photographed(sender.child, by=receiver.worker, at=now - 9 * HOUR)
    picture = reverse("photo", args=[sender.child.reference, photo.token, "portrait"])
    assert as_(sender.worker).get(file_of(later)).status_code == 404
    assert as_(sender.worker).get(picture).status_code == 404
    back = referred(sender.child, sender.authority, by=receiver.worker, at=now - 8 * HOUR)
    accepted(back, sender.worker, by=sender.manager, at=now - 7 * HOUR)
    assert as_(sender.worker).get(file_of(later)).status_code == 200
    assert as_(sender.worker).get(picture).status_code == 200


@pytest.mark.by_turns
def test_a_mark_and_a_restriction_close_the_documents_to_the_sender_too(sender, receiver, moved, now):
    order = Document.objects.get(title=TITLE)
    concerns.keep_from(sender.child, sender.worker, reason="Known", by=receiver.manager, at=now)
    assert as_(sender.worker).get(file_of(order)).status_code == 404
    assert as_(sender.manager).get(file_of(order)).status_code == 200
    restrictions.restrict(sender.child, reason="Threats", named=[], by=receiver.manager, at=now)
    assert as_(sender.manager).get(file_of(order)).status_code == 404
    assert TITLE not in as_(sender.manager).get(reverse("handed_over_list")).content.decode()


@pytest.mark.by_turns
def test_whoever_reads_neither_side_finds_no_document(sender, receiver, moved, now):
    order = Document.objects.get(title=TITLE)
    stranger = a_watched_child(at=now - HOUR)
    for person in (stranger.manager, sender.carer, sender.guardian, sender.officer):
        assert as_(person).get(file_of(order)).status_code == 404


@pytest.mark.by_turns(8)
def test_more_documents_ask_no_more_questions_of_a_transfer(sender, receiver, offered, now):
    client = as_(sender.worker)
    address = reverse("transfer", args=[sender.child.reference])
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address)
    for number in range(2):
        held(sender.child, f"Sheet {number}", kind="health", by=sender.worker, at=now - 40 * HOUR)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
