"""Every address of the site, what each is about in one story, and the table that says who gets in."""

import csv
import os
import re
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from alerts import duty_steps, police_links
from alerts import revisions as policy_revisions
from alerts.models import Alert, Channel, DutyStep, DutyTask, HomeAlert, Message
from cases import (
    arrivals,
    break_glass,
    building_checks,
    concerns,
    documents,
    first_responders,
    found,
    found_photos,
    held_papers,
    home_devices,
    images,
    incidents,
    link_requests,
    links,
    manager_covers,
    matters,
    notes,
    quarantine,
    references,
    restrictions,
    reviewing_officers,
    signs,
    splits,
    supervisions,
    triggers,
    worker_covers,
    worker_leaves,
)
from cases.models import (
    Child,
    ChildLink,
    Draft,
    FirstResponder,
    FoundMatch,
    Matter,
    Membership,
    MissingEpisode,
    Reach,
    Role,
    Trigger,
    User,
)
from cases.people import join
from guardians import council, covers, leaves, referrals
from guardians import supervisions as guardian_supervisions
from tests.database import ROOT
from tests.factories import (
    LONG_AGO,
    Watched,
    a_child,
    a_duty_desk,
    a_force_phone,
    a_person,
    a_picture,
    a_team,
    an_agreement,
    an_area,
    an_authority,
    ended,
    guarded,
    missing,
    photographed,
    placed,
    reviewed,
    seen,
)
from tests.papers import a_scan

TABLE = ROOT / "tests" / "alerts" / "matrix.csv"
# Those around one child, and below them those who are near it by their council or by their office alone.
AROUND = ("worker", "manager", "duty", "carer", "guardian", "officer")
OFFICES = ("administrator", "auditor", "dpo", "statistician")
# What is about a child is asked by one person who holds all the offices: a role more never closes a page. Where they
# get in, each office is asked by itself.
ALL_OFFICES = "offices"
ROLES = (*AROUND, "colleague", "supervisor", *OFFICES, ALL_OFFICES, "nobody")
# Their child; another one's; one whom they are kept from; one whose record is restricted to others.
# An address that is about nobody's child has one row.
RELATIONS = ("own", "stranger", "kept", "restricted")
METHODS = ("GET", "POST")
# Whatever is not open. Of strangers and of those kept away only rows with something open stand in the table.
REFUSED = frozenset("-xns")
# Of a child who has come back.
RETURNED = (
    "episode_outcome",
    "episode_prevention",
    "return_interview",
    "return_interview_police",
    "return_interview_withdraw",
    "return_interview_of",
)
# About a guardian.
SERVICE = ("guardian_leave", "guardian_terms", "guardian_cover")
# What would record having seen a child, where nothing stood in its way.
PRESS = {"outcome": "saw", "once": uuid.UUID(int=7)}
PAPER = a_scan()
# What is made anew for every answer: the nonce of its scripts, and the token and the key of its forms.
FRESH = re.compile(
    r"""nonce-[\w+/=-]+|(?<=nonce=")[^"]+|(?<=name="csrfmiddlewaretoken" value=")[^"]+|(?<=name="once" value=")[^"]+"""
)
# A reference and keys that were never given out.
NOBODY = 2_000_000_000


@dataclass(frozen=True)
class Place:
    """One address of the site; it is about something where its pattern has a place for it."""

    name: str
    path: str
    # The same of a child, home, task or person that does not exist.
    nobodys: str

    @property
    def is_about(self) -> bool:
        return self.path != self.nobodys


def people(one: Watched) -> dict[str, User | None]:
    """Whoever is around this child, and who is near it by council or office alone."""
    return {
        **everybody(one),
        "colleague": a_person(Role.SOCIAL_WORKER, authority=one.authority),
        "supervisor": a_person(Role.GUARDIAN, service=one.assignment.service, reach=Reach.SERVICE),
        "administrator": a_person(Role.ADMINISTRATOR, authority=one.authority),
        "auditor": a_person(Role.AUDITOR, authority=one.authority),
        "dpo": a_person(Role.DPO, authority=one.authority),
        "statistician": a_person(Role.STATISTICIAN),
        ALL_OFFICES: holding(
            {"authority": one.authority},
            Role.ADMINISTRATOR,
            Role.AUDITOR,
            Role.DPO,
        ),
        "nobody": None,
    }


