"""Wiring of the facts."""

from django.apps import AppConfig
from django.utils.translation import gettext

from cases import lookups
from cases.moves import ForTheReader


class CasesConfig(AppConfig):
    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let refusals be said in the reader's language, and every query know the house's lookup."""
        lookups.register()
        ForTheReader.translate = gettext
