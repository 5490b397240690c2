"""Word of what was changed about no child, owed in the commit of the change.

To whoever's account was changed in how it is signed in to or reached; and to the seniors of an authority of whose
LADO's mailbox it was, or of whose administrator it was who may read records from now on; to the administrators
of a mailbox from which nobody answers, and of duty numbers that nobody has rung to test them; and to both of a mailbox
of the police that was ended, or the last of a desk or post, and of a number of the police that was ended or replaced:
another council's administrator may have done it; and to those of an area whose weekly list goes to nobody, or in which
no guardian service takes children; and to seniors and administrators that an authority with which they have to do was
split; and to those who rely on a guardian service of which the name or the phone was corrected.
To whoever is to confirm somebody in what their council shares, and to managers of children in whose home somebody is.
And to whoever's mail comes back, to look whether it arrives again.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from alerts import shared_roles
from alerts.change_mails import authority_of, message
from alerts.models import Message
from cases import configuration, confirming, ended, mail_refusals, mailbox_proofs
from cases.models import (
    Authority,
    ConfigurationChange,
    ForcePhone,
    GuardianService,
    Home,
    Mailbox,
    Membership,
    Placement,
    PoliceForce,
    Reach,
    Responsibility,
    Role,
    Team,
    User,
)
from cases.moves import isolated
from cases.signals import configuration_changed
from cases.worded import Question
from guardians import shared

WORDING, POST = "account_changed", "account"
# To whoever has a role, of which an account alone is none.
MAIL_CHECK, OWN_MAILBOX, LADO, SENIOR = "mail_check", "own_mailbox", "lado_mailbox", "senior"
ROLE, SHARED = "administrator_role", shared_roles.WORDING
REMOVED, PHONE_CHANGED = "mailbox_removed", "force_phone_changed"
ENTERED, HOME_PHONE = "mailbox_entered", "home_phone_changed"
SERVICE = "service_corrected"
PHONE_ENDED, PHONE_REPLACED = "force_phone_ended", "force_phone_replaced"
UNPROVED, UNCALLED, ADMINISTRATOR = "mailbox_unproved", "numbers_uncalled", "administrator"
UNLISTED, LACKING, SPLIT = "area_unlisted", "guardians_lacking", ended.SPLIT
# An administrator who is the danger would have the worries about them come to themselves, or to nobody.
OF_MAILBOX = frozenset({"mailbox_registered", "mailbox_ended"})
# Whoever gives roles and reads no record becomes somebody who reads them: of these alone nobody reads what is of a child.
READS_NOTHING = (Role.ADMINISTRATOR, Role.STATISTICIAN)
# How long somebody who was an administrator counts as one: what they prepared may be used when the role has ended.
LATELY = timedelta(days=30)
# What a thief, or an administrator who is one, would have to do [NCSC, protecting accounts: tell of each such change].
TOLD = frozenset(
    {
        "second_factor_added",
        "second_factor_removed",
        "second_factor_reset",
        "recovery_codes_made",
        "recovery_code_used",
        "password_changed",
        "first_password_chosen",
        "first_sign_in_offered",
        "person_corrected",
    }
)


def listen() -> None:
    """Answer every change of an account, a role or a mailbox, in its commit."""
    configuration_changed.connect(_on_configuration_changed, dispatch_uid="alerts.change_words")


def _on_configuration_changed(sender: object, change: ConfigurationChange, **kwargs: object) -> None:
    of = {
        "user": _of_account,
        "membership": _of_role,
        "mailbox": _of_mailbox,
        "forcephone": _of_force_phone,
        "home": _of_home_phone,
        "team": _of_team,
        "authority": _of_area,
        "policeforce": _of_area,
        "guardianservice": _of_service,
    }.get(change.subject_type)
    if of is not None:
        Message.objects.bulk_create(of(change))


def _of_account(change: ConfigurationChange) -> Iterator[Message]:
    if change.kind == mail_refusals.CHECKED:
        reader = User.objects.get(pk=change.subject_id)
        # One that a server puts off is this one too, and is tried now: two would come at once.
        put_off = Message.objects.unsent().filter(user=reader, wording=MAIL_CHECK)
        if not put_off.update(next_try_at=change.at):
            yield message(reader, change, MAIL_CHECK, OWN_MAILBOX, authority_id=None)
    if not _is_told(change):
        return
    # The address they sign in with is never changed, so what goes there reaches whom it reached before.
    person = User.objects.filter(pk=change.subject_id, is_active=True, device_home=None).first()
    if person is not None:
        yield message(person, change, WORDING, POST, authority_id=authority_of(person, at=change.at))


def _of_mailbox(change: ConfigurationChange) -> Iterator[Message]:
    if change.kind == UNPROVED:
        yield from _of_unproved(change)
    else:
        yield from _of_lado(change)
        yield from _of_removed(change)
        yield from _of_entered(change)


def _of_entered(change: ConfigurationChange) -> Iterator[Message]:
    """Of a force's that somebody entered, and of its first proof: to administrators and seniors of each council of the force.

    Whoever shares the force could enter an address of their own, and answer its test (docs/adr/0214).
    """
    first = change.kind == "mailbox_proved" and change.data.get("first")
    entered = change.kind == "mailbox_registered" and change.actor_id is not None
    box = Mailbox.objects.select_related("force").get(pk=change.subject_id) if first or entered else None
    if box is not None and box.force is not None:
        yield from _to_all(mailbox_proofs.concerned(box, at=change.at), change, ENTERED)


def entered_mailbox(change: ConfigurationChange) -> dict[str, Any]:
    """Which mailbox it is, and whether somebody has answered from it."""
    box = Mailbox.objects.select_related("force").get(pk=change.subject_id)
    return {"box": box, "is_proof": change.kind == "mailbox_proved"}


def _of_unproved(change: ConfigurationChange) -> Iterator[Message]:
    """To the administrators who may test it."""
    theirs = Q(authority__in=_concerned(Mailbox.objects.get(pk=change.subject_id)))
    yield from _to_administrators(theirs, change, UNPROVED)


def _concerned(box: Mailbox) -> list[int]:
    """The authorities of a mailbox: its own, its team's, each that its force belongs to."""
    if box.force is not None:
        return list(box.force.authorities.values_list("pk", flat=True))
    owner = box.authority_id if box.team is None else box.team.authority_id
    return [] if owner is None else [owner]


