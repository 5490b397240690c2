"""Whom we have phoned about a silent or missing child, as a force reads it: the home, and the police themselves."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.emails.one_line import one_line
from alerts.models import DutyTask, Verification
from cases.episodes import reports
from cases.models import (
    Contact,
    EpisodeForce,
    MissingEpisode,
    MissingReport,
    Outcome,
    Placement,
    PoliceChannel,
    PoliceForce,
)
from cases.templatetags.govuk import uk_time


def home_in_words(episode: MissingEpisode, *, if_any: bool = False) -> list[str]:
    """How often the home was rung since the child was last accounted for: the desk's answers, not its intentions.

    The home where the child lives now: who was rung where it had lived before could say nothing of it. With `if_any`
    nothing is said where nobody rang it.
    """
    since, of_home = _where(episode)
    rung = DutyTask.objects.filter(
        of_home, kind=DutyTask.Kind.RING_HOME, items__alert__child=episode.child_id, opened_at__gte=since
    ).distinct()
    answered = rung.filter(done_at__isnull=False, done_by__isnull=False)
    in_vain = answered.count() - answered.reached().count()
    in_vain += Contact.objects.filter(
        child=episode.child_id, outcome=Outcome.NO_ANSWER, happened_at__gte=since, withdrawn_at=None
    ).count()
    asked = rung.count()
    calls = max(answered.count(), in_vain)
    if not calls and if_any:
        return []
    if not calls:
        return [_("Nobody has rung the home yet.") if asked else _("No call to the home is recorded.")]
    told = ngettext("The home was rung %d time", "The home was rung %d times", calls) % calls
    if not in_vain:
        return [f"{told}."]
    if in_vain < calls:
        nobody = ngettext("%d call reached nobody", "%d calls reached nobody", in_vain) % in_vain
    else:
        nobody = _("nobody was reached")
    return [_("%(rung)s; %(nobody)s.") % {"rung": told, "nobody": nobody}]


def _where(episode: MissingEpisode) -> tuple[datetime, Q]:
    """Since when calls count, and to which home."""
    placement = Placement.objects.filter(child=episode.child_id, ends_at=None).first() or episode.placement
    if placement is None:
        return episode.since, Q()
    return max(episode.since, placement.starts_at), Q(home=placement.home_id)


def police_in_words(report: MissingReport, *, now: datetime) -> str:
    """By what and when whoever reported it says to have told the police, of whatever force."""
    if not report.police_told_by:
        return ""
    words = {
        PoliceChannel.ONLINE: _("; reported on the police’s online form"),
        PoliceChannel.MAIL: _("; reported by email to the police"),
    }
    channel = PoliceChannel(report.police_told_by)
    way = words.get(channel) or _("; whoever reported it rang %(number)s") % {"number": channel.label}
    at = report.police_told_at
    return way if at is None else _("%(way)s at %(when)s") % {"way": way, "when": uk_time(at, now)}


def force_in_words(
    episode: MissingEpisode,
    force: PoliceForce,
    report: MissingReport | None,
    *,
    rung_at: datetime | None,
    now: datetime,
) -> str:
    """Whether this force was phoned, and the reference it gave, which an officer who signed in may have given."""
    ours = EpisodeForce.objects.filter(episode=episode, force=force).first()
    reference = one_line(ours.incident_reference) if ours is not None else ""
    by_reporter = reports.says_rung(report, episode)
    if rung_at is not None:
        words = _("phoned at %(when)s, no police reference yet")
        if reference:
            words = _("phoned at %(when)s, your reference %(reference)s")
        return words % {"when": uk_time(rung_at, now), "reference": reference}
    if reference and not by_reporter:
        return _by_officers(episode, force, reference)
    if reference:
        return _("phoned, your reference %s") % reference
    if by_reporter:
        return _("phoned by whoever reported it, no police reference yet")
    return _("no call to you is recorded yet")


def _by_officers(episode: MissingEpisode, force: PoliceForce, reference: str) -> str:
    """By what we have the force's reference: the word of somebody from whom the child is kept says of no call and no officer."""
    named = Verification.objects.filter(episode=episode, force=force)
    ways = set(named.believed().values_list("method", flat=True))
    written = EpisodeForce.objects.referenced().filter(episode=episode, force=force)
    if not ways and (named.exists() or not written.exists()):
        return _("no call to you is recorded yet; reference given to us: %s") % reference
    if ways == {Verification.Method.SIGNED_IN}:
        return _("an officer of yours signed in, your reference %s") % reference
    return _("phoned, your reference %s") % reference
