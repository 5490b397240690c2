"""./run test, faults and bench: every check there is, on services that are thrown away afterwards."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable

from scripts.launcher import application, apt, memory, packages, places
from scripts.launcher.redis import find_server
from scripts.launcher.screen import Trouble, complain, say, step
from scripts.launcher.services import Services, throwaway

CHECKS = (
    ("Format", ["-m", "ruff", "format", "--check", "--quiet", "."]),
    ("Lint", ["-m", "ruff", "check", "--quiet", "."]),
    ("Types", ["-m", "mypy", "--no-error-summary"]),
    ("Import contracts", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
    ("Migrations", ["manage.py", "makemigrations", "--check", "--dry-run"]),
    ("Templates", ["-m", "djlint", "templates", "--lint", "--quiet"]),
    # What the first of these makes is there for each of the processes that then run the tests; for the second they wait.
    ("Tests", ["-m", "pytest", "--collect-only", "--quiet", "--quiet"]),
    ("Database of the tests", ["-m", "tests.database"]),
)
# These go on while the tests begin: each process of them takes ten seconds to collect, and then waits for its database.
BESIDE = ("Types", "Database of the tests")
# Three for two cores: a fiftieth of them stayed idle, and each process more learns everything anew, a tenth of the work.
PROCESSES = ["-n", "3", "--dist", "worksteal"]
# What of a whole run failed, kept by pytest; and how many of it are tried again alone (docs/adr/0066).
FAILURES = places.VAR / "pytest" / "v" / "cache" / "lastfailed"
AGAIN_AT_MOST = 3
TESTS_FAILED, INTERRUPTED = 1, 130
# Seconds until a test at full counts is taken for one that waits for ever (pyproject.toml says how many elsewhere).
LONGEST_AT_FULL_COUNTS = 3600
# Chromium without its own windows is the same engine, and opens a page for a test with a third less work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER_PACKAGES = ("chromium-headless-shell", "chromium")
FONTS = "fonts-liberation"
# Folders whose tests open pages in a real browser.
BROWSER_TESTS = ("browser", "journeys")
# What ./run faults runs at full counts: all that tests/counts.py lets do less in ./run test (docs/adr/0138).
FULL_COUNTS = (
    "tests/faults",
    "tests/alerts/test_a_year_of_a_search.py",
    "tests/alerts/test_addresses_kept.py",
    "tests/alerts/test_kept_counts.py",
    "tests/alerts/test_kept_from_every_page.py",
    "tests/alerts/test_after_counts_from.py",
    "tests/alerts/test_away_references.py",
    "tests/alerts/test_who_reported.py",
    "tests/alerts/test_after_steps.py",
    "tests/alerts/test_ages_watched.py",
    "tests/alerts/test_alike.py",
    "tests/alerts/test_asked_mail_checks.py",
    "tests/alerts/test_back_from_elsewhere.py",
    "tests/alerts/test_bundles.py",
    "tests/alerts/test_calm_calls.py",
    "tests/alerts/test_canaries.py",
    "tests/alerts/test_challenged.py",
    "tests/alerts/test_child_page.py",
    "tests/alerts/test_child_sheet.py",
    "tests/alerts/test_concurrency.py",
    "tests/alerts/test_demo_states.py",
    "tests/alerts/test_demo_word.py",
    "tests/alerts/test_due_walks.py",
    "tests/alerts/test_each_step_replayed.py",
    "tests/alerts/test_emails.py",
    "tests/alerts/test_endings_at_once.py",
    "tests/alerts/test_episode_page.py",
    "tests/alerts/test_expected.py",
    "tests/alerts/test_found.py",
    "tests/alerts/test_found_mates.py",
    "tests/alerts/test_head_count_endings.py",
    "tests/alerts/test_head_count_policy.py",
    "tests/alerts/test_head_count_readers.py",
    "tests/alerts/test_head_counts.py",
    "tests/alerts/test_heard.py",
    "tests/alerts/test_holds.py",
    "tests/alerts/test_homecomings.py",
    "tests/alerts/test_incoming.py",
    "tests/alerts/test_integrity.py",
    "tests/alerts/test_journeys_called_off.py",
    "tests/alerts/test_journeys_elsewhere.py",
    "tests/alerts/test_ladder.py",
    "tests/alerts/test_lapsed_rungs.py",
    "tests/alerts/test_learning.py",
    "tests/alerts/test_lists_at_scale.py",
    "tests/alerts/test_mail_checks.py",
    "tests/alerts/test_mark_ends.py",
    "tests/alerts/test_mates.py",
    "tests/alerts/test_matters.py",
    "tests/alerts/test_matters_away.py",
    "tests/alerts/test_message_endings.py",
    "tests/alerts/test_missing_report_page.py",
    "tests/alerts/test_nights_replayed.py",
    "tests/alerts/test_own_policies.py",
    "tests/alerts/test_own_policies_at_once.py",
    "tests/alerts/test_own_policies_taken_back.py",
    "tests/alerts/test_paper_machine.py",
    "tests/alerts/test_paperwork.py",
    "tests/alerts/test_population.py",
    "tests/alerts/test_population_ticks.py",
    "tests/alerts/test_promise_machine.py",
    "tests/alerts/test_promise_walks.py",
    "tests/alerts/test_proposal_machine.py",
    "tests/alerts/test_proposed_policies.py",
    "tests/alerts/test_proposed_rows.py",
    "tests/alerts/test_reads.py",
    "tests/alerts/test_referral_steps.py",
    "tests/alerts/test_replacements.py",
    "tests/alerts/test_replay_command.py",
    "tests/alerts/test_replay_machine.py",
    "tests/alerts/test_replaying.py",
    "tests/alerts/test_report_grades.py",
    "tests/alerts/test_report_names_signs.py",
    "tests/alerts/test_reports_as_read.py",
    "tests/alerts/test_restricted_children.py",
    "tests/alerts/test_review_ladder.py",
    "tests/alerts/test_reviewing_officer_reads.py",
    "tests/alerts/test_search_replaying.py",
    "tests/alerts/test_sent_while_seen.py",
    "tests/alerts/test_silence_scenarios.py",
    "tests/alerts/test_step_answers.py",
    "tests/alerts/test_step_pasts.py",
    "tests/alerts/test_story_children.py",
    "tests/alerts/test_stranger_machine.py",
    "tests/alerts/test_strangers.py",
    "tests/alerts/test_timeline_pages.py",
    "tests/alerts/test_told_page.py",
    "tests/alerts/test_transfer_days.py",
    "tests/alerts/test_transfer_pages.py",
    "tests/alerts/test_transfers.py",
    "tests/alerts/test_typed_times.py",
    "tests/alerts/test_unmailed_forces.py",
    "tests/alerts/test_untold_calls.py",
    "tests/alerts/test_updates_for_duty.py",
    "tests/alerts/test_ways_with_escorts.py",
    "tests/architecture/test_repository.py",
    "tests/browser",
    "tests/cases/test_access_property.py",
    "tests/cases/test_audits.py",
    "tests/cases/test_changes_pages.py",
    "tests/cases/test_concurrency.py",
    "tests/cases/test_document_gate.py",
    "tests/cases/test_dropped_days.py",
    "tests/cases/test_found_prospects.py",
    "tests/cases/test_histories.py",
    "tests/cases/test_mergers.py",
    "tests/cases/test_offices.py",
    "tests/cases/test_other_roles.py",
    "tests/cases/test_parting_companions.py",
    "tests/cases/test_pdfs.py",
    "tests/cases/test_people_pages.py",
    "tests/cases/test_reads_pages.py",
    "tests/cases/test_restrictions_as_read.py",
    "tests/cases/test_sent_late.py",
    "tests/cases/test_split_pages.py",
    "tests/cases/test_split_signatures.py",
    "tests/cases/test_splits.py",
    "tests/cases/test_supervision_drafts.py",
    "tests/cases/test_supervisions.py",
    "tests/cases/test_worker_leave_pages.py",
    "tests/config/test_env.py",
    "tests/config/test_prepared.py",
    "tests/config/test_second_step.py",
    "tests/config/test_sign_in.py",
    "tests/guardians/test_supervisions.py",
    "tests/journeys/test_days.py",
    "tests/journeys/test_efforts.py",
    "tests/journeys/test_outcomes.py",
    "tests/journeys/test_story.py",
    "tests/launcher/test_run_started.py",
)


# The word with which a run leaves no test waiting for its turn.
ALL = "all"
# The letters of pytest's short options that take a value, which may be the next word; of a long one it may be as well.
TAKE_A_VALUE = "ckmnoprW"


def test(words: list[str]) -> int:
    """Run every check, or the tests alone when `words` narrow them; return the exit code."""
    turn = {} if ALL in words else {"ROLLCALL_TURN": str(_turn())}
    words = [word for word in words if word != ALL]
    _require_paths(words)
    places.make()
    packages.install(for_tests=True)
    if _opens_pages(words):
        find_browser()
    with throwaway(in_memory=True) as services:
        env = environment(services) | memory.large_pages(places.PYTHON)
        pytest = ["-m", "pytest", *([] if _chooses_processes(words) else PROCESSES), *words]
        if words:
            return _run(pytest, env)
        running = _begin(env)
        failed = _failed(running, [title for title in running if title not in BESIDE])
        code = _run_whole(pytest, env | turn)
        if code == INTERRUPTED:
            for title in BESIDE:
                running[title].kill()
            return code
        failed += _failed(running, BESIDE)
        for title in failed:
            complain(f"{title} failed; see above.")
        return code or (1 if failed else 0)


def faults(words: list[str]) -> int:
    """Kill and hang real processes at full counts, and watch the demo's story for its two quiet minutes.

    Then try the properties on examples that no run has met, and, as ./run test does, the other tests that take turns.
    """
    _require_paths(words)
    places.make()
    packages.install(for_tests=True)
    find_browser()
    with throwaway() as services:
        env = environment(services) | {"FAULTS": "full"}
        pytest = ["-m", "pytest", "-o", f"faulthandler_timeout={LONGEST_AT_FULL_COUNTS}"]
        runs = [([*pytest, *FULL_COUNTS, *words], env)]
        if not words:
            others = [f"--ignore={name}" for name in FULL_COUNTS]
            as_ever = ["-m", "pytest", *PROCESSES, *others, "-m", "by_turns"]
            runs += [([*pytest, "-m", "hypothesis"], env), (as_ever, environment(services))]
        found = 0
        # What fails in the first hour keeps nobody from what the next one finds.
        for asked, of in runs:
            code = _run(asked, of)
            if code == INTERRUPTED:
                return code
            found = found or code
        return found


def bench(words: list[str]) -> int:
    """Print every benchmark beside its bare counterpart; 1 when a ratio is over its limit."""
    places.make()
    packages.install()
    with throwaway() as services:
        return _run(["-m", "scripts.benchmarks", *words], environment(services))


def environment(services: Services) -> dict[str, str]:
    """Return the variables under which tests run: none of the caller's own settings reaches them."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    return {
        **application.base(),
        **services.env,
        "TESTING": "on",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "ALERT_FROM_EMAIL": "alerts@rollcall.example",
        "ALERT_WEBHOOK_URL": "",
        "ALERT_WEBHOOK_SECRET": "",
        "DUTY_LINE": "01632 960 100",
        "CHROMIUM": os.environ.get("CHROMIUM") or browser,
        "REDIS_SERVER": str(find_server()),
        "PYTHONUNBUFFERED": "1",
        "ROLLCALL_TURN": "",
    }


