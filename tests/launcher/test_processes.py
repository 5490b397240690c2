"""Processes end together, come back when they die, and are found again after a hard kill."""

import subprocess
import sys
import time

import pytest

from scripts.launcher import application, processes
from scripts.launcher.locks import Lock

SLEEPER = "import time; time.sleep(600)"
# A leader with a child in the same group, as a web server or a worker pool is.
FAMILY = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEPER!r}]).pid, flush=True); {SLEEPER}"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {SLEEPER}"


@pytest.fixture
def run(tmp_path):
    made = []

    def start(code, name="one"):
        child = processes.Child(name, [sys.executable, "-c", code], log=tmp_path / f"{name}.log")
        child.start()
        made.append(child)
        return child

    yield start
    processes.stop(made, patience=0)


def wait_until(true, seconds=60):
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not come true in time"
        time.sleep(0.02)


def test_all_end_together_with_their_own_children(run):
    child = run(FAMILY)
    wait_until(child.last_words)
    grandchild = int(child.last_words())
    assert processes.began(grandchild)
    processes.stop([child])
    assert child.ended() is not None
    wait_until(lambda: processes.began(grandchild) is None)


def test_one_that_will_not_end_is_ended(run):
    child = run(STUBBORN)
    wait_until(child.last_words)
    processes.stop([child], patience=0.3)
    assert child.ended() == -9


def test_whoever_has_no_patience_left_ends_them_at_once(run, monkeypatch):
    child, other = run(STUBBORN), run(STUBBORN, name="two")
    wait_until(lambda: child.last_words() and other.last_words())

    def interrupted(_seconds=None):
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(child.process, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        processes.stop([child, other], patience=600)
    assert (child.ended(), other.ended()) == (-9, -9)


def test_leftovers_of_a_killed_launcher_are_found_and_ended(run, tmp_path):
    child = run(FAMILY)
    wait_until(child.last_words)
    grandchild = int(child.last_words())
    processes.note([child], tmp_path / "pids.json")
    assert processes.end_leftovers(tmp_path / "pids.json") == 1
    wait_until(lambda: child.ended() is not None and processes.began(grandchild) is None)
    assert not (tmp_path / "pids.json").exists()


def test_a_process_that_took_over_a_number_is_left_alone(run, tmp_path):
    child = run(SLEEPER)
    processes.places.write_private(tmp_path / "pids.json", [{"pid": child.pid, "began": "1", "end_with": 15}])
    assert processes.end_leftovers(tmp_path / "pids.json") == 0
    assert child.ended() is None


def test_one_that_ends_by_itself_is_started_again_after_a_growing_pause(run, tmp_path, monkeypatch, capsys):
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    child = run("", name="worker")
    looking = run(SLEEPER, name="demo_states")
    supervisor = application.Supervisor([child], tmp_path / "pids.json", beside=[looking])
    for pause in (1, 2, 4, 8, 16, 30, 30):
        child.process.wait()
        supervisor.look()
        dead = child.pid
        clock[0] += pause - 0.1
        supervisor.look()
        assert child.pid == dead, "it came back too early"
        clock[0] += 0.2
        supervisor.look()
        assert child.pid != dead
        noted = [entry["pid"] for entry in processes.places.read(tmp_path / "pids.json")]
        assert noted == [child.pid, looking.pid], "the next start ends both"
    child.process.wait()
    assert "worker ended by itself (code 0); starting it again in 30 s" in capsys.readouterr().out


def test_a_lock_is_gone_with_the_process_that_held_it(tmp_path):
    path = tmp_path / "lock"
    hold = (
        "import sys, time; from pathlib import Path; from scripts.launcher.locks import Lock;"
        "held = Lock(Path(sys.argv[1])); held.take_alone(); print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdout=subprocess.PIPE, cwd=processes.places.ROOT
    )
    holder.stdout.readline()
    mine = Lock(path)
    assert not mine.take_alone()
    holder.kill()
    holder.wait()
    assert mine.take_alone()
    mine.release()
