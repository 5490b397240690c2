"""Owed messages for tests of wording: one child, one silent house, one episode, always with the same references."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from alerts import release_mails
from alerts.emails import WORDINGS
from alerts.models import (
    Alert,
    Channel,
    Clock,
    DutyTask,
    DutyTaskAlert,
    HomeAlert,
    Message,
    MessageItem,
    MessageKind,
    Outage,
    Release,
    Reply,
)
from alerts.states import MessageStatus
from cases import escort_links
from cases.models import (
    Authority,
    Child,
    ConfigurationChange,
    ForcePhone,
    FoundChild,
    FoundMatch,
    Journey,
    LinkMatter,
    LinkRequest,
    Mailbox,
    ManagerCover,
    Matter,
    MeetingBooking,
    Membership,
    MissingEpisode,
    Reach,
    ReturnInterview,
    Role,
    Shift,
    User,
    WorkerLeave,
)
from guardians.models import CouncilConcern, GuardianAssignment, GuardianCover
from tests import factories
from tests.copies import copied

# Monday 23 November 2026, 9pm in London.
EVENING = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
OUTAGE = 900_007
SHIFT = 900_731
MATTER = 900_731
CHANGE = 900_732
COVER = 900_733
REFERENCES = ("MC26-004178", "MC26-004186", "MC26-004194")


@dataclass(frozen=True)
class Story:
    """A watched child and two others of the same home, nobody of them seen since the evening's window closed."""

    watched: factories.Watched
    children: tuple[Child, ...]
    alerts: tuple[Alert, ...]

    @property
    def child(self) -> Child:
        return self.children[0]


def a_story(**details: Any) -> Story:
    """Three children of one home in the area of Northmere Police, on the evening of 23 November 2026."""
    return copied(("a_story", tuple(sorted(details.items()))), lambda: _a_story(details))


def _a_story(details: dict[str, Any]) -> Story:
    force = factories.a_force("Northmere Police")
    home = factories.a_home(factories.an_authority(force=force))
    registered = EVENING - timedelta(days=40)
    details = {"arrived_at": registered - timedelta(days=5)} | details
    watched = factories.a_watched_child(home=home, at=registered, **details)
    children = [watched.child]
    for _ in REFERENCES[1:]:
        child = factories.a_child(watched.authority, team=watched.team, worker=watched.worker, at=registered)
        factories.placed(child, home)
        children.append(child)
    for child, reference in zip(children, REFERENCES, strict=True):
        Child.objects.filter(pk=child.pk).update(reference=reference)
        child.refresh_from_db()
    Mailbox.objects.filter(force=force).update(verified_at=EVENING - timedelta(days=1))
    watched.control_room.refresh_from_db()
    alerts = tuple(an_alert(child, due_at=EVENING) for child in children)
    return Story(watched, tuple(children), alerts)


def an_alert(
    child: Child, *, due_at: datetime, episode: MissingEpisode | None = None, kind: str = "contact"
) -> Alert:
    of_episode = {"episode": episode} if kind == Clock.Kind.CALL else {}
    clock = Clock.objects.get(child=child, kind=kind, **of_episode)
    return Alert.objects.create(clock=clock, child=child, episode=episode, due_at=due_at, opened_at=due_at)


# Who is told by the wordings that begin so; the others go to duty as well.
POSTS = {"home": "home", "host": "host_duty", "second": "second", "told": "worker", "ending": "worker"}
POSTS |= {one: one for one in ("manager", "head", "director", "guardian")}


def owed(
    wording: str,
    alerts: Sequence[Alert],
    *,
    at: datetime,
    step: str = "R1",
    to: User | None = None,
    number: int = 1,
    **fields: Any,
) -> Message:
    """One message owed at `at`, with an id that is the same in every run."""
    fields.setdefault("kind", MessageKind.ALERT)
    fields.setdefault("channel", Channel.MAIL)
    fields.setdefault("post", POSTS.get(wording.partition("_")[0], "duty"))
    fields.setdefault("recipient", _recipient(fields["channel"], to, fields.get("mailbox")))
    fields.setdefault("owed_at", at)
    # In a sender's hand, as whatever is composed.
    if fields.setdefault("status", MessageStatus.SENDING) == MessageStatus.SENDING:
        fields.setdefault("lease_until", at + timedelta(days=1))
    message = Message.objects.create(
        pk=UUID(int=number, version=4),
        wording=wording,
        step=step,
        user=to,
        created_at=at,
        next_try_at=at,
        **fields,
    )
    for alert in alerts:
        MessageItem.objects.create(
            message=message, alert=alert, step=step, kind=message.kind, recipient=message.recipient
        )
    return message


def _recipient(channel: str, to: User | None, mailbox: Mailbox | None) -> str:
    if mailbox is not None:
        return f"{channel}/mailbox:{mailbox.pk}"
    return f"{channel}/user:{to.pk}" if to is not None else f"{channel}/other"


