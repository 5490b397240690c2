"""The facts of an episode in the order in which call handlers ask: as rows for the page, and as plain text to copy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from alerts import approaches, desk_phones, findings
from alerts.emails import way
from alerts.emails.police import birth_in_words
from alerts.emails.way import Way
from cases.deadlines import london_day
from cases.episodes import away_reference, reports
from cases.episodes import told as told_forces
from cases.escorts import dialled, plain
from cases.journey_pages import label_of
from cases.models import (
    AwayReference,
    Contact,
    EpisodeForce,
    MissingEpisode,
    MissingReport,
    PhoneState,
    Placement,
    PoliceChannel,
    PoliceGrade,
    Questions,
    Risk,
    Said,
    Sex,
    Steps,
    Taken,
    User,
    WitnessRole,
)
from cases.moves import isolated
from cases.states import EpisodeStatus
from cases.templatetags.govuk import gov_day, gov_time, gov_when, phone
from guardians.models import GuardianAssignment, GuardianCover

Row = tuple[str, str]


@dataclass(frozen=True)
class Briefing:
    """What is known of one missing child; `by_part` names neither a guardian nor who opened the episode."""

    episode: MissingEpisode
    forces: tuple[EpisodeForce, ...]
    by_part: bool
    now: datetime
    # The report that stands, for whoever reads what the call handlers ask: the child's team, duty and a force.
    report: MissingReport | None = None
    # Where the child lived when the episode began, for whoever of the council may read an address.
    addressed: bool = False
    # Where a child is who is away, for whoever may read an address: a home of today too.
    placed: bool = False
    # The journey that the child was on, for the same: who drives whom is for nobody else.
    way: Way | None = None
    # What was decided and found out in the search, for the same.
    decided: tuple[Row, ...] = ()
    # Who came near the child lately, for whoever reads the report.
    came: tuple[Row, ...] = ()
    # The references of those who went along, as far as the reader may open each.
    together: tuple[str, ...] = ()
    # What is said to be from the child itself, for whoever reads what call handlers ask.
    heard: tuple[Row, ...] = ()
    # What a force gave while the child was away, and known where.
    away_reference: AwayReference | None = None

    @property
    def rows(self) -> list[Row]:
        """Label and value, in call-handler order; an empty value is shown as not recorded."""
        return [
            *self._child(),
            *self._last_seen(),
            *self.heard,
            *self._journey(),
            *self._together(),
            *self.came,
            *self._risk(),
            *told(self.report, by_part=self.by_part),
            *self._police(),
            *self.decided,
        ]

    @property
    def text(self) -> str:
        """The same as text that pastes into another system."""
        lines = [_("Missing child, reference %s") % self.episode.reference]
        if self.episode.back_since is not None and self.episode.ended_at is None:
            words = _("Back, to be confirmed, since %s. The search goes on until then.")
            if self.episode.is_told_of:
                words = _("Word of the child, to be confirmed, since %s. The search goes on until then.")
            lines.append(words % gov_time(self.episode.back_since))
        elif self.episode.status == EpisodeStatus.NOT_CONFIRMED:
            lines.append(self._unseen())
        for label, value in self.rows:
            # A question has its own mark.
            mark = "" if label.endswith("?") else ":"
            lines.append(f"{label}{mark} {' '.join(value.split()) or _('not known')}")
        if line := desk_phones.of_child(self.episode.child_id, at=self.now):
            lines.append(_("Council duty line (24 h): %s") % phone(line))
        lines.append(_("As at %s, UK time") % gov_time(self.now))
        return "\n".join(lines)

    def _unseen(self) -> str:
        if self.episode.last_seen_at is None:
            return _("Not confirmed: nobody has recorded seeing this child.")
        since = gov_time(self.episode.since)
        return _("Not confirmed: nobody has recorded seeing this child since %s.") % since

    def _child(self) -> list[Row]:
        child = self.episode.child
        name = isolated(" ".join(part for part in (child.given_name, child.family_name) if part))
        known_as = _("known as %s") % isolated(child.known_as) if child.known_as else ""
        names = [name, isolated(child.script_name), known_as]
        rows = [
            (_("Name"), ", ".join(part for part in names if part)),
            (_("Birth date"), birth_in_words(child) if child.birth_date else ""),
        ]
        if child.sex != Sex.UNKNOWN:
            rows.append((_("Sex"), str(child.get_sex_display())))
        if child.languages:
            rows.append((_("Languages"), ", ".join(child.languages)))
        if self.addressed:
            is_away = self.episode.status == EpisodeStatus.AWAY
            rows.append((_("Away from") if is_away else _("Missing from"), _home(self.episode.placement)))
        return rows

    def _last_seen(self) -> list[Row]:
        episode = self.episode
        when = gov_time(episode.last_seen_at) if episode.last_seen_at else ""
        rows = [
            (_("Last seen"), when),
            (_("Where"), episode.last_seen_place),
            (_("By whom"), self._last_seen_by()),
            (_("Wearing"), episode.wearing),
            (_("Car and plate"), episode.vehicle),
        ]
        if self.report is not None:
            taken = [str(Taken(one).label) for one in self.report.taken]
            rows += [
                (_("Was expected at"), self.report.expected_at),
                (_("With whom"), self.report.with_whom),
                (_("Travelling"), self.report.travelling),
                (_("Taken along"), "; ".join(taken)),
            ]
            said = (
                (_("The child’s phone"), _phone_of(self.report, numbered=self.by_part or self.addressed)),
                (_("State of mind"), self.report.state_of_mind),
                (_("Weather, and dressed for it"), self.report.weather),
            )
            # Two sides hold what is known, and not each thing that nobody said.
            rows += [(label, value) for label, value in said if value]
        if episode.whereabouts and self.placed:
            rows.insert(0, (_("Where the child is"), episode.whereabouts))
        return rows

    def _journey(self) -> list[Row]:
        """The car and the escorts; where it set out and was to end may be where a child lives, and so is an address."""
        if self.way is None:
            return []
        journey, ends = self.way.journey, (self.way.departure, self.way.destination)
        rows = [
            (_("On a journey in"), f"{isolated(journey.vehicle)}, {isolated(journey.plate)}"),
            (_("With the escorts"), _named(journey.escorts)),
            (_("Route"), journey.route),
            (_("Way"), self.way.areas),
        ]
        reached = {one.stop_id: one.contact.happened_at for one in self.way.confirmed}
        for stop in self.way.stops:
            label = label_of(stop.position, len(self.way.stops))
            place = "" if stop in ends and not self.addressed else isolated(stop.place)
            seen_at = reached.get(stop.pk)
            when = _("confirmed at %s") if seen_at is not None else _("not confirmed, planned for %s")
            rows.append((label, ", ".join(filter(None, (place, when % gov_time(seen_at or stop.due_at))))))
        return rows

    def _together(self) -> list[Row]:
        return [(_("Went missing together with"), ", ".join(self.together))] if self.together else []

    def _last_seen_by(self) -> str:
        name = self.episode.last_seen_by
        if self.by_part and is_guardian(self.episode.child_id, name):
            return str(WitnessRole.GUARDIAN.label)
        return name

    def _risk(self) -> list[Row]:
        rows = [
            (_("Why we are worried"), self.episode.why_worried),
            *self._asked(),
            (_("Our view of the risk"), self._our_view()),
        ]
        if self.episode.police_grade:
            rows.append((_("Police grade"), str(PoliceGrade(self.episode.police_grade).label)))
        return rows

    def _our_view(self) -> str:
        """The grade, and the reason of the report for whoever reads it, as long as the grade is the report's."""
        view = str(Risk(self.episode.our_grade).label)
        report = self.report
        if report is None or not report.grade_reason or report.our_grade != self.episode.our_grade:
            return view
        return f"{view}. {report.grade_reason}"

    def _asked(self) -> list[Row]:
        """What has been done, and the answers to the call handlers’ questions that were given."""
        if self.report is None:
            return []
        rows = [_done(self.report)]
        for question in Questions:
            said = self.report.answers.get(question, {})
            if said.get("said") in (Said.YES, Said.NO):
                answer = str(Said(said["said"]).label)
                note = said.get("note", "")
                rows.append((str(question.label), f"{answer}. {note}" if note else answer))
        return rows

    def _police(self) -> list[Row]:
        rows, away = [], self.away_reference
        if away is not None:
            said = [away.force.name, _("reference %s") % away.reference, away.officer]
            told_at = gov_when(away.recorded_at, self.now)
            rows.append((_("Told of it as away, not as missing"), ", ".join(filter(None, [*said, told_at]))))
        for row in self.forces:
            given = [
                _("reference %s") % row.incident_reference if row.incident_reference else "",
                row.officer,
                _("COMPACT %s") % row.compact_number if row.compact_number else "",
                _("until %s") % gov_day(row.left_at, self.now) if row.left_at is not None else "",
            ]
            nothing = _("no reference yet") if self.episode.police_owed_at is not None else _("not told")
            known = ", ".join(part for part in given if part) or nothing
            rows.append((row.force.name, known))
        if not self.by_part and self.episode.opened_by is not None:
            rows.append((_("Opened by"), isolated(self.episode.opened_by.name)))
        return rows


