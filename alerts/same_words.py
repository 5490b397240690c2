"""What the page of a child says of another record that may be of the same child, to whoever may read of it."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.notices import Notice
from cases import links
from cases.models import Child, ChildLink, User
from cases.moves import isolated


def notices(child: Child, *, reader: User, now: datetime) -> list[Notice]:
    """Of each other record, with a link where `reader` may open it, else whose it is as `links.elsewhere` tells; or nothing."""
    if not ChildLink.objects.of(child).same().exists():
        return []
    return [*_open(child, reader, now), *_elsewhere(child, reader, now)]


def _open(child: Child, reader: User, now: datetime) -> Iterator[Notice]:
    for link in links.of(child, reader=reader, at=now).same():
        other = link.beside(child)
        href, link_text = reverse("child", args=[other.reference]), _("Open the other record")
        heading = _heading(link) % {"record": other.reference}
        yield Notice("warning", heading, _text(link), href, link_text, other.pk)


def _elsewhere(child: Child, reader: User, now: datetime) -> Iterator[Notice]:
    for one in links.elsewhere(child, reader=reader, at=now):
        if one.link.kind != ChildLink.Kind.SAME:
            continue
        council = isolated(one.authority.said_name)
        heading = _heading(one.link) % {"record": _("a record of %(council)s") % {"council": council}}
        ring = _("Its duty desk: %(phone)s.") % {"phone": one.phone} if one.phone else ""
        yield Notice("warning", heading, f"{_text(one.link)} {ring}".strip())


def _heading(link: ChildLink) -> str:
    if link.check_result == ChildLink.Check.CONFIRMED:
        return _("The same child as %(record)s")
    return _("May be the same child as %(record)s")


def _text(link: ChildLink) -> str:
    if link.check_result == ChildLink.Check.CONFIRMED:
        return _(
            "Two people have said so. Each record is looked after as before; a search for the child is ended as always."
        )
    return _(
        "One person has said so. Another confirms it, or finds that it is not so, with the people around the child."
    )
