"""Wiring of the facts."""

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext

from cases import by_key, lookups, schema
from cases.moves import ForTheReader


class CasesConfig(AppConfig):
    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let refusals be said in the reader's language, queries know our lookup, and every sign-in begin a session.

        And have `migrate` asked beforehand whether it may begin.
        """
        from cases import catalogue, kept_forms, sessions

        catalogue.remember()
        lookups.register()
        by_key.take_up()
        checks.register(schema.refuse_halfway, checks.Tags.database)
        ForTheReader.translate = gettext
        sessions.begin_at_sign_in()
        kept_forms.remember_at_sign_in()
