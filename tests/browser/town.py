"""A town for tests that look: one site with a child of every kind, and everybody who reads about them."""

import itertools
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.test.utils import override_settings
from django.urls import get_resolver, reverse

from alerts import (
    addresses,
    clocks,
    duty_steps,
    heartbeats,
    home_alerts,
    police_links,
    policies,
    probes,
    revisions,
    sweep,
)
from alerts.duties import Duty
from alerts.models import AlertStep, Clock, DutyStep, DutyTask, HomeClock, Message, PolicyVersion, StepAnswer
from alerts.states import MessageStatus
from cases import (
    action_words,
    advisers,
    ages,
    arrivals,
    assessments,
    bookings,
    break_glass,
    building_checks,
    care,
    children,
    clock,
    closings,
    concerns,
    configuration,
    contacts,
    disclosures,
    documents,
    drafts,
    episodes,
    escort_links,
    found,
    found_photos,
    held_papers,
    home_devices,
    images,
    incidents,
    invitations,
    kept_forms,
    legal,
    legal_holds,
    link_requests,
    links,
    manager_covers,
    matters,
    meetings,
    notes,
    nrm,
    people,
    planned_placements,
    plans,
    quarantine,
    responsibilities,
    restrictions,
    return_interviews,
    reviewing_officers,
    second_factor,
    signs,
    splits,
    staffing,
    supervisions,
    transfers,
    triggers,
    worker_covers,
    worker_leaves,
)
from cases.action_owners import Owner
from cases.assessments import Assessment
from cases.deadlines import london_day
from cases.forms.drafts import read_typed
from cases.models import (
    Child,
    Disclosure,
    Draft,
    FirstResponder,
    Matter,
    Placement,
    Role,
    Shift,
    Split,
    SplitShare,
    Team,
    Trigger,
    User,
)
from guardians import closings as services
from guardians import council, covers, leaves, referrals
from guardians import supervisions as guardian_supervisions
from tests import factories, passing
from tests.alerts import test_missing_report_page
from tests.browser import names, town_searches
from tests.factories import Watched
from tests.papers import a_scan

# A Tuesday afternoon: no night's rule and no weekend's decides what a page shows.
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DUTY_LINE = "0300 000 0000"
PASSWORD = "three random words"
LONG_NOTE = "At supper. Asked about his brother, and whether the bus to the coast runs on Sundays."

# Pages about a guardian, whom they name by number.
OF_GUARDIAN = ("guardian_leave", "guardian_cover", "guardian_terms")


def at_this_hour() -> override_settings:
    """Settings in which it is `NOW` now, with a duty line in every footer."""
    with override_settings(CLOCK_SHIFT=0):
        shift = (NOW - clock.now()).total_seconds()
    return override_settings(CLOCK_SHIFT=shift, DUTY_LINE=DUTY_LINE, HEARTBEAT_STALE_SECONDS=24 * 3600)


