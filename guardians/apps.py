"""Wiring of the guardians."""

from django.apps import AppConfig


class GuardiansConfig(AppConfig):
    name = "guardians"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cases import mergers
        from guardians import area_mergers, assignments

        assignments.guard()
        mergers.carries(area_mergers)
