"""A long life in care, written by set: what its verbs would have written one by one."""

from datetime import datetime, timedelta

from cases import log
from cases.models import Child, Contact, Event, User

EVERY = timedelta(hours=3)


def years(child: Child, number: int, *, by: User, until: datetime) -> None:
    """So many contacts of a long life in care, written by set, one every three hours up to `until`."""
    first = until - number * EVERY
    rows = Contact.objects.bulk_create(
        Contact(
            child=child,
            outcome="seen",
            means="face_to_face",
            witness=by.name,
            organisation="home:1",
            knows_child=True,
            happened_at=first + n * EVERY,
            recorded_at=first + n * EVERY,
            recorded_by=by,
            note="Ate with the others, asked about his brother and went up to his room at ten.",
        )
        for n in range(number)
    )
    past = [
        (
            log.Entry(child_id=child.pk, kind="contact_recorded", subject=row, happened_at=row.happened_at),
            by,
            row.recorded_at,
        )
        for row in rows
    ]
    Event.objects.bulk_create(log.chain(past))
