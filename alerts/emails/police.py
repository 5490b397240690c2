"""What a force is told, by mail and on its page: the state, the next deadline, and the facts its agreement allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts import police_rung
from alerts.emails import about, agreed, held, known_away, last_sights, phoned, way
from alerts.emails.one_line import one_line
from alerts.emails.way import Way
from alerts.models import AlertStep, Clock, Verification
from cases import disclosures
from cases.episodes import reports
from cases.models import (
    BirthDatePrecision,
    Child,
    Contact,
    EpisodeForce,
    Mailbox,
    MissingEpisode,
    PoliceForce,
    Risk,
    Steps,
)
from cases.moves import isolated
from cases.states import EpisodeStatus
from cases.templatetags.govuk import gov_time, uk_time

# What each call step does when no officer has spoken to us by its time; the others ring 101.
RING = gettext_lazy("If no officer has spoken to us by %(time)s we will ring 101.")
RING_AGAIN = gettext_lazy("If no officer has spoken to us by %(time)s we will ring 101 again.")
NEXT_STEPS: Mapping[str, Promise] = {
    "ask": gettext_lazy("At %(time)s we will ask again who has this."),
    "call_30": gettext_lazy(
        "If no officer has spoken to us by %(time)s our manager will be rung and we will write again."
    ),
    "call_60": gettext_lazy(
        "If no officer has spoken to us by %(time)s we will ring your force duty inspector."
    ),
    "call_120": gettext_lazy(
        "If no officer has spoken to us by %(time)s our director will ring your chief officer."
    ),
}


@dataclass(frozen=True)
class Row:
    """One fact with its label."""

    label: str
    value: str
    # In words that somebody typed about the child, and may have named it in.
    is_typed: bool = False


@dataclass(frozen=True)
class Told:
    """Everything a force may be told of an episode at `now`; `signed` is the fuller of the two agreed forms."""

    episode: MissingEpisode
    force: PoliceForce
    signed: bool
    now: datetime
    # Other episodes of the same incident, by reference: those alone that this mailbox is told of in the fuller form.
    together: Sequence[str] = ()

    @property
    def has_ended(self) -> bool:
        return self.episode.status == EpisodeStatus.ENDED

    @property
    def check_needed(self) -> bool:
        """The fail-safe went by itself and nobody has confirmed the episode since, nor called an away child missing."""
        return self.episode.status in (EpisodeStatus.NOT_CONFIRMED, EpisodeStatus.AWAY)

    @cached_property
    def way(self) -> Way | None:
        """The journey that the child was on."""
        return way.of(self.episode)

    @cached_property
    def verified(self) -> Verification | None:
        """The last verification that counts, while it is in force: no call step was owed again after it."""
        last = Verification.objects.believed().filter(episode=self.episode).select_related("force").last()
        if last is None:
            return None
        steps = AlertStep.objects.filter(
            alert__clock__kind=Clock.Kind.CALL, alert__episode=self.episode, owed_at__gt=last.at
        )
        return None if steps.exclude(step__startswith="ask").exists() else last

    @cached_property
    def rung_at(self) -> datetime | None:
        """When this force was phoned last, as a person wrote down."""
        return police_rung.last(self.episode, self.force, now=self.now)

    @cached_property
    def others(self) -> Sequence[str]:
        """The other forces that were alerted for the same episode."""
        rows = EpisodeForce.objects.filter(episode=self.episode, left_at=None).exclude(force=self.force)
        return [row.force.name for row in rows.select_related("force")]

    @property
    def head(self) -> str:
        """The first line: in what state the alert is."""
        if self.has_ended:
            return _("THIS ALERT HAS ENDED")
        if self.check_needed and self.rung_at is not None:
            return _("CHECK NEEDED - PHONED, NO POLICE REFERENCE YET")
        if self.check_needed:
            return _("CHECK NEEDED - NOBODY HAS PHONED YOU YET")
        if self.verified is None:
            return _("MISSING CHILD - NO OFFICER HAS SPOKEN TO US YET")
        if self.verified.method == Verification.Method.SIGNED_IN:
            return _("MISSING CHILD - AN OFFICER HAS SIGNED IN")
        return _("MISSING CHILD - AN OFFICER HAS SPOKEN TO US")

    @property
    def state(self) -> str:
        """What is known and what is not, in one or two sentences."""
        if self.has_ended:
            return _("This alert has ended. Ring the duty line for more.")
        if self.check_needed:
            return self._check_needed()
        return " ".join(part for part in (self._verified(), self._back() if self.signed else "") if part)

    def _verified(self) -> str:
        if self.verified is None:
            return ""
        words = _("An officer of %(force)s spoke to our duty desk: %(when)s.")
        if self.verified.method == Verification.Method.SIGNED_IN:
            words = _("An officer of %(force)s has signed in and has this alert: %(when)s.")
        return words % {"force": self.verified.force.name, "when": uk_time(self.verified.at, self.now)}

    def _check_needed(self) -> str:
        episode = self.episode
        nobody = _("Nobody has phoned you about it yet. This message was sent automatically.")
        rung = _("Phoned at %s, no police reference yet. This message was sent automatically.")
        met = episode.child_confirmed_at is not None and not episode.is_told_of
        return " ".join(
            [
                *([] if met else [_("The council cannot confirm where this child is.")]),
                # In either form: what it takes the place of would deny it, and it tells no more of the child.
                self._back() or self._unseen(),
                *self._calls(),
                nobody if self.rung_at is None else rung % uk_time(self.rung_at, self.now),
            ]
        )

    def _back(self) -> str:
        """That somebody has reported seeing the child, as the pages of the staff say it: never who, and never where."""
        episode = self.episode
        if episode.back_since is None:
            return ""
        if episode.is_told_of:
            words = _("Word of the child at %s, not confirmed; the search goes on.")
        elif episode.child_confirmed_at is not None:
            words = _("Confirmed with the child at %s; the search goes on until you have closed your report.")
            if episode.police_closed_at is not None:
                words = _("Confirmed with the child at %s.")
            return words % uk_time(episode.child_confirmed_at, self.now)
        else:
            words = _("Reported seen at %s, not confirmed; the search goes on.")
        return words % uk_time(episode.back_since, self.now)

    def _calls(self) -> list[str]:
        """Whom we rang: the home, and of a child on a journey its escorts, who had the child from the home."""
        if self.way is None:
            return phoned.home_in_words(self.episode)
        return [*way.calls(self.episode), *phoned.home_in_words(self.episode, if_any=True)]

    def _unseen(self) -> str:
        """Since when nobody has recorded seeing the child; of one whom nobody ever has, since when we count."""
        episode = self.episode
        if episode.last_seen_at is not None:
            words, since = _("Nobody has recorded seeing the child since %s."), episode.since
        elif last_sights.is_never_seen(episode.child_id):
            words = _("Nobody has ever recorded seeing the child, who was registered at %s.")
            since = episode.child.registered_at
        else:
            words, since = _("Nobody has recorded seeing the child face to face since %s."), episode.since
        return words % uk_time(since, self.now)

    @cached_property
    def next_step(self) -> tuple[datetime, str] | None:
        """What the call ladder owes next, and when."""
        clocks = Clock.objects.filter(kind=Clock.Kind.CALL, episode=self.episode)
        steps = about.coming([clock.steps for clock in clocks], now=self.now)
        return steps[0] if steps and not self.has_ended else None

    @property
    def deadline(self) -> str:
        """What we do next when nothing changes; never a threat."""
        if self.has_ended or self.next_step is None:
            return ""
        moment, step = self.next_step
        again = RING if self.check_needed and self.rung_at is None else RING_AGAIN
        words = NEXT_STEPS.get(step.split(":", maxsplit=1)[0], again)
        return str(words) % {"time": uk_time(moment, self.now)}

    @cached_property
    def page_rows(self) -> list[Row]:
        """The facts that the page shows to whoever holds the link: never the child's name, whoever wrote it into one."""
        rows = [Row(_("Reference"), self.episode.reference), Row(_("Force"), self.force.name)]
        if self.others:
            rows.append(Row(_("Also alerted"), ", ".join(self.others)))
        facts = self._described() if self.signed else [self._done()]
        return [*rows, *self._given_away(), *map(self._nameless, facts)]

    def _given_away(self) -> list[Row]:
        """What this force gave while the child was away, and known where: its control room finds what it knows by it."""
        words = known_away.of_force(self.episode, self.force)
        return [Row(_("Your reference"), words)] if words else []

    @property
    def page_state(self) -> str:
        """The state in a sentence, for the page, which has no shouting first line."""
        if self.has_ended or self.check_needed or self.verified is not None:
            return self.state
        return " ".join([_("A child is missing, and no officer has spoken to us yet."), self.state]).strip()

    @property
    def page_verified(self) -> str:
        """Which officer of the reader's own force has the alert, and by what: for its page, beside the names given there."""
        if self.verified is None or self.verified.force_id != self.force.pk:
            return ""
        words = _("Verified: %(officer)s spoke to our duty desk, %(when)s")
        if self.verified.method == Verification.Method.SIGNED_IN:
            words = _("Verified: %(officer)s signed in, %(when)s")
        officer = " ".join([one_line(self.verified.officer), one_line(self.verified.collar_number)])
        return words % {"officer": isolated(officer.strip()), "when": uk_time(self.verified.at, self.now)}

    def summary(self, duty_line: str) -> str:
        """What the page shows, as text to copy into another system."""
        lines = [_("Child alert %s") % self.episode.reference, self.page_state, self.deadline]
        lines += [f"{row.label}: {row.value}" for row in self.page_rows[1:]]
        if duty_line:
            lines.append(_("Council duty line (24 h): %s") % duty_line)
        return "\n".join(line for line in lines if line)

    @property
    def rows(self) -> list[Row]:
        """The facts of the mail, in the form that was agreed with the force."""
        if not self.signed:
            return [
                Row(_("Child"), _("details by phone, from the duty line")),
                Row(_("Force"), self.force.name),
                *self._given_away(),
            ]
        child = self.episode.child
        return [
            Row(
                _("Child"), _("%(name)s, %(birth)s") % {"name": _name(child), "birth": birth_in_words(child)}
            ),
            *self._given_away(),
            *self._described(),
        ]

    def _described(self) -> list[Row]:
        """What the signed form says beyond the name, in the order of mail and page."""
        return [
            self._last_seen(),
            *self._on_the_way(),
            self._wearing(),
            self._vehicle(),
            *self._together(),
            *self._view(),
            self._done(),
            *self._held(),
        ]

    def _held(self) -> list[Row]:
        words = "" if self.has_ended else held.in_words(self.episode, now=self.now)
        return [Row(_("Held for you"), words)] if words else []

    def _last_seen(self) -> Row:
        moment = self.episode.last_seen_at
        if moment is None:
            return Row(_("Last seen"), _("not known"))
        parts = {"when": gov_time(moment), "who": _role_of_witness(self.episode, moment)}
        value = _("%(when)s (UK time), by %(who)s") if parts["who"] else _("%(when)s (UK time)")
        return Row(_("Last seen"), value % parts + self._put_right())

    def _put_right(self) -> str:
        """What was said of it before, to whoever has read that in a mail."""
        at, was = self.episode.dated_anew_at, self.episode.last_seen_was
        if at is None or was is None:
            return ""
        parts = {"at": gov_time(at), "when": gov_time(was)}
        return _(". Put right at %(at)s: before, we said %(when)s") % parts

    def _on_the_way(self) -> list[Row]:
        """The car that the child was in, and between which areas: no escort by name, and no place where a child lives."""
        if self.way is None:
            return []
        journey, last, owed_at = self.way.journey, self.way.last, self.way.owed_at
        car = {"vehicle": one_line(journey.vehicle), "plate": one_line(journey.plate)}
        rows = [
            Row(_("On a journey"), _("with two escorts, %(vehicle)s, plate %(plate)s") % car),
            Row(_("Way"), self.way.areas),
        ]
        if last is None:
            return [*rows, Row(_("On the way"), _("nobody has confirmed that the child was picked up"))]
        said = {"when": gov_time(last.contact.happened_at)}
        confirmed = _("confirmed last at %(when)s (UK time)") % said
        if last.stop.force is not None:
            said["force"] = last.stop.force.name
            confirmed = _("confirmed last at %(when)s (UK time), in the area of %(force)s") % said
        if owed_at is not None:
            confirmed += _("; next word due by %s") % uk_time(owed_at, self.now)
        return [*rows, Row(_("On the way"), confirmed)]

    def _nameless(self, row: Row) -> Row:
        if not row.is_typed:
            return row
        return Row(row.label, disclosures.without_names(row.value, self.episode.child))

    def _wearing(self) -> Row:
        return Row(_("Wearing"), one_line(self.episode.wearing) or _("not known"), is_typed=True)

    def _vehicle(self) -> Row:
        return Row(_("Car seen"), one_line(self.episode.vehicle) or _("none known"), is_typed=True)

    def _together(self) -> list[Row]:
        if not self.together or self.has_ended:
            return []
        value = ngettext("%(n)d other child: %(who)s", "%(n)d other children: %(who)s", len(self.together))
        said = {"n": len(self.together), "who": ", ".join(self.together)}
        return [Row(_("Missing with this child"), value % said)]

    def _view(self) -> list[Row]:
        if self.has_ended:
            return []
        grade, why = self.episode.our_grade, one_line(self.episode.why_worried)
        view = _("not yet assessed") if grade == Risk.UNKNOWN else _("%s risk") % Risk(grade).label.lower()
        words = _("%(view)s - why: %(why)s") % {"view": view, "why": why} if why else view
        return [Row(_("Our view"), words, is_typed=bool(why))]

    def _done(self) -> Row:
        """What we have done about this force, so that nobody asks twice."""
        report = reports.latest(self.episode)
        done = phoned.force_in_words(self.episode, self.force, report, rung_at=self.rung_at, now=self.now)
        if report is not None and not reports.is_of_search_before(report, self.episode):
            done += phoned.police_in_words(report, now=self.now)
        if report is not None and report.steps:
            steps = _("; steps taken %(done)d of %(all)d")
            done += steps % {"done": len(report.steps), "all": len(Steps)}
        return Row(_("Already done"), done)


