"""Who provides the placement that stands: said later, or put right."""

from typing import Any

from cases.forms.as_read import OfPlacementForm
from cases.forms.placement import one_who_may_provide, provided_by_field
from cases.models import Placement


class ProviderForm(OfPlacementForm):
    """Who provides the placement, as the return on looked-after children asks it."""

    provided_by = provided_by_field()

    def __init__(self, *args: Any, placement: Placement, **options: Any) -> None:
        super().__init__(*args, standing=placement, **options)
        self.type = placement.type
        self.initial = {"provided_by": placement.provided_by}

    def clean_provided_by(self) -> str:
        return one_who_may_provide(self.cleaned_data, self.type)