def ring_home(story: Story, *, answer: str = "", at: datetime) -> DutyTask:
    """The desk's task to ring the home, done with `answer` where there is one."""
    duty = story.watched.desk.person
    done = (
        {"done_at": at, "done_by": duty, "taken_at": at, "taken_by": duty, "answer": answer} if answer else {}
    )
    task = DutyTask.objects.create(
        kind=DutyTask.Kind.RING_HOME,
        authority=story.watched.authority,
        home=story.watched.home,
        opened_at=at,
        **done,
    )
    DutyTaskAlert.objects.create(task=task, alert=story.alerts[0])
    return task


def on_a_journey(story: Story, *, seen: bool = True, **said: Any) -> Journey:
    """The first child of the story set out at 7pm and was confirmed at the pick-up; the hand-over was owed at 9pm."""
    departs_at = EVENING - timedelta(hours=2)
    said = {"forces": [story.watched.force, None, factories.a_force("Southmere Police")]} | said
    journey = factories.planned(
        story.child,
        by=story.watched.worker,
        departs_at=departs_at,
        at=departs_at - timedelta(hours=1),
        **said,
    )
    if seen:
        factories.confirmed(journey, 0, by=story.watched.worker, at=departs_at)
    return journey


def a_journey(story: Story) -> Journey:
    """What the second child of the story is to go on, the day after."""
    found = Journey.objects.filter(child=story.children[1]).first()
    if found is not None:
        return found
    said = {"first_email": "petra@escorts.example", "second_email": "owen@escorts.example"}
    return factories.planned(
        story.children[1],
        by=story.watched.worker,
        departs_at=EVENING + timedelta(hours=12),
        at=EVENING,
        **said,
    )


def ring_escort(story: Story, *, answer: str = "", at: datetime) -> DutyTask:
    """The desk's task to ring the escorts, done with `answer` where there is one."""
    task = ring_home(story, answer=answer, at=at)
    DutyTask.objects.filter(pk=task.pk).update(
        kind=DutyTask.Kind.RING_ESCORT, home=None, child=story.child, episode=None
    )
    return task


def a_check_owed(story: Story) -> HomeAlert:
    """The alert of the story's home whose building nobody has checked, always with the same reference."""
    alert, _ = HomeAlert.objects.get_or_create(
        pk=900_412,
        defaults={
            "home": story.watched.home,
            "opens_at": EVENING - timedelta(hours=1),
            "due_at": EVENING,
            "opened_at": EVENING,
        },
    )
    return alert


def an_outage(*, until: datetime) -> Outage:
    """Six hours without the engine; always with the same number."""
    outage, _ = Outage.objects.get_or_create(
        pk=OUTAGE,
        began_at=until - timedelta(hours=6),
        ended_at=until,
        held_until=until + timedelta(minutes=45),
    )
    return outage


def a_shift_untaken(story: Story) -> Shift:
    """A night of the story's desk that nobody has taken; always with the same number."""
    found = Shift.objects.filter(pk=SHIFT).first()
    if found is not None:
        return found
    team = factories.a_team(story.watched.authority, kind="emergency", name="Night desk", phone="")
    return Shift.objects.create(
        pk=SHIFT,
        team=team,
        person=factories.a_person("duty_desk", team=team, name="Asta Penrowe"),
        phone="01632 960731",
        starts_at=EVENING,
        ends_at=EVENING + timedelta(hours=12),
    )


def a_matter(story: Story) -> Matter:
    """A data breach of the story's authority; always with the same number."""
    found, _ = Matter.objects.get_or_create(
        pk=MATTER,
        defaults={
            "kind": "breach",
            "authority": story.watched.authority,
            "text": "zq-left-on-the-bus",
            "since": EVENING,
            "reported_at": EVENING,
            "reported_by": story.watched.worker,
        },
    )
    return found


def a_found_child(story: Story) -> Matter:
    """A found child whom nobody has named, for two days; always with the same number."""
    found, _ = Matter.objects.get_or_create(
        pk=MATTER + 9,
        defaults={
            "kind": "found",
            "authority": story.watched.authority,
            "text": "zq-a-found-child",
            "since": EVENING - timedelta(days=2),
            "reported_at": EVENING - timedelta(days=2),
            "reported_by": story.watched.worker,
        },
    )
    return found


def a_found_match(story: Story, note: str, **written: Any) -> FoundMatch:
    """That child as written down, and what those say who look for another one: they cannot know."""
    mine = {"authority": story.watched.authority, "found_at": EVENING, "recorded_at": EVENING}
    row = FoundChild.objects.create(
        matter=a_found_child(story), recorded_by=story.watched.worker, **mine, **written
    )
    asked = {"proposed_at": EVENING, "proposed_by": story.watched.worker}
    answered = {"answered_at": EVENING, "answered_by": story.watched.worker, "note": note}
    episode = MissingEpisode.objects.first()
    return FoundMatch.objects.create(found=row, episode=episode, answer="cannot_say", **asked, **answered)