def _phone_of(report: MissingReport, *, numbered: bool) -> str:
    """Whether it is on, and when it was last used, as far as anybody said; the number for who reads an address, and a force."""
    state = str(PhoneState(report.phone_state).label) if report.phone_state else ""
    used = _("last used: %s") % report.phone_used if report.phone_used else ""
    return "; ".join(filter(None, (phone(report.child_phone) if numbered else "", state, used)))


def told(report: MissingReport | None, *, by_part: bool) -> list[Row]:
    """Court orders, who collects the child, who else is to be told, who reported it, and whether the police see the photo."""
    if report is None:
        return []
    said = (
        (_("Court orders"), report.court_orders),
        (_("Collected by, when found"), report.collected_by),
        (_("Also to be told"), report.tell_also),
    )
    rows = [(label, value) for label, value in said if value]
    rows += reported(report, by_part=by_part)
    if report.shares_profile is not None:
        shared = _("Shared") if report.shares_profile else _("Not shared")
        rows.append((_("Profile and photo for the police"), shared))
    return rows


def acted_on(report: MissingReport | None, *, by_part: bool) -> list[Row]:
    """What duty acts on: what was done to find the child, and what the report says beside what the call handlers ask."""
    return [_done(report), *told(report, by_part=by_part)] if report is not None else []


