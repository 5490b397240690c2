"""The verbs of registering a child who may be on record already: found again, or told apart."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy

from cases import access, log
from cases.access import Permission
from cases.models import Child, Event, User
from cases.search import finding
from cases.search.matches import Match

# Why somebody may be the same, by the keys of a match.
ALIKE = {
    "name": gettext_lazy("The name sounds alike"),
    "script": gettext_lazy("The same name in their own script"),
    "port_reference": gettext_lazy("The same wristband or port reference"),
    "home_office_reference": gettext_lazy("The same Home Office reference"),
    "nrm_reference": gettext_lazy("The same NRM reference"),
    "uucr_reference": gettext_lazy("The same UUCR reference"),
    "nhs_number": gettext_lazy("The same NHS number"),
    "birth_year": gettext_lazy("Born in the same year"),
    "age": gettext_lazy("The age may be the same"),
    "language": gettext_lazy("They share a language"),
    "nationality": gettext_lazy("The same nationality"),
    "phone": gettext_lazy("The same phone number"),
}
# Given by somebody else: whoever has the same one is hardly anybody else. A council's own is its own.
REFERENCES = ("home_office_reference", "nrm_reference", "uucr_reference", "port_reference", "nhs_number")


def by_reference(
    references: Mapping[str, str], *, of: Child, user: User, at: datetime
) -> list[tuple[Child, tuple[str, ...]]]:
    """The other children whose record `user` reads and who have one of these, each with which, as keys of `ALIKE`.

    Brothers and sisters may share one: a suggestion, never a verdict.
    """
    others = access.children(user, Permission.SEE_RECORD, at=at).filter(is_drill=False).exclude(pk=of.pk)
    found = finding.with_references(others, references)
    rows = Child.objects.in_bulk(found)
    return [(rows[pk], why) for pk, why in found.items()]


def find_again(child: Child, *, by: User, at: datetime) -> None:
    """Write down that whoever was registering a child found this one on record, and registered nobody.

    Said twice within a minute it is one answer, sent twice.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        said = Event.objects.filter(child=child, kind="found_again", actor=by)
        if said.filter(recorded_at__gt=at - timedelta(minutes=1)).exists():
            return
        log.record(child, "found_again", subject=child, by=by, at=at)


def tell_apart(
    child: Child, shown: Collection[Match], *, said: Collection[str], by: User, at: datetime
) -> None:
    """Write down which children were shown as perhaps the same, and for which of them `by` said that it is another child.

    `said` are references. Who is shown and passed over in silence is written down as that.
    """
    if not shown:
        return
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        others = [
            {"child": one.child.pk, "why": list(one.why), "said": one.child.reference in said}
            for one in shown
        ]
        log.record(child, "told_apart", subject=child, data={"others": others}, by=by, at=at)


def settled(child: Child, hidden: Collection[Child]) -> set[int]:
    """With which of these, by id, nothing is left to tell of `child`: it is written down already, or they were told apart.

    Whoever registered `child` may have seen the other before its record was restricted, and have said that it is another.
    """
    events = Event.objects.filter(child__in=hidden, kind="perhaps_registered_again")
    told = set(events.filter(data__reference=child.reference).values_list("child", flat=True))
    apart = Event.objects.filter(child=child, kind="told_apart").values_list("data", flat=True)
    return told | {other["child"] for data in apart for other in data["others"] if other["said"]}


def hold(hidden: Collection[Match]) -> None:
    """Lock those whose named people will be told: before the newcomer names an authority or a home, as children always are."""
    if hidden:
        list(Child.objects.locked().filter(pk__in=[one.child.pk for one in hidden]).order_by("pk"))


def tell_named(child: Child, hidden: Collection[Match], *, at: datetime) -> None:
    """Write down with each restricted child that `child`, registered since, may be the same: its named people are told.

    Whoever registered reads nothing of it, and the record of the new child has nothing of it either.
    """
    with transaction.atomic():
        for one in sorted(hidden, key=lambda match: match.child.pk):
            other = Child.objects.locked().get(pk=one.child.pk)
            data = {"reference": child.reference, "why": list(one.why)}
            log.record(other, "perhaps_registered_again", subject=other, data=data, by=None, at=at)
