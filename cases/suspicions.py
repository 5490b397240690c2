"""Since when there are signs of trafficking of a child, and whether somebody has referred the child for them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from cases.models import Child, DetailsChange, Event, Trafficking


def since(children: Collection[Child]) -> Mapping[int, datetime]:
    """Of those of these children with signs of trafficking: when they came on record, by child, in two questions at most.

    The latest correction that said so counts, then what was filled in after the arrival, else the registration.
    """
    suspected = [child for child in children if child.trafficking == Trafficking.YES]
    if not suspected:
        return {}
    ids = [child.pk for child in suspected]
    changes = DetailsChange.objects.filter(
        child__in=ids, topic="trafficking", after__trafficking=Trafficking.YES
    )
    said = dict(changes.order_by("changed_at").values_list("child", "changed_at"))
    filled = Event.objects.filter(
        child__in=ids, kind="details_filled_in", data__fields__contains="trafficking"
    )
    for child_id, at in filled.order_by("number").values_list("child", "recorded_at"):
        if child_id is not None:
            said.setdefault(child_id, at)
    return {
        child.pk: max(said.get(child.pk, child.registered_at), child.registered_at) for child in suspected
    }