def _done(report: MissingReport) -> Row:
    done = checks(report.steps, report.steps_at)
    return (_("Done so far"), "; ".join(part for part in (*done, report.steps_note) if part))


def reported(report: MissingReport, *, by_part: bool) -> list[Row]:
    """By what and when the police were told, and who reported it, as far as anybody said; `by_part` names no guardian."""
    told_at = told_police(report.police_told_by, report.police_told_at)
    who = reporter(report.reporter_role, report.reporter_name, report.reporter_phone)
    if by_part and _is_by_guardian(report):
        who = str(WitnessRole.GUARDIAN.label)
    elif by_part and not (report.reporter_role or report.reporter_name):
        # Nobody says whose number it is: whoever rang it would not know whom they talk to about the child.
        who = ""
    rows = ((_("Police told"), told_at), (_("Reported by"), who))
    return [(label, value) for label, value in rows if value]


def reporter(role: str, name: str, number: str) -> str:
    """Who says so, in what part, and on which number they are rung back."""
    part = str(WitnessRole(role).label) if role else ""
    return ", ".join(filter(None, (part, isolated(name), phone(number))))


def _is_by_guardian(report: MissingReport) -> bool:
    if report.reporter_role == WitnessRole.GUARDIAN:
        return True
    return is_guardian(report.episode.child_id, report.reporter_name, report.reporter_phone)


