"""The name of a child in a button or a link, where the page brought names that sound the same."""

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cases.alike_names import Alike
from cases.models import Child
from cases.templatetags.govuk import bdi

register = template.Library()


@register.simple_tag(takes_context=True)
def heard(context: Context, child: Child) -> SafeString:
    """Write the given name of `child`, and what tells it from another of the page's `alike` names."""
    return bdi(_alike(context).name_of(child))


@register.simple_tag(takes_context=True)
def heard_more(context: Context, child: Child) -> str:
    """Write, for ears alone, what tells the given name that stands before it from another's; nothing elsewhere."""
    more = _alike(context).told_apart.get(child.pk, "").removeprefix(child.given_name).strip()
    return _hidden(more)


@register.simple_tag(takes_context=True)
def heard_reference(context: Context, child: Child) -> str:
    """Write, for ears alone, the reference behind a whole name that another child of the page has too."""
    return _hidden(child.reference if child.pk in _alike(context).namesakes else "")


def _alike(context: Context) -> Alike:
    return context.get("alike") or Alike()


def _hidden(words: str) -> str:
    return format_html('<span class="govuk-visually-hidden"> {}</span>', bdi(words)) if words else ""
