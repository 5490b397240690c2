"""The number of each authority that is answered day and night, for mails to people elsewhere and pages without a mail."""

from collections.abc import Collection
from datetime import datetime

from cases.models import Responsibility, Team
from cases.templatetags.govuk import duty_line


def of(authority_ids: Collection[int]) -> dict[int, str]:
    """By authority the service's own duty line, else the number of its first desk that has one; "" where none has."""
    if line := duty_line():
        return dict.fromkeys(authority_ids, line)
    desks = Team.objects.filter(authority__in=authority_ids).exclude(kind=Team.Kind.SOCIAL_WORK)
    phones = dict.fromkeys(authority_ids, "")
    for authority_id, phone in (
        desks.exclude(phone="").order_by("kind", "pk").values_list("authority", "phone")
    ):
        phones[authority_id] = phones[authority_id] or phone
    return phones


def of_child(child_id: int, *, at: datetime) -> str:
    """The number that a mail of `at` about the child gives: of whoever answers for it then; "" where there is none."""
    since = Responsibility.objects.filter(child=child_id, starts_at__lte=at).order_by("-starts_at")
    authority_id = since.values_list("authority", flat=True).first()
    return duty_line() if authority_id is None else of([authority_id])[authority_id]