def find_browser() -> str:
    """Return Chromium, installed as root where it is missing; raise Trouble naming the package otherwise."""
    found = _browser() or (
        apt.fetch("Chromium", BROWSER_PACKAGES, _browser, beside=FONTS) if apt.may_install() else ""
    )
    if not found:
        raise Trouble(f"the browser tests need Chromium: as root run apt-get install {BROWSER_PACKAGES[-1]}.")
    return found


def _browser() -> str:
    names = (os.environ.get("CHROMIUM", ""), *BROWSERS)
    return next((path for name in names if name and (path := shutil.which(name))), "")


def _begin(env: dict[str, str]) -> dict[str, subprocess.Popen[str]]:
    """Begin all the checks at once; by their titles."""
    return {
        title: subprocess.Popen(
            [str(places.PYTHON), *check], cwd=places.ROOT, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for title, check in CHECKS
    }  # fmt: skip


def _failed(running: dict[str, subprocess.Popen[str]], titles: Iterable[str]) -> list[str]:
    """Wait for the checks with these titles, and return the titles of those that failed."""
    failed = []
    for title in titles:
        check = running[title]
        with step(title):
            said, _ = check.communicate()
        if check.returncode:
            say(said)
            failed.append(title)
    return failed


def _run(words: list[str], env: dict[str, str]) -> int:
    try:
        return subprocess.run([str(places.PYTHON), *words], cwd=places.ROOT, env=env, check=False).returncode
    except KeyboardInterrupt:
        return INTERRUPTED


def _run_whole(pytest: list[str], env: dict[str, str]) -> int:
    """Run all tests; the few that fail beside others are tried again alone, and named whatever comes of it."""
    code = _run([*pytest, "--cache-clear"], env)
    names = sorted(json.loads(FAILURES.read_text())) if code == TESTS_FAILED and FAILURES.exists() else []
    if not 0 < len(names) <= AGAIN_AT_MOST:
        return code
    code = _run(["-m", "pytest", "--last-failed"], env)
    for name in names:
        complain(f"{name} failed beside others and {'failed again' if code else 'passed'} alone.")
    return code


def _turn() -> int:
    """Return which run this is for the tests that take turns (docs/adr/0170): that of the day of the last commit.

    The same commit has the same everywhere, in a clone without its history too; without git it is the first.
    """
    try:
        # Whoever owns the clone, and however they like their log.
        own = ["-c", "safe.directory=*", "-c", "log.showSignature=false"]
        asked = ["git", *own, "log", "-1", "--format=%ct"]
        said = subprocess.run(asked, cwd=places.ROOT, capture_output=True, text=True, check=False).stdout
    except OSError:
        said = ""
    return int(said or 0) // (24 * 60 * 60)


def _require_paths(words: list[str]) -> None:
    """Raise Trouble with the paths among these words that are not there: pytest says so after the services have started."""
    missing = []
    before = ""
    for word in words:
        is_value = before.startswith("--") and "=" not in before
        is_value = is_value or (before.startswith("-") and before.lstrip("-qvxsl") in [*TAKE_A_VALUE])
        path = word.partition("::")[0]
        if not word.startswith("-") and not is_value and not (places.ROOT / path).exists():
            missing.append(path)
        before = word
    if missing:
        raise Trouble(
            f"there is no {' and no '.join(missing)} to test: name a file or a folder, or a word by -k."
        )


def _opens_pages(words: list[str]) -> bool:
    """Tell whether tests that open pages may be among those that are asked for; where no path is named all are."""
    paths = [path for word in words if (path := places.ROOT / word.partition("::")[0]).exists()]
    folders = [places.ROOT / "tests" / name for name in BROWSER_TESTS]
    return not paths or any(
        path.resolve().is_relative_to(folder) or folder.is_relative_to(path.resolve())
        for path in paths
        for folder in folders
    )


def _chooses_processes(words: list[str]) -> bool:
    return any(word.startswith(("-n", "--numprocesses", "--pdb")) for word in words)
