"""Who reported a child missing has a name and a phone: duty and a force that searches ring them back, and no mail names them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from alerts import briefings, prefills
from cases.episodes import reports
from cases.models import Event, Mailbox, MissingReport, User
from guardians import covers, leaves
from tests.alerts.test_missing_report_page import compose_alert, facts, path, typed
from tests.alerts.test_missing_report_page import page_of as markup_of
from tests.factories import Watched, a_person, a_team, a_watched_child, an_agreement, missing

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SAID = {
    "reporter_role": "teacher",
    "reporter_name": "Hanne Ollerton",
    "reporter_phone": "01632960188",
}
SHOWN = "Teacher, Hanne Ollerton, 01632 960188"


@pytest.fixture
def watched(now: datetime) -> Watched:
    found = a_watched_child(at=now - timedelta(minutes=50), given_name="Samir")
    User.objects.filter(pk=found.carer.pk).update(name="Dara Minch", phone="07700 900771")
    User.objects.filter(pk=found.guardian.pk).update(name="Sela Winterbourne", phone="07700 900772")
    return found


def quick(**answers: Any) -> dict[str, Any]:
    names = ("last_seen_at_when", "last_seen_place", "last_seen_by")
    said = {name: facts()[name] for name in names} | {"once": str(uuid.uuid4())}
    return said | {"police_rung": "no", "why_worried": "Gone with a stranger"} | answers


def page_of(client: Client, address: str) -> str:
    """Its words: a number is a link."""
    return strip_tags(markup_of(client, address))


def latest() -> MissingReport:
    found = MissingReport.objects.order_by("pk").last()
    assert found is not None
    return found


@pytest.mark.by_turns(8)
def test_name_and_phone_are_on_the_check_the_episode_the_text_and_the_forces_pages_and_in_no_mail(
    client: Client, watched: Watched, now: datetime
) -> None:
    """Of a force with an agreement, which is told the most."""
    an_agreement(watched.force, watched.authority)
    Mailbox.objects.filter(force=watched.force).update(verified_at=now)
    given = typed(client, watched, watched.desk.person, **SAID)
    assert SHOWN in page_of(client, path(watched, "check"))
    for _press in (1, 2):
        assert client.post(path(watched, "check"), {"once": given["once"]}).status_code == 302
    report = MissingReport.objects.get()
    assert (report.reporter_name, report.reporter_phone) == ("Hanne Ollerton", "01632 960188")
    assert Event.objects.filter(kind="reported_missing").count() == 1
    episode = report.episode
    mail = compose_alert(episode)
    assert not [word for word in ("Ollerton", "960188", "Teacher") if word in mail]
    for reader in (watched.desk.person, watched.officer):
        client.force_login(reader)
        for page in ("", "briefing/", "text/"):
            assert SHOWN in page_of(client, f"/missing/{episode.reference}/{page}"), (reader, page)
    of_another_team = a_person("social_worker", team=a_team(watched.authority))
    for reader in (watched.carer, watched.guardian, of_another_team):
        client.force_login(reader)
        for page in ("", "briefing/", "text/"):
            words = client.get(f"/missing/{episode.reference}/{page}").content.decode()
            assert not [word for word in ("Ollerton", "960188") if word in words], (reader, page)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("role", ["guardian", "other"])
def test_a_guardian_who_reported_is_named_to_the_council_and_to_no_force(
    client: Client, watched: Watched, now: datetime, role: str
) -> None:
    said = {"reporter_role": role, "reporter_name": "Sela Winterbourne", "reporter_phone": "07700 900772"}
    episode = missing(watched.child, by=watched.worker, at=now, **said)
    client.force_login(watched.desk.person)
    assert "Sela Winterbourne, 07700 900772" in page_of(client, f"/missing/{episode.reference}/")
    client.force_login(watched.officer)
    for page in ("", "briefing/", "text/"):
        words = page_of(client, f"/missing/{episode.reference}/{page}")
        assert "Winterbourne" not in words
        assert "900772" not in words
    by_code = briefings.of(episode, by_part=True, asked=True, now=now)
    assert ("Reported by", "Guardian") in by_code.rows


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("role", "name", "number"),
    [
        ("", "", "+44 7700 900773"),
        ("other", "", "07700900773"),
        ("other", "Séla Winter Bourne", "07700 900774"),
    ],
)
def test_the_number_of_a_guardian_reaches_no_force_whatever_name_is_typed_beside_it(
    watched: Watched, now: datetime, role: str, name: str, number: str
) -> None:
    User.objects.filter(pk=watched.guardian.pk).update(phone="07700 900773", name="Sela Winter-Bourne")
    said = {"reporter_role": role, "reporter_name": name, "reporter_phone": number}
    episode = missing(watched.child, by=watched.worker, at=now, **said)
    assert ("Reported by", "Guardian") in briefings.of(episode, by_part=True, asked=True, now=now).rows
    assert "9007" in str(briefings.of(episode, by_part=False, asked=True, now=now).rows)


@pytest.mark.by_turns
def test_a_number_of_nobody_who_is_named_is_for_duty_and_for_no_force(
    watched: Watched, now: datetime
) -> None:
    episode = missing(watched.child, by=watched.worker, at=now, reporter_phone="01632 960188")
    assert "960188" in str(briefings.of(episode, by_part=False, asked=True, now=now).rows)
    assert "960188" not in str(briefings.of(episode, by_part=True, asked=True, now=now).rows)


@pytest.mark.by_turns
def test_whoever_covers_for_the_guardian_is_known_as_one_however_the_name_is_typed(
    watched: Watched, now: datetime
) -> None:
    service = watched.assignment.service
    colleague = a_person("guardian", service=service, name="Orla Penhallow")
    then = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=2)}
    leaves.announce(watched.guardian, service, kind="leave", **then, by=watched.guardian, at=now)
    (cover,) = covers.ask([watched.assignment], colleague, **then, by=watched.guardian, at=now).covers
    assert not briefings.is_guardian(watched.child.pk, "orla penhallow"), "asked, and not yet said yes"
    covers.answer([cover], accepted=True, by=colleague, at=now)
    assert briefings.is_guardian(watched.child.pk, "orla penhallow")
    assert not briefings.is_guardian(watched.child.pk, "")


@pytest.mark.by_turns
@pytest.mark.parametrize("page", ["new", "quick"])
def test_what_is_no_phone_number_is_refused_at_its_field_with_everything_kept(
    client: Client, watched: Watched, page: str
) -> None:
    client.force_login(watched.worker)
    given = {"new": facts, "quick": quick}[page](
        reporter_name="Hanne Ollerton", reporter_phone="ring the school"
    )
    refused = client.post(path(watched, page), given)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["reporter_phone"]
    words = refused.content.decode()
    assert "Enter a phone number, like" in words
    assert 'value="Hanne Ollerton"' in words
    assert 'value="ring the school"' in words
    assert not MissingReport.objects.exists()
    empty = {"reporter_name": "", "reporter_phone": ""}
    assert client.post(path(watched, page), given | empty).status_code == 302, "no alert waits for either"


@pytest.mark.by_turns
def test_whoever_reports_in_a_part_of_their_own_finds_name_and_phone_filled_in(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)
    for page in ("new", "quick"):
        words = markup_of(client, path(watched, page))
        assert 'value="Dara Minch"' in words
        assert 'value="07700 900771"' in words
    assert client.post(path(watched, "quick"), quick(reporter_name="Dara Minch")).status_code == 302
    assert (latest().reporter_role, latest().reporter_name) == ("placement_staff", "Dara Minch")


@pytest.mark.by_turns
def test_a_desk_that_writes_down_the_word_of_others_is_offered_theirs_and_another_writer_takes_none_over(
    client: Client, watched: Watched, now: datetime
) -> None:
    episode = missing(watched.child, by=watched.carer, at=now - MINUTE, **SAID)
    client.force_login(watched.desk.person)
    whole, one_screen = (markup_of(client, path(watched, page)) for page in ("new", "quick"))
    assert 'value="Hanne Ollerton"' in whole
    assert 'value="Hanne Ollerton"' not in one_screen, "which asks nobody in what part they say so"
    client.force_login(watched.guardian)
    assert "Ollerton" not in markup_of(client, path(watched, "new"))
    missing(watched.child, by=watched.carer, at=now - MINUTE / 2, wearing="Red coat")
    assert latest().reporter_name == "Hanne Ollerton", "what was not asked stands"
    missing(watched.child, by=watched.worker, at=now, wearing="Blue coat")
    report = reports.latest(episode)
    assert report is not None
    assert (report.reporter_role, report.reporter_name, report.reporter_phone) == ("", "", "")


def test_of_a_restricted_child_a_desk_that_is_not_shown_who_reported_leaves_them_as_they_stand(
    client: Client, watched: Watched, now: datetime
) -> None:
    """Whoever reads people by their part alone says no other by leaving the boxes empty."""
    episode = missing(watched.child, by=watched.carer, at=now - MINUTE, **SAID)
    told = {"by_part": True, "now": now}
    desk = watched.desk.person
    assert prefills.reporter(watched.child, episode, desk, **told) == {"reporter_role": "teacher"}
    empty = {"reporter_role": "teacher", "reporter_name": "", "reporter_phone": ""}
    kept = prefills.unshown_reporter(watched.child, episode, desk, empty, **told)
    assert kept == {"reporter_name": "Hanne Ollerton", "reporter_phone": "01632960188"}
    other = empty | {"reporter_role": "other"}
    assert prefills.unshown_reporter(watched.child, episode, desk, other, **told) == {}


@pytest.mark.by_turns
def test_the_same_report_with_another_name_is_a_later_version(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    said = quick(reporter_name="Hanne Ollerton")
    assert client.post(path(watched, "quick"), said).status_code == 302
    assert client.post(path(watched, "quick"), said).status_code == 302
    assert MissingReport.objects.count() == 1
    changed = client.post(path(watched, "quick"), said | {"reporter_name": "Hanna Allerton"})
    assert changed.status_code == 422
    assert "Hanna Allerton" in changed.content.decode()
