"""The number of each authority that is answered day and night, for mails to people elsewhere."""

from collections.abc import Collection

from cases.models import Team
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