def a_link_request(story: Story, wording: str) -> Matter:
    """What another council asks of the story's desk, urgent or not; always with the same number."""
    is_urgent = wording == "link_urgent"
    written = {"reported_at": EVENING, "reported_by": story.watched.worker, "since": EVENING}
    limit_at = EVENING + (timedelta(hours=4) if is_urgent else timedelta(days=7))
    kind = "link_now" if is_urgent else "link"
    mine = {"authority": story.watched.authority, "text": kind, "kind": kind, "limit_at": limit_at}
    found, made = Matter.objects.get_or_create(pk=MATTER + 10 + is_urgent, defaults=mine | written)
    if made:
        said = {"name": "zq-a-name", "said_by": "zq-a-speaker", "why": "zq-why", "about": "zq-about"}
        said |= {"age": "zq-an-age", "safe_why": "zq-safe"}
        asked = {"asked_at": EVENING, "asked_by": story.watched.worker, "due_at": limit_at}
        councils = dict.fromkeys(("authority", "holder"), story.watched.authority)
        row = LinkRequest.objects.create(
            pk=found.pk, child=story.child, together=uuid4(), kind="sibling", **said, **asked, **councils
        )
        LinkMatter.objects.create(request=row, matter=found)
    return found


def an_arrival(story: Story) -> Matter:
    """That the child is recorded as arrived elsewhere, and nobody had recorded that it left; always with the same number."""
    # Its mails name the authorities: of the factory's own each has a number.
    Authority.objects.filter(pk=story.watched.authority.pk).update(name="Wethermoor")
    story.watched.authority.name = "Wethermoor"
    mine = {"kind": "arrival", "authority": story.watched.authority, "text": "arrival", "child": story.child}
    written = {"reported_at": EVENING, "reported_by": story.watched.worker, "since": EVENING}
    defaults = mine | written | {"limit_at": EVENING + timedelta(hours=1)}
    return Matter.objects.get_or_create(pk=MATTER + 20, defaults=defaults)[0]


def a_worry(story: Story) -> Matter:
    """A worry about a colleague of the story; always with the same number."""
    found, _ = Matter.objects.get_or_create(
        pk=MATTER + 1,
        defaults={
            "kind": "worry",
            "authority": story.watched.authority,
            "text": "zq-what-was-seen",
            "phone": "01632 960 733",
            "about": story.watched.carer,
            "child": story.child,
            "since": EVENING,
            "limit_at": EVENING + timedelta(days=1),
            "reported_at": EVENING,
            "reported_by": story.watched.worker,
        },
    )
    return found


def a_given_role(story: Story) -> ConfigurationChange:
    """The story's duty worker, who administers too, was given the role of their desk; always with the same number."""
    person = story.watched.desk.person
    # Of the names of a process each has a number.
    User.objects.filter(pk=person.pk).update(name="Teodor Maddern")
    held = person.memberships.get(role=Role.DUTY_DESK)
    where = {"authority": story.watched.authority, "starts_at": held.starts_at}
    Membership.objects.get_or_create(user=person, role=Role.ADMINISTRATOR, defaults=where)
    found, _ = ConfigurationChange.objects.get_or_create(
        pk=CHANGE + 1,
        defaults={
            "kind": "role_given",
            "subject_type": "membership",
            "subject_id": held.pk,
            "data": {"user": person.pk, "role": "duty_desk"},
            "at": EVENING,
            "actor": story.watched.manager,
            "actor_label": story.watched.manager.name,
        },
    )
    return found


def a_shared_role(story: Story) -> ConfigurationChange:
    """Another council's administrator has made an officer of the story's force; always with the same number."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 20).first()
    if found is not None:
        return found
    officer = factories.somebody(name="Teodor Maddern")
    held = Membership.objects.create(
        user=officer, role=Role.POLICE, force=story.watched.force, starts_at=EVENING
    )
    return ConfigurationChange.objects.create(
        pk=CHANGE + 20,
        kind="role_given",
        subject_type="membership",
        subject_id=held.pk,
        data={"user": officer.pk, "role": "police"},
        at=EVENING,
        actor=story.watched.manager,
        actor_label="Ottoline Carr",
    )


def an_answered_role(story: Story) -> ConfigurationChange:
    """An administrator has refused that role; always with the same number."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 21).first()
    if found is not None:
        return found
    role = a_shared_role(story)
    return ConfigurationChange.objects.create(
        pk=CHANGE + 21,
        kind="role_refused",
        subject_type="membership",
        subject_id=role.subject_id,
        data={**role.data, "given_by": story.watched.manager.pk, "reason": "Nobody there knows them"},
        at=EVENING,
        actor=story.watched.head,
        actor_label="Ilvane Tresco",
    )


