"""What was changed in rows that are about a child or a service, in words: the record, the field, before and now."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from cases import access, concerns, incidents, reads, triggers
from cases.details import LABELS
from cases.models import Child, Event, HeadCount, IncidentEpisode, KeepFrom, RowChange, Trigger, User

# What people call the record of each table that keeps its history.
RECORDS: Mapping[str, Promise] = {
    "cases_absence": _("Out, or away with permission"),
    "cases_allocation": _("Social worker of the child"),
    "cases_arrivalgroup": _("Group that arrived together"),
    "cases_authority": _("Authority"),
    "cases_brokenglass": _("Broken glass"),
    "cases_buildingcheck": _("Check of a building"),
    "cases_child": _("The child"),
    "cases_childlink": _("Child who belongs with this one"),
    "cases_linkrequest": _("What another council was asked"),
    "cases_linkmatter": _("Clock of what another council was asked"),
    "cases_contact": _("Contact"),
    "cases_discussion": _("Child discussed in supervision"),
    "cases_document": _("Document"),
    "cases_episodeforce": _("Force of a missing episode"),
    "cases_episodeofficer": _("Officer in the case"),
    "cases_firstresponder": _("Organisation that may refer to the NRM"),
    "cases_forceagreement": _("Sharing agreement"),
    "cases_forceoffer": _("Search offered to another force"),
    "cases_forcephone": _("Number of a police force"),
    "cases_foundchild": _("Found child"),
    "cases_foundmatch": _("Found child who may be this one"),
    "cases_foundphoto": _("Photo of a found child"),
    "cases_guardianservice": _("Guardian service"),
    "cases_home": _("Home"),
    "cases_escortlink": _("Link of an escort"),
    "cases_headcount": _("Another child is missing"),
    "cases_incident": _("Children who went missing together"),
    "cases_incidentepisode": _("Went missing with another child"),
    "cases_journey": _("Journey"),
    "cases_keepfrom": _("Keep-from mark"),
    "cases_careend": _("End of care"),
    "cases_legalhold": _("Legal hold"),
    "cases_legalstatus": _("Legal status"),
    "cases_liveconcern": _("Live concern"),
    "cases_mailbox": _("Mailbox"),
    "cases_meetingbooking": _("Booked meeting"),
    "cases_membership": _("Role of a person"),
    "cases_missingepisode": _("Missing episode"),
    "cases_missingreview": _("Review of a missing episode"),
    "cases_namedperson": _("Name on a restricted record"),
    "cases_note": _("Note"),
    "cases_nrmreferral": _("Referral to the NRM"),
    "cases_nrmreferrer": _("Who makes referrals to the NRM"),
    "cases_personaladviser": _("Personal adviser"),
    "cases_photo": _("Photo"),
    "cases_placement": _("Placement"),
    "cases_planaction": _("Action of the safeguarding plan"),
    "cases_policeforce": _("Police force"),
    "cases_preventioninterview": _("Prevention interview of the police"),
    "cases_provider": _("Provider"),
    "cases_plannedplacement": _("Planned placement"),
    "cases_quarantinedfile": _("File that came by mail"),
    "cases_restriction": _("Restriction of the record"),
    "cases_reviewingofficer": _("Independent reviewing officer"),
    "cases_returninterview": _("Return interview"),
    "cases_riskassessment": _("Risk assessment"),
    "cases_riskgrade": _("Risk"),
    "cases_rollcallshift": _("Roll-call time of a home"),
    "cases_seenreport": _("Report that the child was seen"),
    "cases_shift": _("Shift"),
    "cases_sign": _("Address or person of concern"),
    "cases_split": _("Split of an authority"),
    "cases_split_successors": _("Successor of an authority that is split"),
    "cases_splitshare": _("What a successor takes in a split"),
    "cases_supervision": _("Supervision of a social worker"),
    "cases_team": _("Team"),
    "cases_transfer": _("Transfer of responsibility"),
    "cases_trigger": _("What may make the child go"),
    "cases_user": _("Account"),
    "cases_mailrefusal": _("Mail that comes back"),
    "cases_workercover": _("Cover for a social worker"),
    "cases_managercover": _("Cover for a manager"),
    "cases_workerleave": _("Leave of a social worker"),
    "guardians_guardianassignment": _("Guardian of the child"),
    "guardians_guardiancover": _("Cover for a guardian"),
    "guardians_guardianleave": _("Leave of a guardian"),
    "guardians_guardianreferral": _("Referral to a guardian service"),
    "guardians_noguardian": _("Reason for no guardian"),
    "guardians_servicearea": _("Area of a guardian service"),
}
# A restricted record is announced to nobody: what was changed of it is for those who may open it.
UNANNOUNCED = ("cases_restriction", "cases_namedperson")


@dataclass(frozen=True)
class Field:
    """One field of a change; of a secret, or of what a correction destroyed, neither value is there."""

    label: str
    before: Any = None
    now: Any = None
    is_known: bool = False


@dataclass(frozen=True)
class Change:
    """One change in words."""

    row: RowChange
    record: str
    fields: Sequence[Field]


@dataclass(frozen=True)
class Found:
    """One page of changes, newest first, and the mark from which older ones go on."""

    rows: list[Change]
    older: str


def of_child(child: Child, reader: User, *, before: str = "", at: datetime) -> Found:
    """What was changed about this child, with the values. `ValueError` for a mark that is none of ours.

    Of a keep-from mark it is for whoever may know of that mark, that it went missing with another child for whoever may
    open that one, and that the other was found for whomever no mark keeps from it; so is that another is missing.
    """
    known = concerns.known_to(child, reader, at=at)
    hidden = Q(table=KeepFrom._meta.db_table) & ~Q(row__in=known.values("pk"))
    together = incidents.known_to(child, reader, at=at)
    hidden |= Q(table=IncidentEpisode._meta.db_table) & ~Q(row__in=together.values("pk"))
    told = Trigger.objects.filter(child=child, mate__isnull=False)
    unknown = told.exclude(pk__in=triggers.known_to(told, reader, at=at))
    hidden |= Q(table=Trigger._meta.db_table, row__in=unknown.values("pk"))
    asked = HeadCount.objects.filter(child=child, episode__child__in=access.closed_to(reader, at))
    hidden |= Q(table=HeadCount._meta.db_table, row__in=asked.values("pk"))
    rows = RowChange.objects.filter(child=child).exclude(hidden).select_related("actor")
    found, older = reads.newest(rows, before)
    stored = {row.pk: json.loads(row.values or "{}") for row in found}
    named = _names((_model(row.table), values) for row in found for values in [stored[row.pk]])
    shown = [_change(row, [_field(row, name, stored[row.pk], named) for name in row.fields]) for row in found]
    return Found(shown, older)


def without_values(rows: QuerySet[RowChange], *, before: str = "") -> Found:
    """Which fields were changed, whichever child or service it was about, and no value of any."""
    announced = rows.exclude(table__in=UNANNOUNCED)
    found, older = reads.newest(announced.defer("values").select_related("child", "actor"), before)
    return Found(
        [_change(row, [Field(_label(row, name)) for name in row.fields]) for row in found],
        older,
    )


def take_back(children: Iterable[tuple[Child, datetime]], fields: Sequence[str]) -> None:
    """Give these children, in memory alone, the texts that stood in `fields` at an instant; one query for all of them.

    The instant is one of the service's time, and a change counts from its event on: what was written then stands.
    """
    until = {child.pk: (child, at) for child, at in children}
    wanted = Q()
    for name in fields:
        wanted |= Q(fields__contains=[name])
    rows = known(RowChange.objects.filter(wanted, table=Child._meta.db_table, child__in=until)).order_by(
        "-pk"
    )
    for row in rows:
        child, at = until[row.row]
        if row.known_at > at:
            for name, pair in json.loads(row.values or "{}").items():
                if name in fields:
                    setattr(child, name, pair[0])


def known(rows: QuerySet[RowChange]) -> QuerySet[Any]:
    """These changes with `known_at`: when the event that tells of each was recorded, in the time of the service.

    Of one that no event tells of, and of those from before changes named theirs, by the database's own clock.
    """
    told = Event.objects.filter(child=OuterRef("child"), number=OuterRef("event"))
    return rows.annotate(known_at=Coalesce(Subquery(told.values("recorded_at")), "at"))


def _change(row: RowChange, fields: Sequence[Field]) -> Change:
    return Change(row, str(RECORDS.get(row.table, row.table)), fields)


def _model(table: str) -> type[models.Model] | None:
    kept = apps.get_models(include_auto_created=True)
    return next((model for model in kept if model._meta.db_table == table), None)


def _column(table: str, name: str) -> "models.Field[Any, Any] | None":
    model = _model(table)
    fields = model._meta.concrete_fields if model is not None else ()
    return next((field for field in fields if field.column == name), None)


def _label(row: RowChange, name: str) -> str:
    """What people call a field; the column itself where the table has none of that name any more."""
    if row.table == Child._meta.db_table and name in LABELS:
        return str(LABELS[name])
    field = _column(row.table, name)
    return capfirst(str(field.verbose_name)) if field is not None else name


def _field(row: RowChange, name: str, stored: Mapping[str, Any], named: Mapping[Any, str]) -> Field:
    label, pair = _label(row, name), stored.get(name)
    if not pair:
        return Field(label)
    field = _column(row.table, name)
    before, now = (_shown(field, value, named) for value in pair)
    return Field(label, before, None if row.removed else now, is_known=True)


def _shown(field: "models.Field[Any, Any] | None", value: Any, named: Mapping[Any, str]) -> Any:
    """A stored value as people read it: a moment, a day, the word of a choice, the name of a person or house."""
    if field is None or value is None:
        return value
    if field.is_relation:
        return named.get((field.related_model, value), value)
    if isinstance(field, models.DateTimeField):
        return parse_datetime(value)
    if isinstance(field, models.DateField):
        return parse_date(value)
    words = dict(field.flatchoices)
    if isinstance(value, list):
        return ", ".join(str(words.get(one, one)) for one in value)
    return words.get(value, value)


def _names(
    changes: Iterable[tuple[type[models.Model] | None, Mapping[str, Any]]],
) -> dict[tuple[type[models.Model], int], str]:
    """The names of all the people, houses and organisations in these changes, one question for each kind."""
    sought: dict[type[models.Model], set[int]] = defaultdict(set)
    for model, values in changes:
        for field in model._meta.concrete_fields if model is not None else ():
            target = field.related_model
            if isinstance(target, type) and any(one.name == "name" for one in target._meta.concrete_fields):
                sought[target].update(key for key in values.get(str(field.column), ()) if key is not None)
    return {
        (model, key): name
        for model, keys in sought.items()
        if keys
        for key, name in model._default_manager.filter(pk__in=keys).values_list("pk", "name")
    }
