"""Who has seen this child, asked by a manager, and what somebody looked at themselves: every line, few questions, on record."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import break_glass, concerns, log, reads, restrictions
from cases.models import AccessRecord, KeepFrom, Role, User
from tests.counts import a_third
from tests.database import ROOT
from tests.factories import Watched, a_person, a_watched_child

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=2))


def read(
    by: User | None, w: Watched | None, *, at: datetime, allowed: bool = True, page: str = "child"
) -> None:
    place = log.Place(path="/x/", page=page, address="192.0.2.7")
    child_id = w.child.pk if w else None
    log.record_access(
        user=by, child_id=child_id, permission="see_record", allowed=allowed, place=place, at=at
    )


def page_of(client: Client, by: User, address: str) -> str:
    client.force_login(by)
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def lines(page: str) -> list[str]:
    """The rows of the page's table, each as its words."""
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row) for row in body.split("</tr>")[:-1]]
    return [" ".join(row.split()) for row in rows]


def of(watched: Watched) -> str:
    return f"/children/{watched.child.reference}/reads/"


@pytest.mark.by_turns
def test_a_manager_reads_who_saw_the_child_when_on_which_page_and_from_where(client, watched, now):
    read(watched.worker, watched, at=now - 3 * MINUTE)
    read(watched.carer, watched, at=now - 2 * MINUTE, page="roll_call")
    read(watched.guardian, watched, at=now - MINUTE, allowed=False, page="child_placements")
    found = lines(page_of(client, watched.manager, of(watched)))
    mine, refused, carer, worker = found[:4]
    assert watched.manager.name in mine, "reading this page is on record, and stands on it"
    assert "Who has seen this child?" in mine
    assert watched.guardian.name in refused
    assert "Placements Refused 192.0.2.7" in refused
    assert watched.carer.name in carer
    assert "Roll-call" in carer
    assert "Refused" not in carer
    assert watched.worker.name in worker
    assert "The child’s page" in worker
    newest = AccessRecord.objects.latest("pk")
    assert (newest.user, newest.child, newest.page, newest.allowed) == (
        watched.manager,
        watched.child,
        "reads",
        True,
    )


@pytest.mark.by_turns
def test_broken_glass_stands_out(client, watched, now):
    neighbour = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    break_glass.break_glass(watched.child, reason="Her uncle rang", by=neighbour, at=now)
    client.force_login(neighbour)
    assert client.get(f"/children/{watched.child.reference}/break-glass/").status_code == 200
    page = page_of(client, watched.manager, of(watched))
    (line,) = [one for one in lines(page) if neighbour.name in one]
    assert "Phones, behind broken glass Glass broken" in line
    assert "govuk-tag--red" in page


@pytest.mark.by_turns
def test_a_page_of_marks_is_named_to_whom_the_mark_is_known_and_to_all_others_it_is_the_childs_page(
    client, watched, now
):
    address = f"/children/{watched.child.reference}/keep-from/"
    client.force_login(watched.manager)
    press = {"user": watched.carer.pk, "reason": "An allegation", "phone": "01632 960 733"}
    assert client.post(address, press).status_code == 302
    mark = KeepFrom.objects.get()
    assert client.get(f"{address}{mark.pk}/lift/").status_code == 200
    colleague = a_person(Role.TEAM_MANAGER, team=watched.team)
    # The one senior who reads the worry, and the head, who does not.
    named = {watched.manager: True, watched.director: True, watched.head: False, colleague: False}
    for reader, is_named in named.items():
        page = page_of(client, reader, of(watched))
        own = [one for one in lines(page) if watched.manager.name in one]
        assert any("Keep the child from somebody" in one for one in own) is is_named, reader
        assert any("Lift the mark" in one for one in own) is is_named, reader
        assert any("The child’s page" in one for one in own) is not is_named, reader
        assert "eep somebody from the child" not in page
    own_reads = page_of(client, watched.manager, "/account/reads/")
    assert "Keep the child from somebody" in own_reads


