"""Wiring of the guardians."""

from django.apps import AppConfig


class GuardiansConfig(AppConfig):
    name = "guardians"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import action_owners, confirming, mergers
        from guardians import area_mergers, assignments, covers, shared

        assignments.guard()
        action_owners.find_covered(covers.covered_by)
        mergers.carries(area_mergers)
        confirming.find_shared(shared.concerned_by, shared.of)
