"""That an authority was merged or split: nothing begins to be its own from then on, which PostgreSQL holds."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from cases.models import Authority, ConfigurationChange
from cases.states import IllegalMove

MERGED, SPLIT = "authority_merged", "authority_split"
# What the triggers call themselves that refuse a row of one that has ended.
STANDS = "authority_that_stands"


class EndedAlready(IllegalMove):
    """Another authority answers for the children of this one, and who works for it decides for them no more."""


def has_ended(authority: Authority) -> bool:
    """Whether it was merged or split; one that the reference list ends has its children yet."""
    passed = ConfigurationChange.objects.filter(subject_type="authority", subject_id=authority.pk)
    return passed.filter(kind__in=(MERGED, SPLIT)).exists()


def already(authority: Authority) -> EndedAlready:
    follow = authority.successors.order_by("name", "pk")
    return EndedAlready(
        "%(authority)s has ended already. Its children passed to %(successors)s.",
        authority=authority.said_name,
        successors=", ".join(one.said_name for one in follow),
    )


def hold(authority: Authority) -> None:
    """Lock it, so that whoever merges it waits for what is set up there; raises `EndedAlready` where it has ended."""
    Authority.objects.select_for_update(no_key=True).get(pk=authority.pk)
    if has_ended(authority):
        raise already(authority)


@contextmanager
def in_words() -> Iterator[None]:
    """Around a commit: raises `EndedAlready` where it names an authority that has ended since the writer read it."""
    try:
        yield
    except IntegrityError as error:
        if is_refused(error):
            raise meanwhile() from error
        raise


def is_refused(error: BaseException) -> bool:
    """Whether an error of the database says that."""
    said = getattr(error.__cause__, "diag", None)
    return isinstance(error, IntegrityError) and getattr(said, "constraint_name", None) == STANDS


def meanwhile() -> EndedAlready:
    return EndedAlready(
        "This authority has ended meanwhile, and another has taken its place. Open the page anew."
    )