def an_unproved_mailbox(story: Story) -> ConfigurationChange:
    """Nobody ever answered from the control room's mailbox; always with the same number."""
    found, _ = ConfigurationChange.objects.get_or_create(
        pk=CHANGE + 2,
        defaults={
            "kind": "mailbox_unproved",
            "subject_type": "mailbox",
            "subject_id": story.watched.control_room.pk,
            "data": {"proved": False},
            "at": EVENING,
            "actor_label": "Rollcall",
        },
    )
    return found


def a_removed_mailbox(story: Story) -> ConfigurationChange:
    """An administrator has ended a mailbox of the story's force; always with the same number."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 4).first()
    if found is not None:
        return found
    person = factories.a_person(Role.ADMINISTRATOR, authority=story.watched.authority, name="Teodor Maddern")
    return ConfigurationChange.objects.create(
        pk=CHANGE + 4,
        kind="mailbox_ended",
        subject_type="mailbox",
        subject_id=story.watched.control_room.pk,
        data={"reason": "zq-moved"},
        at=EVENING,
        actor=person,
        actor_label=person.name,
    )


def a_changed_home_phone(story: Story) -> ConfigurationChange:
    """An administrator has written another number of the story's home; always with the same number."""
    return _changed(
        story,
        23,
        "home_corrected",
        story.watched.home,
        {"changed": {"phone": ["01632 960714", "01632 960713"]}},
    )


def an_entered_mailbox(story: Story) -> ConfigurationChange:
    """An administrator has entered a mailbox of the story's force; always with the same number."""
    return _changed(story, 24, "mailbox_registered", story.watched.control_room, {"purpose": "control_room"})


def _changed(story: Story, number: int, kind: str, of: Any, data: dict[str, Any]) -> ConfigurationChange:
    found = ConfigurationChange.objects.filter(pk=CHANGE + number).first()
    if found is not None:
        return found
    person = factories.a_person(Role.ADMINISTRATOR, authority=story.watched.authority, name="Teodor Maddern")
    return ConfigurationChange.objects.create(
        pk=CHANGE + number,
        kind=kind,
        subject_type=of._meta.model_name,
        subject_id=of.pk,
        data=data,
        at=EVENING,
        actor=person,
        actor_label=person.name,
    )


def a_corrected_service(story: Story) -> ConfigurationChange:
    """An administrator has put the name and the phone of the guardian's service right; always the same."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 19).first()
    if found is not None:
        return found
    person = factories.a_person(Role.ADMINISTRATOR, authority=story.watched.authority, name="Teodor Maddern")
    service = story.watched.assignment.service
    name, phone = ["Lantern Gardians", "Lodestar Guardians"], ["", "01632 960557"]
    return ConfigurationChange.objects.create(
        pk=CHANGE + 19,
        kind="service_corrected",
        subject_type="guardianservice",
        subject_id=service.pk,
        data={"changed": {"name": name, "phone": phone}},
        at=EVENING,
        actor=person,
        actor_label=person.name,
    )


def an_ended_force_phone(story: Story) -> ConfigurationChange:
    """An administrator has ended the number of an inspector of the story's force; always with the same number."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 18).first()
    if found is not None:
        return found
    person = factories.a_person(Role.ADMINISTRATOR, authority=story.watched.authority, name="Teodor Maddern")
    row = ForcePhone.objects.create(
        force=story.watched.force,
        purpose=ForcePhone.Purpose.INSPECTOR,
        phone="01632 960712",
        verified_date=(EVENING - timedelta(days=9)).date(),
        starts_at=EVENING - timedelta(days=9),
        ends_at=EVENING,
    )
    return ConfigurationChange.objects.create(
        pk=CHANGE + 18,
        kind="force_phone_ended",
        subject_type="forcephone",
        subject_id=row.pk,
        data={"reason": "zq-moved"},
        at=EVENING,
        actor=person,
        actor_label=person.name,
    )


def a_leave(story: Story) -> WorkerLeave:
    """The head of another council recorded that a manager there is on leave; always the same, and of nobody in the story."""
    found = WorkerLeave.objects.filter(worker__name=_AWAY).first()
    if found is not None:
        return found
    authority = factories.an_authority()
    manager = factories.a_person(
        Role.TEAM_MANAGER, name=_AWAY, team=factories.a_team(authority, name="North")
    )
    team = factories.a_team(authority)
    head = factories.a_person(Role.TEAM_MANAGER, name="Teodor Maddern", team=team, reach="service")
    days = {"starts_at": EVENING - timedelta(days=1), "ends_at": EVENING + timedelta(days=6)}
    said = {"kind": "leave", "recorded_at": EVENING, "recorded_by": head}
    return WorkerLeave.objects.create(worker=manager, **days, **said)


_AWAY = "Maren Colbeck"


