"""How the timeline tells of the marks that change who watches and who may read: concern, keep-from, restriction."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from alerts.event_words.words import Read, Words, seconded
from cases.models import Event, KeepFrom, LiveConcern, NamedPerson, Restriction
from cases.moves import isolated
from cases.templatetags.govuk import gov_time


def _concern_marked(event: Event, facts: Read) -> Words:
    concern: LiveConcern | None = facts.of(event)
    return Words(_("Live concern marked"), concern.reason if concern else "")


def _concern_lifted(event: Event, facts: Read) -> Words:
    concern: LiveConcern | None = facts.of(event)
    if concern is None or concern.seconded_by is None:
        return Words(_("Live concern lifted"))
    return Words(
        lifted(_("Live concern lifted"), event), seconded(concern.lift_reason, concern.seconded_by.name)
    )


def lifted(title: str, event: Event) -> str:
    """What a lifting is called: with the instant from which the mark counts again, where it has one."""
    if "until" not in event.data:
        return title
    return _("%(lifted)s until %(until)s") % {
        "lifted": title,
        "until": gov_time(datetime.fromisoformat(event.data["until"])),
    }


def _concern_again(event: Event, facts: Read) -> Words:
    concern: LiveConcern | None = facts.of(event)
    return Words(_("The live concern counts again"), concern.reason if concern else "")


def _kept_from(event: Event, facts: Read) -> Words:
    row: KeepFrom | None = facts.of(event)
    if row is None:
        return Words(_("Kept from somebody"))
    return Words(_("Kept from %(name)s") % {"name": isolated(row.user.name)}, row.reason)


def _keep_from_lifted(event: Event, facts: Read) -> Words:
    row: KeepFrom | None = facts.of(event)
    title = _("No longer kept from %(name)s") % {"name": isolated(row.user.name) if row else ""}
    return Words(lifted(title, event))


def _kept_from_again(event: Event, facts: Read) -> Words:
    row: KeepFrom | None = facts.of(event)
    return Words(_("Kept from %(name)s again") % {"name": isolated(row.user.name) if row else ""})


def _restricted(event: Event, facts: Read) -> Words:
    row: Restriction | None = facts.of(event)
    return Words(_("Record restricted to people by name"), row.reason if row else "")


def _restriction_lifted(event: Event, facts: Read) -> Words:
    row: Restriction | None = facts.of(event)
    title = _("Restriction of the record lifted")
    if row is None or row.seconded_by is None:
        return Words(title)
    return Words(lifted(title, event), seconded(row.lift_reason, row.seconded_by.name))


def _restricted_again(event: Event, facts: Read) -> Words:
    row: Restriction | None = facts.of(event)
    return Words(_("Record restricted again to the people it named"), row.reason if row else "")


def _person_named(event: Event, facts: Read) -> Words:
    row: NamedPerson | None = facts.of(event)
    if row is None or row.seconded_by is None:
        return Words(_("Restricted record opened to somebody"))
    title = _("Restricted record opened to %(name)s") % {"name": isolated(row.user.name)}
    return Words(title, seconded(row.reason, row.seconded_by.name))


def _person_unnamed(event: Event, facts: Read) -> Words:
    row: NamedPerson | None = facts.of(event)
    return Words(_("Restricted record closed to %(name)s") % {"name": isolated(row.user.name) if row else ""})


WORDS: Mapping[str, Callable[[Event, Read], Words]] = {
    "concern_marked": _concern_marked,
    "concern_lifted": _concern_lifted,
    "concern_again": _concern_again,
    "kept_from": _kept_from,
    "keep_from_lifted": _keep_from_lifted,
    "kept_from_again": _kept_from_again,
    "restricted": _restricted,
    "restriction_lifted": _restriction_lifted,
    "restricted_again": _restricted_again,
    "person_named": _person_named,
    "person_unnamed": _person_unnamed,
}