@pytest.mark.by_turns(8)
def test_that_a_colleague_opened_a_page_of_marks_is_told_by_no_name_also_to_whom_another_mark_is_known(
    client, watched, now
):
    colleague = a_person(Role.TEAM_MANAGER, team=watched.team)
    concerns.keep_from(watched.child, watched.carer, reason="An allegation", by=colleague, at=now - MINUTE)
    read(watched.head, watched, at=now - MINUTE, page="keep_from")
    read(colleague, watched, at=now - MINUTE, page="keep_from")
    found = lines(page_of(client, colleague, of(watched)))
    (head,) = [one for one in found if watched.head.name in one]
    assert "The child’s page" in head
    assert any("Keep the child from somebody" in one for one in found if colleague.name in one)


@pytest.mark.by_turns
def test_nobody_but_a_manager_of_the_child_may_ask(client, watched):
    stranger = a_watched_child().manager
    others = [watched.worker, watched.carer, watched.guardian, watched.desk.person, watched.officer, stranger]
    for person in others:
        client.force_login(person)
        assert client.get(of(watched)).status_code == 404, person
        assert not AccessRecord.objects.latest("pk").allowed
    for person in a_third(others, "who reads a child's page"):
        client.force_login(person)
        assert b"/reads/" not in client.get(f"/children/{watched.child.reference}/").content


@pytest.mark.by_turns
def test_the_childs_page_leads_a_manager_there(client, watched):
    page = page_of(client, watched.manager, f"/children/{watched.child.reference}/")
    assert of(watched) in page


@pytest.mark.by_turns(8)
def test_one_persons_lines_alone_and_nobody_elses_name_by_a_number(client, watched, now):
    read(watched.worker, watched, at=now - 3 * MINUTE)
    read(watched.carer, watched, at=now - 2 * MINUTE)
    found = lines(page_of(client, watched.manager, f"{of(watched)}?person={watched.worker.pk}"))
    assert len(found) == 1
    assert watched.worker.name in found[0]
    never = a_watched_child().worker
    for given in (str(never.pk), "x", "9" * 30, "-1"):
        assert client.get(f"{of(watched)}?person={given}").status_code == 404, given


