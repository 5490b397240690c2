"""What was decided and found out in a search, as its page and its briefing say it; intelligence by itself, as text."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from alerts.models import Verification
from cases.episodes import decisions
from cases.models import EpisodeDecision, EpisodeFinding, MissingEpisode
from cases.moves import isolated
from cases.templatetags.govuk import gov_time

Kind = EpisodeDecision.Kind
# What forces and partners are asked themselves. Whether the Home Office was told is the council's own.
FOR_OTHERS = (Kind.UKMPU, Kind.MISSING_PEOPLE, Kind.PUBLICITY, Kind.CHILD_RESCUE_ALERT)
# So many of the latest findings fit on two printed sides.
BRIEFED = 4


def rows(episode: MissingEpisode) -> list[tuple[Kind, EpisodeDecision | None]]:
    """Every kind of decision in its order, with the one that stands; none where nobody has decided it.

    That of Ofsted only where there is one, or it may be owed: it hears nothing of a foster placement.
    """
    standing = decisions.standing(episode)
    is_inspected = Kind.OFSTED in standing or decisions.is_inspected(episode)
    return [(kind, standing.get(kind)) for kind in Kind if kind != Kind.OFSTED or is_inspected]


def briefed(episode: MissingEpisode) -> list[tuple[str, str]]:
    """Label and value of what others may read: the decisions that stand, then the latest findings, no intelligence."""
    standing, out = decisions.standing(episode), decisions.out(episode)
    decided = [
        (str(kind.label), _all_in_words(out.get(kind), standing[kind]))
        for kind in FOR_OTHERS
        if kind in standing
    ]
    latest = EpisodeFinding.objects.filter(episode=episode, is_intelligence=False)
    found = [
        (_("Found out"), _("%(when)s, %(source)s: %(text)s") % _parts(row))
        for row in latest.order_by("-heard_at", "-pk")[:BRIEFED]
    ]
    return decided + found


def in_words(row: EpisodeDecision) -> str:
    """What was decided and when, with the reference: who consented and why is the council's own."""
    parts = [row.get_answer_display(), gov_time(row.decided_at)]
    if row.reference:
        parts.append(_("reference %s") % row.reference)
    return ", ".join(parts)


def _all_in_words(out: EpisodeDecision | None, row: EpisodeDecision) -> str:
    """The same with what is out still, where something else was decided since."""
    rows = [row] if out is None or out == row else [out, row]
    return "; ".join(in_words(one) for one in rows)


def intelligence(episode: MissingEpisode) -> list[EpisodeFinding]:
    """What is kept apart, newest first."""
    rows = EpisodeFinding.objects.filter(episode=episode, is_intelligence=True)
    return list(rows.select_related("recorded_by").order_by("-heard_at", "-pk"))


def text(episode: MissingEpisode, found: Sequence[EpisodeFinding], *, now: datetime) -> str:
    """The intelligence as one block of text that pastes into another system; no name of the child."""
    lines = [_("OFFICIAL-SENSITIVE. Intelligence, reference %s") % episode.reference]
    lines += [
        _("%(when)s, %(source)s, %(who)s: %(text)s") % {**_parts(row), "who": isolated(row.told_by)}
        for row in found
    ]
    lines.append(_("As at %s, UK time") % gov_time(now))
    return "\n".join(lines)


def notice(episode: MissingEpisode) -> str:
    """The words of a notice to the Home Office that a manager has decided on: they protect child and claim.

    The time is that of the first officer who is on record by name, and counts: when the council itself knew says nothing of it.
    """
    told = Verification.objects.believed().filter(episode=episode).order_by("at", "pk").first()
    if told is None:
        reported = _("This child was reported missing to the police.")
    else:
        reported = _("This child was reported missing to the police on %s.") % gov_time(told.at)
    return _(
        "Reference %(reference)s. %(reported)s The child may be a"
        " victim of trafficking and may be under the control of others. This is not a loss of contact with the claim"
        " by choice: no decision on the claim should follow from it. A copy goes to the child’s solicitor."
    ) % {"reference": episode.reference, "reported": reported}


def _parts(row: EpisodeFinding) -> dict[str, str]:
    words = " ".join(row.text.split())
    return {"when": gov_time(row.heard_at), "source": row.get_source_display(), "text": words}