def told_police(channel: str, at: datetime | None) -> str:
    """The way by which the police were told, and when."""
    way = str(PoliceChannel(channel).label) if channel else ""
    return ", ".join(filter(None, (way, gov_time(at) if at is not None else "")))


def checks(steps: Sequence[str], steps_at: Mapping[str, str]) -> list[str]:
    """What was done to find the child, each with its time where it is known; the day where it is another than before."""
    found, before = [], None
    for step in steps:
        label = str(Steps(step).label)
        if step in steps_at:
            at = datetime.fromisoformat(steps_at[step])
            is_same_day = before is not None and london_day(at) == london_day(before)
            when = gov_when(at, at) if is_same_day else gov_time(at)
            label, before = _("%(check)s, %(when)s") % {"check": label, "when": when}, at
        found.append(label)
    return found


def _home(placement: Placement | None) -> str:
    """The first thing that a call handler asks for, and the phone to ring back on."""
    if placement is None:
        return ""
    if placement.address_restricted:
        # What stands there says whom to ring.
        return placement.where
    if placement.home is None:
        parts = [placement.address, placement.postcode]
    else:
        parts = [isolated(placement.home.name), placement.home.address, placement.home.postcode]
    return ", ".join(part for part in (*parts, phone(placement.phone)) if part)


def _named(escorts: Sequence[tuple[str, str, str]]) -> str:
    return "; ".join(f"{isolated(name)}, {phone(number)}" for name, number, _email in escorts)


def is_guardian(child_id: int, name: str, number: str = "") -> bool:
    """Whether this is the name of somebody who has seen the child as a guardian, or the name or phone of who watches over it.

    Or of who covers for them. A name is compared as it is heard, a number as it is dialled.
    """
    called, rung = plain(name), dialled(number)
    if not (called or rung):
        return False
    assigned = GuardianAssignment.objects.filter(child=child_id).values("guardian")
    covering = GuardianCover.objects.accepted().filter(child=child_id).values("covered_by")
    people = User.objects.filter(Q(pk__in=assigned) | Q(pk__in=covering)).values_list("name", "phone")
    if any((called and plain(one) == called) or (rung and dialled(own) == rung) for one, own in people):
        return True
    seen = Contact.objects.filter(child=child_id, witness_role=WitnessRole.GUARDIAN)
    return bool(called) and called in map(plain, seen.values_list("witness", flat=True).distinct())


def of(
    episode: MissingEpisode,
    *,
    by_part: bool,
    asked: bool = False,
    addressed: bool = False,
    placed: bool = False,
    on_journey: bool = False,
    decided: bool = False,
    together: Sequence[str] = (),
    heard: Sequence[Row] = (),
    now: datetime,
) -> Briefing:
    """Return the briefing of an episode as it stands at `now`; `asked` adds what the call handlers ask.

    `on_journey` adds the journey that the child was on, `decided` what was decided and found out in the search,
    `together` the references of those who went along: the caller asks which of them the reader may open. `heard` is what
    came from the child, as far as the reader reads it.
    """
    forces = tuple(told_forces(episode, at=now))
    report = reports.latest(episode) if asked else None
    found = way.of(episode) if on_journey else None
    more = tuple(findings.briefed(episode)) if decided else ()
    came = tuple(approaches.briefed(episode, placed=placed, now=now)) if asked else ()
    mates, said = tuple(together), tuple(heard)
    # It is often of the force that is where the child is: whoever reads neither reads it not.
    away = away_reference(episode) if asked or on_journey or placed else None
    return Briefing(
        episode, forces, by_part, now, report, addressed, placed, found, more, came, mates, said, away
    )
