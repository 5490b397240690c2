"""How an episode ended, as its page shows it to the council: none of it stands in a mail."""

from datetime import datetime

from django.utils.translation import gettext as _

from alerts.duties import Duty
from alerts.models import DutyStep
from alerts.notices import Notice
from cases import details, holidays
from cases.deadlines import add_working_days
from cases.episodes import decisions, outcomes
from cases.episodes.another_child import WAS_ANOTHER
from cases.models import ChildPart, EpisodeEnding, Event, MissingEpisode, Nation, Responsibility, User
from cases.moves import isolated
from cases.states import EpisodeOutcome, EpisodeStatus
from cases.templatetags.govuk import gov_date, gov_time, phone

Row = tuple[str, str]
# The child safeguarding practice review panel is notified of a death within five working days (Working Together).
PANEL_WITHIN = 5


def rows(episode: MissingEpisode, *, placed: bool) -> list[Row]:
    """Label and value of what was written when it ended; nothing for one that runs.

    `placed` says whether the reader may read where a child is: it may live from now on where it was found, with the
    adult who was spoken to, or with the family of which this says who checked it.
    """
    if episode.status != EpisodeStatus.ENDED:
        return []
    found = [(_("Outcome"), str(episode.get_outcome_display()))]
    if episode.found_at is not None:
        found.append((_("Found or back"), gov_time(episode.found_at)))
    ending = EpisodeEnding.objects.filter(episode=episode).first()
    if ending is not None:
        found += [
            (_("Found by"), ending.found_by),
            (_("Found where"), _told(ending.found_place, placed=placed)),
            (_("Where the child is"), _told(ending.where_now, placed=placed)),
            (_("How the child is"), str(ending.get_condition_display())),
            (_("With the child in hospital"), ending.with_child),
            (_("Family checked by"), _told(ending.checked_by, placed=placed)),
            (_("Treated as an adult by"), ending.decided_by),
            (_("Return interview offered"), _("Yes") if ending.interview_offered else ""),
        ]
    found += [(_("Note"), episode.outcome_note), *put_right(episode, placed=placed)]
    found += _confirmed(episode, placed=placed)
    if episode.outcome == EpisodeOutcome.ANOTHER_CHILD:
        found += _taken_back(episode)
    return [(label, value) for label, value in found if value]


def put_right(episode: MissingEpisode, *, placed: bool) -> list[Row]:
    """Who said that it ended otherwise than was written with the end, and why."""
    event = outcomes.last(episode)
    if event is None or event.actor is None:
        return []
    was = str(EpisodeOutcome(event.data["was"]).label)
    words = _("%(people)s. It was written: %(was)s. %(why)s")
    people = _listed(isolated(event.actor.name), gov_time(event.recorded_at))
    said = words % {"people": people, "was": was, "why": isolated(event.data["reason"])}
    return [(_("Outcome put right"), said), (_("Named with it"), _told(event.data["who"], placed=placed))]


def _taken_back(episode: MissingEpisode) -> list[Row]:
    """Who said that the death was that of another child, to whom and why."""
    said = Event.objects.filter(child=episode.child_id, kind=WAS_ANOTHER, subject_id=episode.pk)
    event = said.select_related("actor").order_by("number").last()
    if event is None or event.actor is None:
        return []
    people = _listed(isolated(event.actor.name), isolated(event.data["second"]), gov_time(event.recorded_at))
    told = f"{isolated(event.data['told_by'])}: {isolated(event.data['reason'])}"
    return [(_("The death was of another child"), people), (_("Who told us, and why"), told)]


def _told(said: str, *, placed: bool) -> str:
    return said if placed or not said else str(details.FOR_FEW)


def after_death(episode: MissingEpisode) -> list[Notice]:
    """What is left for people to do once a child has died.

    It stands among the steps as well, to be ticked off; of what is late whoever leads hears by mail.
    """
    if episode.outcome != EpisodeOutcome.DIED or episode.ended_at is None:
        return []
    step = DutyStep.objects.filter(episode=episode, kind=Duty.PANEL_NOTIFIED).first()
    last = step.due_at if step is not None else _panel_by(episode, episode.ended_at)
    text = _(
        "Every mail and timer that asks for the child has stopped, and the director is rung. Tell the coroner, notify"
        " the Panel by %(day)s, and tell friends, carers and the guardian in person. Of a step that is late whoever"
        " leads hears by mail."
    )
    return [Notice("warning", _("The child has died"), text % {"day": gov_date(last)})]


def to_take_back(episode: MissingEpisode) -> list[Notice]:
    """What is still out about a child who is back: a picture that stays up finds whoever looks for the child."""
    if episode.ended_at is None:
        return []
    out = ", ".join(row.get_kind_display() for row in decisions.still_out(episode))
    if not out:
        return []
    words = _("Have it taken down and record that it is withdrawn: %(what)s.") % {"what": out}
    return [Notice("warning", _("Still out after the end"), words)]


def _panel_by(episode: MissingEpisode, known_at: datetime) -> datetime:
    """Of a death from before there was a step for it."""
    row = Responsibility.objects.at(known_at).filter(child=episode.child_id).select_related("authority")
    calendar = holidays.calendar_of(row[0].authority.nation if row else Nation.ENGLAND)
    return add_working_days(known_at, PANEL_WITHIN, nation=calendar, holidays=holidays.of(calendar))


def _confirmed(episode: MissingEpisode, *, placed: bool) -> list[Row]:
    """Both parts of the ending: who confirmed it with the child, and which officer closed the report."""
    parts = []
    if episode.child_confirmed_at is not None and episode.child_confirmed_by is not None:
        parts.append(_child_part(episode, episode.child_confirmed_by, placed=placed))
    if episode.police_closed_at is not None:
        force = episode.police_closed_force.name if episode.police_closed_force else ""
        officer = isolated(episode.police_closed_officer)
        parts.append(
            (_("The police closed their report"), _listed(officer, force, gov_time(episode.police_closed_at)))
        )
    return parts


def _child_part(episode: MissingEpisode, by: User, *, placed: bool) -> Row:
    """Who recorded the first part, and from whom; of an office by what number and reference as well."""
    labels: dict[str, str] = {
        ChildPart.DEATH: _("Told of the death"),
        ChildPart.OFFICE: _("Told by whoever has the child"),
    }
    label = labels.get(episode.child_confirmed_how, _("Confirmed with the child"))
    words = [isolated(by.name)]
    if placed:
        words.append(isolated(episode.child_confirmed_adult))
    if placed and episode.child_confirmed_office:
        words += [isolated(episode.child_confirmed_office_name), office_call(episode)]
    when = episode.child_confirmed_told_at or episode.child_confirmed_at
    return label, _listed(*words, gov_time(when) if when is not None else "")


def office_call(episode: MissingEpisode) -> str:
    """On which number an office was rung, from where that was taken, and under which reference it answered."""
    rung = _("on %(phone)s, taken from: %(source)s (%(where)s)") % {
        "phone": phone(episode.child_confirmed_phone),
        "source": episode.get_child_confirmed_number_from_display(),
        "where": isolated(episode.child_confirmed_number_where),
    }
    reference = episode.child_confirmed_reference
    quoted = _("reference %(reference)s") % {"reference": isolated(reference)} if reference else ""
    unspoken = episode.child_confirmed_unspoken
    silent = _("nobody spoke to the child: %(why)s") % {"why": isolated(unspoken)} if unspoken else ""
    return _listed(rung, quoted, silent)


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)
