"""./run: everything started in order, said aloud, kept alive, and ended together."""

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from typing import Any

from scripts.launcher import application, packages, places, ports, processes
from scripts.launcher.screen import Trouble, say, step
from scripts.launcher.services import Services


def run() -> int:
    """Start all of it, print where it is, and stay until it is told to end; raise Trouble when it cannot start."""
    say("Rollcall, demo")
    places.make()
    services = Services(places.VAR)
    if not services.lock.take_alone():
        running = places.read(places.RUN_FILE)
        if running:
            raise Trouble(f"it is already running at {running['web']}.")
        raise Trouble("another ./run command is using var/, so wait until it has ended.")
    places.RUN_FILE.unlink(missing_ok=True)
    if not services.pids.exists():
        _ports()  # before minutes of installing; what a killed start left would stand in its own way
    packages.install()
    application.rotate_logs()
    with _signals():
        own: list[processes.Child] = []
        # What ends by itself is not started again.
        once: list[processes.Child] = []
        try:
            env = _start(services, own)
            services.lock.share()  # from here on ./run manage may use the same services
            once.append(application.children_to_look_at(env))
            once[0].start()
            processes.note([*services.children, *own, *once], services.pids)
            _stay(services, own, once)
        except KeyboardInterrupt:
            say("\nEnding …")
        finally:
            # Whoever is impatient with a start that failed still hears why it did.
            with contextlib.suppress(KeyboardInterrupt):
                _end(services, [*once, *own])
    say("Ended.")
    return 0


def _start(services: Services, own: list[processes.Child]) -> dict[str, str]:
    """Start everything, show where it is, and return the variables it runs with."""
    with step("PostgreSQL and Redis"):
        services.start()
    if services.leftovers:
        say(f"  {services.leftovers} processes that an earlier start had left behind were ended first")
    application.prepare(application.environment(services.env, _ports()))
    # Again, since a first start writes for a minute: another one may have taken them meanwhile.
    chosen = _ports()
    env = application.environment(services.env, chosen)
    places.write_private(places.ENV_FILE, {name: env[name] for name in sorted(set(env) & VARIABLES)})
    own += application.children(env, chosen)
    catcher, web, *_rest = own
    with step("Web, worker, sender, beat, watchdog and mail catcher"):
        for child in own:
            child.start()
            # Each at once: whoever kills the launcher in between leaves none that the next start cannot find.
            processes.note([*services.children, *own], services.pids)
        mail_page = f"http://{ports.HOST}:{chosen['mail']}/"
        application.wait_for(mail_page, catcher)
        application.wait_for(f"{env['PUBLIC_URL']}/health/", web)
    # Last, since its first alarm is only seconds away.
    with step("Demo story"):
        sign_ins = json.loads(application.manage(env, "demo", "--json"))["sign_ins"]
    addresses = {"web": env["PUBLIC_URL"] + "/", "mail": mail_page}
    urls = {name: env[name] for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL")}
    places.write_private(places.RUN_FILE, {**addresses, **urls, "sign_ins": sign_ins})
    _show(addresses, sign_ins)
    return env


def _end(services: Services, own: list[processes.Child]) -> None:
    """End all of it; what interrupts the end of one part, or fails in it, keeps none of the others alive."""
    with contextlib.ExitStack() as parts:  # the last of these is called first
        parts.callback(services.stop)
        parts.callback(processes.stop, own)
        for file in (places.ENV_FILE, places.RUN_FILE):
            parts.callback(file.unlink, missing_ok=True)


def _ports() -> dict[str, int]:
    return ports.choose(["web", "mail", "smtp"], places.VAR / "ports.json")


# What ./run manage needs to reach the same services; the rest of the environment is its own.
VARIABLES = {
    "SECRET_KEY", "ALERT_WEBHOOK_SECRET", "ALERT_WEBHOOK_URL", "DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL",
    "EMAIL_URL", "PUBLIC_URL", "DEMO", "DUTY_LINE", "SUPPORT_EMAIL", "WATCHDOG_CONTACT_EMAIL", "WATCHDOG_CONTACT_PHONE",
    "ALERT_FROM_EMAIL", "CLOCK_SHIFT", "SECOND_FACTOR", "AUDIT_HEAD_KEY", "PHOTO_KEYS",
}  # fmt: skip


def _stay(services: Services, own: list[processes.Child], once: list[processes.Child]) -> None:
    supervisor = application.Supervisor([*services.children, *own], services.pids, beside=once)
    while True:
        supervisor.look()
        time.sleep(0.5)


def _show(addresses: dict[str, str], sign_ins: list[dict[str, Any]]) -> None:
    say()
    say(f"  Rollcall    {addresses['web']}")
    say(f"  Mail page   {addresses['mail']}")
    say()
    columns = [name for name in ("role", "email", "password", "app_key") if name in sign_ins[0]]
    widths = [max(len(str(entry[column])) for entry in sign_ins) for column in columns]
    for entry in sign_ins:
        cells = zip(columns, widths, strict=True)
        say("  " + "  ".join(f"{entry[column]!s:{width}}" for column, width in cells).rstrip())
    say()
    say("A child in each state, by name: docs/demo.md. They are there in a minute.")
    say("Invented people and children only. Ctrl-C ends all of it.")


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Make an ordinary end of the first signal that asks for one, also where a shell has set SIGINT aside.

    Those that follow change nothing: whoever is impatient must not cut the end short that they asked for.
    """
    asked = False

    def end(_number: int, _frame: object) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
