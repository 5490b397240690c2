"""Wiring of what silence owes."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts import (
            after_steps,
            change_words,
            clocks,
            deaths,
            duty_tasks,
            home_clocks,
            matter_clocks,
            revisions,
            sealed,
        )
        from cases import mergers

        # Before the clocks, which read the steps that a new fact has planned or answered.
        after_steps.listen()
        clocks.listen()
        duty_tasks.listen()
        deaths.listen()
        home_clocks.listen()
        matter_clocks.listen()
        change_words.listen()
        sealed.seal_too()
        mergers.says_too(revisions.titles_of_own)