@pytest.mark.by_turns(8)
def test_older_lines_come_page_by_page_each_once_also_those_of_one_instant(client, watched, now, monkeypatch):
    monkeypatch.setattr(reads, "PAGE_SIZE", 4)
    for number in range(10):
        read(watched.worker, watched, at=now - MINUTE * (number // 5), page=f"photo {number}")
    keys = list(
        AccessRecord.objects.filter(child=watched.child).order_by("-at", "-pk").values_list("pk", flat=True)
    )
    seen, mark = [], ""
    while True:
        found = reads.of_child(watched.child, before=mark)
        seen += [one.record.pk for one in found.rows]
        # What comes meanwhile is newer, and moves no line of the pages to come.
        read(watched.carer, watched, at=now + MINUTE)
        mark = found.older
        if not mark:
            break
    assert seen == keys
    assert 'rel="next"' in page_of(client, watched.manager, of(watched))
    for given in ("x", "1", "1-", "-1", "1-1-1", "٣-١"):
        assert client.get(of(watched), {"before": given}).status_code == 404, given


@pytest.mark.by_turns
def test_the_questions_are_as_many_however_many_lines_there_are(client, watched, now):
    client.force_login(watched.manager)

    def asked(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    asked(of(watched))
    for address in (of(watched), "/account/reads/"):
        few = asked(address)
        for number in range(2):
            read(a_person(Role.DUTY_DESK), watched, at=now - number * MINUTE)
            read(watched.manager, a_watched_child(), at=now - number * MINUTE)
        assert asked(address) == few


@pytest.mark.by_turns
def test_everybody_reads_what_they_looked_at_themselves_and_nothing_of_others(client, watched, now):
    other = a_watched_child()
    read(watched.carer, watched, at=now - 2 * MINUTE)
    read(other.worker, other, at=now - MINUTE)
    found = lines(page_of(client, watched.carer, "/account/reads/"))
    assert "What have you looked at?" in found[0]
    assert watched.child.reference in found[1]
    assert len(found) == 2
    newest = AccessRecord.objects.latest("pk")
    assert (newest.user, newest.child, newest.page, newest.permission) == (
        watched.carer,
        None,
        "own_reads",
        "see_own_reads",
    )
    assert "/account/reads/" in page_of(client, watched.carer, "/account/")


def test_of_a_child_who_is_shut_from_its_reader_it_says_when_a_record_was_read_and_not_which(
    client, watched, now
):
    other = a_watched_child(at=now - timedelta(days=2))
    for one in (watched, other):
        read(watched.worker, one, at=now - 2 * MINUTE)

    def own() -> list[str]:
        return lines(page_of(client, watched.worker, "/account/reads/"))

    assert [watched.child.reference in one for one in own()].count(True) == 1
    concerns.keep_from(watched.child, watched.worker, reason="An allegation", by=watched.manager, at=now)
    found = own()
    assert watched.child.reference not in " ".join(found)
    assert sum("– The child’s page 192.0.2.7" in one for one in found) == 1
    restrictions.restrict(other.child, reason="A threat", named=[], by=other.head, at=now)
    found = own()
    assert other.child.reference not in " ".join(found)
    assert sum("– The child’s page 192.0.2.7" in one for one in found) == 2


@pytest.mark.by_turns
def test_a_refusal_does_not_say_whether_there_is_such_a_child(client, watched, now):
    stranger = a_watched_child().worker
    client.force_login(stranger)
    absent = "MC26-999991"
    for reference in (watched.child.reference, absent):
        client.get(f"/children/{reference}/")
    found = [one for one in lines(page_of(client, stranger, "/account/reads/")) if "Refused" in one]
    assert watched.child.reference not in " ".join(found)
    assert len({one.partition("–")[2] for one in found}) == 1


def test_whoever_is_not_signed_in_is_asked_to(client, watched):
    for address in (of(watched), "/account/reads/"):
        assert client.get(address).status_code == 302


@pytest.mark.by_turns(8)
def test_an_old_line_of_nobody_signed_in_and_of_an_unknown_page_is_still_a_line(client, watched, now):
    log.record_access(
        user=None,
        child_id=watched.child.pk,
        permission="gone",
        allowed=True,
        label="Police link",
        at=now - MINUTE,
    )
    (line,) = [one for one in lines(page_of(client, watched.manager, of(watched))) if "Police link" in one]
    assert "gone" in line
    assert "Not known" in line


@pytest.mark.by_turns(8)
def test_a_page_whose_read_cannot_be_put_on_record_is_not_shown(client, watched):
    def full(execute, sql, params, many, context):
        if re.search(r'INSERT INTO "?cases_accessrecord', sql):
            raise OperationalError("could not extend file: No space left on device")
        return execute(sql, params, many, context)

    client.force_login(watched.worker)
    for address in (f"/children/{watched.child.reference}/", "/children/"):
        with connection.execute_wrapper(full):
            refused = client.get(address)
        assert refused.status_code == 503, address
        assert watched.child.given_name not in refused.content.decode()
        assert watched.child.given_name in client.get(address).content.decode()


@pytest.mark.by_turns
def test_whatever_is_there_to_be_printed_or_copied_is_named_among_the_reads():
    """Paper leaves the building: “see the record” would not say that somebody took one along."""
    taken = {
        path.stem
        for path in (ROOT / "templates").glob("[!c]*/*.html")
        if "data-print" in (page := path.read_text()) or "components/copy_text.html" in page
    }
    assert {"manager_morning", "child_sheet", "episode_text", "episode_find_me"} <= taken
    assert {page for page in taken if not {page, page.removesuffix("_sheet")} & set(reads.PAGES)} == set()