def _of_leave(story: Story, number: int, kind: str, data: dict[str, Any], **more: Any) -> ConfigurationChange:
    """A change about that leave; always with the same number."""
    given = {"kind": kind, "subject_type": "workerleave", "subject_id": a_leave(story).pk, "data": data}
    given |= {"at": EVENING, "actor_label": "Rollcall", **more}
    return ConfigurationChange.objects.get_or_create(pk=CHANGE + number, defaults=given)[0]


def a_recorded_leave(story: Story) -> ConfigurationChange:
    """Another person recorded the leave."""
    head = a_leave(story).recorded_by
    return _of_leave(story, 7, "worker_leave_announced", {}, actor=head, actor_label=head.name)


def an_asked_cover(story: Story) -> ConfigurationChange:
    """A colleague is asked to stand in for the manager."""
    leave = a_leave(story)
    head, post = leave.recorded_by, Membership.objects.get(user=leave.worker)
    asked = {"asked_at": EVENING, "asked_by": head, "starts_at": leave.starts_at, "covered_by": head}
    cover, _ = ManagerCover.objects.get_or_create(membership=post, leave=leave, defaults=asked)
    of = {"subject_type": "managercover", "subject_id": cover.pk, "actor": head, "actor_label": head.name}
    return _of_leave(story, 8, "manager_cover_asked", {}, **of)


def an_uncovered_post(story: Story) -> ConfigurationChange:
    """Nobody covers the post of the manager."""
    post = Membership.objects.get(user=a_leave(story).worker)
    return _of_leave(story, 9, "post_uncovered", {"posts": [post.pk]})


def a_filled_post(story: Story) -> ConfigurationChange:
    """Somebody does by now."""
    post = Membership.objects.get(user=a_leave(story).worker)
    return _of_leave(story, 10, "post_filled", {"posts": [post.pk]})


def a_checked_mailbox(story: Story) -> ConfigurationChange:
    """Mail to the desk's person has come back for a day; always with the same number."""
    data = {"since": (EVENING - timedelta(days=1)).isoformat()}
    given = {"kind": "mail_checked", "subject_type": "user", "subject_id": story.watched.desk.person.pk}
    given |= {"data": data, "at": EVENING, "actor_label": "Rollcall"}
    return ConfigurationChange.objects.get_or_create(pk=CHANGE + 11, defaults=given)[0]


def an_uncalled_number(story: Story) -> ConfigurationChange:
    """Nobody rang a desk's numbers to test them; always with the same number."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 3).first()
    if found is not None:
        return found
    team = factories.a_team(story.watched.authority, kind="duty", name="Day desk", phone="")
    person = factories.a_person("duty_desk", team=team, name="Rhoda Linnet")
    return ConfigurationChange.objects.create(
        pk=CHANGE + 3,
        kind="numbers_uncalled",
        subject_type="team",
        subject_id=team.pk,
        data={
            "phones": "0300 000 0000, 0300 000 0001",
            "rota": [{"person": person.pk, "phone": "01632 960777"}],
        },
        at=EVENING,
        actor_label="Rollcall",
    )


def an_unlisted_area(story: Story) -> ConfigurationChange:
    """The weekly list of the story's area goes to nobody; always with the same number."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 5).first()
    if found is not None:
        return found
    return ConfigurationChange.objects.create(
        pk=CHANGE + 5,
        kind="area_unlisted",
        subject_type="authority",
        subject_id=factories.an_authority("Marram").pk,
        data={"purpose": "host_duty", "authorities": [story.watched.authority.pk]},
        at=EVENING,
        actor_label="Rollcall",
    )


def an_area_without_guardians(story: Story) -> ConfigurationChange:
    """No guardian service takes children in the story's area; always with the same number."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 6).first()
    if found is not None:
        return found
    return ConfigurationChange.objects.create(
        pk=CHANGE + 6,
        kind="guardians_lacking",
        subject_type="authority",
        subject_id=factories.an_authority("Marram").pk,
        data={"first_day": "2026-03-28", "open": True, "authorities": [story.watched.authority.pk]},
        at=EVENING,
        actor_label="Rollcall",
    )


def a_split_authority(story: Story) -> ConfigurationChange:
    """An authority in which children of the story's own council live was split into two."""
    found = ConfigurationChange.objects.filter(pk=CHANGE + 17).first()
    if found is not None:
        return found
    halves = [factories.an_authority(name) for name in ("North Marram", "South Marram")]
    return ConfigurationChange.objects.create(
        pk=CHANGE + 17,
        kind="authority_split",
        subject_type="authority",
        subject_id=factories.an_authority("Marramshire").pk,
        data={
            "successors": [one.code for one in halves],
            "keeper": halves[0].code,
            "authorities": [story.watched.authority.pk],
        },
        at=EVENING,
        actor_label="Rollcall",
    )


