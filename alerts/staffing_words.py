"""What a placement cannot keep of the roll-calls, in words, read for some children."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from alerts import roll_call_times, staffing_dues, unkept, watching
from alerts.models import Clock
from alerts.nobody_there import NobodyThere
from alerts.nobody_there import of as nobody_there_at
from alerts.notices import Notice
from alerts.paper_rules import Paper
from alerts.schedule import Window
from alerts.watching import Watched
from cases import staffing
from cases.models import Child, Placement, PlacementWay
from cases.moves import isolated
from cases.templatetags.govuk import hours

_Read = Callable[..., Mapping[int, tuple[str, ...]]]


def lacking(child: Child, *, at: datetime) -> dict[str, str]:
    """The roll-calls that cannot be kept where the child lives and are nobody's, each in words."""
    return _of({child.pk: watching.watch([child.pk], at=at)[child.pk]}, at).get(child.pk, {})


def nobody_there(child: Child, *, at: datetime) -> dict[str, str]:
    """The roll-calls that nobody where the child lives can keep, whoever looks instead, each in words."""
    watched = watching.watch([child.pk], at=at)
    return _of(watched, at, staffing_dues.nobody_there).get(child.pk, {})


def ways(placement: Placement, roll_calls: Mapping[str, str]) -> list[tuple[PlacementWay, list[str]]]:
    """Whoever was named to look instead, each with the roll-calls in words: those of `roll_calls` with their times."""
    return [
        (way, [roll_calls.get(name) or _word(name, {}) for name in sorted(way.windows, key=_of_the_day)])
        for way in staffing.standing_ways(placement)
    ]


def _of_the_day(name: str) -> int:
    order = list(roll_call_times.WORDS)
    return order.index(name) if name in order else len(order)


def by_child(child_ids: Collection[int], *, at: datetime) -> dict[int, str]:
    """By child, of those of whom it is owed to arrange it: what cannot be kept, in one sentence."""
    owed = Clock.objects.filter(child__in=child_ids, duty=Paper.UNKEPT, due_at__lte=at)
    ids = list(owed.values_list("child", flat=True))
    found = _of(watching.watch(ids, at=at), at) if ids else {}
    return {child_id: sentence(words.values()) for child_id, words in found.items()}


def of_late(due: Mapping[int, datetime], *, at: datetime) -> dict[int, str]:
    """By child, of those past `due` whom nobody at their placement could have seen: which roll-call, and who looks instead."""
    return {child_id: _late(one) for child_id, one in nobody_there_at(due, at=at).items()}


def _late(one: NobodyThere) -> str:
    roll_calls = {"roll_calls": _listed(one, one.names)}
    if one.has_moved:
        said = [_("Nobody could call where the child lived then: %(roll_calls)s.") % roll_calls]
    else:
        said = [_("Nobody where the child lives can call: %(roll_calls)s.") % roll_calls]
    for way in one.ways:
        words = {"who": isolated(way.who), "how": isolated(way.how)}
        if one.has_moved:
            said.append(_("Was to look instead: %(who)s. How: %(how)s.") % words)
        else:
            said.append(_("Looks instead: %(who)s. How: %(how)s.") % words)
    if one.has_moved:
        return " ".join(said)
    if one.nobodys == one.names:
        said.append(_("Nobody else is named who looks."))
    elif one.nobodys:
        said.append(
            _("Nobody else is named for: %(roll_calls)s.") % {"roll_calls": _listed(one, one.nobodys)}
        )
    return " ".join(said)


def _listed(one: NobodyThere, names: Collection[str]) -> str:
    return ", ".join(_word(name, one.windows) for name in names)


def sentence(words: Collection[str]) -> str:
    return _("Cannot be kept here, and nobody else looks: %(roll_calls)s") % {"roll_calls": ", ".join(words)}


def notice(child: Child, *, at: datetime) -> Notice | None:
    """Above the child's page."""
    found = by_child([child.pk], at=at).get(child.pk)
    if found is None:
        return None
    text = _(
        "Arrange who looks instead, or find another placement. The roll-calls are asked for all the same."
    )
    return Notice("warning", found, text)


def _of(
    watched: Mapping[int, Watched], at: datetime, read: _Read = staffing_dues.lacking
) -> dict[int, dict[str, str]]:
    loaded = {child_id: one.child for child_id, one in watched.items()}
    applies = {child_id: one.applies for child_id, one in watched.items()}
    names = read(loaded, applies, at=at)
    return {
        child_id: {name: _word(name, _windows(watched[child_id], at)) for name in found}
        for child_id, found in names.items()
    }


def _windows(one: Watched, at: datetime) -> dict[str, Window]:
    return {w.name: w for applies in one.applies if applies.covers(at) for w in applies.row.windows}


def _word(name: str, windows: Mapping[str, Window]) -> str:
    if name == unkept.INTERVAL:
        return _("contact as often as the policy asks")
    said = {"name": str(roll_call_times.WORDS.get(name, name)).lower()}
    window = windows.get(name)
    if window is None:
        return said["name"]
    return _("%(name)s (%(hours)s)") % {**said, "hours": hours(window.opens, window.closes)}