def _of_removed(change: ConfigurationChange) -> Iterator[Message]:
    """To administrators and seniors, less whoever ended it: of the police's always, else where none is left for the same."""
    if change.kind != "mailbox_ended":
        return
    box = Mailbox.objects.select_related("force", "team").get(pk=change.subject_id)
    if box.purpose == Mailbox.Purpose.LADO or (
        box.force is None and not configuration.is_last(box, at=change.at)
    ):
        return
    yield from _to_all(_concerned(box), change, REMOVED)


def _of_force_phone(change: ConfigurationChange) -> Iterator[Message]:
    """To administrators and seniors of each council of the force: duty rings there at night, whoever put it there.

    Of a number that was rung again nobody hears: the same is rung as before.
    """
    if change.kind not in (PHONE_ENDED, PHONE_REPLACED):
        return
    row = ForcePhone.objects.select_related("force").get(pk=change.subject_id)
    if change.data.get("phone") != row.phone:
        concerned = list(row.force.authorities.values_list("pk", flat=True))
        yield from _to_all(concerned, change, PHONE_CHANGED)


def changed_number(change: ConfigurationChange) -> dict[str, Any]:
    """Which number of a force it was, and which stands in its place when the mail goes out."""
    row = ForcePhone.objects.select_related("force").get(pk=change.subject_id)
    standing = ForcePhone.objects.filter(force=row.force, purpose=row.purpose, ends_at=None).first()
    return {"row": row, "standing": standing, "replaced": change.kind == PHONE_REPLACED}


def _of_home_phone(change: ConfigurationChange) -> Iterator[Message]:
    """To administrators and seniors of the home's council and of each with a child there: what is told there goes elsewhere."""
    if change.kind != "home_corrected" or "phone" not in change.data["changed"]:
        return
    placed = Placement.objects.current(change.at).filter(home=change.subject_id, child__closed_at=None)
    own = Responsibility.objects.at(change.at).filter(child__in=placed.values("child"))
    home = Home.objects.get(pk=change.subject_id)
    concerned = {home.authority_id, *own.values_list("authority", flat=True)}
    yield from _to_all(concerned, change, HOME_PHONE)


def changed_home_number(change: ConfigurationChange) -> dict[str, Any]:
    """Which number of a home it was, and which it is since; the home is not named in a mail."""
    before, after = change.data["changed"]["phone"]
    return {"before": before, "after": after}


