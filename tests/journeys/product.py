"""The whole product as ./run starts it, for one test: its own Redis, worker, beat, watchdog, web and catcher.

At small counts all that import it are forked from one that has, and beat's ticks come each second (docs/adr/0138).
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from scripts.launcher import application, places, ports, processes
from scripts.launcher.redis import Redis
from tests.counts import FULL, counts
from tests.database import Clone
from tests.faults.kit.stage import Process
from tests.journeys.post import Post

FORKED = counts(("web", "worker", "sender", "beat", "watchdog"), ())


@dataclass
class Product:
    """The running product; `post` is its catcher's folder."""

    env: dict[str, str]
    url: str
    mail_page: str
    post: Post
    processes: list[processes.Child]
    password: str = ""

    def begin(self) -> None:
        """Begin the demo's story by the command that ./run gives."""
        said = self.manage("demo", "--json") if FULL else self.run("demo", "--json").said()
        self.password = json.loads(said.strip().splitlines()[-1])["sign_ins"][0]["password"]

    def manage(self, *words: str) -> str:
        """Run a management command beside it; fail when it ends with another code than 0."""
        return application.manage(self.env, *words)

    def check(self, command: str) -> None:
        """The same where nobody reads what it prints."""
        if FULL:
            self.manage(command)
        else:
            self.run(command)

    def run(self, command: str, *words: str) -> Process:
        """Run a management command beside it, forked; fail when it ends with another code than 0."""
        words = (str(places.PYTHON), "manage.py", command, *words)
        process = Process(command, [*words], log=places.LOGS / f"{command}.log", env=self.env)
        process.start()
        self.processes.append(process)
        assert process.process is not None
        assert process.process.wait(300) == 0, process.last_words()
        return process

    def sign_in(self, page: Page, who: str) -> Page:
        """Sign in by the form, as somebody of the story."""
        page.goto(f"{self.url}/sign-in/")
        page.get_by_label("Email address").fill(f"{who}@northmere.example")
        page.get_by_role("textbox", name="Password").fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page


def start(database: Clone, folder: Path) -> Product:
    """Start everything and wait until it answers; whoever calls this stops its processes."""
    redis = Redis(folder, password="of-the-tests")
    children = [redis.start(ports.any_free(), folder / "redis.log")]
    try:
        redis.wait()
        chosen = {name: ports.any_free() for name in ("web", "mail", "smtp")}
        env = _environment(database, redis, chosen)
        children += map(forked, application.children(env, chosen))
        web = next(child for child in children if child.name == "web")
        assert web.env is not None
        # Nothing is collected for a test, so its files are served from where they lie.
        web.env |= {"TESTING": "on", "DJANGO_SETTINGS_MODULE": "tests.journeys.settings"}
        for child in children[1:]:
            child.start()
        mail_page = f"http://{ports.HOST}:{chosen['mail']}/"
        application.wait_for(mail_page, children[1])
        application.wait_for(f"{env['PUBLIC_URL']}/health/", web)
    except BaseException:
        processes.stop(children, patience=2)
        raise
    return Product(env, env["PUBLIC_URL"], mail_page, Post(places.MAIL), children)


def _environment(database: Clone, redis: Redis, chosen: dict[str, int]) -> dict[str, str]:
    given = {
        "DATABASE_URL": database.url,
        "MIGRATION_DATABASE_URL": database.owner_url,
        "REDIS_URL": redis.url(),
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "EMAIL_URL": f"smtp://{ports.HOST}:{chosen['smtp']}",
        "ALERT_WEBHOOK_URL": f"http://{ports.HOST}:{chosen['mail']}/webhook",
        "ALERT_WEBHOOK_SECRET": "a secret of the tests",
        # The story waits for the seal of what the demo wrote, and all its processes work meanwhile.
        **counts({"SEAL_SECONDS": "10"}, {}),
    }
    return application.environment(given, chosen)


def forked(child: processes.Child) -> processes.Child:
    """The same process, forked at small counts where it imports the product."""
    if child.name not in FORKED:
        return child
    command = child.command
    if child.name == "beat" and not FULL:
        command = [command[0], "-m", "tests.faults.kit.slow_beat", *command[1 + len(application.CELERY) :]]
    # Of each program one process that works: a second has to learn the same again.
    command = [
        counts("--concurrency=1", word) if word.startswith("--concurrency=") else word for word in command
    ]
    more = counts({"WEB_PROCESSES": "1", "WEB_THREADS": "8"}, {})
    return Process(child.name, command, log=child.log, env=(child.env or {}) | more)