def a_stranger(elsewhere: Watched) -> User:
    """One person in every role there is around another child, and around none else."""
    team = {"team": elsewhere.team}
    person = holding(team, Role.SOCIAL_WORKER, Role.TEAM_MANAGER)
    for role, organisation in (
        (Role.DUTY_DESK, {"team": elsewhere.desk.team}),
        (Role.PLACEMENT_STAFF, {"home": elsewhere.home}),
        (Role.GUARDIAN, {"service": elsewhere.assignment.service}),
        (Role.POLICE, {"force": elsewhere.force}),
        (Role.ADMINISTRATOR, {"authority": elsewhere.authority}),
    ):
        join(person, role, at=LONG_AGO, **organisation)
    return person


def in_all(one: Watched, roles: Iterable[str], *, at: datetime) -> User:
    """One person in all of these roles near the child: where each of them is refused, so is this one.

    Only one person has the child as its guardian or its social worker: it is the guardian where that is among them.
    """
    wanted = dict.fromkeys(roles)
    self_ = next((role for role in ("guardian", "worker") if role in wanted), None)
    person = getattr(one, self_) if self_ else a_person(Role.STATISTICIAN)
    service = {"service": one.assignment.service}
    joins: dict[str, tuple[Role, dict[str, Any]]] = {
        "worker": (Role.SOCIAL_WORKER, {"team": one.team}),
        "manager": (Role.TEAM_MANAGER, {"team": one.team}),
        "duty": (Role.DUTY_DESK, {"team": one.desk.team}),
        "carer": (Role.PLACEMENT_STAFF, {"home": one.home}),
        "officer": (Role.POLICE, {"force": one.force}),
        "colleague": (Role.SOCIAL_WORKER, {"team": a_team(one.authority)}),
        "supervisor": (Role.GUARDIAN, service | {"reach": Reach.SERVICE}),
        "administrator": (Role.ADMINISTRATOR, {"authority": one.authority}),
        "auditor": (Role.AUDITOR, {"authority": one.authority}),
        "dpo": (Role.DPO, {"authority": one.authority}),
        "statistician": (Role.STATISTICIAN, {}),
    }
    if ALL_OFFICES in wanted:
        wanted |= dict.fromkeys(OFFICES)
    for name, (role, organisation) in joins.items():
        if name in wanted and name != self_:
            join(person, role, at=at, **organisation)
    return person


def holding(organisation: dict[str, Any], first: Role, *others: Role) -> User:
    """One person with several roles in one organisation; the figures of the whole country beside them."""
    person = a_person(first, **organisation)
    for role in others:
        join(person, role, at=LONG_AGO, **organisation)
    join(person, Role.STATISTICIAN, at=LONG_AGO)
    return person


def everybody(one: Watched) -> dict[str, User]:
    """Whoever is around this child."""
    return {role: one.desk.person if role == "duty" else getattr(one, role) for role in AROUND}


def patterns() -> Iterator[URLPattern]:
    """Every address that has a name, of the site and of each app."""
    waiting: list[URLPattern | URLResolver] = list(get_resolver().url_patterns)
    for one in waiting:
        if isinstance(one, URLResolver):
            waiting.extend(one.url_patterns)
        elif one.name:
            yield one


# What takes no child in its address is a list, a count, a search or a file made for whoever reads it; these are not.
NOT_A_READERS = {
    "account_logout": "it signs out",
    "health": "a monitor's: it counts all clocks there are, and nobody is signed in",
    "oversight": "the figures of the whole country, for whoever is let in; they name nobody",
    "oversight_csv": "the same as a file",
    "permissions": "printed from the code",
    "accessibility": "it says the same to everybody, and nothing of anybody",
}
# Of signing in, of one's own account and session: none but what one has looked at knows of any child.
OF_ONESELF = ("/sign-in/", "/sign-out/", "/session/", "/account/")
# The lists behind the figures of a manager's overview.
FIGURES = ("missing", "no-record", "unverified", "reviews", "unacknowledged")


