"""The step that asks for the reference and the grade of the police: what answers it by itself, and what takes that back."""

from collections.abc import Mapping

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.duties import Duty
from alerts.models import DutyStep
from alerts.models.police import referenced
from cases.models import MissingEpisode, PoliceGrade


def graded(standing: Mapping[str, DutyStep], episode: MissingEpisode) -> list[DutyStep]:
    """The step, with its note, where it is open and the police have given their grade and a reference that counts."""
    step = standing.get(Duty.POLICE_REFERENCE)
    if step is None or step.done_at is not None or not _is_answered(episode):
        return []
    grade = PoliceGrade(episode.police_grade).label
    # What is written down is English, whoever's button wrote it.
    with translation.override(settings.LANGUAGE_CODE):
        step.note = _("Recorded. The police graded it: %(grade)s") % {"grade": str(grade).lower()}
    return [step]


def is_open_again(step: DutyStep, episode: MissingEpisode) -> bool:
    """Whether the facts had answered it, and the child is kept since from whoever wrote the reference down."""
    answered = step.kind == Duty.POLICE_REFERENCE and step.done_by_id is None and bool(episode.police_grade)
    return answered and not _is_answered(episode)


def _is_answered(episode: MissingEpisode) -> bool:
    return bool(episode.police_grade) and bool(referenced([episode.pk]))
