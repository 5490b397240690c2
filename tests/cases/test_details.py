"""A child's own facts: what a correction changes, keeps and refuses."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cases import clock, details, log
from cases.models import AccessRecord, Child, DetailsChange, Event, Role
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_child, a_person, a_watched_child, seen

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(
        at=clock.now() - timedelta(days=2), given_name="Yusuf", family_name="Harrow", languages=["Arabic"]
    )


def page(watched: Watched, topic: str) -> str:
    return f"/children/{watched.child.reference}/details/{topic}/"


def names(**more: str) -> dict[str, str]:
    return {"given_name": "Yousef", "family_name": "Harrow", "version": "0", **more}


@pytest.mark.by_turns
def test_a_correction_keeps_the_old_words_and_is_one_event_that_names_no_child(watched: Watched) -> None:
    row = details.change(
        watched.child,
        {"given_name": "Yousef", "known_as": ""},
        topic="names",
        version=0,
        by=watched.worker,
        at=AT,
    )
    assert row is not None
    assert (row.before, row.after) == ({"given_name": "Yusuf"}, {"given_name": "Yousef"})
    assert Child.objects.get(pk=watched.child.pk).given_name == "Yousef"
    event = Event.objects.filter(child=watched.child).latest("number")
    assert (event.kind, event.data) == ("details_changed", {"topic": "names", "fields": ["given_name"]})
    assert event.fields_digest
    assert log.broken_links([watched.child.pk]) == []


@pytest.mark.by_turns
def test_what_is_the_same_is_no_change(watched: Watched) -> None:
    same = {"given_name": "Yusuf", "languages": ["Arabic"]}
    assert (
        details.change(
            watched.child,
            {"given_name": same["given_name"]},
            topic="names",
            version=0,
            by=watched.worker,
            at=AT,
        )
        is None
    )
    assert not DetailsChange.objects.exists()


@pytest.mark.by_turns
def test_whoever_was_slower_changes_nothing(watched: Watched) -> None:
    change = {"topic": "names", "version": 0, "by": watched.worker, "at": AT}
    details.change(watched.child, {"given_name": "Yousef"}, **change)
    with pytest.raises(details.ChangedSince):
        details.change(watched.child, {"given_name": "Joseph"}, **change)
    details.change(watched.child, {"phone": "07700 900982"}, **{**change, "topic": "phones"})
    assert Child.objects.get(pk=watched.child.pk).given_name == "Yousef"


def test_a_fact_of_another_topic_is_refused(watched: Watched) -> None:
    with pytest.raises(ValueError, match="risk"):
        details.change(watched.child, {"risk": "low"}, topic="names", version=0, by=watched.worker, at=AT)


def test_an_earlier_arrival_needs_a_second_person_and_a_later_one_does_not(watched: Watched) -> None:
    seen(watched.child, by=watched.carer, at=clock.now())
    now = clock.now()
    change = {"topic": "arrival", "version": 0, "by": watched.worker, "at": now}
    earlier = {"arrived_at": watched.child.arrived_at - timedelta(days=20)}
    for second in (None, watched.worker):
        with pytest.raises(IllegalMove, match="second person"):
            details.change(watched.child, earlier, seconded_by=second, **change)
    with pytest.raises(IllegalMove, match="past"):
        details.change(watched.child, {"arrived_at": now + HOUR}, seconded_by=watched.manager, **change)
    row = details.change(watched.child, earlier, seconded_by=watched.manager, **change)
    assert row is not None
    later = {"arrived_at": watched.child.arrived_at}
    assert details.change(watched.child, later, **{**change, "version": row.pk}) is not None


@pytest.mark.by_turns
@pytest.mark.parametrize("answer", ["no", "not_asked"])
def test_signs_of_trafficking_are_taken_back_with_a_reason_and_by_two_people(
    watched: Watched, answer: str
) -> None:
    change = {"topic": "trafficking", "by": watched.worker, "at": AT}
    # Signs that come on record wait for nobody.
    row = details.change(watched.child, {"trafficking": "yes"}, version=0, **change)
    assert row is not None
    change["version"] = row.pk
    for second in (None, watched.worker):
        with pytest.raises(IllegalMove, match="second person"):
            details.change(
                watched.child, {"trafficking": answer}, reason="A mix-up", seconded_by=second, **change
            )
    with pytest.raises(IllegalMove, match="Enter why"):
        details.change(
            watched.child, {"trafficking": answer}, reason=" ", seconded_by=watched.manager, **change
        )
    # Which signs they are is corrected by one.
    row = details.change(watched.child, {"trafficking_note": "A debt"}, **change)
    assert row is not None
    change["version"] = row.pk
    row = details.change(
        watched.child, {"trafficking": answer}, reason="A mix-up", seconded_by=watched.manager, **change
    )
    assert row is not None
    assert (row.reason, row.seconded_by) == ("A mix-up", watched.manager)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("lacks", ["seconded_by", "reason", "another"])
def test_the_database_itself_holds_that_two_people_take_signs_back(watched: Watched, lacks: str) -> None:
    said = {"reason": "A mix-up", "seconded_by": watched.manager}
    said |= {"seconded_by": {"seconded_by": None}, "reason": {"reason": ""}}.get(
        lacks, {"seconded_by": watched.worker}
    )
    with (
        pytest.raises(IntegrityError, match="details_signs_taken_back_by_two_people"),
        transaction.atomic(),
    ):
        DetailsChange.objects.create(
            child=watched.child,
            topic="trafficking",
            before={"trafficking": "yes"},
            after={"trafficking": "no"},
            changed_at=AT,
            changed_by=watched.worker,
            **said,
        )


def test_the_form_asks_for_both_only_where_signs_stand_and_tells_it_on_the_timeline(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    assert "second_email" not in client.get(page(watched, "trafficking")).context["form"].fields
    Child.objects.filter(pk=watched.child.pk).update(trafficking="yes")
    second = a_person(Role.SOCIAL_WORKER, team=watched.team, password="a long pass phrase")
    sent = {"version": "0", "trafficking": "no"}
    signed = {"second_email": second.email, "second_password": "a long pass phrase"}
    for refused, words in (
        ({**sent, "reason": "A mix-up of names"}, "second person"),
        ({**sent, **signed}, "Enter why there are no signs any more"),
    ):
        answer = client.post(page(watched, "trafficking"), refused)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert Child.objects.get(pk=watched.child.pk).trafficking == "yes"
    done = client.post(page(watched, "trafficking"), {**sent, **signed, "reason": "A mix-up of names"})
    assert done.status_code == 302
    assert DetailsChange.objects.get().seconded_by == second
    story = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "A mix-up of names" in story


@pytest.mark.by_turns(8)
def test_every_topic_has_a_form_that_saves_nothing_when_nothing_was_typed(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    for topic in details.TOPICS:
        form = client.get(page(watched, topic)).context["form"]
        sent: dict[str, Any] = {"version": 0}
        for field in form.visible_fields():
            value = field.value()
            if hasattr(value, "year"):
                value = {"day": value.day, "month": value.month, "year": value.year}
            if isinstance(value, dict):
                sent |= {f"{field.name}_{part}": text for part, text in value.items()}
            elif value not in (None, False):
                sent[field.name] = value
        answer = client.post(page(watched, topic), sent)
        assert answer.status_code == 302, (topic, answer.context["form"].errors)
    assert not DetailsChange.objects.exists()


@pytest.mark.by_turns(8)
def test_the_form_changes_the_name_and_the_page_says_who_and_when(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    answer = client.post(page(watched, "names"), names(spellings="Yusef، Joseph", script_language="ar"))
    assert answer.status_code == 302
    child = Child.objects.get(pk=watched.child.pk)
    assert (child.given_name, child.spellings) == ("Yousef", ["Yusef", "Joseph"])
    shown = client.get(answer["Location"].partition("#")[0]).content.decode()
    assert "Yousef" in shown
    assert f"by {watched.worker.name}" in shown
    long = client.post(page(watched, "names"), names(spellings="Yusef, " + "u" * 251, version="1"))
    assert long.status_code == 422
    assert "Each spelling can have 200 characters. Put commas between them." in long.content.decode()
    story = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Corrected: names" in story
    assert "Given name as heard: Yousef, was Yusuf" in story


def test_an_nhs_number_is_checked_before_it_is_kept(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    refused = client.post(page(watched, "references"), {"nhs_number": "943 476 5918", "version": "0"})
    assert refused.status_code == 422
    assert "NHS number 943 476 5918 is mistyped" in refused.content.decode()
    assert (
        client.post(page(watched, "references"), {"nhs_number": "943-476-5919", "version": "0"}).status_code
        == 302
    )
    assert Child.objects.get(pk=watched.child.pk).nhs_number == "9434765919"
    shown = client.get(f"/children/{watched.child.reference}/details/").content.decode()
    assert "943 476 5919" in shown


def test_whoever_writes_down_a_reference_of_another_child_is_told_where_they_read_that_child(
    client: Client, watched: Watched
) -> None:
    other, elsewhere = a_child(team=watched.team, worker=watched.worker), a_watched_child().child
    for child in (other, elsewhere):
        Child.objects.filter(pk=child.pk).update(home_office_reference="k1203456", nhs_number="9434765919")
    client.force_login(watched.worker)
    typed = {"home_office_reference": "K 1203456", "nhs_number": "943 476 5919", "version": "0"}
    answer = client.post(page(watched, "references"), typed, follow=True)
    said = [str(one) for one in answer.context["messages"]]
    (warning,) = [one for one in said if "Look whether they are one child" in one]
    assert other.reference in warning
    assert "The same Home Office reference. The same NHS number." in warning
    assert elsewhere.reference not in answer.content.decode()
    assert AccessRecord.objects.filter(child=other, user=watched.worker).exists()
    assert not AccessRecord.objects.filter(child=elsewhere, user=watched.worker).exists()
    # What stood there before was told of, and is not told again.
    typed |= {"police_reference": "7", "version": "1"}
    again = client.post(page(watched, "references"), typed, follow=True)
    assert "Look whether" not in again.content.decode()


@pytest.mark.by_turns
def test_two_writers_get_both_versions_and_nothing_is_lost_silently(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    assert client.post(page(watched, "names"), names()).status_code == 302
    answer = client.post(page(watched, "names"), names(given_name="Joseph"))
    assert answer.status_code == 409
    words = answer.content.decode()
    assert "Yousef" in words
    assert "Joseph" in words
    assert Child.objects.get(pk=watched.child.pk).given_name == "Yousef"


@pytest.mark.by_turns
def test_what_was_typed_stays_when_an_answer_is_missing(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    answer = client.post(page(watched, "names"), names(given_name="", known_as="Yus"))
    assert answer.status_code == 422
    assert "Yus" in answer.content.decode()


@pytest.mark.by_turns
def test_an_earlier_arrival_is_signed_by_the_second_person_in_the_form(
    client: Client, watched: Watched
) -> None:
    second = a_person(Role.SOCIAL_WORKER, team=watched.team, password="a long pass phrase")
    seen(watched.child, by=watched.carer, at=clock.now())
    client.force_login(watched.worker)
    day = watched.child.arrived_at - timedelta(days=9)
    sent = {f"arrived_date_{part}": getattr(day, part) for part in ("day", "month", "year")}
    answer = client.post(page(watched, "arrival"), {**sent, "version": "0"})
    assert answer.status_code == 422
    assert "second person" in answer.content.decode()
    signed = {"second_email": second.email, "second_password": "a long pass phrase"}
    assert client.post(page(watched, "arrival"), {**sent, **signed, "version": "0"}).status_code == 302
    assert DetailsChange.objects.get().seconded_by == second


@pytest.mark.by_turns(8)
def test_only_the_team_and_duty_correct_a_childs_facts(client: Client, watched: Watched) -> None:
    elsewhere = a_person(Role.SOCIAL_WORKER)
    for who in (watched.carer, watched.guardian, watched.officer, elsewhere):
        client.force_login(who)
        assert client.get(page(watched, "names")).status_code == 404
        assert client.post(page(watched, "names"), names()).status_code == 404
    client.force_login(watched.worker)
    assert client.get(page(watched, "nothing-of-ours")).status_code == 404
    assert not DetailsChange.objects.exists()


@pytest.mark.by_turns
def test_what_is_recorded_is_copied_as_text_and_what_is_not_is_left_out(
    client: Client, watched: Watched
) -> None:
    Child.objects.filter(pk=watched.child.pk).update(
        known_as="Little <Sparrow>", nationality="", languages=["Tigrinya", "Arabic"]
    )
    client.force_login(watched.worker)
    page = client.get(f"/children/{watched.child.reference}/details/").content.decode()
    found = re.search(r'<textarea[^>]*id="copy-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    lines = html.unescape(found.group(1)).splitlines()
    assert lines[0] == f"Child, reference {watched.child.reference}"
    assert "Known as: Little <Sparrow>" in lines
    assert "Languages: Tigrinya, Arabic" in lines
    assert lines[-1].endswith(", UK time")
    assert not [line for line in lines if line.startswith("Nationality") or line.endswith(": ")]


@pytest.mark.by_turns
def test_details_are_for_whoever_reads_the_record_and_never_blank(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    shown = client.get(f"/children/{watched.child.reference}/details/").content.decode()
    assert shown.count("Not recorded") > 5
    assert 'Add<span class="govuk-visually-hidden"> Family name' not in shown
    assert 'Add<span class="govuk-visually-hidden"> Nationality as stated' in shown
    for who in (watched.carer, watched.guardian):
        client.force_login(who)
        assert client.get(f"/children/{watched.child.reference}/details/").status_code == 404