class Town:
    """People by what they are, and the path of every page by the name of its address."""

    people: dict[str, User]
    watched: Watched

    def __init__(self) -> None:
        # Whoever was made before in this process changes nobody's name: no two in the town have the same.
        factories._children = itertools.count()
        PolicyVersion.objects.filter(key=policies.DUTY).update(takes_effect_at=NOW - timedelta(days=100))
        self.watched = factories.a_watched_child(
            at=NOW - 60 * HOUR,
            arrived_at=NOW - 61 * HOUR,
            placement_type=Placement.Type.CHILDRENS_HOME,
            given_name="Maximiliano-Ferdinand",
            family_name="Al-Khatib-Okoro-Vale",
            script_name="يوسف الخطيب",
            script_language="ar",
            languages=["Arabic", "Kurdish (Sorani)"],
            phone="07700 900456",
        )
        watched = self.watched
        self.people = {
            "worker": watched.worker,
            "manager": watched.manager,
            "head": watched.head,
            "duty": watched.desk.person,
            "carer": watched.carer,
            "guardian": watched.guardian,
            "officer": watched.officer,
            "admin": factories.a_person(Role.ADMINISTRATOR, authority=watched.authority),
            "statistician": factories.a_person(Role.STATISTICIAN),
            "auditor": factories.a_person(Role.AUDITOR, authority=watched.authority),
            "dpo": factories.a_person(Role.DPO, authority=watched.authority),
            "reviewer": factories.a_person(Role.REVIEWING_OFFICER, authority=watched.authority),
            "half in": factories.a_person(Role.SOCIAL_WORKER),
            "new step": factories.a_person(Role.SOCIAL_WORKER),
            "neighbour": factories.a_person(Role.SOCIAL_WORKER, authority=watched.authority),
            "glass breaker": factories.a_person(Role.SOCIAL_WORKER, authority=watched.authority),
        }
        self.people |= _newcomers()
        self._silence()
        self._story()
        self._house()
        self._search()
        self._endings()
        town_searches.fill(self.watched, ended=self.over, now=NOW)
        self._cover()
        self._office()
        self._second_steps()
        self._handed_over()
        self._paper()
        self._transfers()
        self._journey()
        self._away()
        self._rest()
        # Last, so that nobody else's name or place on a list is another for it.
        self.others |= self._asked()
        self._death()

    @property
    def merged(self) -> dict[str, int]:
        """The town's authority, and one that could take its place."""
        return {"authority": self.watched.authority.pk, "successor": self.others["successor"]}

    def path(self, name: str, *, which: str = "", query: str = "") -> str:
        """The path of the page with this address; `which` says which of several."""
        patterns = get_resolver().reverse_dict.getlist(name)
        assert patterns, f"there is no address {name}"
        template, wanted = patterns[0][0][0]
        kept = {field: self._argument(field, name, template, which) for field in wanted}
        return reverse(name, kwargs=kept) + (
            f"?{query.format(child=self.watched.child.reference, **self.merged)}" if query else ""
        )

    def _argument(self, field: str, name: str, template: str, which: str) -> Any:
        if "/" in which:
            child, act = which.split("/")
            return act if field in ("act", "item") else self.others.get(child, self.watched.child.reference)
        if which:
            return self.others.get(which, which)
        if f"{name}.{field}" in self.others:
            return self.others[f"{name}.{field}"]
        if field == "reference":
            return self.episode.reference if "missing/%" in template else self.watched.child.reference
        return self.others[field]

    def _child(self, name: str, **fields: Any) -> Child:
        watched = self.watched
        found = factories.a_child(
            team=watched.team, worker=watched.worker, given_name=name, **{"at": NOW - 60 * HOUR} | fields
        )
        factories.placed(found, watched.home)
        return found

    def _supervision(self) -> None:
        """The manager talked with the worker about the child, and something is to be done by each of them."""
        watched, day = self.watched, (NOW + 21 * 24 * HOUR).date()
        asked = (
            ("Ring the solicitor before the hearing", watched.worker),
            ("Ask for an interpreter who is no man", watched.manager),
        )
        decided = tuple(supervisions.Decision(what=what, owner=owner, by_date=day) for what, owner in asked)
        talk = supervisions.Talk(
            child=watched.child, discussed=LONG_NOTE, direction=LONG_NOTE, decisions=decided
        )
        sitting = supervisions.Held(held_at=NOW - 5 * HOUR, next_date=day, own=LONG_NOTE, talks=(talk,))
        self.sitting = supervisions.record(watched.worker, sitting, by=watched.manager, at=NOW - 4 * HOUR)

    def _away(self) -> None:
        """A social worker is ill, nobody knows for how long, and a colleague is asked to have the work of a child."""
        watched, manager = self.watched, self.watched.manager
        away, covering = (factories.a_person(Role.SOCIAL_WORKER, team=watched.team) for _ in range(2))
        self.people |= {"away": away, "covering": covering}
        child = factories.a_child(team=watched.team, worker=away, given_name="Nahom", at=NOW - 60 * HOUR)
        factories.placed(child, watched.home)
        ill = {"kind": "sickness", "starts_at": NOW, "ends_at": None, "by": manager, "at": NOW}
        leave = worker_leaves.announce(away, **ill)
        held = list(child.allocations.current(NOW))
        (cover,) = worker_covers.ask(leave, held, covering, by=manager, at=NOW).covers
        resting = factories.a_person(Role.TEAM_MANAGER, team=watched.team)
        self.people["resting"] = resting
        rest = worker_leaves.announce(resting, **ill)
        (post,) = resting.memberships.all()
        stands_in = manager_covers.ask(rest, post, watched.head, by=manager, at=NOW)
        paper = a_scan()
        letter = documents.Given(
            scan=paper, kind="court", title="Order of the court", received_from="The court"
        )
        row = documents.keep(watched.child, letter, by=watched.worker, at=NOW)
        self.others |= {
            **{f"{name}.token": row.token for name in ("document", "document_withdraw")},
            **{f"{name}.person_id": away.pk for name in ("worker_leave", "worker_cover")},
            **{f"{name}.leave_id": leave.pk for name in ("worker_leave_end", "worker_leave_look")},
            "worker_cover_end.cover_id": cover.pk,
            "manager_cover.person_id": resting.pk,
            "manager_cover_end.cover_id": stands_in.pk,
            "supervision_id": self.sitting.pk,
            "discussion_id": self.sitting.discussions.get().pk,
        }

    def _cover(self) -> None:
        """The guardian goes on leave; a colleague covers for the child, and is asked once more for the time after."""
        service, guardian = self.watched.assignment.service, self.watched.guardian
        colleague = factories.a_person(Role.GUARDIAN, service=service)
        self.people["colleague"] = colleague
        self.people["supervisor"] = factories.a_person(Role.GUARDIAN, service=service, reach="service")
        days = [NOW + n * 24 * HOUR for n in (5, 8, 12)]
        by = {"by": guardian, "at": NOW}
        leaves.announce(guardian, service, kind="leave", starts_at=days[0], ends_at=days[2], **by)
        rows = [self.watched.assignment]
        (self.cover,) = covers.ask(rows, colleague, starts_at=days[0], ends_at=days[1], **by).covers
        covers.answer([self.cover], accepted=True, by=colleague, at=NOW)
        covers.ask(rows, colleague, starts_at=days[1], ends_at=days[2], **by)
        self.concern = council.raise_concern(
            self.watched.child,
            words="Nobody has asked for a school place",
            shared=False,
            promised_by="E. Arnott",
            by_date=(NOW + 9 * 24 * HOUR).date(),
            key=uuid.uuid4(),
            **by,
        )
        sitting = guardian_supervisions.Held(
            held_at=NOW - HOUR,
            next_date=(NOW + 28 * 24 * HOUR).date(),
            said={self.watched.child.pk: LONG_NOTE},
        )
        held = guardian_supervisions.record(
            guardian, service, sitting, by=self.people["supervisor"], at=NOW - HOUR
        )
        self.others |= {
            "service_supervision_new.service_id": service.pk,
            "service_supervision_new.person_id": guardian.pk,
            "guardian_discussion_withdraw.discussion_id": held.discussions.get().pk,
        }

    def _silence(self) -> None:
        """Two children of whom nobody wrote anything, so that duty is to ring their home; time then stops for them."""
        self._child("Selam", languages=["Tigrinya"])
        silent = self.watched.child
        while not AlertStep.objects.filter(alert__child=silent, step="R1").exists():
            sweep.sweep_all(now=min(one.next_at for one in Clock.objects.all() if one.next_at))
        Clock.objects.update(next_at=None)
        self.check = building_checks.record(
            self.watched.home,
            building_checks.Round(checked_by_user=self.watched.carer, happened_at=NOW - 59 * HOUR),
            by=self.watched.carer,
            at=NOW - 59 * HOUR,
        )
        due = HomeClock.objects.get(home=self.watched.home).due_at
        assert due is not None
        home_alerts.sweep(now=due + 30 * MINUTE)

    def _story(self) -> None:
        """What a child's own pages tell."""
        watched, child = self.watched, self.watched.child
        worker = watched.worker
        for hours in (30, 20, 10):
            factories.seen(child, by=watched.carer, at=NOW - hours * HOUR, note=LONG_NOTE)
        wrong = factories.seen(child, by=watched.carer, at=NOW - 90 * MINUTE)
        contacts.withdraw(
            wrong, reason="Recorded for the wrong child", by=watched.carer, at=NOW - 80 * MINUTE
        )
        contact = factories.seen(child, by=watched.carer, at=NOW - MINUTE)
        photo = factories.photographed(child, at=NOW - 20 * HOUR)
        note = notes.write(child, text=LONG_NOTE, by=worker, at=NOW - 5 * HOUR)
        concerns.mark(child, reason="Collected by an unknown adult", by=worker, at=NOW - 4 * HOUR)
        children.set_risk(child, "high", reason="New to the area", by=worker, at=NOW - 4 * HOUR)
        for grade, hours in (("medium", 30), ("high", 3)):
            found_out = Assessment(
                grade=grade,
                rationale=LONG_NOTE,
                domains={
                    "control": {
                        "factors": {"debt": "yes", "adults": "no"}
                        | ({"trafficking": "yes"} if hours < 10 else {}),
                        **(
                            {"indicators": {"met": "A man in a grey van", "journey_debt": LONG_NOTE}}
                            if hours < 10
                            else {}
                        ),
                        "evidence": f"Owes for the journey, said {hours} hours ago.",
                        "source": "The child",
                    }
                },
                protective="Goes to college, has a brother in Leeds.",
                assessed_at=NOW - hours * HOUR,
            )
            assessments.record(child, found_out, by=worker, at=NOW - hours * HOUR)
        plan = plans.Plan(
            goals=LONG_NOTE,
            if_missing="Ring his brother, then look at the coach station in the old town.",
            contacts="Duty, day and night",
            guardian_contact="Each Tuesday after college; duty rings her within the hour.",
            travel_rules="To college and back by the 72 bus. Back by 8pm.",
            address_secrecy="Nobody online knows the street.",
            copied_to="Police of the area, the college",
            contact_row="first_30_days",
            child_agrees="in_part",
            child_words="I want to walk to college by myself.",
            agreed_with="The carer and the guardian",
            review_date=(NOW + 20 * 24 * HOUR).date(),
        )
        plans.write(child, plan, by=worker, at=NOW - 30 * HOUR)
        newer = replace(plan, goals="Nobody waits for him at the gate.", key=uuid.uuid4())
        plans.write(child, newer, by=worker, at=NOW - 2 * HOUR)
        asked = {"by_date": NOW.date(), "by": worker, "at": NOW - 2 * HOUR}
        action = plans.ask(child, "Change the card of his phone", owner=worker, **asked)
        adviser = advisers.Adviser(
            name="Rhiannon Castellanos-Okoro",
            organisation="Leaving care team",
            phone="01632 960 780",
            starts_at=NOW - 20 * HOUR,
        )
        self.adviser = advisers.appoint(child, adviser, by=worker, at=NOW - 2 * HOUR)
        officer = reviewing_officers.Officer(user=self.people["reviewer"], starts_at=NOW - 20 * HOUR)
        self.reviewing = reviewing_officers.appoint(child, officer, by=worker, at=NOW - 2 * HOUR)
        agreed = legal.Status(code="V2", starts_at=NOW - 60 * HOUR, note=LONG_NOTE)
        mistaken = legal.record(child, agreed, by=worker, at=NOW - 59 * HOUR)
        legal.withdraw(mistaken, reason=LONG_NOTE, by=worker, at=NOW - 58 * HOUR)
        police = legal.Status(
            code="L1",
            starts_at=NOW - 50 * HOUR,
            force=watched.force,
            officer="Sergeant Adeyemi-Whitcombe, 4417",
            reference="HF-2231",
            designated_officer="Inspector Rhiannon Castellanos",
            designated_phone="01632 960 779",
        )
        self.protected = legal.record(child, police, by=worker, at=NOW - 49 * HOUR)
        guardian = Owner(kind="guardian", user=watched.guardian)
        self.asked = plans.ask(child, "Ring the college", owner=guardian, **asked)
        lead = Owner(
            kind="outside", name="Ada Nkemelu-Whitcombe", role="Designated lead", phone="01632 960 778"
        )
        self.gate = plans.ask(child, "Say who waits at the gate", owner=lead, **asked)
        lock = plans.ask(child, "Fit a lock", owner=Owner(kind="home", placement=watched.placement), **asked)
        action_words.say_done(lock, said=LONG_NOTE, key=uuid.uuid4(), by=watched.carer, at=NOW - HOUR)
        plans.ask(
            child,
            "Nobody is awake in the house at night",
            owner=watched.manager,
            placement=watched.placement,
            **asked,
        )
        met = {
            "kind": "strategy",
            "led_by": "A manager",
            "guardian": "not_invited",
            "why_not": "Held in the night",
        }
        talked = meetings.Held(held_at=NOW - 5 * HOUR, attendees=LONG_NOTE, decisions=LONG_NOTE, **met)
        meetings.record(child, talked, by=worker, at=NOW - 4 * HOUR)
        self._supervision()
        made = {
            "first_responder": FirstResponder.objects.get(code="authority"),
            "made_by": "Her social worker",
        }
        sent = nrm.Referral(**made, referred_date=(NOW - 30 * HOUR).date(), reference="NRM-7716")
        referral = nrm.refer(child, sent, by=worker, at=NOW - 30 * HOUR)
        said = {"happened_date": NOW.date(), "by": worker, "at": NOW - 2 * HOUR}
        nrm.move(referral, "reasonable_grounds", note=LONG_NOTE, **said)
        trigger = triggers.record(
            [child],
            kind=Trigger.Kind.APPROACH,
            happens_at=NOW - HOUR,
            note="A man asked for him at the gate.",
            stranger=triggers.Stranger(
                how="waited",
                person="About 40, grey cap",
                phone="07700 900123",
                vehicle="White van",
                plate="AB12 CDE",
                place="The school gate",
            ),
            by=worker,
            at=NOW - 50 * MINUTE,
        )[0]
        told = signs.Told(
            kind="plate",
            text="AB12 CDE",
            why="A white van that waits near homes and schools",
            source="The home and the school",
            for_force=True,
        )
        sign = signs.note(watched.authority, told, key=uuid.uuid4(), by=watched.desk.person, at=NOW - HOUR)
        broken = break_glass.break_glass(
            child, reason="His uncle rang", by=self.people["glass breaker"], at=NOW - 20 * MINUTE
        )
        for outcome in Disclosure.Outcome.values:
            disclosures.record(
                child,
                outcome=outcome,
                body="Harbour Community School",
                person="Head of year",
                what="Where the child lived before, and with whom",
                reason="The school asked before it gave a place",
                basis=Disclosure.Basis.SAFEGUARDING,
                happened_at=NOW - 3 * HOUR,
                key=uuid.uuid4(),
                by=worker,
                at=NOW - 2 * HOUR,
            )
        mark = concerns.keep_from(
            child, self.people["half in"], reason="A relative", by=watched.manager, at=NOW - HOUR
        )

        decision = ages.Decision(
            age_status="disputed",
            decided_date=(NOW - 48 * HOUR).date(),
            decided_by="The Home Office, at the port",
            grounds="Two officers thought that the child looks over 18. Nobody asked a social worker.",
        )
        ages.decide(child, decision, by=worker, at=NOW - 3 * HOUR)
        said = {"precision": "month", "basis": "others", "source": "A cousin, by phone"}
        ages.claim(
            child,
            birth_date=date(2010, 3, 15),
            **said,
            goes_by_it=False,
            version=0,
            by=worker,
            at=NOW - 2 * HOUR,
        )
        # Lives in the area of another authority, which nobody has told yet.
        held = factories.a_child(team=watched.team, worker=worker, given_name="Tesfay", at=NOW - 60 * HOUR)
        factories.placed(held, factories.a_home(factories.an_authority()))
        # Back into the house from which it came, so that no list of homes is longer for it.
        afar = held.placements.get()
        to_be = planned_placements.Planned(
            home=afar.home,
            authority=afar.host_authority,
            planned_date=(NOW + 200 * HOUR).date(),
            reason=LONG_NOTE,
        )
        planned_placements.plan(held, to_be, by=worker, at=NOW - HOUR)
        visited = staffing.Staffed(presence="visits", visits_a_week=2)
        staffing.say(afar, visited, by=worker, at=NOW - HOUR)
        says = links.Claim(
            kind="companion",
            said_by="A volunteer at the port",
            note="They came off one boat.",
            may_be_danger=True,
        )
        link = links.say(child, held, says, by=worker, at=NOW - 2 * HOUR)
        legal_holds.hold(held, reason="An inquiry asks for it", by=watched.manager, at=NOW - 5 * HOUR)
        found = {
            kind: matters.report(
                kind,
                text="A list with the names of three children was left on the bus 7.",
                authority=watched.authority,
                since=NOW - 50 * HOUR,
                key=uuid.uuid4(),
                by=worker,
                at=NOW - 49 * HOUR,
            )
            for kind in (Matter.Kind.BREACH, Matter.Kind.COMPLAINT)
        }
        matters.write(
            found["breach"],
            "assessed",
            text="The driver found it. Nobody has read it as far as we know.",
            concerned="Three children",
            risk="likely",
            happened_at=NOW - 5 * HOUR,
            key=uuid.uuid4(),
            by=self.people["dpo"],
            at=NOW - 4 * HOUR,
        )
        hidden = factories.a_child(team=watched.team, given_name="Amal", at=NOW - 3 * HOUR)
        factories.seen(hidden, by=watched.manager, at=NOW - 2 * HOUR)
        standing = restrictions.restrict(
            hidden, reason="A threat", named=[watched.carer], by=watched.manager, at=NOW - HOUR
        )
        drafts.save(worker, Draft.Form.NOTE, child, data={"text": "He asked"}, at=NOW - HOUR)
        address = reverse("note_new", args=[child.reference])
        typed = {"text": [LONG_NOTE], "happened_at_when": ["earlier"]}
        kept = kept_forms.keep(
            watched.head, page=address, action=address, data=typed, has_files=True, at=NOW - HOUR
        )
        assert kept is not None
        day = london_day(NOW - 48 * HOUR)
        mistaken_row = held_papers.record(
            child, "health", held_date=day, led_by="Dr Sorrel", note=LONG_NOTE, by=worker, at=NOW - HOUR
        )
        planned = bookings.Booked(kind="strategy", planned_at=NOW + 48 * HOUR, invited=LONG_NOTE)
        booked = bookings.book(child, planned, by=worker, at=NOW - HOUR)
        self.others: dict[str, Any] = {
            "held_new.kind": "care_review",
            "meeting_call_off.key": booked.key,
            "meeting_guardian.key": booked.key,
            "mistake_new.what": "held",
            "mistake_new.number": mistaken_row.pk,
            "find_me_section.section": "accounts",
            "action_end.key": self.gate.key,
            "action_give.key": action.key,
            "adviser_end.key": self.adviser.key,
            "reviewing_officer_end.key": self.reviewing.key,
            "legal_end.key": self.protected.key,
            "legal_withdraw.key": self.protected.key,
            "action_said.key": self.asked.key,
            "nrm_step.key": referral.key,
            "assessment_read.key": assessments.latest(child).key,
            "pk": kept.pk,
            "contact_undo.key": contact.key,
            "contact_withdraw.key": contact.key,
            "note_correct.key": note.key,
            "trigger_answer.key": trigger.key,
            "sign_id": sign.pk,
            "glass_look.glass_id": broken.pk,
            "link_check.link_id": link.pk,
            "matter_id": found["breach"].pk,
            "held": held.reference,
            "what": "note",
            "row_id": note.pk,
            "complaint": found["complaint"].pk,
            "hidden": hidden.reference,
            "mark_id": mark.pk,
            "worry": Matter.objects.get(kind=Matter.Kind.WORRY).pk,
            "closed record": Matter.objects.get(kind=Matter.Kind.RESTRICTED).pk,
            "named_id": standing.named.order_by("pk").values_list("pk", flat=True)[0],
            "token": photo.token,
            "size": "small",
            "topic": "names",
            "worker_id": worker.pk,
        }

    def _house(self) -> None:
        """The other rows of the roll-call, and the building's own checks."""
        watched = self.watched
        factories.seen(self._child("Aram"), by=watched.carer, at=NOW)
        away = self._child("Linh", languages=["Vietnamese"])
        factories.out(
            away, until=NOW + 4 * HOUR, at=NOW - HOUR, with_whom="Football club", phone="01632 960 777"
        )
        group = arrivals.start_group(
            watched.authority, arrived_at=NOW - 3 * HOUR, place="Harrowfen docks", by=watched.worker, at=NOW
        )
        for name in ("Samir", "Yonas"):
            arrivals.take_in(
                arrivals.Arrival(
                    details=children.Details(given_name=name, arrived_at=NOW - 3 * HOUR, arrival_group=group),
                    team=watched.team,
                    home=factories.a_home(watched.authority),
                    placement_type=Placement.Type.CHILDRENS_HOME,
                    key=uuid.uuid4(),
                ),
                by=watched.worker,
                at=NOW,
            )
        factories.a_child(watched.authority, given_name="Kofi", at=NOW - HOUR)
        self.others |= {
            "home_id": watched.home.pk,
            "building_check_withdraw.key": self.check.key,
            "group_id": group.pk,
            "away": away.reference,
        }

    def _search(self) -> None:
        """One child reported missing with the police told, one not here, one away whose place is known."""
        watched, at = self.watched, NOW - 3 * HOUR
        looked_for, gone = self._child("Minh"), self._child("Rania")
        for child in (looked_for, gone):
            factories.guarded(child, watched.guardian)
        officer = reviewing_officers.Officer(user=self.people["reviewer"], starts_at=at)
        reviewing_officers.appoint(looked_for, officer, by=watched.worker, at=at)
        self.episode = factories.missing(
            looked_for,
            by=watched.worker,
            at=at,
            last_seen_at=at - HOUR,
            last_seen_place="The kitchen",
            wearing="black jacket, grey joggers",
            why_worried="He left his phone behind.",
        )
        self.not_here = factories.not_here(gone, by=watched.carer, at=NOW - 20 * MINUTE)
        incidents.join(self.not_here, self.episode, by=watched.carer, at=NOW - 20 * MINUTE)
        mine = Clock.objects.filter(child__in=[looked_for, gone])
        resting = Clock.objects.exclude(pk__in=mine).exclude(next_at=None)
        resting.update(next_at=None)
        sweep.sweep_all(now=at)
        sweep.sweep_all(now=NOW)
        told = list(Message.objects.filter(episode=self.episode, force__isnull=False).order_by("pk"))
        asked = {"said_by": "DS Harrow", "reason": "He was seen at a station there"}
        to = factories.a_force("Southmere Police")
        episodes.offer(self.episode, to=to, **asked, by=watched.desk.person, at=NOW - 5 * MINUTE)
        self.others |= {
            "police_alert.token": _token(police_links.issue(told[0], now=NOW + 12 * HOUR)),
            "police_profile.token": _token(police_links.issue(told[0], now=NOW + 12 * HOUR)),
            "spent": _token(police_links.issue(told[-1], now=NOW - 48 * HOUR)),
            "kind": "publicity",
            "episode_step.kind": "strategy",
            "episode_step_withdraw.kind": "briefing",
            "answer_id": self._briefed().pk,
            "review_id": factories.reviewed(self.episode).pk,
            "episode_file.file_id": quarantine.keep(
                self.episode,
                [quarantine.Sent(0, "log.pdf", "application/pdf", b"%PDF-1.7")],
                mail_key="town",
                sender="control@northmere-police.example",
                at=NOW - HOUR,
            )[0].pk,
        }
        said = {"found_at": NOW - HOUR, "place": "Southmere station", "found_by": "A guard"}
        described = found.Described(**said, clothing="grey joggers, a jacket", looks="Slim, dark hair")
        mine = {"by": watched.desk.person, "at": NOW - 10 * MINUTE}
        row = found.write_down(described, authority=watched.authority, key=uuid.uuid4(), **mine)
        shown = found_photos.add(row, images.develop(factories.a_picture()), **mine)
        self.others |= {
            "found_child.matter_id": row.matter_id,
            "found_add.matter_id": row.matter_id,
            "found_ask.matter_id": row.matter_id,
            "found_close.matter_id": row.matter_id,
            "found_propose.matter_id": row.matter_id,
            "found_photo_add.matter_id": row.matter_id,
            "found_photo_withdraw.matter_id": row.matter_id,
            "found_photo_withdraw.token": shown.token,
            "episode_id": self.episode.pk,
            "match_id": found.propose(row, self.episode, **mine).pk,
        }
        rings = DutyTask.objects.filter(done_at=None)
        self.others |= {
            "home_seen.task_id": rings.get(kind=DutyTask.Kind.RING_HOME, home_alert=None).pk,
            "task_done.task_id": rings.get(kind=DutyTask.Kind.RING_HOME, home_alert=None).pk,
            "check_told.task_id": rings.get(home_alert__isnull=False).pk,
        }

    def _asked(self) -> dict[str, Any]:
        """A sibling whom this council asks another for, and one whom another asks this one's desk for."""
        there = factories.an_authority("Harrowfen")
        factories.a_duty_desk(there)
        theirs = factories.a_child(there, given_name="Filmon", at=NOW - 50 * HOUR)
        said = link_requests.Said(
            kind="sibling",
            name="Aaram Al-Khatib",
            age="about 12, small for it",
            said_by="The child, with an interpreter",
            about="Filmon, 15, came by lorry in October",
            why="They were parted at the harbour",
            safe_why="Both fled from the same man",
        )
        given = {"together": uuid.uuid4(), "by": theirs.registered_by, "at": NOW - 3 * HOUR}
        (coming,) = link_requests.ask(theirs, said, of=[self.watched.authority], **given)
        mine = {"together": uuid.uuid4(), "by": self.watched.worker, "at": NOW - HOUR}
        (going,) = link_requests.ask(self.watched.child, said, of=[there], **mine)
        return {"link_asked.request_id": coming.pk, "link_ask_withdraw.request_id": going.pk}

    def _briefed(self) -> StepAnswer:
        """Somebody ticked that the senior managers were briefed."""
        step = DutyStep.objects.get(episode=self.episode, kind="briefing")
        given = {"answer": "done", "note": "On the phone", "by": self.watched.manager}
        duty_steps.answer(step, **given, at=NOW - 5 * MINUTE)
        return step.answers.get()

    def _endings(self) -> None:
        """A child whose home has closed, one whose search is over, one away, and a report half written."""
        watched, worker = self.watched, self.watched.worker
        nowhere, waits = (
            factories.a_child(
                team=watched.team, worker=worker, given_name=name, trafficking="yes", at=NOW - 10 * HOUR
            )
            for name in ("Dilan", "Yusra")
        )
        asked = referrals.Referral(
            service=watched.assignment.service,
            referred_date=NOW.date(),
            reason="Says that a man holds her papers",
            language="Tigrinya",
        )
        gone = care.Ending(
            code="E4B",
            ended_date=london_day(NOW - 5 * HOUR),
            reason="An aunt with an order of a court has come for him.",
        )
        care.end(waits, gone, seconded_by=watched.manager, by=worker, at=NOW - 5 * HOUR)
        referral = referrals.refer(waits, asked, by=worker, at=NOW - 2 * HOUR)
        placed_on_list = referrals.Answer(status="waiting", place=4, note="Two guardians begin in spring")
        referrals.answer(referral, placed_on_list, by=watched.guardian, at=NOW - HOUR)
        back, away, drafted = self._child("Ilir"), self._child("Zahra"), self._child("Bao")
        ended = factories.missing(back, by=worker, at=NOW - 9 * HOUR)
        factories.ended(ended, by=watched.desk.person, at=NOW - 2 * HOUR)
        told = return_interviews.Told(
            offered_at=NOW - HOUR,
            outcome="held",
            interviewer="Dina Sorrel",
            independence="independent",
            interpreter="present",
            interpreter_name="Amal, Tigrinya",
            held_at=NOW - HOUR,
            with_whom="A man with a grey van",
            intelligence="Grey van, plate begins NM",
            sharing="yes",
        )
        return_interviews.write(ended, told, version=0, by=worker, at=NOW - 30 * MINUTE)
        self.over = ended
        known = episodes.report_away(
            away,
            whereabouts="Her cousin’s, 4 Fell Lane",
            reason="She rang from there.",
            by=watched.carer,
            at=NOW - HOUR,
        )
        # The police were never owed word of it: it can be ended.
        episodes.confirm_with_child(known, how="saw", by=watched.desk.person, at=NOW - 30 * MINUTE)
        answers = {
            Draft.Form.MISSING_REPORT: test_missing_report_page.facts(),
            Draft.Form.MISSING_RISK: test_missing_report_page.risk(),
        }
        for form, data in answers.items():
            sent = QueryDict(mutable=True)
            for name, answer in data.items():
                sent.setlist(name, answer if isinstance(answer, list) else [answer])
            typed = read_typed(sent, at=NOW - HOUR)
            drafts.save(worker, form, drafted, data=typed, at=NOW - HOUR)
        self.others |= {
            "nowhere": nowhere.reference,
            "waits": waits.reference,
            "guardian_referral_withdraw.reference": waits.reference,
            "referral_id": referral.pk,
            "ended": ended.reference,
            "away's": known.reference,
            "rania": self.not_here.child.reference,
            "rania's": self.not_here.reference,
            "minh": self.episode.child.reference,
            "drafted": drafted.reference,
        }

    def _second_steps(self) -> None:
        """Somebody with an app and two passkeys, somebody who is asked for them, and somebody who has none yet."""
        worker, asked = self.watched.worker, self.people["half in"]
        for person in (worker, asked):
            passing.has_app(person, at=NOW - 60 * HOUR)
            for name in ("Work phone", "يوسف’s key 2"):
                credential = passing.a_credential(name)
                second_factor.add_passkey(person, name, credential, may_add=True, at=NOW - HOUR)
        factories.knows(asked, PASSWORD)
        admin = self.people["admin"]
        device, fresh = (
            home_devices.add(self.watched.home, name, by=admin, at=NOW - HOUR) for name in ("Tablet", "Phone")
        )
        second_factor.add_passkey(device, "Tablet", passing.a_credential("Tablet"), may_add=False, at=NOW)
        self.people["device"] = device
        key, token = home_devices.make_link(fresh, by=admin, at=NOW)
        self.others |= {"home_device_welcome.key": key, "home_device_welcome.token": token}
        passkey = second_factor.factors(worker)[-1].pk
        self.others |= {"passkey_id": passkey, "factor_id": passkey}

    def _paper(self) -> None:
        """Of one child paper is due: the others of the town owe none."""
        PolicyVersion.objects.filter(key=policies.PAPER).update(takes_effect_at=NOW - timedelta(days=100))
        clocks.recompute([self.watched.child.pk], at=NOW - MINUTE)

    def _rest(self) -> None:
        """Nothing is late: the engine has just run, every message is out, and nothing falls due while a test looks."""
        for name in (heartbeats.SWEEP, heartbeats.DRAIN):
            heartbeats.beat(name, at=NOW)
        for kind in (Clock, HomeClock):
            kind.objects.filter(next_at__lt=NOW + HOUR).update(next_at=NOW + 24 * HOUR)
        Message.objects.filter(status=MessageStatus.QUEUED).update(status=MessageStatus.SENT, sent_at=NOW)

    def _journey(self) -> None:
        """A child on the way with two escorts, of whom nobody has confirmed the second stop."""
        going, by = self._child("Filmon"), self.watched.worker
        said = {
            "words": LONG_NOTE,
            "parted": "His cousin Selam, who wants to come along.",
            "at": NOW - 3 * HOUR,
        }
        journey = factories.planned(going, by=by, departs_at=NOW - 2 * HOUR, stops=2, **said)
        factories.confirmed(journey, 0, by=by, at=NOW - 2 * HOUR)
        Clock.objects.filter(child=going).update(next_at=None)
        self.others["travelling"] = going.reference
        self.others["escort_page.token"] = escort_links.make(journey, 1, by=by, at=NOW)

    def _transfers(self) -> None:
        """Children of theirs who go, and children of another authority who are to come, each a step further."""
        watched, there = self.watched, factories.a_watched_child(at=NOW - 70 * HOUR, given_name="Selam")
        worker, at = watched.worker, NOW - 20 * HOUR
        referred, agreed = self._child("Aron"), self._child("Tarek")
        factories.referred(referred, by=worker, at=at)
        going = factories.referred(agreed, there.authority, by=worker, at=at)
        going = factories.accepted(going, there.worker, at=at)
        transfers.agree_day(going, NOW.date(), by=worker, at=at)
        # The van that waited for the child of the story was here before.
        triggers.record(
            [there.child],
            kind=Trigger.Kind.APPROACH,
            happens_at=at,
            note="Two men in a van at the bus stop",
            stranger=triggers.Stranger(how="offered", vehicle="White van", plate="ab12-cde"),
            by=there.worker,
            at=at,
        )
        offered, coming = (
            factories.a_child(team=there.team, worker=there.worker, given_name=name, at=NOW - 70 * HOUR)
            for name in ("Hawa", "Ilir")
        )
        factories.referred(offered, watched.authority, at=at)
        factories.missing(coming, by=there.worker, at=NOW - 2 * HOUR)
        going = factories.accepted(factories.referred(coming, watched.authority, at=at), worker, at=at)
        transfers.agree_day(going, NOW.date(), by=worker, at=at)
        transfers.set_out(
            going, left_at=NOW - 3 * HOUR, expected_at=NOW + 2 * HOUR, by=there.worker, at=NOW - 3 * HOUR
        )
        self.others |= {
            "referred": referred.reference,
            "agreed": agreed.reference,
            "offered": offered.reference,
            "coming": coming.reference,
        }

    def _handed_over(self) -> None:
        """A child of another authority that is theirs since yesterday, and the worker who had it until then."""
        other = factories.a_watched_child(at=NOW - 70 * HOUR)
        factories.seen(other.child, by=other.worker, at=NOW - 50 * HOUR)
        factories.photographed(other.child, by=other.worker, at=NOW - 49 * HOUR)
        responsibilities.start(
            other.child, authority=self.watched.authority, by=self.people["manager"], at=NOW - 24 * HOUR
        )
        self.people["former worker"] = other.worker
        self.others["handed over"] = other.child.reference
        sender, receiver = (factories.a_watched_child(at=NOW - 70 * HOUR) for _side in range(2))
        going = factories.agreed(sender, receiver, moves_at=NOW, at=NOW - 25 * HOUR)
        factories.arrived(going, stays_placed=False, at=NOW - 2 * HOUR)
        self.people["sending worker"] = sender.worker
        self.others["doubted"] = sender.child.reference

    def _office(self) -> None:
        """What an administrator keeps: people, mailboxes with a test on its way, the rota with an untaken shift."""
        watched, admin = self.watched, self.people["admin"]
        probe = probes.test_mailbox(watched.desk.mailbox, by=admin, at=NOW)
        invited = factories.a_person(Role.SOCIAL_WORKER, team=watched.team, name="Mina Vale")
        configuration.put_on_duty(
            factories.a_team(watched.authority, kind=Team.Kind.EMERGENCY, name="Night desk"),
            watched.desk.second,
            phone=watched.desk.second.phone,
            starts_at=NOW + 40 * MINUTE,
            ends_at=NOW + 8 * HOUR,
            by=admin,
            at=NOW,
        )
        closed, over = (
            factories.a_home(watched.authority, name="Ember House"),
            factories.a_service("Ember Guardians"),
        )
        closings.close_home(closed, last_day=NOW.date(), reason="The lease has ended", by=admin, at=NOW)
        services.close(over, last_day=NOW.date(), reason="The contract has ended", by=admin, at=NOW)
        coming = people.join(
            invited,
            Role.PLACEMENT_STAFF,
            home=watched.home,
            starts_at=NOW + 24 * HOUR,
            by=admin,
            at=NOW,
        )
        # Made by whoever shares the force, and to be confirmed here.
        beside = factories.a_person(Role.ADMINISTRATOR, authority=factories.an_authority(force=watched.force))
        officer = people.join(factories.somebody(), Role.POLICE, force=watched.force, by=beside, at=NOW)
        key, token = invitations.make(invited, by=admin, at=NOW)
        message = Message.objects.get(probe=probe)
        self.others |= {
            "mailbox_proof.token": addresses.token_of(message.pk),
            "welcome.key": key,
            "welcome.token": token,
            "person_id": watched.worker.pk,
            **{f"{name}.person_id": watched.guardian.pk for name in OF_GUARDIAN},
            "leave_end.leave_id": self.cover.assignment.guardian.leaves.values_list("pk", flat=True)[0],
            "cover_end.cover_id": self.cover.pk,
            "concern_id": self.concern.pk,
            "membership_id": factories.membership_of(watched.worker).pk,
            "role_call_off.membership_id": coming.pk,
            "role_confirm.membership_id": officer.pk,
            "role_refuse.membership_id": officer.pk,
            "team_id": watched.desk.team.pk,
            "mailbox_id": watched.desk.mailbox.pk,
            "phone_id": factories.a_force_phone(watched.force).pk,
            "agreement_id": factories.an_agreement(factories.a_force(), watched.authority).pk,
            "which": "first",
            "manager_list.which": "missing",
            "shift_id": Shift.objects.latest("pk").pk,
            "code": watched.authority.code,
            "policy_new.key": "high",
            "policy_end.key": _own_policy(watched).key,
            "closed home": closed.pk,
            "home_reopen.home_id": closed.pk,
            "service_change.service_id": factories.membership_of(watched.guardian).service_id,
            "service_close.service_id": factories.membership_of(watched.guardian).service_id,
            "service_reopen.service_id": over.pk,
            "first_responder_change.responder_id": FirstResponder.objects.latest("pk").pk,
            "successor": factories.an_authority("Fenland").pk,
            "area_id": factories.an_area(
                watched.authority,
                service=watched.assignment.service,
                starts_date=NOW.date() - timedelta(days=9),
                by=admin,
                at=NOW,
            ).pk,
            "service_area_ended.area_id": factories.an_area(
                factories.membership_of(admin).authority,
                by=admin,
                at=NOW,
                starts_date=NOW.date() - timedelta(days=9),
                ends_date=NOW.date() - timedelta(days=2),
            ).pk,
            "split_id": self._split().pk,
            "split_shares.kind": SplitShare.Kind.HOME,
        }

    def _death(self) -> None:
        """A child of another council died: one step is done, one is late and one has its day yet."""
        PolicyVersion.objects.filter(key=policies.AFTER).update(takes_effect_at=NOW - timedelta(days=100))
        council = factories.a_watched_child(at=NOW - 80 * HOUR)
        search = factories.missing(council.child, by=council.worker, at=NOW - 75 * HOUR)
        factories.ended(search, outcome="died", at=NOW - 70 * HOUR)
        told = DutyStep.objects.get(episode=search, kind=Duty.CORONER)
        said = {"answer": "done", "note": "Rang the coroner’s officer, reference NC 2214"}
        duty_steps.answer(told, **said, by=council.manager, at=NOW - 60 * HOUR)
        self.people["bereaved"] = council.manager

    def _split(self) -> Split:
        """Another council is to be split into two: of its desk somebody has said which takes it, of a closed case nobody has."""
        council = factories.a_watched_child(at=NOW - 2 * HOUR)
        admin = self.people["splitter"] = factories.a_person(Role.ADMINISTRATOR, authority=council.authority)
        halves = [factories.an_authority(f"{name} Marram") for name in ("North", "South")]
        over = factories.a_child(council.authority, by=council.worker, at=NOW - 2 * HOUR)
        factories.case_closed(over, reason="An adult", at=NOW - HOUR)
        split = splits.begin(council.authority, halves, by=admin, at=NOW)
        splits.keep(split, halves[0], by=admin, at=NOW)
        splits.say(split, SplitShare.Kind.TEAM, {council.desk.team.pk: halves[0]}, by=admin, at=NOW)
        return split


