"""How children to look at went missing: reported by their social worker, with the police rung; and what a search asks for."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts import duty_steps, escalations
from alerts.demo_states.lot import ON_SHIFT, Lot, seen_at_home
from alerts.models import DutyStep
from cases import episodes
from cases.episodes import decisions
from cases.models import Child, EpisodeDecision, MissingEpisode

Kind, Answer = EpisodeDecision.Kind, EpisodeDecision.Answer


def report(lot: Lot, child: Child, *, at: datetime) -> MissingEpisode:
    """Report the child missing, whom its home saw last, and record which officer duty has spoken to."""
    seen_at_home(lot, child, at - timedelta(minutes=30))
    said = episodes.Report(
        last_seen_at=at - timedelta(minutes=30),
        last_seen_place="The front door of the house",
        last_seen_by=ON_SHIFT,
        wearing="Grey hooded top, black trainers",
        why_worried="Left without a coat after a call in the night.",
        police_rung=True,
        our_grade="medium",
    )
    episode = episodes.report_missing(child, said, by=lot.worker, at=at)
    told_at = at + timedelta(minutes=25)
    escalations.verify(
        episode,
        force=lot.stage.force,
        incident_reference=f"NM/{child.pk}/{at:%y}",
        officer="PC 4417 Lowmoor",
        grade="medium",
        by=lot.stage.cast["duty"],
        at=told_at,
    )
    episode.refresh_from_db()
    return episode


def do_all(lot: Lot, episode: MissingEpisode) -> None:
    """Decide and do within the hour what a search that goes on asks for: nobody hears of a step that is answered."""
    duty, at = lot.stage.cast["duty"], episode.opened_at + timedelta(minutes=50)
    for kind, (answer, said) in _DECIDED.items():
        given = decisions.Decided(answer=answer, decided_at=at, decided_by=duty.name, **said)
        decisions.decide(episode, kind, given, by=duty, at=at)
    for step in DutyStep.objects.filter(episode=episode, done_at=None):
        note = "Done the same evening, with the officer in the case."
        duty_steps.answer(step, answer=DutyStep.Answer.DONE, note=note, by=duty, at=at)


_DECIDED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    Kind.PUBLICITY: (
        Answer.NO,
        {"reason": "Whoever rang him looks for him too.", "risk": "Tells them that he is alone."},
    ),
    Kind.CHILD_RESCUE_ALERT: (Answer.NO, {"reason": "Nobody was seen to take him."}),
    Kind.MISSING_PEOPLE: (
        Answer.REFERRED,
        {
            "reason": "A line that he may ring.",
            "spoken_to": "The helpline",
            "consent": "The council, which has the care of him",
        },
    ),
    Kind.UKMPU: (Answer.TOLD, {"reason": "The force has told it.", "spoken_to": "PC 4417 Lowmoor"}),
    Kind.HOME_OFFICE: (Answer.NOT_TOLD, {"reason": "Of no use to the search."}),
    Kind.OFSTED: (Answer.TOLD, {"reason": "The police came to the house.", "spoken_to": "Its manager"}),
}
