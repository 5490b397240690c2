"""Wiring of what silence owes."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from alerts import clocks, duty_tasks, home_clocks

        clocks.listen()
        duty_tasks.listen()
        home_clocks.listen()
