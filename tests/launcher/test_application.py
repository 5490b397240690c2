"""What the launcher starts, and with what in its hands."""

from scripts.launcher import application


def test_nothing_that_runs_all_day_holds_the_key_of_the_schemas_owner():
    env = {
        "DATABASE_URL": "postgres://app@127.0.0.1/x",
        "MIGRATION_DATABASE_URL": "postgres://owner@127.0.0.1/x",
        "ALERT_FROM_EMAIL": "alerts@rollcall.example",
    }
    started = application.children(env, {"web": 8000, "mail": 8025, "smtp": 1025})
    assert {child.name for child in started} == {"catcher", "web", "worker", "beat", "watchdog"}
    for child in [*started, application.children_to_look_at(env)]:
        assert child.env is not None
        assert child.env["DATABASE_URL"] == env["DATABASE_URL"]
        assert "MIGRATION_DATABASE_URL" not in child.env
