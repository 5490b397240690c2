"""The placement: one form, a home from the list or somewhere else."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cases import clock, placements, visits
from cases.forms import typed
from cases.forms.placement import PlacementForm
from cases.forms.placement_types import MOST_USED
from cases.models import HostNotice, Placement, Role
from cases.states import IllegalMove
from tests.factories import Watched, a_home, a_person, a_watched_child, an_authority, missing

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=clock.now() - timedelta(hours=3))


def words(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html.unescape(page.content.decode())).split()).replace("\xa0", " ")


def answers(**given: object) -> dict[str, object]:
    return {"placement_type": "K2", "starts_at_when": "now", "host_notified": "no"} | given


@pytest.mark.by_turns
def test_a_home_from_the_list_brings_its_authority_force_and_phone(client: Client, watched: Watched) -> None:
    home = a_home(an_authority("Saltbridge"))
    client.force_login(watched.worker)

    answer = client.post(
        f"/children/{watched.child.reference}/placements/new/", answers(where=home.pk, room="4")
    )

    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert answer.status_code == 302
    assert placement.home == home
    assert (placement.host_authority, placement.force) == (home.authority, home.force)
    assert (placement.phone, placement.room) == (home.phone, "4")
    watched.placement.refresh_from_db()
    assert watched.placement.ends_at == placement.starts_at


@pytest.mark.by_turns(8)
def test_why_and_until_when_are_kept_and_stand_with_the_placement(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    last = typed.london(clock.now()).date() + timedelta(days=40)
    typed_in = answers(
        where=a_home(an_authority("Saltbridge")).pk,
        reason="Her cousin lives <near> there",
        expected_end_date_day=last.day,
        expected_end_date_month=last.month,
        expected_end_date_year=last.year,
    )
    address = f"/children/{watched.child.reference}/placements/new/"
    early = client.post(address, typed_in | {"expected_end_date_year": last.year - 2})
    assert early.status_code == 422
    assert "The last day must not be before the placement begins" in early.content.decode()
    assert Placement.objects.get(child=watched.child) == watched.placement

    assert client.post(address, typed_in).status_code == 302

    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert (placement.reason, placement.expected_end_date) == ("Her cousin lives <near> there", last)
    page = client.get(f"/children/{watched.child.reference}/placements/").content.decode()
    assert "Her cousin lives &lt;near&gt; there" in page
    assert f"meant to last until {last.day} " in page


@pytest.mark.by_turns(8)
def test_who_arranged_it_who_handed_over_and_what_is_held_are_kept_and_stand_with_the_placement(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    came = {
        "arranged_by": "Sela <Maddern>",
        "handed_over_by": "Border officer Penrowe",
        "items_held": ["phone", "documents"],
        "items_note": "Two phones",
    }
    typed_in = answers(where=a_home(an_authority("Saltbridge")).pk, **came)
    address = f"/children/{watched.child.reference}/placements/new/"
    wrong = ({"items_held": ["a horse"]}, {"arranged_by": "x" * 151}, {"items_note": "x" * 201})
    for one in wrong:
        refused = client.post(address, typed_in | one)
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == set(one)
        assert "Border officer Penrowe" in refused.content.decode()
    assert Placement.objects.get(child=watched.child) == watched.placement

    assert client.post(address, typed_in).status_code == 302

    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert {name: getattr(placement, name) for name in came} == came
    page = client.get(f"/children/{watched.child.reference}/placements/").content.decode()
    for words in ("Sela &lt;Maddern&gt;", "Border officer Penrowe", "Phone, Documents. Two phones"):
        assert words in page
    plain = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert "Border officer Penrowe" not in plain, "in full with the placements alone"


@pytest.mark.by_turns
def test_the_list_shows_what_follows_from_a_home_before_anything_is_saved(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    page = client.get(f"/children/{watched.child.reference}/placements/new/").content.decode()

    home = watched.home
    assert f"{home.name}, {home.authority.name} ({home.force.name})" in page


@pytest.mark.by_turns
def test_somewhere_else_takes_the_address_and_the_force_of_that_area(
    client: Client, watched: Watched
) -> None:
    host = an_authority("Withyford")
    client.force_login(watched.worker)

    answer = client.post(
        f"/children/{watched.child.reference}/placements/new/",
        answers(
            where="elsewhere",
            address="3 Quill Street",
            postcode="zz991ab",
            phone="01632960555",
            authority=host.pk,
        ),
    )

    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert answer.status_code == 302
    assert placement.home is None
    assert (placement.address, placement.postcode) == ("3 Quill Street", "ZZ99 1AB")
    assert (placement.host_authority, placement.force) == (host, host.force)


@pytest.mark.by_turns
def test_another_force_than_that_of_the_area_can_be_chosen(client: Client, watched: Watched) -> None:
    host = an_authority("Marlstone")
    client.force_login(watched.worker)

    client.post(
        f"/children/{watched.child.reference}/placements/new/",
        answers(
            address="3 Quill Street",
            postcode="ZZ99 1AB",
            phone="01632 960555",
            authority=host.pk,
            force=watched.force.pk,
        ),
    )

    assert Placement.objects.get(child=watched.child, ends_at=None).force == watched.force


@pytest.mark.by_turns(8)
def test_an_address_beside_a_home_is_asked_about_and_not_dropped(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    answer = client.post(
        f"/children/{watched.child.reference}/placements/new/",
        answers(where=watched.home.pk, address="3 Quill Street"),
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Select “Somewhere else” for the address below, or clear it for this home" in page
    assert '<details class="govuk-details" id="elsewhere" open>' in page
    assert "3 Quill Street" in page


# --- The authority of another area


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("where", ["home", "address"])
def test_in_another_councils_area_it_must_be_said_whether_that_one_was_told(
    client: Client, watched: Watched, where: str
) -> None:
    host = an_authority("Saltbridge")
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/placements/new/"
    place = {"where": a_home(host).pk}
    if where == "address":
        place = {"address": "3 Quill Street", "postcode": "ZZ99 1AB", "phone": "01632 960555"}
        place |= {"authority": host.pk}
    for said, field, words_of in (
        ({"host_notified": ""}, "host_notified", "Select if Saltbridge has been told"),
        ({"host_notified": "perhaps"}, "host_notified", "Select a valid choice"),
        ({"host_notified": "yes", "told_at_when": "now"}, "told_whom", "Enter who was told"),
        ({"host_notified": "yes", "told_whom": "Their desk"}, "told_at", "Enter when they were told"),
    ):
        refused = client.post(address, answers(**place, **said))
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == {field}, said
        assert words_of in str(refused.context["form"].errors[field]), said
    assert Placement.objects.get(child=watched.child) == watched.placement
    assert not HostNotice.objects.exists()

    told = {"host_notified": "yes", "told_whom": "Their duty desk, by phone", "told_at_when": "now"}
    assert client.post(address, answers(**place, **told)).status_code == 302
    placement = Placement.objects.get(child=watched.child, ends_at=None)
    notice = HostNotice.objects.get()
    assert (placement.host_notified, notice.placement, notice.told_whom) == (
        True,
        placement,
        "Their duty desk, by phone",
    )


@pytest.mark.by_turns
def test_not_yet_invents_no_notice_and_it_stays_due(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/placements/new/"
    assert client.post(address, answers(where=a_home(an_authority("Saltbridge")).pk)).status_code == 302
    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert placement.host_notified is False
    assert not HostNotice.objects.exists()
    assert visits.host_to_tell(watched.child, at=clock.now()) == placement


@pytest.mark.by_turns
def test_in_its_own_area_nobody_else_is_to_be_told(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/placements/new/"
    own = a_home(watched.authority)
    assert client.post(address, answers(where=own.pk, host_notified="")).status_code == 302
    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert (placement.home, placement.host_notified) == (own, None)
    assert visits.host_to_tell(watched.child, at=clock.now()) is None


# --- A restricted address


def refuge(**given: object) -> dict[str, object]:
    host = an_authority("Withyford")
    said = {"where": "elsewhere", "address_restricted": "on", "provider": "Quill Refuges"}
    said |= {"phone": "01632 960 555", "authority": host.pk, "force": host.force_id}
    return answers(**(said | given))


@pytest.mark.by_turns(8)
def test_of_a_restricted_address_no_address_is_held_and_everybody_reads_whom_to_ring(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    answer = client.post(f"/children/{watched.child.reference}/placements/new/", refuge())

    placement = Placement.objects.get(child=watched.child, ends_at=None)
    assert answer.status_code == 302
    assert (placement.address, placement.postcode, placement.home) == ("", "", None)
    assert (placement.address_restricted, placement.provider) == (True, "Quill Refuges")
    told = "Restricted address, Quill Refuges: ring 01632 960555"
    for page in ("", "placements/", "placements/new/"):
        assert told in words(client.get(f"/children/{watched.child.reference}/{page}")), page
    assert told in words(client.get("/children/"))

    episode = missing(watched.child, by=watched.worker, at=clock.now())
    for page in ("", "briefing/", "text/"):
        assert told in words(client.get(f"/missing/{episode.reference}/{page}")), page
    client.force_login(watched.guardian)
    assert "Quill Refuges" not in words(client.get("/looking-out/"))


def test_it_is_told_without_choosing_somewhere_else_first(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    said = refuge(where="")
    assert client.post(f"/children/{watched.child.reference}/placements/new/", said).status_code == 302
    assert Placement.objects.get(child=watched.child, ends_at=None).address_restricted


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"address": "3 Quill Street"}, "address", "Clear the address, or the tick"),
        ({"postcode": "ZZ99 1AB"}, "postcode", "Clear the postcode, or the tick"),
        ({"provider": ""}, "provider", "Enter who runs the place"),
        ({"phone": ""}, "phone", "Enter a phone that is answered day and night"),
        ({"authority": ""}, "authority", "Select the host authority"),
        ({"force": ""}, "force", "Select the police force: no address says it"),
    ],
)
def test_what_no_address_can_say_must_be_chosen_and_no_address_beside_it(
    client: Client, watched: Watched, given: dict[str, object], field: str, said: str
) -> None:
    client.force_login(watched.worker)
    answer = client.post(f"/children/{watched.child.reference}/placements/new/", refuge(**given))
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {field}
    assert said in form.errors[field][0]
    for name, value in refuge(**given).items():
        if value and name in ("address", "postcode", "provider"):
            assert str(value) in answer.content.decode(), "what was typed stands there still"
    assert not Placement.objects.filter(address_restricted=True).exists()


@pytest.mark.by_turns(8)
def test_a_restricted_home_of_the_list_is_asked_about(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    answer = client.post(
        f"/children/{watched.child.reference}/placements/new/", refuge(where=watched.home.pk)
    )
    assert answer.status_code == 422
    assert "address_restricted" in answer.context["form"].errors
    assert '<details class="govuk-details" id="elsewhere" open>' in answer.content.decode()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("held", [{"address": "3 Quill Street"}, {"postcode": "ZZ99 1AB"}, {"provider": ""}])
def test_the_database_holds_no_address_of_a_restricted_placement(
    client: Client, watched: Watched, held: dict[str, str]
) -> None:
    client.force_login(watched.worker)
    client.post(f"/children/{watched.child.reference}/placements/new/", refuge())
    restricted = Placement.objects.filter(child=watched.child, ends_at=None)
    assert restricted.get().address_restricted
    with pytest.raises(IntegrityError, match="placement_restricted_holds_no_address"), transaction.atomic():
        restricted.update(**held)


def test_the_verb_writes_no_restricted_address(watched: Watched) -> None:
    host = an_authority("Withyford")
    plain = {"phone": "01632 960555", "authority": host, "force": host.force}
    for said, refusal in (
        ({"restricted": True, "provider": "Quill", "address": "3 Quill Street"}, "not written here"),
        ({"restricted": True}, "who runs the place"),
        ({}, "Enter the address"),
    ):
        with pytest.raises(IllegalMove, match=refusal):
            placements.start(
                watched.child,
                where=placements.Address(**plain, **said),
                placement_type="U6",
                starts_at=clock.now(),
                by=watched.worker,
                at=clock.now(),
            )
    assert Placement.objects.get(child=watched.child) == watched.placement


@pytest.mark.by_turns
def test_an_area_that_is_typed_and_not_on_the_list_is_refused_where_it_can_be_read(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    answer = client.post(
        f"/children/{watched.child.reference}/placements/new/",
        answers(where=a_home(an_authority("Saltbridge")).pk, authority="typed:Saltbrige"),
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "We do not know “Saltbrige”. Choose one from the list or leave it empty" in page
    assert '<details class="govuk-details" id="elsewhere" open>' in page
    assert Placement.objects.get(child=watched.child, ends_at=None) == watched.placement


@pytest.mark.by_turns
def test_an_address_half_given_says_what_is_missing_and_keeps_the_rest(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    answer = client.post(
        f"/children/{watched.child.reference}/placements/new/",
        answers(where="elsewhere", address="3 Quill Street"),
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    for message in (
        "Enter the postcode",
        "Enter a phone that is answered day and night",
        "Select the host authority",
    ):
        assert message in page
    assert "3 Quill Street" in page


@pytest.mark.by_turns
def test_nowhere_chosen_is_asked_again(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    answer = client.post(f"/children/{watched.child.reference}/placements/new/", answers())

    assert answer.status_code == 422
    assert "Select the home, or Somewhere else" in answer.content.decode()


@pytest.mark.by_turns(8)
def test_a_start_before_the_present_placement_is_refused_in_words(client: Client, watched: Watched) -> None:
    home = a_home()
    start = clock.now() - timedelta(days=2)
    client.force_login(watched.worker)

    answer = client.post(
        f"/children/{watched.child.reference}/placements/new/",
        answers(
            where=home.pk,
            starts_at_when="earlier",
            starts_at_time="11:00",
            starts_at_day=str(start.day),
            starts_at_month=str(start.month),
            starts_at_year=str(start.year),
        ),
    )

    assert answer.status_code == 422
    assert "Start date must be after the previous placement ended" in answer.content.decode()
    assert list(answer.context["form"].errors) == ["starts_at"]


def test_what_is_no_matter_of_its_start_is_said_above_all(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_child: object, **_facts: object) -> None:
        raise IllegalMove("This case is closed.")

    monkeypatch.setattr(placements, "start", closed)
    client.force_login(watched.worker)
    home = a_home(watched.authority)
    answer = client.post(f"/children/{watched.child.reference}/placements/new/", answers(where=home.pk))
    assert answer.status_code == 422
    assert dict(answer.context["form"].errors) == {"__all__": ["This case is closed."]}


def test_at_most_seven_answers_are_needed_even_somewhere_else(watched: Watched) -> None:
    form = PlacementForm(child=watched.child, now=clock.now())
    required = [name for name, field in form.fields.items() if field.required]

    assert len(required) <= 7
    assert form["starts_at"].initial == "now"


@pytest.mark.by_turns
def test_only_the_childs_own_team_duty_and_managers_place(client: Client, watched: Watched) -> None:
    strangers = [
        watched.carer,
        watched.guardian,
        watched.officer,
        a_person(Role.SOCIAL_WORKER),
        a_person(Role.SOCIAL_WORKER, authority=watched.authority),
    ]
    page = f"/children/{watched.child.reference}/placements/new/"
    for person in strangers:
        client.force_login(person)
        assert client.get(page).status_code == 404
        assert client.post(page, answers(where=watched.home.pk)).status_code == 404
    for person in (watched.worker, watched.manager, watched.desk.person):
        client.force_login(person)
        assert client.get(page).status_code == 200


@pytest.mark.by_turns
def test_the_page_asks_a_fixed_number_of_questions_of_the_database(
    client: Client, watched: Watched, django_assert_max_num_queries: Any
) -> None:
    client.force_login(watched.worker)
    for _ in range(10):
        a_home()

    with django_assert_max_num_queries(25):
        client.get(f"/children/{watched.child.reference}/placements/new/")


@pytest.mark.by_turns
def test_the_type_is_asked_by_few_answers_with_all_others_of_the_return_behind_a_fold(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    address = f"/children/{watched.child.reference}/placements/new/"
    page = client.get(address).content.decode()
    first, _fold, behind = page.partition('id="id_placement_type_of_1"')
    offered = re.findall(r'name="placement_type" value="(\w+)"', page)
    assert sorted(offered) == sorted(Placement.Type.values)
    assert first.count('name="placement_type"') == len(MOST_USED) <= 7
    assert "one of the codes Z11 to Z14" in behind
    # Whoever chose one of the others sees it still where something else is wrong.
    for chosen, is_open in (("P1", True), ("K3", False)):
        page = client.post(address, answers(placement_type=chosen)).content.decode()
        assert re.search(rf'value="{chosen}"[^>]* checked', page)
        fold = page[: page.index('id="id_placement_type_of_1"')].rpartition("<details")[2]
        assert (" open" in fold.partition(">")[0]) is is_open, chosen