def _of_service(change: ConfigurationChange) -> Iterator[Message]:
    """To its heads, and to administrators and seniors of each council with a child there or whose area it covers.

    The list is one for all, so whoever corrected it may be another council's; children ring the number.
    """
    if change.kind != SERVICE:
        return
    concerned = shared.concerned(change.subject_id, change.at)
    # Whoever supervises there tells children the number, and hears of it beside the head, who alone confirms accounts.
    led = Q(role=Role.GUARDIAN, service=change.subject_id) & ~Q(reach=Reach.TEAM)
    heads = Membership.objects.current(change.at).filter(led).exclude(user=change.actor_id)
    owed = list(_to_all(concerned, change, SERVICE))
    told = {one.user_id for one in owed}
    yield from owed
    for user in {row.user for row in heads.select_related("user").order_by("pk")}:
        if user.pk not in told:
            yield message(user, change, SERVICE, SENIOR, authority_id=None)


def corrected_service(change: ConfigurationChange) -> dict[str, Any]:
    """What stood of a guardian service and what stands instead; None of what was not corrected."""
    said = change.data["changed"]
    service = GuardianService.objects.get(pk=change.subject_id)
    return {"service": service.name, "name": said.get("name"), "phone": said.get("phone")}


def removed_mailbox(change: ConfigurationChange, *, now: datetime) -> dict[str, Any]:
    """Which mailbox it was, and whether another is left for the same when the mail goes out."""
    box = Mailbox.objects.select_related("force", "team").get(pk=change.subject_id)
    return {"box": box, "none_left": configuration.is_last(box, at=now)}


def unlisted_area(change: ConfigurationChange) -> dict[str, Any]:
    """Of a weekly list that goes to nobody: whose area it is, and which mailbox is missing."""
    model = Authority if change.subject_type == "authority" else PoliceForce
    area = model.objects.get(pk=change.subject_id)
    return {"area": str(area), "purpose": Mailbox.Purpose(change.data["purpose"]).label}


def _to_all(authority_ids: Collection[int], change: ConfigurationChange, wording: str) -> Iterator[Message]:
    """To the administrators and seniors there, each once, less whoever did it."""
    # A drill clears its own mailboxes away, which is news to nobody.
    of_life = Authority.objects.filter(pk__in=authority_ids).exclude(code__startswith="DRILL-")
    concerned = list(of_life.values_list("pk", flat=True))
    seniors = _seniors(concerned, change)
    for user, authority_id in seniors.items():
        yield message(user, change, wording, SENIOR, authority_id=authority_id)
    by = [change.actor_id, *(user.pk for user in seniors)]
    yield from _to_administrators(Q(authority__in=concerned), change, wording, but=by)


def _of_team(change: ConfigurationChange) -> Iterator[Message]:
    """To the administrators of a duty team whose numbers nobody has rung: they ring them, and write who answered."""
    if change.kind == UNCALLED:
        its = Team.objects.filter(pk=change.subject_id).values("authority")
        yield from _to_administrators(Q(authority__in=its), change, UNCALLED)


def whose_numbers(change: ConfigurationChange) -> dict[str, Any]:
    """The duty team whose numbers nobody has answered, and whose they are on its rota; None where they are those of homes."""
    if change.subject_type != Team._meta.model_name:
        return {"desk": None}
    rows = change.data.get("rota", [])
    people = User.objects.in_bulk([row["person"] for row in rows])
    on_rota = [f"{isolated(people[row['person']].name)}, {row['phone']}" for row in rows]
    return {"desk": Team.objects.get(pk=change.subject_id), "on_rota": "; ".join(on_rota)}


def _of_area(change: ConfigurationChange) -> Iterator[Message]:
    """To the administrators who can mend it; that it has no guardian service, or was split, to heads and directors too."""
    if change.kind == UNCALLED:
        yield from _to_administrators(Q(authority=change.subject_id), change, UNCALLED)
    if change.kind not in (UNLISTED, LACKING, SPLIT):
        return
    concerned = change.data["authorities"]
    seniors = _seniors(concerned, change) if change.kind != UNLISTED else {}
    for user, authority_id in seniors.items():
        yield message(user, change, change.kind, SENIOR, authority_id=authority_id)
    led = [user.pk for user in seniors]
    yield from _to_administrators(Q(authority__in=concerned), change, change.kind, but=led)


def _to_administrators(
    theirs: Q, change: ConfigurationChange, wording: str, *, but: Collection[int | None] = ()
) -> Iterator[Message]:
    held = Membership.objects.current(change.at).filter(theirs, role=Role.ADMINISTRATOR)
    held = held.exclude(user__in=[pk for pk in but if pk is not None])
    for user, authority_id in {
        row.user: row.authority_id for row in held.select_related("user").order_by("pk")
    }.items():
        yield message(user, change, wording, ADMINISTRATOR, authority_id=authority_id)


