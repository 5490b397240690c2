"""Signs of trafficking are a list of the assessment: each ticked by itself with how it is known, version by version."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import versions
from cases import assessments, clock, concerns
from cases.assessments import Assessment
from cases.models import Child, Draft, RiskAssessment
from cases.models.assessments import INDICATORS
from cases.states import IllegalMove
from tests.factories import AT, Watched, a_watched_child

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MET, LUGGAGE = "Met by a man in a grey van, says the night worker", "Came with a phone and nothing else"
FORM = {
    "grade": "high",
    "rationale": "Brought by men",
    "control_source": "The night worker, today",
    "assessed_at_when": "now",
    "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d21",
    "sign_met": "on",
    "sign_met_how": MET,
}


@pytest.fixture
def watched(db: None) -> Watched:
    return a_watched_child(at=AT, given_name="Dilan")


@pytest.fixture
def page(watched: Watched, client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(clock, "now", lambda: AT + 3 * HOUR)
    client.force_login(watched.worker)
    return client


def assessed(one: Watched, signs: dict[str, str], *, hours: int = 2, **control: Any) -> RiskAssessment:
    said = {"factors": {"trafficking": "yes"}, "evidence": "", "source": "The child", **control}
    found = Assessment(
        grade="high",
        rationale="As discussed",
        domains={"control": said | {"indicators": signs}},
        assessed_at=AT + hours * HOUR,
    )
    return assessments.record(one.child, found, by=one.worker, at=AT + hours * HOUR)


@pytest.mark.by_turns
def test_how_each_is_known_is_evidence_enough_and_the_child_stands_on_record(watched: Watched) -> None:
    row = assessed(watched, {"no_luggage": LUGGAGE, "met": MET})
    assert list(row.signs.items()) == [("no_luggage", LUGGAGE), ("met", MET)]
    assert Child.objects.get(pk=watched.child.pk).trafficking == "yes"


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("signs", "control", "words"),
    [
        ({"met": " "}, {}, "how each sign"),
        ({"met": MET}, {"factors": {"trafficking": "no"}}, "there are signs"),
        ({"met": MET}, {"factors": {}}, "there are signs"),
        ({"met": MET}, {"source": ""}, "who gave it"),
        ({}, {}, "evidence"),
    ],
)
def test_a_sign_without_how_it_is_known_or_beside_a_no_is_refused(
    watched: Watched, signs: dict[str, str], control: dict[str, Any], words: str
) -> None:
    with pytest.raises(IllegalMove, match=words):
        assessed(watched, signs, **control)
    assert not RiskAssessment.objects.exists()


@pytest.mark.by_turns(8)
def test_a_sign_that_is_none_of_the_list_or_of_another_domain_is_a_fault_of_the_caller(
    watched: Watched,
) -> None:
    with pytest.raises(ValueError, match="control"):
        assessed(watched, {"aliens": "x"})
    domains = {"health": {"factors": {}, "indicators": {"met": MET}}}
    found = Assessment(grade="high", rationale="x", domains=domains, assessed_at=AT)
    with pytest.raises(ValueError, match="health"):
        assessments.record(watched.child, found, by=watched.worker, at=AT + HOUR)


@given(st.dictionaries(st.sampled_from(sorted(INDICATORS)), st.text(min_size=1, max_size=30)))
@settings(deadline=None, max_examples=50)
def test_whatever_is_ticked_is_shown_in_the_order_of_the_list_and_nothing_else(signs: dict[str, str]) -> None:
    row = RiskAssessment(domains={"control": {"indicators": signs}} if signs else {})
    assert row.signs == signs
    assert list(row.signs) == [code for code in INDICATORS if code in signs]
    assert len(versions.signs(row)) == len(signs)


@pytest.mark.by_turns
def test_two_versions_stand_side_by_side_with_what_differs(watched: Watched) -> None:
    before = assessed(watched, {"met": MET})
    latest = assessed(watched, {"met": MET, "no_luggage": LUGGAGE}, hours=3)
    (line,) = [one for one in versions.side_by_side(latest, before) if one.title == "Signs of trafficking"]
    assert line.differs
    assert "No luggage" in line.now
    assert LUGGAGE in line.now
    assert LUGGAGE not in line.before
    assert MET in line.before
    assert RiskAssessment.objects.get(pk=before.pk).signs == {"met": MET}, "what was found then stays"


def test_a_tick_answers_the_question_and_the_next_form_has_it_filled_in(
    watched: Watched, page: Client
) -> None:
    address = reverse("assessment_new", args=[watched.child.reference])
    assert page.post(address, FORM).status_code == 302
    row = RiskAssessment.objects.get()
    assert row.domains["control"]["factors"]["trafficking"] == "yes"
    assert row.signs == {"met": MET}
    again = page.get(address)
    assert MET in again.content.decode()
    assert again.context["form"]["sign_met"].value() is True
    shown = page.get(reverse("risk_assessments", args=[watched.child.reference])).content.decode()
    assert MET in shown


@pytest.mark.by_turns
def test_a_debt_for_the_journey_answers_the_question_of_a_debt_as_well(
    watched: Watched, page: Client
) -> None:
    said = {**FORM, "sign_journey_debt": "on", "sign_journey_debt_how": "4,000, he says"}
    assert page.post(reverse("assessment_new", args=[watched.child.reference]), said).status_code == 302
    assert RiskAssessment.objects.get().domains["control"]["factors"] == {"trafficking": "yes", "debt": "yes"}


def test_the_form_asks_how_it_is_known_and_refuses_a_no_beside_a_tick(watched: Watched, page: Client) -> None:
    address = reverse("assessment_new", args=[watched.child.reference])
    lacking = page.post(address, {**FORM, "sign_met_how": ""})
    assert list(lacking.context["form"].errors) == ["sign_met_how"]
    no = page.post(address, {**FORM, "trafficking": "no"})
    assert list(no.context["form"].errors) == ["trafficking"]


@pytest.mark.by_turns(8)
def test_what_is_written_beside_no_tick_is_refused_and_kept_and_what_stood_there_goes_with_its_tick(
    watched: Watched, page: Client
) -> None:
    address = reverse("assessment_new", args=[watched.child.reference])
    alone = page.post(address, {**FORM, "sign_no_luggage_how": LUGGAGE})
    assert alone.status_code == 422
    form = alone.context["form"]
    assert list(form.errors) == ["sign_no_luggage_how"]
    assert "Tick the sign, or clear the text" in form.errors["sign_no_luggage_how"][0]
    assert LUGGAGE in alone.content.decode()
    assert not RiskAssessment.objects.exists()
    assert page.post(address, FORM).status_code == 302
    cleared = {**FORM, "once": "6f2d7b7e-0c5c-4a52-9d0b-5b1f0f8f1d22"}
    del cleared["sign_met"]
    other = page.post(address, {**cleared, "sign_met_how": f"{MET}, twice"})
    assert list(other.context["form"].errors) == ["sign_met_how"]
    assert page.post(address, cleared).status_code == 302
    assert RiskAssessment.objects.latest("pk").signs == {}


@pytest.mark.by_turns
def test_a_draft_keeps_ticks_and_words(watched: Watched, page: Client) -> None:
    address = reverse("assessment_new", args=[watched.child.reference])
    page.post(address, {**FORM, "save_draft": "1"})
    assert Draft.objects.filter(form="assessment").exists()
    form = page.get(address).context["form"]
    assert (form["sign_met"].value(), form["sign_met_how"].value()) == (True, MET)
    assert not form["sign_no_luggage"].value()


@pytest.mark.by_turns(8)
def test_the_draft_of_the_referral_prints_each_with_how_it_is_known_and_no_address(
    watched: Watched, page: Client
) -> None:
    address = reverse("nrm_draft", args=[watched.child.reference])
    empty = page.get(address).content.decode()
    assert "No sign is ticked" in empty
    assessed(watched, {"met": MET}, factors={"trafficking": "yes", "debt": "yes"}, evidence="Owes 4,000")
    concerns.mark(watched.child, reason="A van at the gate", by=watched.worker, at=AT + 3 * HOUR)
    text = page.get(address).content.decode()
    for said in (MET, "Owes 4,000", "A debt, for the journey or otherwise", "A van at the gate", "Dilan"):
        assert said in text
    assert watched.home.name not in text
    assert address in page.get(reverse("nrm", args=[watched.child.reference])).content.decode()


@pytest.mark.by_turns
def test_the_draft_is_for_those_who_may_refer(watched: Watched, client: Client) -> None:
    other = a_watched_child()
    for stranger in (watched.carer, watched.guardian, watched.officer, other.worker):
        client.force_login(stranger)
        assert client.get(reverse("nrm_draft", args=[watched.child.reference])).status_code == 404
