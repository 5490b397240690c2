"""What a force gave while a child was away, and known where: quoted in mails, to whoever rings it and to that force itself."""

from django.utils.translation import gettext as _

from alerts.emails.one_line import one_line
from cases.episodes import away_reference
from cases.models import MissingEpisode, PoliceForce
from cases.moves import isolated


def quoted(episode: MissingEpisode | None) -> str:
    """The reference, for whoever rings; "" where none was given. Which force it is stands on the desk: it tells the area."""
    given = away_reference(episode) if episode is not None else None
    return isolated(one_line(given.reference)) if given is not None else ""


def of_force(episode: MissingEpisode, force: PoliceForce) -> str:
    """Its own reference, for a mail to `force`; what another gave tells where the child was, and stands in none."""
    given = away_reference(episode)
    if given is None or given.force_id != force.pk:
        return ""
    return _("%s, for the child as away") % isolated(one_line(given.reference))