def _of_lado(change: ConfigurationChange) -> Iterator[Message]:
    """To the heads and directors of the authority, less whoever did it."""
    if change.kind not in OF_MAILBOX:
        return
    mailbox = Mailbox.objects.filter(pk=change.subject_id, purpose=Mailbox.Purpose.LADO).first()
    if mailbox is None:
        return
    for user in _seniors([mailbox.authority_id], change):
        yield message(user, change, LADO, SENIOR, authority_id=mailbox.authority_id)


def _of_role(change: ConfigurationChange) -> Iterator[Message]:
    """To whoever is to hear that somebody was given a role: of more than a team, by an administrator, or in what is shared."""
    if change.kind == "role_given" and change.data.get("role") not in READS_NOTHING:
        yield from _of_reader(change)
        yield from _of_shared(change)
    yield from shared_roles.answered(change)


def _of_shared(change: ConfigurationChange) -> Iterator[Message]:
    """To administrators and seniors of each other council of a force or guardian service, and whoever heads the service.

    And to whoever acts as manager of the children who live in the home in which somebody, or a device, was given a role.
    """
    if change.actor_id is None:
        return
    role = Membership.objects.get(pk=change.subject_id)
    owed = list(_to_all(confirming.open_for(role, at=change.at), change, SHARED))
    told = {change.actor_id, role.user_id, *(one.user_id for one in owed)}
    yield from (one for one in owed if one.user_id != role.user_id)
    for user, authority_id in shared_roles.beside(role, at=change.at).items():
        if user.pk not in told:
            yield message(user, change, SHARED, SENIOR, authority_id=authority_id)


def _of_reader(change: ConfigurationChange) -> Iterator[Message]:
    """To the seniors where the role is and where its holder gives roles, less whoever gave it and whoever has it.

    Of one more senior as well: nobody else would know that an administrator made one of an invented name.
    """
    holder = change.data.get("user")
    authorities: set[int | None] = set(_ADMINISTERED(holder, change.at)) if holder is not None else set()
    if not authorities and change.actor_id is None:
        # Whoever sets the service up, by a command, has nobody to tell yet.
        return
    given = Membership.objects.select_related("team", "home").get(pk=change.subject_id)
    is_senior = given.role == Role.DPO or (given.role == Role.TEAM_MANAGER and given.reach != Reach.TEAM)
    if not authorities and not is_senior:
        return
    place = given.team or given.home
    authorities.add(given.authority_id if place is None else place.authority_id)
    seniors = _seniors(authorities, change, with_officers=True)
    told = {user: authority_id for user, authority_id in seniors.items() if user.pk != holder}
    for user, authority_id in told.items():
        yield message(user, change, ROLE, SENIOR, authority_id=authority_id)
    if not told:
        # Nobody leads there yet, or any more: whoever else gives roles there looks at it.
        by = (change.actor_id, holder)
        yield from _to_administrators(Q(authority__in=authorities), change, ROLE, but=by)


def given_role(change: ConfigurationChange) -> dict[str, Any]:
    """Which role it is, and whether its holder gives roles, or did lately."""
    given = Membership.objects.select_related("user").get(pk=change.subject_id)
    return {"given": given, "administers": administering(given.user_id, at=change.at).exists()}


def administering(user_id: Any, *, at: Any) -> QuerySet[Membership]:
    """Where somebody gives roles at `at`, or did so lately."""
    held = Membership.objects.filter(role=Role.ADMINISTRATOR, user=user_id, called_off_at=None)
    return held.filter(Q(ends_at=None) | Q(ends_at__gt=at - LATELY))


_ADMINISTERED = Question(
    lambda user, at: administering(user, at=at).values_list("authority", flat=True),
)


def _seniors(
    authority_ids: Collection[int | None], change: ConfigurationChange, *, with_officers: bool = False
) -> dict[User, int | None]:
    """The heads and directors, and the data protection officers on wish, each with their authority; never whoever did it."""
    leading = Q(role=Role.TEAM_MANAGER, team__authority__in=authority_ids) & ~Q(reach=Reach.TEAM)
    if with_officers:
        leading |= Q(role=Role.DPO, authority__in=authority_ids)
    held = Membership.objects.current(change.at).filter(leading).exclude(user=change.actor_id)
    rows = held.select_related("user", "team").order_by("pk")
    return {row.user: row.authority_id if row.team is None else row.team.authority_id for row in rows}


def _is_told(change: ConfigurationChange) -> bool:
    """Whether the person is to hear of it: not of their own invitation, nor of a letter more in their name."""
    if change.kind not in TOLD:
        return False
    if change.kind == "first_sign_in_offered":
        return bool(change.data.get("had_password"))
    return change.kind != "person_corrected" or "phone" in change.data.get("fields", ())
