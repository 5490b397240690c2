"""A child to look at of whom somebody says to which others it belongs: one claim in each state."""

from alerts.demo_states.lot import POLICY, Lot, Shown, arrive, seen
from cases import links
from cases.models import Child, ChildLink
from cases.states import LinkStatus

MACHINE = "Link of two children"
Kind = ChildLink.Kind


def _live(lot: Lot, shown: Shown) -> Child:
    """With those who were made last: whoever they are, they stand on the same list."""
    child = arrive(lot, shown)
    standing = Child.objects.filter(demo_watch__policy__key=POLICY, closed_at=None).exclude(pk=child.pk)
    others = standing.order_by("-pk")[: len(_CLAIMS)]
    for other, (state, claim, how) in zip(others, _CLAIMS, strict=True):
        link = links.say(child, other, claim, by=lot.worker, at=lot.at)
        if how:
            links.check(link, result=state, how=how, may_be_danger=False, by=lot.worker, at=lot.at)
    return seen(lot, child)


_CLAIMS = (
    (LinkStatus.NOT_CHECKED, links.Claim(kind=Kind.COMPANION, said_by="The child, on the first evening"), ""),
    (
        LinkStatus.CONFIRMED,
        links.Claim(kind=Kind.FRIEND, said_by="Both of them"),
        "Asked apart, with two interpreters: they tell the same of the school at home.",
    ),
    (
        LinkStatus.NOT_SO,
        links.Claim(kind=Kind.RELATIVE, said_by="A man who rang the house"),
        "Neither knows the other, and nobody at the number answers.",
    ),
)

CHILDREN = (
    Shown(
        "Parwana",
        "Azizi",
        ("Dari",),
        MACHINE,
        LinkStatus.NOT_CHECKED,
        _live,
        beside=(LinkStatus.CONFIRMED, LinkStatus.NOT_SO),
    ),
)
