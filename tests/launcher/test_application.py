"""What the launcher starts, and with what in its hands."""

from config.celery import app
from scripts.launcher import application


def test_nothing_that_runs_all_day_holds_the_key_of_the_schemas_owner():
    env = {
        "DATABASE_URL": "postgres://app@127.0.0.1/x",
        "MIGRATION_DATABASE_URL": "postgres://owner@127.0.0.1/x",
        "ALERT_FROM_EMAIL": "alerts@rollcall.example",
    }
    started = application.children(env, {"web": 8000, "mail": 8025, "smtp": 1025})
    assert {child.name for child in started} == {"catcher", "web", "worker", "sender", "beat", "watchdog"}
    for child in [*started, application.children_to_look_at(env)]:
        assert child.env is not None
        assert child.env["DATABASE_URL"] == env["DATABASE_URL"]
        assert "MIGRATION_DATABASE_URL" not in child.env


def test_a_mail_server_and_a_gateway_of_ones_own_are_taken(monkeypatch):
    chosen = {"web": 8000, "mail": 8025, "smtp": 1025}
    for name in ("EMAIL_URL", "ALERT_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    assert application.environment({}, chosen)["EMAIL_URL"] == "smtp://127.0.0.1:1025"
    assert application.environment({}, chosen)["ALERT_WEBHOOK_URL"] == "http://127.0.0.1:8025/webhook"
    own = {
        "EMAIL_URL": "smtps://u:p@mail.example:465",
        "ALERT_WEBHOOK_URL": "https://gateway.example/rollcall",
    }
    for name, url in own.items():
        monkeypatch.setenv(name, url)
    assert own.items() <= application.environment({}, chosen).items()


def test_each_queue_has_workers_of_its_own_and_sending_shares_none_with_the_sweep():
    app.loader.import_default_modules()
    assert sorted(application.QUEUES.values()) == sorted(app.amqp.queues)
    takes = {task: app.amqp.router.route({}, task)["queue"].name for task in app.tasks if "alerts" in task}
    assert takes.pop("alerts.tasks.drain_outbox") == application.QUEUES["sender"]
    assert "alerts.tasks.sweep" in takes
    assert set(takes.values()) == {application.QUEUES["worker"]}


def test_a_worker_that_names_no_queue_takes_them_all():
    assert "-Q" not in application.worker(None)
    assert set(app.amqp.queues.consume_from) == set(application.QUEUES.values())
