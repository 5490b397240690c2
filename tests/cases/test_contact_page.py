"""The buttons and the form by which a contact is recorded, undone and withdrawn."""

import html
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts.models import Clock
from cases import clock, concerns, contacts
from cases.models import Child, Contact, Role
from cases.templatetags.govuk import by_when
from tests.factories import (
    Watched,
    a_child,
    a_person,
    a_watched_child,
    guarded,
    membership_of,
    missing,
    out,
    seen,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - timedelta(hours=3))


def press(client: Client, child: Child, outcome: str = "saw", once: object = None) -> Any:
    data = {"outcome": outcome, "once": once or uuid.uuid4()}
    return client.post(f"/children/{child.reference}/check-in/", data)


def answers(**given: object) -> dict[str, object]:
    """A whole check-in: the teacher saw the child, just now, and told the person who writes."""
    return {
        "outcome": "seen",
        "happened_at_when": "now",
        "who": "other",
        "witness": "T. Marlow",
        "witness_role": "teacher",
        "means": "face_to_face",
        "told_by": "T. Marlow",
        "once": uuid.uuid4(),
    } | given


def words(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html.unescape(page.content.decode())).split())


@pytest.mark.by_turns(8)
def test_mood_and_someone_new_are_kept_told_and_lead_to_who_it_is(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    path = f"/children/{watched.child.reference}/check-in/"
    for wrong in ({"mood": "blue"}, {"someone_new": "perhaps"}):
        refused = client.post(path, answers(note="Ate well", **wrong))
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == set(wrong)
        assert "Ate well" in refused.content.decode()
    assert not Contact.objects.exists()

    said = answers(mood="serious", someone_new="yes", note="Would not say who rang")
    answer = client.post(f"{path}?next=/today/", said)

    contact = Contact.objects.get()
    assert (contact.mood, contact.someone_new) == ("serious", True)
    trigger = answer.headers["Location"]
    assert trigger == f"/children/{watched.child.reference}/triggers/new/?kind=new_contact&next=%2Ftoday%2F"
    page = client.get(trigger)
    assert page.context["form"]["kind"].value() == "new_contact"
    told = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Serious concern. Someone new is around the child. Would not say who rang" in told
    assert client.post(f"{path}?next=/today/", said).headers["Location"] == trigger, "the same record"
    assert client.post(path, said | {"mood": "none"}).status_code == 422
    assert Contact.objects.count() == 1


@pytest.mark.by_turns
def test_the_next_check_in_is_shown_never_typed_and_is_the_one_of_the_childs_page(
    client: Client, watched: Watched, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Within the roll-call at midday, which the sighting meets.
    now = now.replace(hour=13)
    monkeypatch.setattr(clock, "now", lambda: now)
    client.force_login(watched.worker)
    path = f"/children/{watched.child.reference}/check-in/"
    page = client.get(path)
    promised = page.context["next_due_at"]
    before = Clock.objects.get(child=watched.child, kind="contact").due_at
    assert promised > before, "a sighting moves it on"
    assert f"Next check-in, if the child is seen now: {by_when(promised, now)}" in words(page)
    assert not [name for name in page.context["form"].fields if "next" in name or "due" in name]

    # What is typed for it moves nothing.
    sent = client.post(path, answers(who="me", next_due_at="2030-01-01", next_check_in="2030-01-01"))
    assert sent.status_code == 302
    assert Clock.objects.get(child=watched.child, kind="contact").due_at == promised
    told = words(client.get(f"/children/{watched.child.reference}/"))
    assert f"Recorded. Next check-in {by_when(promised, now)}. Undo" in told


@pytest.mark.by_turns
def test_what_is_no_proof_leaves_the_next_check_in_where_it_was(
    client: Client, watched: Watched, now: Any
) -> None:
    client.force_login(watched.worker)
    before = Clock.objects.get(child=watched.child, kind="contact").due_at
    answer = client.post(
        f"/children/{watched.child.reference}/check-in/", answers(outcome="no_answer"), follow=True
    )
    assert f"Recorded. Next check-in {by_when(before, now)}." in words(answer)


@pytest.mark.by_turns
def test_no_check_in_is_promised_while_the_child_is_looked_for(client: Client, watched: Watched) -> None:
    missing(watched.child, by=watched.worker, at=clock.now())
    client.force_login(watched.worker)
    path = f"/children/{watched.child.reference}/check-in/"
    page = client.get(path)
    assert page.context["next_due_at"] is None
    assert "Next check-in" not in words(page)
    assert "Next check-in" not in words(client.post(path, answers(), follow=True))


@pytest.mark.by_turns
@pytest.mark.parametrize("said", ["no", ""])
def test_nobody_new_leads_back(client: Client, watched: Watched, said: str) -> None:
    client.force_login(watched.carer)
    answer = client.post(f"/children/{watched.child.reference}/check-in/", answers(someone_new=said))
    assert answer.headers["Location"] == f"/#{watched.child.reference}"
    assert Contact.objects.get().someone_new is {"no": False}.get(said)


@pytest.mark.by_turns
def test_a_trigger_page_asked_for_with_no_such_kind_asks_as_ever(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    page = client.get(f"/children/{watched.child.reference}/triggers/new/?kind=nonsense")
    assert page.context["form"]["kind"].value() == "approach"


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("who", "role", "kind"),
    [
        ("carer", "placement_staff", "home"),
        ("worker", "social_worker", "team"),
        ("guardian", "guardian", "service"),
    ],
)
def test_a_press_is_signed_by_the_person_for_their_organisation(
    client: Client, watched: Watched, who: str, role: str, kind: str
) -> None:
    person = getattr(watched, who)
    client.force_login(person)

    answer = press(client, watched.child)

    contact = Contact.objects.get()
    assert answer.status_code == 302
    assert (contact.witness, contact.witness_user) == (person.name, person)
    assert contact.witness_role == role
    assert contact.organisation == f"{kind}:{getattr(membership_of(person), f'{kind}_id')}"
    assert contact.means == "face_to_face"
    assert contact.knows_child is True


@pytest.mark.by_turns
def test_spoke_by_phone_is_a_phone_contact(client: Client, watched: Watched) -> None:
    client.force_login(watched.guardian)

    press(client, watched.child, "spoke")

    assert Contact.objects.get().means == "phone"


@pytest.mark.by_turns
def test_duty_and_managers_do_not_by_office_know_the_face(client: Client, watched: Watched) -> None:
    client.force_login(watched.desk.person)

    press(client, watched.child)

    assert Contact.objects.get().knows_child is False


@pytest.mark.by_turns
def test_pressing_twice_or_sending_again_is_one_contact(client: Client, watched: Watched) -> None:
    client.force_login(watched.carer)
    once = uuid.uuid4()

    press(client, watched.child, once=once)
    press(client, watched.child, once=once)

    assert Contact.objects.count() == 1


def test_the_key_of_another_childs_form_records_nothing(client: Client, watched: Watched) -> None:
    other = a_watched_child(at=watched.child.registered_at, home=watched.home)
    client.force_login(watched.carer)
    once = uuid.uuid4()
    press(client, watched.child, once=once)

    answer = press(client, other.child, once=once)

    assert answer.status_code == 409
    assert not other.child.contacts.exists()


def test_a_press_without_its_key_asks_by_the_form_and_records_nothing(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.carer)

    answer = client.post(f"/children/{watched.child.reference}/check-in/", {"outcome": "saw", "once": "x"})

    assert answer.status_code == 302
    assert answer["Location"].endswith("/check-in/")
    assert not Contact.objects.exists()


def test_the_confirmation_offers_undo_and_undo_takes_the_contact_back(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    said = client.post(
        f"/children/{watched.child.reference}/check-in/",
        {"outcome": "saw", "once": uuid.uuid4()},
        follow=True,
    )
    contact = Contact.objects.get()
    undo = f"/children/{watched.child.reference}/contacts/{contact.key}/undo/"
    assert f'<a href="{undo}">Undo</a>' in said.content.decode()

    assert client.get(undo).status_code == 200
    contact.refresh_from_db()
    assert contact.withdrawn_at is None, "looking at the page undoes nothing"
    client.post(undo)

    contact.refresh_from_db()
    assert contact.withdrawn_by == watched.worker


@pytest.mark.by_turns
def test_after_ten_minutes_or_by_somebody_else_undo_is_refused(
    client: Client, watched: Watched, now: Any
) -> None:
    old = seen(watched.child, by=watched.carer, at=now - timedelta(minutes=11))
    new = seen(watched.child, by=watched.carer, at=now)
    base = f"/children/{watched.child.reference}/contacts"

    client.force_login(watched.carer)
    assert client.post(f"{base}/{old.key}/undo/").status_code == 409
    client.force_login(watched.worker)
    assert client.post(f"{base}/{new.key}/undo/").status_code == 409
    client.force_login(watched.guardian)
    assert client.post(f"{base}/{new.key}/undo/").status_code == 404
    assert not Contact.objects.exclude(withdrawn_at=None).exists()


def test_withdrawing_asks_for_a_reason_and_keeps_the_contact(
    client: Client, watched: Watched, now: Any
) -> None:
    contact = seen(watched.child, by=watched.carer, at=now - timedelta(hours=1))
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/contacts/{contact.key}/withdraw/"

    empty = client.post(page, {"reason": ""})
    assert empty.status_code == 422
    assert "Enter why this contact is withdrawn" in empty.content.decode()

    client.post(page, {"reason": "It was another child"})
    contact.refresh_from_db()
    assert contact.withdrawn_reason == "It was another child"
    again = client.post(page, {"reason": "Once more"})
    assert again.status_code == 422
    assert "withdrawn already" in again.content.decode()


def test_what_somebody_else_saw_carries_their_name_and_role(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    answer = client.post(f"/children/{watched.child.reference}/check-in/", answers(note="After maths"))

    contact = Contact.objects.get()
    assert answer.status_code == 302
    assert (contact.witness, contact.witness_role) == ("T. Marlow", "teacher")
    assert contact.organisation == "other:teacher"
    assert contact.recorded_by == watched.worker
    assert contact.witness_user is None
    assert contact.note == "After maths"


@pytest.mark.parametrize(
    ("role", "kind"), [("placement_staff", "home"), ("social_worker", "team"), ("guardian", "service")]
)
def test_a_second_name_for_the_same_house_is_no_second_pair_of_eyes(
    client: Client, watched: Watched, role: str, kind: str
) -> None:
    client.force_login(watched.desk.person)
    of = {"home": watched.home.pk, "team": watched.team.pk, "service": watched.assignment.service_id}

    client.post(
        f"/children/{watched.child.reference}/check-in/", answers(witness="M. Reid", witness_role=role)
    )

    assert Contact.objects.get().organisation == f"{kind}:{of[kind]}"


@pytest.mark.by_turns
def test_without_a_named_witness_it_is_hearsay(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    client.post(
        f"/children/{watched.child.reference}/check-in/",
        answers(who="unknown", witness="", witness_role="", told_by="a neighbour"),
    )

    assert Contact.objects.get().means == "hearsay"


@pytest.mark.by_turns
def test_a_name_typed_but_not_selected_does_not_turn_hearsay_into_proof(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    client.post(f"/children/{watched.child.reference}/check-in/", answers(who="unknown"))

    contact = Contact.objects.get()
    assert (contact.means, contact.witness) == ("hearsay", "")


@pytest.mark.by_turns
def test_the_form_keeps_what_was_typed_and_says_what_is_missing(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    answer = client.post(
        f"/children/{watched.child.reference}/check-in/",
        answers(witness="", witness_role="", note="Kept words"),
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter the name of the person who saw the child, or select Not known" in page
    assert "Select who they are to the child" in page
    assert "Kept words" in page
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_whoever_tried_and_got_no_answer_is_not_asked_who_saw_the_child(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.guardian)
    page = client.post(
        f"/children/{watched.child.reference}/check-in/", answers(outcome="no_answer", who="", means="")
    )
    assert "Select who saw, spoke to or heard from the child, or tried to" in page.content.decode()
    assert "Select how the child was seen or spoken to, or how somebody tried" in page.content.decode()


@pytest.mark.by_turns
def test_nothing_in_the_future_is_a_contact(client: Client, watched: Watched, now: Any) -> None:
    client.force_login(watched.worker)
    ahead = now + timedelta(days=1)
    later = {
        "happened_at_when": "earlier",
        "happened_at_time": "11:00",
        "happened_at_day": str(ahead.day),
        "happened_at_month": str(ahead.month),
        "happened_at_year": str(ahead.year),
    }

    answer = client.post(f"/children/{watched.child.reference}/check-in/", answers(**later))

    assert answer.status_code == 422
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_a_face_to_face_press_of_the_home_ends_the_leave(client: Client, watched: Watched, now: Any) -> None:
    absence = out(watched.child, until=now + timedelta(hours=1), at=now - timedelta(hours=1))
    client.force_login(watched.carer)

    press(client, watched.child)

    absence.refresh_from_db()
    assert absence.ends_at is not None


@pytest.mark.by_turns
def test_after_saving_a_page_of_ours_may_be_named_and_no_other(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    page = f"/children/{watched.child.reference}/check-in/"

    ours = client.post(f"{page}?next=/children/", {"outcome": "saw", "once": uuid.uuid4()})
    theirs = client.post(f"{page}?next=https://elsewhere.example/", {"outcome": "saw", "once": uuid.uuid4()})

    assert ours["Location"] == "/children/"
    assert "elsewhere" not in theirs["Location"]


def strangers(watched: Watched) -> list[Any]:
    return [
        a_person(Role.PLACEMENT_STAFF),
        a_person(Role.GUARDIAN),
        a_person(Role.SOCIAL_WORKER),
        a_person(Role.SOCIAL_WORKER, authority=watched.authority),
        a_person(Role.DUTY_DESK),
        watched.officer,
        a_person(Role.ADMINISTRATOR, authority=watched.authority),
    ]


@pytest.mark.by_turns
def test_a_stranger_gets_the_page_of_a_child_that_does_not_exist(
    client: Client, watched: Watched, now: Any
) -> None:
    contact = seen(watched.child, by=watched.carer, at=now - timedelta(minutes=1))
    base = f"/children/{watched.child.reference}"
    for person in strangers(watched):
        client.force_login(person)
        for path in (
            f"{base}/check-in/",
            f"{base}/contacts/{contact.key}/undo/",
            f"{base}/contacts/{contact.key}/withdraw/",
        ):
            assert client.get(path).status_code == 404, (person.email, path)
            assert client.post(path, {"outcome": "saw", "once": uuid.uuid4()}).status_code == 404
    assert Contact.objects.standing().count() == 1


@pytest.mark.by_turns
def test_whoever_is_kept_from_the_child_is_a_stranger(client: Client, watched: Watched, now: Any) -> None:
    concerns.keep_from(watched.child, watched.carer, reason="May be the danger", by=watched.manager, at=now)
    client.force_login(watched.carer)

    assert press(client, watched.child).status_code == 404
    assert not Contact.objects.exists()


@pytest.mark.by_turns
def test_another_childs_contact_cannot_be_reached_through_ones_own(
    client: Client, watched: Watched, now: Any
) -> None:
    other = guarded(a_child(at=now - timedelta(hours=3))).child
    foreign = seen(other, by=watched.guardian, at=now)
    client.force_login(watched.carer)

    page = f"/children/{watched.child.reference}/contacts/{foreign.key}/withdraw/"

    assert client.post(page, {"reason": "Not mine"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.withdrawn_at is None


def test_a_mistyped_address_is_not_found_and_looks_nothing_up(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    reference = watched.child.reference
    wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)

    assert client.get(f"/children/{wrong}/check-in/").status_code == 404


def test_without_signing_in_there_is_only_the_way_to_sign_in(client: Client, watched: Watched) -> None:
    answer = press(client, watched.child)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "wanted", ["today", "child", "no-such-page", "//evil.example/", "https://evil.example/"]
)
def test_a_way_back_that_is_no_page_of_ours_leads_home_and_fails_nowhere(
    client: Client, watched: Watched, wanted: str
) -> None:
    client.force_login(watched.carer)

    answer = client.post(
        f"/children/{watched.child.reference}/check-in/?next={wanted}",
        {"outcome": "saw", "once": uuid.uuid4()},
    )

    assert answer.status_code == 302
    assert answer["Location"] == f"/#{watched.child.reference}"


@pytest.mark.by_turns
@pytest.mark.parametrize("who", ["carer", "guardian"])
def test_a_home_and_a_guardian_withdraw_what_they_wrote_and_nobody_elses(
    client: Client, watched: Watched, now: Any, who: str
) -> None:
    client.force_login(getattr(watched, who))
    others = seen(watched.child, by=watched.worker, at=now)
    own = seen(watched.child, by=getattr(watched, who), at=now)

    for contact, status in ((others, 404), (own, 302)):
        address = f"/children/{watched.child.reference}/contacts/{contact.key}/withdraw/"
        assert client.post(address, {"reason": "Written for another child"}).status_code == status
        contact.refresh_from_db()
        assert (contact.withdrawn_at is None) == (status == 404)


@pytest.mark.by_turns(8)
def test_a_second_button_of_a_page_that_stood_open_is_a_second_contact_and_what_was_undone_is_no_record(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.guardian)
    page, once = f"/children/{watched.child.reference}/check-in/", str(uuid.uuid4())
    for outcome in ("saw", "saw", "spoke", "spoke"):
        assert client.post(page, {"outcome": outcome, "once": once}).status_code == 302
    made = Contact.objects.filter(child=watched.child, recorded_by=watched.guardian)
    assert sorted(made.values_list("means", flat=True)) == ["face_to_face", "phone"]
    saw = made.get(means="face_to_face")
    contacts.undo(saw, by=watched.guardian, at=clock.now())
    answer = client.post(page, {"outcome": "saw", "once": once}, follow=True)
    assert "withdrawn since" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == page
    assert made.filter(withdrawn_at=None).count() == 1
