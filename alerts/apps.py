"""Wiring of what silence owes."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts import (
            assignment_mails,
            bell,
            change_words,
            home_clocks,
            late_watch,
            leave_words,
            matter_clocks,
            revisions,
            sealed,
        )
        from cases import details, mergers

        bell.listen()
        home_clocks.listen()
        matter_clocks.listen()
        change_words.listen()
        leave_words.listen()
        assignment_mails.listen()
        sealed.seal_too()
        mergers.says_too(revisions.titles_of_own)
        details.waits_while(late_watch.is_late)