def a_change(story: Story) -> ConfigurationChange:
    """The second step of the story's duty worker was reset; always with the same number."""
    found, _ = ConfigurationChange.objects.get_or_create(
        pk=CHANGE,
        defaults={
            "kind": "second_factor_reset",
            "subject_type": "user",
            "subject_id": story.watched.desk.person.pk,
            "data": {"kinds": ["totp"], "reason": "zq-phone-lost"},
            "at": EVENING,
            "actor": story.watched.manager,
            "actor_label": story.watched.manager.name,
        },
    )
    return found


def a_guardians_cover(story: Story) -> GuardianCover:
    """A colleague is asked to cover for the story's guardian; always the same."""
    found = GuardianCover.objects.filter(pk=COVER).first()
    if found is not None:
        return found
    assignment = story.watched.assignment
    colleague = factories.a_person(Role.GUARDIAN, service=assignment.service, name="Ilvane Tresco")
    head = factories.a_person(
        Role.GUARDIAN, service=assignment.service, reach=Reach.SERVICE, name="Wendrel Oake"
    )
    return GuardianCover.objects.create(
        pk=COVER,
        child=assignment.child,
        assignment=assignment,
        covered_by=colleague,
        starts_at=EVENING,
        ends_at=EVENING + timedelta(days=7),
        asked_by=head,
        asked_at=EVENING,
        reason="zqcoverreason",
    )


def a_meeting(story: Story) -> MeetingBooking:
    """A meeting of the story, to which the guardian was to come."""
    found, _ = MeetingBooking.objects.get_or_create(
        key=UUID(int=CHANGE),
        defaults={
            "child": story.child,
            "kind": "strategy",
            "planned_at": EVENING + timedelta(days=2),
            "place": "zq-room-two",
            "invited": "zq-police",
            "guardian_invited": True,
            "why_not": "zq-a-worry",
            "recorded_at": EVENING - timedelta(days=1),
            "recorded_by": story.watched.worker,
            "ended_at": EVENING,
            "ended_by": story.watched.worker,
            "ending": "called_off",
            "ended_why": "zq-snow",
        },
    )
    return found


def a_concern(story: Story) -> CouncilConcern:
    """What the guardian of the story holds against the council."""
    found, _ = CouncilConcern.objects.get_or_create(
        key=UUID(int=CHANGE),
        defaults={
            "child": story.child,
            "service": story.watched.assignment.service,
            "words": "zq-no-school",
            "shared": True,
            "promised_by": "zq-head-of-service",
            "due_at": EVENING,
            "recorded_at": EVENING - timedelta(days=1),
            "recorded_by": story.watched.guardian,
        },
    )
    return found


def a_release(story: Story, episode: MissingEpisode | None) -> None:
    """Two lines of the story's episode that were released to the police, a week before that evening and after it began."""
    if episode is None or Release.objects.filter(episode=episode).exists():
        return
    # Named in the mail, and the same in every run.
    Authority.objects.filter(pk=story.watched.authority.pk).update(name="Saltbridge")
    words = (
        "reason",
        "carer_information",
        "place",
        "before",
        "during",
        "after",
        "why_left",
        "what_drew",
        "with_whom",
    )
    words += ("harm", "crimes", "would_help", "health_needs", "police_reference", "intelligence", "actions")
    words += ("interviewer", "interpreter_name", "not_independent_why")
    at = episode.opened_at - timedelta(hours=2)
    held = {"offered_at": at, "held_at": at, "independence": "nobody_else", "interpreter": "not_needed"}
    interview = ReturnInterview.objects.create(
        episode=episode,
        version=1,
        outcome="held",
        recorded_at=episode.opened_at,
        recorded_by=story.watched.worker,
        **held,
        **{name: f"zqiv{number}x" for number, name in enumerate(words)},
    )
    wrote = {
        "sender": "zqsender@x.example",
        "text": "zqreplied",
        "attachments": [["zqfile", "text/plain", 3]],
    }
    reply = Reply.objects.create(
        episode=episode, key="1" * 64, automatic=False, received_at=episode.opened_at, **wrote
    )
    given = {"side": Release.Side.POLICE, "starts_at": episode.opened_at, "released_by": story.watched.worker}
    Release.objects.create(episode=episode, interview=interview, field="intelligence", **given)
    Release.objects.create(episode=episode, reply=reply, **given)