def made_for_the_reader(worker: User, guardian: User) -> list[str]:
    """Every address that takes no place of anything, and the lists of one person's work, for them and who answers for it."""
    without = [str(one.name) for one in patterns() if not one.pattern.converters]
    paths = [reverse(name) for name in without if name not in NOT_A_READERS]
    found = [reverse("own_reads"), *(path for path in paths if not path.startswith(OF_ONESELF))]
    found += [f"/overview/{which}/" for which in FIGURES]
    of_worker = ("worker_leave", "worker_cover", "supervision_list", "supervision_worker", "manager_worker")
    found += [reverse(name, args=[worker.pk]) for name in of_worker]
    return found + [reverse(name, args=[guardian.pk]) for name in ("guardian_leave", "guardian_cover")]


def places(watched: Watched, now: datetime) -> list[Place]:
    """Every address, about this child, its home, its tasks, its people and its papers where it is about something."""
    common = _values(watched, now)
    special = _special(watched, now)
    found = []
    for pattern in patterns():
        values = common | special.get(str(pattern.name), {})
        wanted = pattern.pattern.converters
        if missed := set(wanted) - set(values):
            raise AssertionError(f"{pattern.name} is new: say here what {missed} is of this story")
        about = {name: values[name] for name in wanted}
        if "reference" in about and _is_about_episode(str(pattern.name)):
            about["reference"] = f"{about['reference']}-M1"
        path = reverse(str(pattern.name), kwargs=about)
        nobodys = reverse(
            str(pattern.name), kwargs={name: _nobodys(name, value) for name, value in about.items()}
        )
        found.append(Place(str(pattern.name), path, nobodys))
    return found


def _is_about_episode(name: str) -> bool:
    return name.startswith(("episode", "missing_report_sent", "return_interview")) and name != (
        "return_interview_of"
    )


def _values(watched: Watched, now: datetime) -> dict[str, Any]:
    """What a place of each name stands for, unless the address has another of its own."""
    contact = seen(watched.child, by=watched.worker, at=now - timedelta(hours=3))
    brother = a_child(team=watched.team, worker=watched.worker, at=now - timedelta(hours=3))
    says = links.Claim(kind=ChildLink.Kind.SIBLING, said_by="The child")
    return {
        "link_id": links.say(watched.child, brother, says, by=watched.worker, at=now).pk,
        "reference": watched.child.reference,
        "home_id": watched.home.pk,
        "task_id": DutyTask.objects.filter(items__alert__child=watched.child).values_list("pk", flat=True)[0],
        "alert_id": Alert.objects.filter(child=watched.child).values_list("pk", flat=True)[0],
        "key": contact.key,
        "token": photographed(watched.child, at=now).token,
        "size": "face",
        "message_id": Message.objects.filter(episode__child=watched.child, force__isnull=False)[0].pk,
        "mailbox_id": watched.control_room.pk,
        "phone_id": a_force_phone(watched.force).pk,
        "agreement_id": an_agreement(watched.force, watched.authority).pk,
        "team_id": watched.desk.team.pk,
        "service_id": watched.guardian.memberships.values_list("service", flat=True)[0],
        "worker_id": watched.worker.pk,
        "device_id": watched.worker.pk,
        "person_id": watched.worker.pk,
        "membership_id": watched.worker.memberships.values_list("pk", flat=True)[0],
        "matter_id": matters.report(
            Matter.Kind.BREACH,
            text="A list lay in the copier",
            authority=watched.authority,
            since=now,
            key=uuid.UUID(int=9),
            by=watched.worker,
            at=now,
        ).pk,
        "named_id": 1,
        "number": 1,
        "what": "contact",
        "row_id": contact.pk,
        "shift_id": watched.desk.shift.pk,
        # Below one's account everything is one's own: tests/cases refuse what is another's there.
        "passkey_id": 1,
        "factor_id": 1,
        "pk": 1,
        "which": "first",
        "topic": "names",
        "form": "note",
        "kind": "publicity",
        "act": "withdraw",
        "item": "risks",
        "glass_id": break_glass.break_glass(
            watched.child, reason="The line of the home is dead", by=watched.worker, at=now
        ).pk,
        **of_cover(watched, now),
        "concern_id": _a_concern(watched, now),
        "review_id": reviewed(MissingEpisode.objects.get(child=watched.child, ended_at=None)).pk,
    }


