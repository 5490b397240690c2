"""The short registration: few answers, “not known” always one of them, and on to the placement."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases import clock, links, references
from cases.forms.registration import RegistrationForm
from cases.forms.typed import london
from cases.models import Child, Responsibility, Role, Team
from tests.factories import a_child, a_home, a_person, a_picture, a_team, an_authority

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return a_team(an_authority("Ellwick"))


def answers(team: Team, **given: Any) -> dict[str, Any]:
    """The fewest answers that are taken; the rest stands on the page already."""
    today = london(clock.now())
    return {
        "given_name": "Samir",
        "sex": "U",
        "birth_date_basis": "stated",
        "age_status": "none",
        "languages": "not known",
        "interpreter_needed": "unknown",
        "arrived_date_day": str(today.day),
        "arrived_date_month": str(today.month),
        "arrived_date_year": str(today.year),
        "trafficking": "not_asked",
        "risk": "unknown",
        "team": str(team.pk),
    } | given


@pytest.mark.by_turns
def test_a_worker_registers_a_child_of_whom_nothing_is_known_but_a_name(client: Client, team: Team) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    client.force_login(worker)

    answer = client.post("/children/new/", answers(team))

    child = Child.objects.get()
    beside = f"/children/{child.reference}/due/"
    assert answer["Location"] == f"/children/{child.reference}/placements/new/?{urlencode({'next': beside})}"
    assert references.parse(child.reference).child == child.reference
    assert Responsibility.objects.get().authority == team.authority
    allocation = child.allocations.get()
    assert (allocation.team, allocation.worker) == (team, worker)
    assert (child.languages, child.interpreter_needed, child.birth_date) == ([], None, None)
    assert child.registered_by == worker


@pytest.mark.by_turns
def test_the_reference_is_shown_on_the_placement_page_that_follows(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))

    page = client.post("/children/new/", answers(team), follow=True).content.decode()

    reference = Child.objects.get().reference
    assert f'Registered as <strong class="rc-nowrap">{reference}</strong>' in page
    assert "Where does" in page


@pytest.mark.by_turns(8)
def test_everything_that_was_said_is_kept(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))

    client.post(
        "/children/new/",
        answers(
            team,
            family_name="Penrowe",
            script_name="سمير",
            script_language="ar",
            spellings="Sameer, Samír",
            sex="M",
            birth_date_month="May",
            birth_date_year="2011",
            languages="Arabic, Kurdish (Sorani)",
            interpreter_needed="yes",
            phone="07700900456",
            arrival_place="Harrowfen docks",
            nationality="Syrian",
            risk="high",
            literacy="reads",
            phone_seen_by="an older boy",
            safe_phone="07700 900 123",
            arrival_route="by lorry, three weeks",
            found_by="Border Force",
            port_reference="W-117",
            home_office_reference="HO 44/2",
            nrm_reference="NRM-9",
            uucr_reference="U-3",
            authority_reference="L 77",
            needs=["medicine", "health"],
            needs_note="An inhaler",
            trafficking="yes",
            trafficking_note="A debt for the journey",
        ),
    )

    child = Child.objects.get()
    assert child.spellings == ["Sameer", "Samír"]
    assert child.languages == ["Arabic", "Kurdish (Sorani)"]
    assert child.interpreter_needed is True
    assert child.birth_date is not None
    assert (child.birth_date.year, child.birth_date.month) == (2011, 5)
    assert child.birth_date_precision == "month"
    assert (child.phone, child.risk, child.script_name) == ("07700 900456", "high", "سمير")
    assert (child.literacy, child.phone_seen_by, child.safe_phone) == (
        "reads",
        "an older boy",
        "07700 900123",
    )
    assert (child.arrival_route, child.found_by) == ("by lorry, three weeks", "Border Force")
    assert (child.port_reference, child.home_office_reference) == ("W-117", "HO 44/2")
    assert (child.nrm_reference, child.uucr_reference, child.authority_reference) == ("NRM-9", "U-3", "L 77")
    assert (sorted(child.needs), child.needs_note) == (["health", "medicine"], "An inhaler")
    assert (child.trafficking, child.trafficking_note) == ("yes", "A debt for the journey")
    assert list(Child.objects.with_signs_of_trafficking()) == [child]


@pytest.mark.by_turns(8)
def test_how_a_name_is_said_and_ordered_is_kept_and_stands_with_the_child(client: Client, team: Team) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    client.force_login(worker)
    names = {"said_as": "sah-MEER", "name_order": "His own name, then <his father’s>"}
    for name in names:
        refused = client.post("/children/new/", answers(team, **names | {name: "x" * 121}))
        assert set(refused.context["form"].errors) == {name}
    assert not Child.objects.exists()

    client.post("/children/new/", answers(team, **names))

    child = Child.objects.get()
    assert (child.said_as, child.name_order) == tuple(names.values())
    for page in ("", "details/"):
        text = client.get(f"/children/{child.reference}/{page}").content.decode()
        assert "sah-MEER" in text
        assert "then &lt;his father’s&gt;" in text
    assert "sah-MEER" in client.get(f"/children/{child.reference}/profile/").content.decode()


@pytest.mark.by_turns(8)
def test_a_birth_date_says_who_gives_it_unless_only_the_child_does(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    born = {"birth_date_year": "2011", "birth_date_basis": "document"}
    unsaid = client.post("/children/new/", answers(team, **born))
    assert "Enter who or what says so" in unsaid.content.decode()
    no_date = client.post("/children/new/", answers(team, birth_date_source="The Home Office"))
    assert set(no_date.context["form"].errors) == {"birth_date"}
    assert "The Home Office" in no_date.content.decode(), "nothing typed is lost"
    assert not Child.objects.exists()

    client.post("/children/new/", answers(team, **born, birth_date_source="The Home Office’s letter"))

    child = Child.objects.get()
    assert child.birth_date_claims.get().source == "The Home Office’s letter"
    assert "The Home Office’s letter" in client.get(f"/children/{child.reference}/age/").content.decode()

    own = {"birth_date_year": "2012", "given_name": "Idris"}
    client.post("/children/new/", answers(team, **own))
    said = Child.objects.get(given_name="Idris")
    assert said.birth_date is not None
    assert not said.birth_date_claims.exists(), "the child’s own word stands as registered"


@pytest.mark.by_turns
def test_the_form_sent_twice_registers_one_child(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    form = answers(team, once="6f1c6d0e-3a0e-4b43-8a51-2f0f3f6f7a11")

    places = {client.post("/children/new/", form)["Location"] for _ in range(2)}

    assert (Child.objects.count(), len(places)) == (1, 1)


@pytest.mark.by_turns(8)
def test_duty_names_the_social_worker_and_a_worker_names_nobody_else(client: Client, team: Team) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    elsewhere = a_person(Role.SOCIAL_WORKER, team=a_team(team.authority))
    stranger = a_person(Role.SOCIAL_WORKER)
    post = {one: str(one.memberships.get().pk) for one in (worker, elsewhere, stranger)}
    client.force_login(a_person(Role.DUTY_DESK, team=a_team(team.authority, kind=Team.Kind.DUTY)))
    page = client.get("/children/new/").content.decode()
    assert worker.name in page
    assert stranger.name not in page
    refused = client.post("/children/new/", answers(team, worker=post[elsewhere]))
    assert "Select somebody of the team that you chose" in refused.content.decode()
    assert client.post("/children/new/", answers(team, worker=post[stranger])).status_code == 422
    assert not Child.objects.exists()

    form = answers(team, worker=post[worker], once="6f1c6d0e-3a0e-4b43-8a51-2f0f3f6f7a12")
    for _ in range(2):
        assert client.post("/children/new/", form).status_code == 302
    assert Child.objects.get().allocations.get().worker == worker
    other_words = client.post("/children/new/", form | {"worker": ""})
    assert other_words.status_code == 422, "the form that named a worker names none"

    client.force_login(worker)
    assert elsewhere.name not in client.get("/children/new/").content.decode()
    client.post("/children/new/", answers(team, given_name="Ojo", worker=""))
    assert Child.objects.get(given_name="Ojo").allocations.get().worker is None


@pytest.mark.by_turns(8)
def test_from_the_placement_on_each_step_beside_the_form_leads_back_to_the_checklist(
    client: Client, team: Team
) -> None:
    worker = a_person(Role.SOCIAL_WORKER, team=team)
    client.force_login(worker)
    sister = a_child(team=team, worker=worker)
    answer = client.post("/children/new/", answers(team, trafficking="yes", trafficking_note="A debt"))
    child = Child.objects.exclude(pk=sister.pk).get()
    due = f"/children/{child.reference}/due/"
    placed = {"where": str(a_home().pk), "placement_type": "K2", "starts_at_when": "now"}
    moved = client.post(answer["Location"], placed | {"host_notified": "no"})
    assert moved["Location"] == due
    page = client.get(due).content.decode()
    steps = {
        "photo": f"/children/{child.reference}/photos/",
        "beside": f"/children/{child.reference}/links/new/",
        "guardian": f"/children/{child.reference}/guardian/",
    }
    for step in steps.values():
        assert f'href="{step}?next={due}"' in page

    said = {"reference": sister.reference, "kind": "sibling", "said_by": "The child"}
    assert client.post(f"{steps['beside']}?next={due}", said)["Location"] == due
    assert links.of(child, reader=worker, at=clock.now()).get().kind == "sibling"
    guardian = a_person(Role.GUARDIAN)
    chosen = {"guardian": str(guardian.memberships.get().pk), "kind": "direct_worker", "lead_key": ""}
    assert client.post(f"{steps['guardian']}?next={due}", chosen)["Location"] == due
    photo = {
        "photo": SimpleUploadedFile("x.jpg", a_picture()),
        "taken_date_day": "1",
        "taken_date_month": "3",
        "taken_date_year": "2026",
    }
    kept = client.post(f"{steps['photo']}?next={due}", photo | {"source": "taken", "basis": "safety"})
    assert kept["Location"] == due
    page = client.get(due).content.decode()
    assert not [step for step in steps.values() if f'href="{step}?next=' in page]


@pytest.mark.by_turns(8)
def test_no_need_beside_a_need_is_a_slip(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))

    answer = client.post("/children/new/", answers(team, needs=["none", "health"]))

    assert answer.status_code == 422
    assert "Select what is needed, or None that is known" in answer.content.decode()


def test_at_most_ten_answers_are_asked_for_and_the_rest_stands_there(team: Team) -> None:
    form = RegistrationForm(now=clock.now(), teams=Team.objects.filter(pk=team.pk), own=team)

    required = [name for name, field in form.fields.items() if field.required]
    visible = [name for name in required if not form[name].is_hidden]
    prefilled = [name for name in visible if form[name].initial not in (None, "")]

    assert len(visible) <= 10
    assert len(prefilled) >= 2


@pytest.mark.by_turns
def test_nothing_answered_says_what_to_enter_and_saves_nothing(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))

    answer = client.post("/children/new/", {"family_name": "Kept-Words"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter the given name as heard" in page
    assert "Enter the arrival date" in page
    assert "Kept-Words" in page
    assert not Child.objects.exists()


@pytest.mark.by_turns
def test_an_arrival_without_a_time_counts_from_the_end_of_that_day(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    before = london(clock.now() - timedelta(days=3))

    client.post(
        "/children/new/",
        answers(
            team,
            arrived_date_day=str(before.day),
            arrived_date_month=str(before.month),
            arrived_date_year=str(before.year),
        ),
    )

    arrived = london(Child.objects.get().arrived_at)
    assert (arrived.date(), arrived.hour, arrived.minute) == (before.date(), 23, 59)


@pytest.mark.by_turns
def test_an_arrival_in_the_future_is_refused(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    ahead = london(clock.now() + timedelta(days=2))

    answer = client.post(
        "/children/new/",
        answers(
            team,
            arrived_date_day=str(ahead.day),
            arrived_date_month=str(ahead.month),
            arrived_date_year=str(ahead.year),
        ),
    )

    assert answer.status_code == 422
    assert "Arrival date must be today or in the past" in answer.content.decode()


@pytest.mark.by_turns
def test_duty_gives_the_work_to_a_team_of_its_own_authority(client: Client, team: Team) -> None:
    desk = a_person(Role.DUTY_DESK, authority=team.authority)
    client.force_login(desk)

    client.post("/children/new/", answers(team))

    allocation = Child.objects.get().allocations.get()
    assert (allocation.team, allocation.worker) == (team, None)


@pytest.mark.by_turns
def test_a_team_of_another_authority_cannot_be_chosen(client: Client, team: Team) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))

    answer = client.post("/children/new/", answers(a_team()))

    assert answer.status_code == 422
    assert not Child.objects.exists()


@pytest.mark.by_turns
@pytest.mark.parametrize("role", [Role.PLACEMENT_STAFF, Role.GUARDIAN, Role.POLICE, Role.ADMINISTRATOR])
def test_homes_guardians_police_and_administrators_register_nobody(
    client: Client, team: Team, role: str
) -> None:
    client.force_login(a_person(role))

    assert client.get("/children/new/").status_code == 403
    assert client.post("/children/new/", answers(team)).status_code == 403
    assert not Child.objects.exists()


@pytest.mark.by_turns
def test_a_child_treated_as_an_adult_elsewhere_is_registered_by_one_and_watched_as_any_until_two_have_agreed(
    client: Client, team: Team
) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    answer = client.post("/children/new/", answers(team, age_status="treated_as_adult_elsewhere"))
    child = Child.objects.get()
    decision = f"/children/{child.reference}/age/decision/"
    assert answer["Location"].startswith(f"{decision}?decided=treated_as_adult_elsewhere&")
    assert child.age_status == "disputed"
    page = client.get(answer["Location"]).content.decode()
    assert "Until you and a colleague have recorded here" in page


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("decided", ["assessed_child", "under_challenge"])
def test_who_decided_about_an_age_before_is_asked_at_once_and_until_then_it_is_disputed(
    client: Client, team: Team, decided: str
) -> None:
    client.force_login(a_person(Role.SOCIAL_WORKER, team=team))
    answer = client.post("/children/new/", answers(team, age_status=decided))
    child = Child.objects.get()
    assert child.age_status == "disputed"
    asked = client.get(answer["Location"])
    assert "Record here who decided about the age" in asked.content.decode()
    assert asked.context["form"]["age_status"].value() == decided
    day = {f"decided_date_{part}": value for part, value in (("day", 1), ("month", 2), ("year", 2026))}
    said = {"age_status": decided, **day, "decided_by": "Kent, two workers", "grounds": "Merton compliant"}
    # From there on as after any registration; and whoever records the place first finds it.
    placement = f"/children/{child.reference}/placements/new/?next=/children/{child.reference}/due/"
    assert "Record first where the child lives" in asked.content.decode()
    stood = asked.context["form"].initial.get("stood", "0")
    for _press in range(2):
        done = client.post(answer["Location"], {**said, "stood": stood})
        assert (done.status_code, unquote(done["Location"])) == (302, placement)
    other = client.post(answer["Location"], {**said, "stood": stood, "grounds": "By its looks"})
    assert "Another decision about the age was recorded" in other.content.decode()
    child.refresh_from_db()
    assert child.age_status == decided
    assert child.age_decisions.get().decided_by == "Kent, two workers"
