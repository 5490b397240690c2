"""Who stays behind when a child goes, as the pages of a move name them to whoever fills them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from cases import access, links
from cases.access import Permission
from cases.models import Child
from cases.moves import isolated


@dataclass(frozen=True)
class Names:
    """The given names of those to be told and asked before the child goes, and of those to be told nothing."""

    asked: Sequence[str] = ()
    untold: Sequence[str] = ()

    @property
    def not_told(self) -> str:
        """The latter in one line; empty where there are none."""
        return ", ".join(map(isolated, self.untold))


def of(request: HttpRequest, child: Child, now: datetime, *, are_asked: bool = True) -> Names:
    """Name those whom the reader may open, without those to be asked where they were; each is on record as read."""
    by = access.person(request)
    found = links.parted_from(child, reader=by, at=now)
    asked = found.asked if are_asked else ()
    ids = [one.pk for one in (*asked, *found.untold)]
    access.put_listed_on_record(by, ids, Permission.SEE_STATUS, request=request, at=now)
    return Names([one.given_name for one in asked], [one.given_name for one in found.untold])
