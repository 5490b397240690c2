"""Say who else on record has a reference that was written down: perhaps one child who is on record twice."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from cases import access, duplicates
from cases.access import Permission
from cases.models import DetailsChange


def tell(request: HttpRequest, row: DetailsChange, *, at: datetime) -> None:
    """Name each other child that the reader reads and that has a reference which this correction wrote down.

    It is a read of that child.
    """
    by = access.person(request)
    new = {name: row.after[name] for name in duplicates.REFERENCES if name in row.after}
    found = duplicates.by_reference(new, of=row.child, user=by, at=at)
    access.put_listed_on_record(
        by, [one.pk for one, _why in found], Permission.SEE_STATUS, request=request, at=at
    )
    for other, why in found:
        link = format_html(
            '<a class="govuk-link rc-nowrap" href="{}">{}</a>',
            reverse("child", args=[other.reference]),
            other.reference,
        )
        text = _(
            "{} is on record too. {}. Look whether they are one child; brothers and sisters may share a reference."
        )
        messages.warning(
            request, format_html(text, link, ". ".join(str(duplicates.ALIKE[key]) for key in why))
        )
