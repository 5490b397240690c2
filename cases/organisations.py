"""The verbs of teams, homes and guardian services: set up and corrected, each on record with who did it."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from cases import ended, force_ends, home_log, log
from cases.deadlines import london_day
from cases.models import (
    Authority,
    GuardianService,
    Home,
    Placement,
    PoliceForce,
    Provider,
    Team,
    User,
)
from cases.states import IllegalMove


def open_team(
    authority: Authority, *, name: str, kind: str, phone: str, second_phone: str, by: User, at: datetime
) -> Team:
    """Set up a team; its phones are not proved yet.

    Raises IllegalMove where the authority has one of that name, and where it was merged or split.
    """
    with transaction.atomic():
        ended.hold(authority)
        _no_other_team(authority.pk, name)
        team = Team.objects.create(
            authority=authority, name=name, kind=kind, phone=phone, second_phone=second_phone
        )
        data = {"name": name, "kind": kind, "authority": authority.pk, "phone": phone}
        log.record_configuration(team, "team_opened", data=data | {"second": second_phone}, by=by, at=at)
    return team


def correct_team(team: Team, *, by: User, at: datetime, **facts: str) -> Team:
    """Correct name or phones, of `facts`; a new first phone is proved by the next test call, and what stood is kept."""
    with transaction.atomic():
        team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        changed = _changed(team, facts)
        if "name" in changed:
            _no_other_team(team.authority_id, facts["name"], but=team.pk)
        if "phone" in changed:
            team.verified_at = None
        _keep(team, changed, facts, "verified_at")
        if changed:
            log.record_configuration(team, "team_corrected", data={"changed": changed}, by=by, at=at)
    return team


def prove_phone(of: Team | Home, *, note: str = "", by: User, at: datetime) -> None:
    """Somebody answered the team's first phone, or the home's: it is proved from now on, until another is written."""
    data = {"phone": of.phone} | ({"note": note} if note else {})
    with transaction.atomic():
        if isinstance(of, Home):
            Home.objects.filter(pk=of.pk).update(phone_verified_at=at)
        else:
            Team.objects.filter(pk=of.pk).update(verified_at=at)
        log.record_configuration(of, "phone_proved", data=data, by=by, at=at)


def doubt_phone(home: Home, *, note: str = "", by: User, at: datetime) -> None:
    """Nobody answered the home's phone: what proved it is over, until somebody answers again."""
    data = {"phone": home.phone, "note": note, "proved": home.phone_verified_at is not None}
    with transaction.atomic():
        Home.objects.filter(pk=home.pk).update(phone_verified_at=None)
        log.record_configuration(home, "phone_unanswered", data=data, by=by, at=at)


def open_home(
    authority: Authority,
    *,
    name: str,
    provider: str,
    ofsted_urn: str,
    address: str,
    postcode: str,
    phone: str,
    force: PoliceForce,
    by: User,
    at: datetime,
) -> Home:
    """Register a home in the area of `authority`.

    Raises IllegalMove where one of that name stands at the postcode, and where the authority was merged or split.
    """
    with transaction.atomic():
        ended.hold(authority)
        force_ends.require_standing(force, at=at)
        same = Home.objects.filter(name__iexact=name, postcode=postcode)
        if same.open().exists():
            raise IllegalMove("There is a home of this name at this postcode already.")
        if same.exists():
            raise IllegalMove("A home of this name at this postcode has closed. Reopen it instead.")
        home = Home.objects.create(
            authority=authority,
            name=name,
            provider=_provider(provider),
            ofsted_urn=ofsted_urn,
            address=address,
            postcode=postcode,
            phone=phone,
            force=force,
        )
        data = {
            "name": name,
            "provider": provider,
            "authority": authority.pk,
            "force": force.pk,
            "phone": phone,
        }
        log.record_configuration(home, "home_opened", data=data, by=by, at=at)
    return home


