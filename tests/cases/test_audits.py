"""The auditor reads who was shown which page of whom and when in their authority: no value, no name, no page of a child."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import concerns, log, people, responsibilities, restrictions
from cases.deadlines import london_day
from cases.models import AccessRecord, Child, Role, User
from tests.cases.test_reads_pages import lines, page_of, read
from tests.counts import a_third
from tests.factories import Watched, a_person, a_watched_child, an_authority

pytestmark = [pytest.mark.django_db, pytest.mark.this_hour]
MINUTE = timedelta(minutes=1)
NAME = "Tarekiel"


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(hours=30), given_name=NAME)


@pytest.fixture
def auditor(watched: Watched, now: datetime) -> User:
    return a_person(Role.AUDITOR, authority=watched.authority)


@pytest.mark.by_turns
def test_an_auditor_reads_who_when_and_which_page_and_no_name_of_a_child(client, watched, auditor, now):
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    read(watched.worker, watched, at=now - 3 * MINUTE)
    read(watched.guardian, watched, at=now - 2 * MINUTE, allowed=False, page="child_placements")
    # Somebody of theirs tries a child of another authority: that they tried is theirs to see, the child is not.
    read(watched.worker, elsewhere, at=now - MINUTE, allowed=False)
    read(elsewhere.worker, elsewhere, at=now - MINUTE)
    page = page_of(client, auditor, "/audit/")
    mine, tried, refused, seen = lines(page)[:4]
    assert auditor.name in mine
    assert "Who has read what" in mine
    assert f"{watched.worker.name} – The child’s page Refused 192.0.2.7" in tried
    assert f"{watched.guardian.name} {watched.child.reference} Placements Refused" in refused
    assert f"{watched.worker.name} {watched.child.reference} The child’s page" in seen
    assert NAME not in page
    assert elsewhere.child.reference not in page
    assert elsewhere.worker.name not in page
    newest = AccessRecord.objects.latest("pk")
    assert (newest.user, newest.permission, newest.page, newest.child) == (
        auditor,
        "audit_reads",
        "audit",
        None,
    )


@pytest.mark.by_turns
def test_it_is_narrowed_by_person_child_and_day(client, watched, auditor, now):
    other = a_watched_child(at=now - timedelta(days=9), home=watched.home)
    long_ago = now - timedelta(days=5)
    read(watched.worker, other, at=long_ago)
    read(watched.manager, other, at=now - MINUTE)
    assert not any(watched.worker.name in line for line in lines(page_of(client, auditor, "/audit/")))
    (found,) = lines(page_of(client, auditor, f"/audit/?person={watched.worker.email.upper()}"))
    assert other.child.reference in found
    day = london_day(long_ago)
    narrowed = f"/audit/?day_day={day.day}&day_month={day.month}&day_year={day.year}"
    assert lines(page_of(client, auditor, narrowed)) == [found]
    found = lines(page_of(client, auditor, f"/audit/?reference={other.child.reference.lower()}"))
    assert found
    assert all(other.child.reference in line for line in found)
    # Asked for by reference, the auditor stands on the child's own record too.
    assert AccessRecord.objects.filter(child=other.child, user=auditor, page="audit").exists()


@pytest.mark.by_turns
def test_a_reference_of_another_authority_answers_as_one_of_nobody(client, watched, auditor, now):
    elsewhere = a_watched_child(at=now - timedelta(hours=30))
    read(watched.worker, elsewhere, at=now - MINUTE)
    client.force_login(auditor)
    theirs, nobodys, none = (
        client.get("/audit/", {"reference": reference})
        for reference in (elsewhere.child.reference, "MC26-004178", "MC26-004179")
    )
    assert theirs.status_code == nobodys.status_code == 200
    assert lines(theirs.content.decode()) == lines(nobodys.content.decode()) == []
    assert not AccessRecord.objects.filter(child=elsewhere.child, user=auditor).exists()
    assert none.status_code == 422


@pytest.mark.by_turns
def test_of_a_child_that_moved_on_it_is_what_was_read_before(client, watched, auditor, now):
    read(watched.worker, watched, at=now - 9 * MINUTE)
    responsibilities.start(
        watched.child,
        authority=an_authority(),
        arrived_at=now - 5 * MINUTE,
        by=watched.manager,
        at=now - 5 * MINUTE,
    )
    stranger = a_person(Role.SOCIAL_WORKER)
    read(stranger, watched, at=now - MINUTE)
    page = page_of(client, auditor, f"/audit/?reference={watched.child.reference}")
    assert watched.worker.name in page
    assert stranger.name not in page


@pytest.mark.by_turns(8)
def test_the_marks_say_that_there_is_one_and_neither_whom_nor_why(client, watched, auditor, now):
    concerns.keep_from(
        watched.child, watched.guardian, reason=f"{NAME} is afraid", by=watched.manager, at=now
    )
    page = page_of(client, auditor, "/audit/marks/")
    assert watched.child.reference in page
    assert watched.manager.name in page
    assert watched.guardian.name not in page
    assert "afraid" not in page
    # An auditor who is kept from the child is told nothing of it.
    concerns.keep_from(watched.child, auditor, reason="A relative", by=watched.manager, at=now)
    for address in ("/audit/marks/", "/audit/", f"/audit/?reference={watched.child.reference}"):
        assert watched.child.reference not in "".join(lines(page_of(client, auditor, address)))


@pytest.mark.by_turns(8)
def test_older_lines_come_by_a_mark_in_as_many_questions(client, watched, auditor, now):
    for minute in range(120):
        read(watched.worker, watched, at=now - minute * MINUTE / 100)
    client.force_login(auditor)
    client.get("/audit/")
    counts, rows, address = [], [], "/audit/"
    while address:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get(address).content.decode()
        counts.append(len(asked))
        rows += lines(page)
        older = page.partition('<a class="govuk-link" href="?before=')[2].partition('"')[0]
        address = f"/audit/?before={older}" if older else ""
    assert len(rows) >= 120
    assert len(counts) >= 3
    assert max(counts) == min(counts) <= 9
    assert client.get("/audit/?before=x").status_code == 404
    assert client.get("/audit/marks/?before=x").status_code == 404


# Who opens which address is in the table of all of them as well.
@pytest.mark.by_turns
@pytest.mark.parametrize("role", a_third([role for role in Role if role != Role.AUDITOR], "audits"))
def test_nobody_else_audits(client, role):
    client.force_login(a_person(role))
    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/marks/").status_code == 403


@pytest.mark.by_turns
def test_an_auditor_whose_role_has_ended_reads_nothing(client, watched, auditor, now):
    people.leave(auditor.memberships.get(), at=now)
    client.force_login(User.objects.get(pk=auditor.pk))
    assert client.get("/audit/").status_code == 403


@pytest.mark.by_turns
def test_verbs_that_were_joined_are_still_read_in_words(client, watched, auditor, now):
    place = log.Place(path="/x/", page="contact_withdraw")
    log.record_access(
        user=watched.worker,
        child_id=watched.child.pk,
        permission="withdraw_contact",
        allowed=True,
        place=place,
        at=now,
    )
    assert "withdraw_contact" not in page_of(client, auditor, "/audit/")


@pytest.mark.by_turns
def test_of_a_restricted_child_an_auditor_reads_no_reference_and_finds_none(client, watched, auditor, now):
    read(watched.manager, watched, at=now - 3 * MINUTE)
    concerns.keep_from(watched.child, watched.carer, reason="Zq", by=watched.manager, at=now - 2 * MINUTE)
    Child.objects.filter(pk=watched.child.pk).update(given_name="Another")
    pages = ("/audit/", "/audit/changes/", "/audit/marks/")
    reference = watched.child.reference
    assert [reference in page_of(client, auditor, page) for page in pages] == [True] * 3
    restrictions.restrict(watched.child, reason="Zq", named=[], by=watched.manager, at=now - MINUTE)
    assert not [page for page in pages if reference in page_of(client, auditor, page)]
    assert any(
        f"{watched.manager.name} – The child’s page" in line
        for line in lines(page_of(client, auditor, "/audit/"))
    )
    asked, none = (page_of(client, auditor, f"/audit/?reference={one}") for one in (reference, "MC26-004178"))
    assert lines(asked) == lines(none) == []
    assert not AccessRecord.objects.filter(child=watched.child, user=auditor).exists()