# Which wording goes with which step and what it is about: the silent house, or one child's episode.
OF_HOME = (
    "home_no_record",
    "duty_no_record",
    "told_no_record",
    "manager_no_record",
    "home_head_count",
    "duty_head_count",
    "told_head_count",
    "duty_journey",
    "told_journey",
    "duty_second_eyes",
    "told_second_eyes",
    "referral_waits",
    "duty_no_worker",
    "transfer_offered",
    "transfer_late",
    "transfer_arrival",
    "transfer_declined",
    "transfer_missing",
    "transfer_told",
    "manager_late_windows",
)
# About children of an area, and about no search.
OF_AREA = ("police_approach",)
# What was released of a search, to the force that leads it and to whoever waits for that force.
OF_RELEASE = ("police_released", "released_unread")
OF_FORCE = tuple(
    name for name, one in WORDINGS.items() if one.for_police and name not in (*OF_AREA, *OF_RELEASE)
)
# About a check of the building, and so about no child.
OF_CHECK = ("home_no_check", "duty_no_check")
OF_OUTAGE = ("home_outage", "duty_outage", "manager_outage")
OF_SHIFT = ("manager_untaken", "manager_gap")
OF_MATTER = ("matter_waits", "matter_answered")
OF_FOUND = ("found_waits", "found_answered", "found_over")
OF_LINK = ("link_waits", "link_urgent", "link_over", "link_unanswered", "link_answered", "link_made")
OF_ARRIVAL = ("arrival_asked", "arrival_over", "arrival_back")
OF_WORRY = ("lado_worry", "senior_worry", "senior_restricted", "worry_answered")
OF_CONCERN = (
    "concern_raised",
    "promise_passed",
    "promise_unanswered",
    "promise_not_kept",
    "concern_unanswered",
)
OF_SUPERVISION = ("guardian_supervision",)
OF_ASSIGNMENT = ("guardian_assigned", "guardian_covered")
OF_MEETING = {"meeting_booked": "booked", "meeting_uninvited": "uninvited", "meeting_off": "off"}
# By wording: the paper that it tells of.
OF_PAPER = {"paper_due": "assessment", "guardian_check": "guardian_check", "action_reminder": "action"}
OF_PAPER |= {"protection_ends": "police_protection"}
OF_CHANGE = (
    "account_changed",
    "mail_check",
    "lado_mailbox",
    "administrator_role",
    "mailbox_unproved",
    "mailbox_removed",
    "force_phone_changed",
    "home_phone_changed",
    "mailbox_entered",
    "service_corrected",
    "role_shared",
    "role_answered",
    "numbers_uncalled",
    "area_unlisted",
    "guardians_lacking",
    "authority_split",
    "leave_recorded",
    "leave_elsewhere",
    "cover_asked",
    "post_uncovered",
    "post_filled",
)
OF_JOURNEY = ("escort_link", "journey_barred", "escort_off", "journey_off")
OF_NO_CHILD = (
    *OF_RELEASE,
    *OF_SUPERVISION,
    *OF_MEETING,
    *OF_ASSIGNMENT,
    *OF_CHECK,
    *OF_OUTAGE,
    *OF_SHIFT,
    *OF_MATTER,
    *OF_ARRIVAL,
    *OF_WORRY,
    *OF_CHANGE,
    *OF_CONCERN,
    *OF_JOURNEY,
)
OF_EPISODE = tuple(name for name in WORDINGS if name not in (*OF_HOME, *OF_AREA, *OF_FORCE, *OF_NO_CHILD))
STEPS = {
    "home_no_record": "R0",
    "home_no_check": "R0",
    "home_head_count": "R0",
    "manager_no_record": "R2",
    "duty_ring_police": "R3",
    "head_no_record": "R4",
    "director_no_record": "R5",
    "police_alert": "call_0",
    "police_reminder": "call_30",
    "told_missing": "call_0",
    "host_missing": "call_0",
    "duty_call": "call_15",
    "manager_call": "call_30",
    "head_call": "call_60",
    "director_call": "call_120",
    "duty_step": "R2",
    "director_died": "died",
    "death_unsaid": "unsaid",
    "ending": "ending",
}
KINDS = {"police_reminder": MessageKind.REMINDER, "ending": MessageKind.ENDING}


