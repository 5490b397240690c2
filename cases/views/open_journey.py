"""What becomes of an open journey with what a page is about to do, said before and after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cases import called_off, partings
from cases.deadlines import london_day
from cases.models import Child, Journey
from cases.templatetags.govuk import gov_date


@dataclass(frozen=True)
class Standing:
    """An open journey as the page found it; `comes` where it is to begin yet, so that it may be called off with the act."""

    journey: Journey
    day: str
    comes: bool
    act: str = ""

    @property
    def goes_on(self) -> str:
        """Nothing but word of who has seen the child ends it."""
        return _(
            "A journey with escorts, planned for %(day)s, is open and goes on: whoever breaks it off says who has seen the"
            " child since. Until then its stops are asked for."
        ) % {"day": self.day}

    @property
    def is_off(self) -> str:
        return _("The journey planned for %(day)s is called off with it.") % {"day": self.day}

    @property
    def with_act(self) -> str:
        """What the act on a transfer makes of it."""
        if not self.comes:
            return self.goes_on
        if self.act != "day":
            return self.is_off
        text = _("If you agree another day, the journey planned for %(day)s is called off with it.")
        return text % {"day": self.day}

    @property
    def is_move(self) -> bool:
        """Whether a placement elsewhere calls it off."""
        return self.comes and self.journey.kind == Journey.Kind.MOVE

    @property
    def with_assessment(self) -> str:
        """What a decision that the child is an adult makes of it, outside a search."""
        text = _("“Assessed as an adult” calls off the journey planned for %(day)s.")
        return text % {"day": self.day}

    @property
    def with_placement(self) -> str:
        """Of a journey to another home that is to begin yet."""
        text = _(
            "The journey planned for %(day)s is called off with it, unless the child lived here before that was planned."
        )
        return text % {"day": self.day}


def of_act(child: Child, act: str, *, now: datetime) -> Standing | None:
    """The open journey to the receiver, where this act on the transfer may call it off."""
    return of(child, (Journey.Kind.TRANSFER,), act, now=now) if act in ("withdraw", "day") else None


def of(
    child: Child, kinds: Collection[str] = tuple(Journey.Kind), act: str = "", *, now: datetime
) -> Standing | None:
    """The open journey, of one of these kinds; None without."""
    journey = Journey.objects.open().filter(child=child, kind__in=kinds).first()
    if journey is None:
        return None
    day = gov_date(london_day(journey.departs_at))
    return Standing(journey, day, called_off.coming(child.pk, journey.kind, at=now) is not None, act)


def is_told(child: Child, act: str, now: datetime) -> bool:
    """Whether a journey told those who stay: one that another day calls off tells of that day no more."""
    off = act == "day" and called_off.coming(child.pk, Journey.Kind.TRANSFER, at=now) is not None
    return partings.is_told(child) and not off


def say_done(request: HttpRequest, done: str | Promise, standing: Standing | None) -> None:
    """Say that the act is done, and what has become of the journey that stood open before it."""
    said = [str(done)]
    if standing is not None:
        is_open = Journey.objects.open().filter(pk=standing.journey.pk).exists()
        if not is_open:
            said.append(standing.is_off)
        elif not standing.comes:
            said.append(standing.goes_on)
    messages.success(request, " ".join(said))