def of_cover(watched: Watched, now: datetime) -> dict[str, int]:
    """A leave of the child's guardian, and a colleague who was asked to cover."""
    service, guardian = watched.assignment.service, watched.guardian
    colleague = a_person(Role.GUARDIAN, service=service)
    then = {"starts_at": now + timedelta(days=9), "ends_at": now + timedelta(days=10)}
    leave = leaves.announce(guardian, service, kind="leave", **then, by=guardian, at=now)
    (cover,) = covers.ask([watched.assignment], colleague, **then, by=guardian, at=now).covers
    return {"leave_id": leave.pk, "cover_id": cover.pk}


def of_links(watched: Watched, now: datetime) -> dict[str, dict[str, int]]:
    """A sibling whom this council asks another for, and one whom another asks this one's desk for."""
    desk = a_duty_desk()
    theirs = a_child(desk.team.authority, at=now - timedelta(hours=3))
    said = link_requests.Said(kind="sibling", name="Zula", said_by="The child", why="It says so")
    given = {"together": uuid.uuid4(), "by": theirs.registered_by, "at": now}
    (coming,) = link_requests.ask(theirs, said, of=[watched.authority], **given)
    mine = {"together": uuid.uuid4(), "by": watched.worker, "at": now}
    (going,) = link_requests.ask(watched.child, said, of=[desk.team.authority], **mine)
    return {"link_asked": {"request_id": coming.pk}, "link_ask_withdraw": {"request_id": going.pk}}


def of_policies(watched: Watched, now: datetime) -> dict[str, dict[str, str]]:
    """The authority has agreed on other figures of its own, which begin tomorrow."""
    values = {"R4": 300}
    draft = policy_revisions.Draft(
        "high",
        1,
        values,
        now + timedelta(days=1),
        "As the board decided",
        watched.authority.pk,
        untried_why="No past days yet",
    )
    policy_revisions.put_in_force(draft, seconded_by=watched.head, by=watched.director, at=now)
    code = watched.authority.code
    return {
        "policies_of": {"code": code},
        **{name: {"code": code, "key": "high"} for name in ("policy_new", "policy_end")},
    }


def of_guardian(watched: Watched, now: datetime) -> dict[str, dict[str, int]]:
    """The child's guardian was supervised in their service."""
    service = watched.assignment.service
    lead = a_person(Role.GUARDIAN, service=service, reach=Reach.SERVICE)
    day = (now + timedelta(days=21)).date()
    said = guardian_supervisions.Held(held_at=now, next_date=day, said={watched.child.pk: "Settles in"})
    row = guardian_supervisions.record(watched.guardian, service, said, by=lead, at=now)
    return {
        "service_supervision_new": {"person_id": watched.guardian.pk},
        "guardian_discussion_withdraw": {"discussion_id": row.discussions.get().pk},
    }


def of_worker(watched: Watched, now: datetime) -> dict[str, dict[str, int]]:
    """The child's social worker was supervised, is ill, and a colleague of another team was asked to cover."""
    day = (now + timedelta(days=21)).date()
    talk = supervisions.Talk(child=watched.child, discussed="Settles in")
    sitting = supervisions.Held(held_at=now, next_date=day, own="Well", talks=(talk,))
    supervised = supervisions.record(watched.worker, sitting, by=watched.manager, at=now)
    ill = {"kind": "sickness", "starts_at": now, "ends_at": None, "by": watched.manager, "at": now}
    leave = worker_leaves.announce(watched.worker, **ill)
    colleague = a_person(Role.SOCIAL_WORKER, authority=watched.authority)
    held = list(watched.child.allocations.current(now))
    (cover,) = worker_covers.ask(leave, held, colleague, by=watched.manager, at=now).covers
    gone = worker_leaves.announce(watched.manager, **ill | {"by": watched.head})
    post = Membership.objects.get(user=watched.manager)
    stands_in = manager_covers.ask(gone, post, watched.director, by=watched.head, at=now)
    return {
        "manager_cover": {"person_id": watched.manager.pk},
        "manager_cover_end": {"cover_id": stands_in.pk},
        "worker_leave_end": {"leave_id": leave.pk},
        "worker_leave_look": {"leave_id": leave.pk},
        "worker_cover_end": {"cover_id": cover.pk},
        "supervision_withdraw": {"supervision_id": supervised.pk},
        "discussion_withdraw": {"discussion_id": supervised.discussions.get().pk},
    }