def of_wording(
    wording: str,
    story: Story,
    episode: MissingEpisode | None,
    *,
    at: datetime,
    number: int = 1,
    **fields: Any,
) -> Message:
    """A message of this wording as the engine would owe it."""
    fields.setdefault("kind", KINDS.get(wording, MessageKind.ALERT))
    step = fields.pop("step", STEPS.get(wording, "R1"))
    if wording in OF_FORCE:
        fields |= {"mailbox": story.watched.control_room, "force": story.watched.force, "post": "force"}
    elif wording == "police_released":
        fields |= {"mailbox": story.watched.coordinator, "force": story.watched.force, "post": "force"}
    elif wording in OF_AREA:
        fields |= {"mailbox": story.watched.control_room, "force": story.watched.force, "post": "area_force"}
    elif fields.get("mailbox") is None and "to" not in fields:
        fields["to"] = story.watched.desk.person
    if wording in OF_CHECK:
        fields |= {"home": story.watched.home, "authority": story.watched.authority}
        return owed(wording, (), step=step, at=at, number=number, home_alert=a_check_owed(story), **fields)
    if wording in OF_OUTAGE:
        fields |= {"authority": story.watched.authority, "outage": an_outage(until=at)}
        return owed(wording, (), step="outage", at=at, number=number, **fields)
    if wording in OF_SHIFT:
        fields |= {"authority": story.watched.authority, "shift": a_shift_untaken(story)}
        return owed(wording, (), step="untaken", at=at, number=number, **fields)
    if wording in OF_RELEASE:
        a_release(story, episode)
        # While the child is looked for, at once.
        step = release_mails.AT_ONCE if wording == "police_released" else "unread"
        fields |= {"episode": episode} if wording == "released_unread" else {}
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_MATTER:
        fields |= {"authority": story.watched.authority, "matter": a_matter(story), "post": "dpo"}
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_FOUND:
        fields |= {"authority": story.watched.authority, "matter": a_found_child(story), "post": "duty"}
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_LINK:
        fields |= {
            "authority": story.watched.authority,
            "matter": a_link_request(story, wording),
            "post": "duty",
        }
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_ARRIVAL:
        fields |= {"authority": story.watched.authority, "matter": an_arrival(story), "post": "duty"}
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_WORRY:
        fields |= {"authority": story.watched.authority, "matter": a_worry(story), "post": "senior"}
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_CONCERN:
        fields |= {"authority": story.watched.authority, "concern": a_concern(story), "post": "supervisor"}
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_SUPERVISION:
        assignment = GuardianAssignment.objects.get(pk=story.watched.assignment.pk)
        fields |= {"assignment": assignment, "post": "supervisor"}
        return owed(wording, (), step="due:20260302", at=at, number=number, **fields)
    if wording in OF_ASSIGNMENT:
        assignment = GuardianAssignment.objects.get(pk=story.watched.assignment.pk)
        step = "assigned" if wording == "guardian_assigned" else f"cover:{a_guardians_cover(story).pk}"
        fields |= {"assignment": assignment, "post": "supervisor"}
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_MEETING:
        fields |= {
            "assignment": GuardianAssignment.objects.get(pk=story.watched.assignment.pk),
            "post": "supervisor",
        }
        step = f"{OF_MEETING[wording]}:{a_meeting(story).pk}"
        return owed(wording, (), step=step, at=at, number=number, **fields)
    if wording in OF_CHANGE:
        of = {"administrator_role": a_given_role, "mailbox_unproved": an_unproved_mailbox}
        of |= {"numbers_uncalled": an_uncalled_number, "mailbox_removed": a_removed_mailbox}
        of |= {"force_phone_changed": an_ended_force_phone, "service_corrected": a_corrected_service}
        of |= {"home_phone_changed": a_changed_home_phone, "mailbox_entered": an_entered_mailbox}
        of |= {"role_shared": a_shared_role, "role_answered": an_answered_role}
        of |= {"area_unlisted": an_unlisted_area, "guardians_lacking": an_area_without_guardians}
        of |= {"authority_split": a_split_authority, "mail_check": a_checked_mailbox}
        of |= {"leave_recorded": a_recorded_leave, "leave_elsewhere": a_recorded_leave}
        of |= {"cover_asked": an_asked_cover}
        of |= {"post_uncovered": an_uncovered_post, "post_filled": a_filled_post}
        change = of.get(wording, a_change)(story)
        fields |= {"authority": story.watched.authority, "change": change, "post": "account"}
        return owed(wording, (), step="change", at=at, number=number, **fields)
    if wording in OF_JOURNEY:
        return _of_journey(wording, story, at=at, number=number, **fields)
    if wording in (*OF_HOME, *OF_AREA):
        return owed(wording, story.alerts, step=step, at=at, number=number, home=story.watched.home, **fields)
    if wording in OF_PAPER:
        rows = [OF_PAPER[wording]]
        Alert.objects.filter(pk=story.alerts[0].pk).update(rows=rows)
        episode = None
    if wording == "duty_step":
        Alert.objects.filter(pk=story.alerts[0].pk).update(rows=["publicity"])
    return owed(wording, story.alerts[:1], step=step, at=at, number=number, episode=episode, **fields)


def _of_journey(wording: str, story: Story, *, at: datetime, number: int, **fields: Any) -> Message:
    journey = a_journey(story)
    if wording == "journey_barred":
        return owed(
            wording, (), step="barred", at=at, number=number, journey=journey, post="barred_duty", **fields
        )
    if wording == "journey_off":
        return owed(wording, (), step="off", at=at, number=number, journey=journey, post="off_duty", **fields)
    key, channel = UUID(int=number, version=4), fields.get("channel", Channel.MAIL)
    escort = 1 if channel == Channel.MAIL else 2
    if wording == "escort_off":
        fields |= {"to": None, "post": "escort", "recipient": f"{channel}/escort:{journey.pk}:{escort}"}
        return owed(wording, (), step="off", at=at, number=number, journey=journey, **fields)
    escort_links.ask(journey, escort, key=key, by=story.watched.worker, at=at)
    fields |= {"to": None, "post": "escort", "recipient": f"{channel}/escort:{journey.pk}:{escort}"}
    step = f"link:{key.hex[:6]}{number}"
    return owed(wording, (), step=step, at=at, number=number, journey=journey, **fields)