def told(episode: MissingEpisode, force: PoliceForce, mailbox: Mailbox | None, *, now: datetime) -> Told:
    """What `force` may be told at `now` by a message to `mailbox`."""
    signed = agreed.is_signed(episode, force, mailbox, now=now)
    return Told(
        episode, force, signed, now, agreed.together(episode, force, mailbox, now=now) if signed else ()
    )


def _role_of_witness(episode: MissingEpisode, moment: datetime) -> str:
    """Who saw the child last, as a role: a carer's or guardian's name is for nobody's mail."""
    contact = (
        Contact.objects.seen()
        .believed([episode.child_id])
        .filter(happened_at=moment)
        .exclude(witness_role="")
        .first()
    )
    return contact.get_witness_role_display().lower() if contact is not None else ""


def _name(child: Child) -> str:
    return isolated(one_line(f"{child.given_name} {child.family_name}"))


def birth_in_words(child: Child) -> str:
    """The birth date as far as it is known, whose word it is, and the state of the age."""
    if child.birth_date is None:
        return _("birth date not known")
    forms = {
        BirthDatePrecision.DAY: (_("born %s"), "j F Y"),
        BirthDatePrecision.MONTH: (_("born %s"), "F Y"),
        BirthDatePrecision.YEAR: (_("born %s"), "Y"),
        BirthDatePrecision.ESTIMATED: (_("born about %s"), "Y"),
    }
    words, pattern = forms[BirthDatePrecision(child.birth_date_precision)]
    basis = {
        "basis": child.get_birth_date_basis_display().lower(),
        "status": child.get_age_status_display().lower(),
    }
    return _("%(born)s (%(basis)s; %(status)s)") % {
        "born": words % date_format(child.birth_date, pattern),
        **basis,
    }