def a_referral(watched: Watched, now: datetime) -> dict[str, dict[str, Any]]:
    """A child of the same family who is referred to the service of the other child's guardian."""
    child = a_child(
        watched.authority,
        team=watched.team,
        worker=watched.worker,
        family_name=watched.child.family_name,
        at=now,
        trafficking="yes",
    )
    given = referrals.Referral(
        service=watched.assignment.service, referred_date=now.date(), reason="Names a debt"
    )
    row = referrals.refer(child, given, by=watched.worker, at=now)
    return {
        "guardian_referral_withdraw": {"reference": child.reference, "referral_id": row.pk},
        "referral_answer": {"referral_id": row.pk},
    }


def _a_concern(watched: Watched, now: datetime) -> int:
    """What the child's guardian holds against the council."""
    given = {"words": "No school place", "shared": False, "key": uuid.uuid4()}
    return council.raise_concern(watched.child, **given, by=watched.guardian, at=now).pk


def _special(watched: Watched, now: datetime) -> dict[str, dict[str, Any]]:
    """Where a place of the same name stands for something else."""
    worker, carer = watched.worker, watched.carer
    check = HomeAlert.objects.create(home=watched.home, opens_at=now, due_at=now, opened_at=now)
    check_task = DutyTask.objects.create(
        kind=DutyTask.Kind.RING_ABOUT_CHECK,
        authority=watched.authority,
        home=watched.home,
        home_alert=check,
        opened_at=now,
    )
    of_force = Message.objects.filter(episode__child=watched.child, force__isnull=False, channel=Channel.MAIL)
    link = police_links.issue(of_force[0], now=now).rstrip("/").rpartition("/")[2]
    listed = signs.Told(kind="plate", text="AB12", why="A van", source="The home", for_force=True)
    sign = signs.note(watched.authority, listed, key=uuid.uuid4(), by=watched.desk.person, at=now)
    (trigger,) = triggers.record(
        [watched.child], kind=Trigger.Kind.APPROACH, happens_at=now, note="A grey van", by=worker, at=now
    )
    went_round = building_checks.Round(checked_by="Ossian Vell", happened_at=now)
    group = arrivals.start_group(watched.authority, arrived_at=now, place="Port", by=worker, at=now)
    sibling = _back_again(watched, now)
    held = documents.Given(scan=PAPER, kind="other", title="A letter", received_from="The school")
    document = documents.keep(watched.child, held, by=worker, at=now)
    episode = MissingEpisode.objects.get(child=watched.child, ended_at=None)
    mate = a_child(
        watched.authority,
        team=watched.team,
        worker=worker,
        at=now - timedelta(hours=30),
        family_name=watched.child.family_name,
    )
    incidents.join(episode, missing(mate, by=worker, at=now), by=worker, at=now)
    planned = {"policy_version": 1, "planned_at": now, "due_at": now}
    DutyStep.objects.get_or_create(episode=episode, kind="strategy", **planned)
    briefed, _ = DutyStep.objects.get_or_create(episode=episode, kind="briefing", **planned)
    duty_steps.answer(briefed, answer="done", note="On the phone", by=watched.manager, at=now)
    administrator = a_person(Role.ADMINISTRATOR, authority=watched.authority)
    shut = a_child(
        watched.authority,
        team=watched.team,
        worker=watched.worker,
        at=now - timedelta(hours=30),
        family_name=watched.child.family_name,
    )
    named = restrictions.restrict(shut, reason="A threat", named=[watched.manager], by=watched.head, at=now)
    away = a_person(Role.SOCIAL_WORKER, team=watched.team)
    mark = concerns.keep_from(shut, away, reason="An allegation", by=watched.manager, at=now)
    match = _a_match(watched, now)
    shown = found_photos.add(match.found, images.develop(a_picture()), by=watched.desk.person, at=now)
    split = splits.begin(watched.authority, [an_authority(), an_authority()], by=administrator, at=now)
    of_found = {"matter_id": match.found.matter_id, "episode_id": match.episode_id}
    return {
        "found_child": of_found,
        "found_add": of_found,
        "found_ask": of_found,
        "found_close": of_found,
        "found_propose": of_found,
        "found_photo_add": of_found,
        "found_photo": of_found | {"token": shown.token, "size": "face"},
        "found_photo_withdraw": of_found | {"token": shown.token},
        "episode_found": {"match_id": match.pk},
        "keep_from_lift": {"reference": shut.reference, "mark_id": mark.pk},
        "restriction_unname": {
            "reference": shut.reference,
            "named_id": named.named.get(user=watched.manager).pk,
        },
        "restriction_lift": {"reference": shut.reference},
        **{name: {"reference": sibling.reference} for name in RETURNED},
        "first_responder_change": {"responder_id": FirstResponder.objects.get(code="unseen").pk},
        "nrm_referrer_end": {
            "referrer_id": first_responders.name(
                Membership.objects.get(user=watched.worker), by=administrator, at=now
            ).pk
        },
        "service_area_change": {"area_id": an_area(watched.authority, by=administrator, at=now).pk},
        "service_area_ended": {
            "area_id": an_area(
                watched.authority,
                by=administrator,
                at=now,
                starts_date=now.date() - timedelta(days=9),
                ends_date=now.date() - timedelta(days=2),
            ).pk
        },
        **{name: {"split_id": split.pk} for name in ("split", "split_call_off", "split_closed_cases")},
        "split_shares": {"split_id": split.pk, "kind": "team"},
        "home_device_link": {
            "device_id": home_devices.add(watched.home, "Hall", by=administrator, at=now).pk
        },
        "passage_destroy": {
            "what": "note",
            "row_id": notes.write(watched.child, text="Wrong", by=worker, at=now).pk,
        },
        "draft_save_new": {"form": Draft.Form.REGISTRATION},
        "draft_delete_new": {"form": Draft.Form.REGISTRATION},
        "draft_save_of": {"form": Draft.Form.SUPERVISION},
        "draft_delete_of": {"form": Draft.Form.SUPERVISION},
        "manager_list": {"which": "missing"},
        "held_new": {"kind": "health"},
        "mistake_new": {
            "what": "held",
            "number": held_papers.record(
                watched.child, "health", held_date=now.date(), led_by="Dr Sorrel", by=worker, at=now
            ).pk,
        },
        "episode_file": {
            "file_id": quarantine.keep(
                episode,
                [quarantine.Sent(0, "log.pdf", "application/pdf", b"%PDF-1.7")],
                mail_key="matrix",
                sender="control@force.example",
                at=now,
            )[0].pk
        },
        "episode_step": {"kind": "strategy"},
        "episode_step_withdraw": {"kind": "briefing", "answer_id": briefed.answers.get().pk},
        **{key: {"token": document.token} for key in ("document", "document_withdraw")},
        "find_me_section": {"section": "places"},
        **{key: {"person_id": watched.guardian.pk} for key in SERVICE},
        **of_worker(watched, now),
        **of_guardian(watched, now),
        **a_referral(watched, now),
        **of_policies(watched, now),
        "reviewing_officer_end": {"key": _an_officer(watched, now)},
        **of_links(watched, now),
        "note_correct": {"key": notes.write(watched.child, text="A note", by=worker, at=now).key},
        "trigger_answer": {"key": trigger.key},
        "sign_end": {"sign_id": sign.pk},
        "building_check_withdraw": {
            "key": building_checks.record(watched.home, went_round, by=carer, at=now).key
        },
        "check_take": {"task_id": check_task.pk},
        "check_told": {"task_id": check_task.pk},
        "arrival_next": {"group_id": group.pk},
        "police_alert": {"token": link},
        "police_profile": {"token": link},
        # Links that nobody was given.
        "mailbox_proof": {"token": "x"},
        "escort_page": {"token": "x"},
        "welcome": {"key": "x", "token": "x"},
        "home_device_welcome": {"key": "x", "token": "x"},
    }


