"""Children to look at who were missing, each found in another way, with what that opened done since."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts import duty_steps
from alerts.demo_states import sought
from alerts.demo_states.lot import Lot, Shown, arrive, seen
from alerts.models import DutyStep
from cases import assessments, episodes, return_interviews, reviews
from cases.episodes import Ending
from cases.models import Child, Interview, MissingEpisode, NumberFrom, Office
from cases.models.return_interviews import Independence, Interpreter
from cases.states import EpisodeOutcome

MACHINE = "How a missing episode ends"
MISSED, LASTED = 20, timedelta(hours=9)


def _live(lot: Lot, shown: Shown) -> Child:
    """Missing for nine hours three weeks ago, found, and both the child and the police closing confirmed by the two on duty."""
    child = arrive(lot, shown)
    is_late = shown.state == EpisodeOutcome.RECORDING_LATE
    episode = _silent(lot, child) if is_late else sought.report(lot, child, at=lot.ago(MISSED))
    if shown.state == EpisodeOutcome.RETURNED:
        _look_again(episode, lot)
    found_at = episode.opened_at + LASTED
    duty, second = lot.stage.cast["duty"], lot.stage.cast["second"]
    told_at = found_at + timedelta(minutes=20)
    if shown.state == EpisodeOutcome.DIED:
        episode = episodes.hear_from_office(episode, _told_of_death(told_at), by=duty, at=told_at)
    else:
        said = {"adult": "Sister Maud Ferrier", "phone": "01632 960188"}
        episode = episodes.confirm_with_child(episode, how="spoke", **said, by=duty, at=told_at)
    if episode.police_owed_at is not None:
        closed_at = found_at + timedelta(minutes=40)
        officer = "PC 4417 Lowmoor"
        episodes.record_police_closing(episode, officer=officer, closed_at=closed_at, by=second, at=closed_at)
    at = found_at + timedelta(hours=1)
    ending = _ENDINGS.get(shown.state, Ending(found_by="A youth worker", condition="well"))
    episode = episodes.end(episode, outcome=shown.state, found_at=found_at, ending=ending, by=second, at=at)
    _do_what_it_opened(lot, child, episode)
    return child if shown.state == EpisodeOutcome.DIED else seen(lot, child)


def _told_of_death(at: datetime) -> episodes.OfficeWord:
    return episodes.OfficeWord(
        has_died=True,
        office=Office.HOSPITAL,
        name="Northmere General (demo)",
        said_by="Dr Ines Vanterpool, on call",
        phone="01632 960188",
        number_from=NumberFrom.PUBLISHED,
        number_where="The switchboard on the hospital's website",
        reference="NG 20417",
        told_at=at,
    )


def _look_again(episode: MissingEpisode, lot: Lot) -> None:
    """Somebody looks at the search after five hours, long before the first review is due."""
    held_at = episode.opened_at + timedelta(hours=5)
    reviews.record(
        episode,
        None,
        held_at=held_at,
        chair=lot.stage.cast["duty"].name,
        note="The cousin of a friend is to be rung, and the two stations asked for their pictures.",
        asked=reviews.Asked(
            police_asked_at=held_at - timedelta(minutes=20),
            police_spoken_to="PC 4417 Lowmoor",
            police_answer="Both stations are looked at; nothing yet.",
        ),
        by=lot.stage.cast["duty"],
        at=held_at,
    )


def _silent(lot: Lot, child: Child) -> MissingEpisode:
    """Nobody had written the evening down: the engine opens an episode, and the child was at home all the time."""
    locked, at = Child.objects.locked().get(pk=child.pk), lot.ago(MISSED)
    return episodes.open_unconfirmed([(locked, at - timedelta(hours=30))], at=at)[child.pk]


def _do_what_it_opened(lot: Lot, child: Child, episode: MissingEpisode) -> None:
    """The interview is written down, the risk looked at again, and every other step answered by the social worker."""
    at = lot.ago(MISSED - 2)
    if episode.outcome not in (EpisodeOutcome.DIED, EpisodeOutcome.RECORDING_LATE):
        said = _INTERVIEWS.get(episode.outcome, Interview.HELD)
        return_interviews.write(episode, _interview(lot, said), version=0, by=lot.worker, at=at)
        assessments.record(child, _assessment(lot), by=lot.worker, at=at)
    for step in DutyStep.objects.filter(episode=episode, done_at=None):
        if not step.is_answered_by_facts:
            done, note = DutyStep.Answer.DONE, "By the social worker, the next day."
            duty_steps.answer(step, answer=done, note=note, by=lot.worker, at=at)


def _interview(lot: Lot, outcome: str) -> return_interviews.Told:
    """What came of the offer: two talked, one did not want to, and one is still to be asked."""
    offered_at = lot.ago(MISSED - 1)
    if outcome != Interview.HELD:
        reason = "Said no, and may ask later." if outcome == Interview.DID_NOT_WANT else ""
        return return_interviews.Told(offered_at=offered_at, outcome=outcome, reason=reason)
    return return_interviews.Told(
        offered_at=offered_at,
        outcome=outcome,
        interviewer="Corin Hexham, of a charity that is independent",
        independence=Independence.INDEPENDENT,
        interpreter=Interpreter.PRESENT,
        interpreter_name="By phone",
        held_at=lot.ago(MISSED - 1, hours=6),
        place="The library",
        why_left="Somebody had promised work.",
        what_drew="A cousin of a friend, by messenger.",
        would_help="To be able to ring home on Sundays.",
        actions="The house lends its phone on Sundays at four.",
    )


def _assessment(lot: Lot) -> assessments.Assessment:
    return assessments.Assessment(
        grade="medium",
        rationale="Came back by choice, and told the interviewer of the call.",
        assessed_at=lot.ago(MISSED - 2),
    )


_ENDINGS: Mapping[str, Ending] = {
    EpisodeOutcome.RECORDING_LATE: Ending(found_by="Iona Petherick, who was on shift all night"),
    EpisodeOutcome.HOSPITAL: Ending(found_place="Northmere General (demo)", with_child="The night nurse"),
    EpisodeOutcome.ARRESTED: Ending(found_place="Custody suite, Northmere (demo)"),
    EpisodeOutcome.TREATED_AS_ADULT: Ending(
        found_place="A hotel for adults (demo)", decided_by="An officer at the port"
    ),
    EpisodeOutcome.WITH_FAMILY: Ending(
        where_now="With an uncle", checked_by="Hollis Verran, who has seen the flat and the papers"
    ),
    EpisodeOutcome.ABROAD: Ending(where_now="With the authorities of another country, who rang"),
}
_INTERVIEWS: Mapping[str, str] = {
    EpisodeOutcome.ARRESTED: Interview.DID_NOT_WANT,
    EpisodeOutcome.TREATED_AS_ADULT: Interview.DID_NOT_WANT,
}

CHILDREN = (
    Shown("Elira", "Bajrami", ("Albanian",), MACHINE, EpisodeOutcome.RECORDING_LATE, _live),
    Shown("Nahom", "Asgedom", ("Tigrinya",), MACHINE, EpisodeOutcome.RETURNED, _live),
    Shown("Phuc", "Cao", ("Vietnamese",), MACHINE, EpisodeOutcome.SAFE_ELSEWHERE, _live),
    Shown("Ilir", "Marku", ("Albanian",), MACHINE, EpisodeOutcome.STILL_AT_RISK, _live),
    Shown("Zarghona", "Wardak", ("Pashto",), MACHINE, EpisodeOutcome.HOSPITAL, _live),
    Shown("Ferhad", "Botani", ("Kurdish Sorani",), MACHINE, EpisodeOutcome.ARRESTED, _live),
    Shown("Samuel", "Ghirmay", ("Tigrinya",), MACHINE, EpisodeOutcome.TREATED_AS_ADULT, _live),
    Shown("Wafa", "Halabi", ("Arabic",), MACHINE, EpisodeOutcome.WITH_FAMILY, _live),
    Shown("Danyal", "Roshan", ("Dari",), MACHINE, EpisodeOutcome.ABROAD, _live),
    Shown("Tuan", "Kieu", ("Vietnamese",), MACHINE, EpisodeOutcome.DIED, _live),
)
