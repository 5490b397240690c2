"""The face of a child on a page: the photo where the page brought one for this reader, else the initials."""

from typing import Any

from django import template
from django.template import Context

from cases.faces import Face
from cases.models import Child

register = template.Library()


@register.inclusion_tag("components/face.html", takes_context=True)
def face(context: Context, child: Child, *, large: bool = False) -> dict[str, Any]:
    """Write the face of `child` from the page's `faces`; `large` where the page is about this child alone."""
    name = " ".join(part for part in (child.given_name, child.family_name) if part)
    return {"name": name, "given_name": child.given_name, "face": _of(context, child), "large": large}


@register.inclusion_tag("components/face.html", takes_context=True)
def thumbnail(context: Context, child: Child) -> dict[str, Any]:
    """Write the photo of `child` where a line of a list has one; the name beside it needs no initials."""
    return {"given_name": child.given_name, "face": _of(context, child), "small": True}


def _of(context: Context, child: Child) -> Face | None:
    return (context.get("faces") or {}).get(child.pk)