def _back_again(watched: Watched, now: datetime) -> Child:
    """A child of the same family and house who was missing and has come back, and whom somebody talked with."""
    child = a_child(
        watched.authority,
        team=watched.team,
        worker=watched.worker,
        at=now - timedelta(hours=30),
        family_name=watched.child.family_name,
    )
    placed(child, watched.home)
    guarded(child, watched.guardian)
    episode = missing(child, by=watched.worker, at=now - timedelta(hours=20))
    ended(episode, at=now - timedelta(hours=10))
    return child


def _a_match(watched: Watched, now: datetime) -> FoundMatch:
    """A found child of the same authority's desk, who may be the child of the open episode."""
    described = found.Described(
        found_at=now, place="Southmere station", found_by="A guard", sex=watched.child.sex, looks="A scar"
    )
    by = watched.desk.person
    row = found.write_down(described, authority=watched.authority, key=uuid.uuid4(), by=by, at=now)
    episode = MissingEpisode.objects.get(child=watched.child, ended_at=None)
    return found.propose(row, episode, by=by, at=now)


def _an_officer(watched: Watched, now: datetime) -> uuid.UUID:
    """Somebody without an account reviews the child's care."""
    given = reviewing_officers.Officer(name="Ida Moss", phone="01632 960113", starts_at=now)
    return reviewing_officers.appoint(watched.child, given, by=watched.worker, at=now).key