def _own_policy(watched: Watched) -> PolicyVersion:
    """The council has agreed on a figure of its own, which begins tomorrow."""
    of, begins = watched.authority.pk, NOW + 24 * HOUR
    draft = revisions.Draft(
        "high",
        revisions.number_of("high", of),
        {"R4": 300},
        begins,
        "As decided",
        of,
        untried_why="No past days yet",
    )
    return revisions.put_in_force(draft, seconded_by=watched.head, by=watched.director, at=NOW)


def _token(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def _newcomers() -> dict[str, User]:
    """Somebody of every role who has nothing to look at yet."""
    return {
        "new worker": factories.a_person(Role.SOCIAL_WORKER),
        "new manager": factories.a_person(Role.TEAM_MANAGER),
        "new duty": factories.a_duty_desk().person,
        "new carer": factories.a_person(Role.PLACEMENT_STAFF),
        "new guardian": factories.a_person(Role.GUARDIAN),
        "new officer": factories.a_person(Role.POLICE),
        "new admin": factories.a_person(Role.ADMINISTRATOR),
    }


def a_town() -> Town:
    """The town for a database that is kept: people, children and houses have names in two scripts, with a figure beside."""
    with names.in_two_scripts(), at_this_hour():
        made = Town()
        names.add_a_script()
        return made