def open_service(name: str, *, phone: str, starts_date: date, by: User, at: datetime) -> GuardianService:
    """Put a guardianship service on the list, whose guardians can then be added. Raises IllegalMove where it is there."""
    with transaction.atomic():
        if GuardianService.objects.filter(name__iexact=name).exists():
            raise IllegalMove("This guardian service is on the list already.")
        service = GuardianService.objects.create(name=name, phone=phone, starts_date=starts_date)
        data = {"name": name, "phone": phone, "starts": starts_date.isoformat()}
        log.record_configuration(service, "service_opened", data=data, by=by, at=at)
    return service


def correct_service(
    service: GuardianService, *, name: str, phone: str, by: User, at: datetime
) -> GuardianService:
    """Correct what stands of a service on the list of all; whoever relies on it hears (alerts/change_words.py).

    No test call proves its phone: Rollcall neither texts it nor rings it, the child does. Raises IllegalMove where
    another has the name, and for a service that has closed.
    """
    with transaction.atomic():
        service = GuardianService.objects.select_for_update(no_key=True).get(pk=service.pk)
        if service.ends_date is not None and service.ends_date <= london_day(at):
            raise IllegalMove("This guardian service has closed. Open it again first.")
        if GuardianService.objects.filter(name__iexact=name).exclude(pk=service.pk).exists():
            raise IllegalMove("This guardian service is on the list already.")
        facts = {"name": name, "phone": phone}
        changed = _changed(service, facts)
        _keep(service, changed, facts)
        if changed:
            log.record_configuration(service, "service_corrected", data={"changed": changed}, by=by, at=at)
    return service


def correct_home(home: Home, *, by: User | None, at: datetime, **facts: Any) -> Home:
    """Correct what stands of a home, of `facts`; a new phone holds at once for every child who lives there.

    Another force is that of whoever is placed there from now on: alerts/home_areas.py corrects the children there too.
    """
    with transaction.atomic():
        if isinstance(facts.get("provider"), str):
            facts["provider"] = _provider(facts["provider"])
        placed = Placement.objects.filter(home=home, ends_at=None)
        home_log.lock_with_children(home.pk, lambda: placed.all().values_list("child", flat=True))
        home = Home.objects.get(pk=home.pk)
        if home.closed_at is not None:
            raise IllegalMove("This home has closed. Reopen it first.")
        changed = _changed(home, facts)
        if "force" in changed:
            force_ends.require_standing(facts["force"], at=at)
        if "phone" in changed:
            home.phone_verified_at = None
        _keep(home, changed, facts, "phone_verified_at")
        if "phone" in changed:
            _ring_here(list(placed), facts["phone"], by=by, at=at)
        if changed:
            words = {key: [str(value or "") for value in pair] for key, pair in changed.items()}
            log.record_configuration(home, "home_corrected", data={"changed": words}, by=by, at=at)
    return home


def _provider(name: str) -> Provider | None:
    return Provider.objects.get_or_create(name=name)[0] if name else None


def _ring_here(placed: list[Placement], phone: str, *, by: User | None, at: datetime) -> None:
    """Let texts and calls about these children go to the home's new phone."""
    Placement.objects.filter(pk__in=[placement.pk for placement in placed]).update(phone=phone)
    entries = [
        log.Entry(
            child_id=placement.child_id,
            kind="home_phone_changed",
            subject=placement,
            data={"home": placement.home_id},
            fields={"phone": phone},
        )
        for placement in placed
    ]
    log.record_many(entries, by=by, at=at)


def _changed(row: Team | Home | GuardianService, facts: dict[str, Any]) -> dict[str, list[Any]]:
    return {key: [getattr(row, key), value] for key, value in facts.items() if getattr(row, key) != value}


def _keep(
    row: Team | Home | GuardianService, changed: dict[str, Any], facts: dict[str, Any], *more: str
) -> None:
    for key in changed:
        setattr(row, key, facts[key])
    if changed:
        row.save(update_fields=[*changed, *more])


def _no_other_team(authority_id: int, name: str, but: int = 0) -> None:
    if Team.objects.filter(authority=authority_id, name__iexact=name).exclude(pk=but).exists():
        raise IllegalMove("There is a team of this name already.")