def _nobodys(name: str, value: Any) -> Any:
    if name == "reference":
        _child, _, episode = str(value).partition("-M")
        return never_given_out() + (f"-M{episode}" if episode else "")
    if isinstance(value, uuid.UUID):
        return uuid.UUID(int=NOBODY)
    if isinstance(value, int):
        return NOBODY
    if name == "token" and len(str(value)) > 1:
        return secrets.token_hex(len(str(value)) // 2)
    return value


def never_given_out() -> str:
    """A reference with a right check digit, of no child."""
    for serial in range(references.LARGEST_SERIAL, 0, -1):
        reference = references.child_reference(2026, serial)
        if reference and not Child.objects.filter(reference=reference).exists():
            return reference
    raise AssertionError("every reference is taken")


class Reader:
    """Somebody at a browser; what they press is taken back, so that every address is asked for in the same story."""

    def __init__(self, person: User | None) -> None:
        self.client = Client(raise_request_exception=True)
        if person is not None:
            self.client.force_login(person)
        self._cookie = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        self._session = self._cookie.value if self._cookie is not None else ""

    def ask(self, path: str, method: str, **sent: Any) -> HttpResponse:
        self.client.cookies.clear()
        if self._session:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self._session
        with transaction.atomic():
            answer = getattr(self.client, method.lower())(path, sent)
            transaction.set_rollback(True)
        return answer


def letter(answer: HttpResponse) -> str:
    """How an answer stands in the table: open, - no such page, x not of this role, n not this method, s sign in first."""
    if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in/?"):
        return "s"
    return {401: "s", 404: "-", 403: "x", 405: "n"}.get(answer.status_code, "o")


Table = dict[tuple[str, str], dict[str, str]]


@cache
def read() -> Table:
    """The table: by address and relation what each role is answered, a letter for GET and one for POST."""
    with TABLE.open(newline="") as file:
        return {(row.pop("address"), row.pop("relation")): row for row in csv.DictReader(file)}


def is_written() -> bool:
    """Whether this run writes the table anew, and so asks everybody everywhere."""
    return os.environ.get("UPDATE_SNAPSHOTS") == "1"


def keep(found: Mapping[tuple[str, str], Mapping[str, str]]) -> bool:
    """Write what was found instead, for a person to read in the diff, where that is asked for."""
    if not is_written():
        return False
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["address", "relation", *ROLES])
        for name, relation in sorted(found, key=lambda row: (row[0], RELATIONS.index(row[1]))):
            writer.writerow([name, relation, *(found[name, relation].get(role, "") for role in ROLES)])
    read.cache_clear()
    return True


def is_refused(answers: Mapping[str, str]) -> bool:
    """Whether a row lets nobody in, and so need not stand in the table."""
    return all(set(answer) <= REFUSED for answer in answers.values())
