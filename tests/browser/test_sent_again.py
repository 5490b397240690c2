"""Every form with a key of its own: the same words twice are one record, other words are told of and lost by nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.test import Client

from alerts.forms import (
    building_checks,
    duty_tasks,
    episode_log,
    episodes,
    found,
    missing_report,
    not_arrived,
    police,
    prevention_interviews,
    reports,
    return_interviews,
)
from alerts.models import Reply
from alerts.views import journey_links
from cases.forms import (
    absence,
    action_owners,
    advisers,
    arrivals,
    assessments,
    contact,
    disclosures,
    held_papers,
    journeys,
    legal,
    link_requests,
    matters,
    meetings,
    notes,
    nrm,
    plans,
    registration,
    reviewing_officers,
    signs,
    supervisions,
    transfers,
    triggers,
    visits,
)
from cases.models import (
    ActionWord,
    BuildingCheck,
    Child,
    Contact,
    Disclosure,
    EpisodeCall,
    EpisodeUpdate,
    FoundAddition,
    FoundChild,
    HeldPaper,
    Journey,
    LegalStatus,
    LinkRequest,
    Matter,
    MatterEntry,
    Meeting,
    MeetingBooking,
    MissingReport,
    Note,
    NrmReferral,
    NrmStep,
    PersonalAdviser,
    PlanAction,
    PreventionInterview,
    ReturnInterview,
    ReviewingOfficer,
    RiskAssessment,
    SafetyPlan,
    Sign,
    Supervision,
    Transfer,
    Trigger,
    Visit,
    VisitRequest,
)
from cases.views.escorts import HereForm
from guardians.forms import council, referrals
from guardians.forms import supervisions as guardian_supervisions
from guardians.models import CouncilConcern, GuardianReferral, GuardianReferralStep
from tests.browser.town import Town, a_town, at_this_hour
from tests.counts import FULL, one_in

# The first that there is to choose.
CHOSEN = "chosen"
WORDS, OTHERS = "As it was said first", "What was said after that"


def on(name: str, day: str = "23") -> dict[str, str]:
    return {f"{name}_day": day, f"{name}_month": "11", f"{name}_year": "2026"}


@dataclass(frozen=True)
class Sent:
    """One form on its page: what is answered, which answer is another the second time, and what it makes."""

    form: type[forms.Form]
    page: str
    made: type[Model]
    other: str
    said: dict[str, Any] = field(default_factory=dict)
    who: str = "worker"
    which: str = ""
    words: str = WORDS
    others: str = OTHERS
    # What the next press brings: where a second one cannot stand beside the first, a refusal that keeps what is typed.
    then: int = 302
    # What the address says beside the page.
    query: str = ""

    def __str__(self) -> str:
        return f"{self.page}-{self.form.__name__}"


SEEN = {"seen": "alone", "place": "At the home"}
HEARD = {"outcome": "seen", "who": "me", "means": "face_to_face"}
TOLD = {"outcome": "refused", "body": "A college", "person": "Its office", "reason": WORDS, "basis": "none"}
MET = {"kind": "strategy", "led_by": "A. Manager", "attendees": "All", "guardian": "there"}
AGREED = {
    "child_agrees": "agrees",
    "agreed_with": "Carer",
    "goals": WORDS,
    "if_missing": WORDS,
    "contacts": WORDS,
}
RIDE = {
    "first_escort": "Petra Lindqvist",
    "first_phone": "07700 900111",
    "second_escort": "Owen Tasker",
    "second_phone": "07700 900112",
    "vehicle": "Blue Skoda",
    "plate": "AB12 CDE",
    "route": "A1",
    "to_place": "York",
    "hand_to": "The manager there",
    "told_at_time": "9am",
    "told_at_when": "earlier",
    "from_at_time": "4:10pm",
    "to_at_time": "5:10pm",
}
CHILD = {"given_name": "Zebulon", "sex": "M", "languages": "Arabic", "interpreter_needed": "yes"}
WANTED = {
    "reason": "share",
    "needs": WORDS,
    "wishes_language": "Arabic",
    "sure": "1",
    **on("proposed_date", "28"),
}
SENT = (
    Sent(visits.VisitForm, "visit_new", Visit, "note", SEEN),
    Sent(
        meetings.BookingForm,
        "meeting_book",
        MeetingBooking,
        "invited",
        {"kind": "strategy", "planned_time": "14:30", "guardian_invited": "yes", **on("planned_date", "28")},
        # One of a kind at one time.
        then=422,
    ),
    Sent(
        visits.VisitAskedForm,
        "visit_ask",
        VisitRequest,
        "words",
        {"kind": "asked", "asked_at_when": "quarter"},
    ),
    Sent(
        held_papers.HeldForm,
        "held_new",
        HeldPaper,
        "note",
        {"led_by": "An officer", **on("held_date")},
        then=422,
    ),
    Sent(notes.NoteForm, "note_new", Note, "text"),
    Sent(notes.NoteForm, "guardian_notes", Note, "text", who="guardian"),
    Sent(notes.CorrectForm, "note_correct", Note, "text", {"reason": "Misheard"}, then=422),
    Sent(disclosures.DisclosureForm, "child_disclosures", Disclosure, "what", TOLD),
    Sent(triggers.TriggerForm, "trigger_new", Trigger, "note"),
    Sent(
        signs.SignForm,
        "sign_list",
        Sign,
        "why",
        {"kind": "person", "text": "Ossian Vell", "source": "The home", "for_force": "no"},
        who="duty",
        then=422,
    ),
    Sent(
        link_requests.LinkAskForm,
        "link_ask",
        LinkRequest,
        "about",
        {
            "known": "yes",
            "council": CHOSEN,
            "why": WORDS,
            "kind": "sibling",
            "name": "Samiel Tesfay",
            "said_by": "The child",
            "danger": "no",
            "safe_why": "They came apart.",
        },
        then=422,
    ),
    Sent(contact.CheckInForm, "contact_new", Contact, "note", HEARD, who="carer"),
    Sent(
        contact.MessageForm,
        "contact_new",
        Contact,
        "note",
        {"who": "me"},
        who="carer",
        query="?means=message",
    ),
    Sent(matters.ReportForm, "breach_new", Matter, "text"),
    Sent(matters.ReportForm, "complaint_new", Matter, "text"),
    Sent(matters.WorryForm, "worry_new", Matter, "text"),
    Sent(matters.EntryForm, "matter", MatterEntry, "text", {"kind": "told_people"}, who="dpo"),
    Sent(
        meetings.MeetingForm,
        "meeting_new",
        Meeting,
        "decisions",
        {**MET, "held_at_when": "earlier", "held_at_time": "9am"},
    ),
    Sent(
        supervisions.SupervisionForm,
        "supervision_new",
        Supervision,
        "own",
        {**on("next_date", "28"), "held_at_when": "earlier", "held_at_time": "9am"},
        who="manager",
    ),
    Sent(plans.PlanForm, "plan_new", SafetyPlan, "goals", {**AGREED, **on("review_date", "28")}),
    Sent(plans.ActionForm, "action_new", PlanAction, "what", on("by_date", "28")),
    Sent(action_owners.SaidDoneForm, "action_said", ActionWord, "said", who="guardian"),
    Sent(action_owners.ActionEndForm, "action_end", ActionWord, "said", {"ending": "go_on"}),
    Sent(
        legal.StatusForm,
        "legal_new",
        LegalStatus,
        "note",
        {"code": "V2", "starts_at_when": "now"},
        which="away",
    ),
    Sent(
        advisers.AdviserForm,
        "adviser_new",
        PersonalAdviser,
        "organisation",
        {"name": "Ida Moss", "phone": "01632 960 112", "starts_at_when": "now"},
    ),
    Sent(
        reviewing_officers.OfficerForm,
        "reviewing_officer_new",
        ReviewingOfficer,
        "name",
        {"phone": "01632 960 113", "starts_at_when": "now"},
    ),
    Sent(assessments.AssessmentForm, "assessment_new", RiskAssessment, "rationale", {"grade": "high"}),
    Sent(
        nrm.ReferralForm,
        "nrm_new",
        NrmReferral,
        "made_by",
        {"first_responder": CHOSEN, **on("referred_date")},
        which="away",
        then=422,
    ),
    Sent(nrm.StepForm, "nrm_step", NrmStep, "note", {"what": "asked", **on("happened_date")}),
    Sent(journeys.JourneyForm, "journey_new", Journey, "words", RIDE | {"kind": "move"}, then=422),
    Sent(
        journeys.ConfirmForm,
        "journey_confirm",
        Contact,
        "escort",
        who="duty",
        which="travelling",
        words="Petra Lindqvist",
        others="Owen Tasker",
        then=422,
    ),
    Sent(
        journeys.BreakOffForm,
        "journey_break_off",
        Contact,
        "reason",
        {"seen_by": "Petra Lindqvist"},
        which="travelling",
        then=422,
    ),
    Sent(HereForm, "escort_page", Contact, "stop", who="", words="1", others="2"),
    Sent(
        arrivals.IntakeForm,
        "arrival_new",
        Child,
        "given_name",
        {"age": "16", "sex": "M", "place": "Docks", "home": CHOSEN},
    ),
    Sent(registration.RegistrationForm, "child_new", Child, "needs_note", CHILD),
    Sent(transfers.ReferForm, "transfer_act", Transfer, "wishes", WANTED, which="/refer", then=422),
    Sent(
        referrals.ReferForm,
        "guardian_referral",
        GuardianReferral,
        "reason",
        {"service": CHOSEN, **on("referred_date")},
        which="nowhere",
        then=422,
    ),
    Sent(
        referrals.AnswerForm,
        "referral_answer",
        GuardianReferralStep,
        "note",
        {"status": "waiting", "place": "3"},
        who="supervisor",
    ),
    Sent(referrals.WithdrawForm, "guardian_referral_withdraw", GuardianReferralStep, "reason", then=422),
    Sent(council.ConcernForm, "council_concerns", CouncilConcern, "words", who="guardian"),
    Sent(building_checks.BuildingChecked, "building_check", BuildingCheck, "note", who="carer"),
    Sent(
        building_checks.CheckTold,
        "check_told",
        BuildingCheck,
        "note",
        who="duty",
        then=422,
        said={"said": "checked", "checked_by": "M. Reid", "happened_at_when": "now"},
    ),
    Sent(
        episodes.Seen,
        "episode_seen",
        Contact,
        "note",
        {"who": "me", "means": "phone", "seen_at_when": "now"},
        who="duty",
    ),
    Sent(episode_log.Update, "episode_update", EpisodeUpdate, "text"),
    Sent(
        episode_log.Call,
        "episode_call",
        EpisodeCall,
        "said",
        {"direction": "out", "party": "Northmere Police, 101", "rung_at_when": "now"},
        who="duty",
    ),
    Sent(reports.NotHere, "not_here", Contact, "witness", who="duty"),
    Sent(
        reports.QuickReport,
        "missing_report_quick",
        MissingReport,
        "why_worried",
        {
            "police_rung": "no",
            "last_seen_at_when": "now",
            "last_seen_place": "The kitchen",
            "last_seen_by": "M. Reid",
        },
        who="carer",
    ),
    Sent(
        found.NewFound,
        "found_new",
        FoundChild,
        "place",
        {"authority": CHOSEN, "found_by": "PC Ade", "found_at_when": "now", "looks": "Tall, a scar"},
        who="duty",
    ),
    Sent(found.AddFound, "found_add", FoundAddition, "looks", who="duty"),
    Sent(police.TellForm, "episode_tell", Reply, "text", who="officer"),
    Sent(return_interviews.InterviewForm, "return_interview", ReturnInterview, "during", which="ended"),
    Sent(
        prevention_interviews.PreventionForm,
        "episode_prevention",
        PreventionInterview,
        "said",
        # The form beside it, which withdraws what stands, is not sent.
        {"held_at_when": "now", "officer": "PC Ade 77", "seen_alone": "yes", "withdraw": ""},
        who="duty",
        which="ended",
    ),
)
# Looked at where their pages are: of several screens, and one whose page ends with what it records.
ELSEWHERE = {
    missing_report.MissingFacts,
    duty_tasks.SeenByPhone,
    journeys.SeenForm,
    contact.PressForm,
    # Nobody types any of it.
    journey_links.SendForm,
    # Its boxes have the names of children: held beside its own page.
    guardian_supervisions.GuardianSupervisionForm,
    # Each takes the child out of where it could be sent anew: held beside their own pages.
    reports.Away,
    absence.AbsenceForm,
    # Ends what it would be sent anew about: held beside its page.
    absence.ReturnForm,
    # Gives the child to whoever reads it from then on: held beside its page.
    not_arrived.ReceiverForm,
    not_arrived.SenderForm,
}


class Filled(HTMLParser):
    """The answers with which a page of one form is shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.answers: dict[str, Any] = {}
        self.area = self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {key: value or "" for key, value in attrs}
        name = has.get("name", "")
        if tag == "input" and name and has.get("type") not in ("radio", "checkbox", "file", "submit"):
            self.answers[name] = has.get("value", "")
        elif tag == "input" and name and "checked" in has:
            self.answers[name] = has.get("value", "on")
        elif tag == "textarea":
            self.area = name
            self.answers[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in has:
            self.answers[self.select] = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.answers[self.area] += data


@pytest.fixture(scope="module")
def town(keep: Any, lend: Any) -> Iterator[Town]:
    name, made = keep(a_town)
    with lend(name), at_this_hour():
        yield made


@pytest.fixture(scope="module")
def clients(town: Town) -> dict[str, Client]:
    """Whoever has signed in so far, and whoever has not."""
    return {"": Client()}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("one", SENT, ids=str)
def test_a_form_sent_again_is_one_record_and_with_other_words_it_is_told_of_and_kept(
    town: Town, clients: dict[str, Client], one: Sent
) -> None:
    path = town.path(one.page, which=one.which) + one.query
    client = clients.get(one.who) or clients.setdefault(one.who, Client())
    if one.who and not client.cookies:
        client.force_login(town.people[one.who])
    with transaction.atomic():
        page = client.get(path)
        assert isinstance(page.context["form"], one.form)
        said = {name: _chosen(page, name) if text == CHOSEN else text for name, text in one.said.items()}
        first = {**Filled(page.content.decode()).answers, **said, one.other: one.words}
        before = one.made.objects.count()  # type: ignore[attr-defined]
        sent = client.post(path, first)
        assert sent.status_code == 302, sent.context["form"].errors
        assert client.post(path, first).status_code == 302, "the same words are the same record"
        assert one.made.objects.count() == before + 1  # type: ignore[attr-defined]
        refused = client.post(path, {**first, one.other: one.others})
        assert refused.status_code == 422
        assert one.made.objects.count() == before + 1  # type: ignore[attr-defined]
        assert refused.context.get("error") or refused.context["form"].errors
        shown = refused.content.decode()
        assert one.others in shown
        if FULL or one_in(one, 3) == 0:
            again = client.post(path, {**Filled(shown).answers, **said, one.other: one.others})
            assert again.status_code == one.then
            made = 2 if one.then == 302 else 1
            assert one.made.objects.count() == before + made  # type: ignore[attr-defined]
        transaction.set_rollback(True)


@pytest.mark.by_turns
def test_every_form_with_a_key_is_sent_again() -> None:
    for file in Path(settings.BASE_DIR).glob("*/forms/*.py"):
        if file.stem != "__init__":
            import_module(f"{file.parts[-3]}.forms.{file.stem}")
    found = {
        one
        for one in _all(forms.Form)
        if "once" in one.base_fields and not one.__module__.startswith("tests")
    }
    assert len(found) > 25
    assert found == {one.form for one in SENT} | ELSEWHERE


def _chosen(page: Any, name: str) -> str:
    return next(str(value) for value, _label in page.context["form"].fields[name].choices if value)


def _all(kind: type[Any]) -> set[type[Any]]:
    below = kind.__subclasses__()
    return {*below, *(one for each in below for one in _all(each))}
