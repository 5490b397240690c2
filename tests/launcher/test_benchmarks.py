"""The benchmarks' printer: a row over its limit, a broken file and an empty folder all end with exit code 1."""

import json

import pytest

from scripts import benchmarks

GOOD = "def rows():\n    return [dict(name='sweep, s', ours=1.5, reference=1.0, ratio=1.5, limit=2)]\n"
OVER = "def rows():\n    return [dict(name='outbox, s', ours=3.0, reference=1.0, ratio=3.0, limit=2, note='more')]\n"
BROKEN = "def rows():\n    raise ValueError('no figures')\n"


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    monkeypatch.setattr(benchmarks, "ROOT", tmp_path)
    monkeypatch.setattr(benchmarks, "_busy_share", lambda: 0.1)

    def run(files, *words):
        for name, source in files.items():
            (folder / f"{name}.py").write_text(source)
        code = benchmarks.main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_rows_within_their_limits_are_fine_and_print_as_json(bench):
    code, out, _err = bench({"bench_sweep": GOOD}, "--json")
    assert code == 0
    assert json.loads(out) == [{"name": "sweep, s", "ours": 1.5, "reference": 1.0, "ratio": 1.5, "limit": 2}]


def test_a_row_over_its_limit_is_marked_and_fails(bench):
    code, out, _err = bench({"bench_sweep": GOOD, "bench_outbox": OVER})
    assert code == 1
    (marked,) = [line for line in out.splitlines() if "over its limit" in line]
    assert marked.startswith("outbox, s")


def test_a_broken_benchmark_fails_and_the_others_still_print(bench):
    code, out, err = bench({"bench_sweep": GOOD, "bench_broken": BROKEN}, "--json")
    assert code == 1
    assert len(json.loads(out)) == 1
    assert "no figures" in err


def test_words_choose_files(bench):
    code, out, _err = bench({"bench_sweep": GOOD, "bench_outbox": OVER}, "--json", "sweep")
    assert code == 0
    assert len(json.loads(out)) == 1


def test_no_benchmark_at_all_fails(bench):
    assert bench({})[0] == 1


def test_a_machine_at_work_is_named_and_nothing_is_measured_unless_asked(bench, monkeypatch):
    monkeypatch.setattr(benchmarks, "_busy_share", lambda: 0.43)
    code, out, err = bench({"bench_sweep": GOOD}, "--json")
    assert (code, out) == (1, "")
    assert err.startswith("Error: 43% of this machine is at work on something else")
    assert bench({"bench_sweep": GOOD}, "--json", "--loaded")[0] == 0


def test_a_machine_at_work_before_a_later_one_is_named_and_what_was_measured_stands(bench, monkeypatch):
    looks = iter([0.1, *[0.31] * benchmarks.SETTLES])
    monkeypatch.setattr(benchmarks, "_busy_share", lambda: next(looks))
    code, out, err = bench({"bench_outbox": GOOD, "bench_sweep": OVER}, "--json")
    assert code == 1
    assert [row["name"] for row in json.loads(out)] == ["sweep, s"]
    assert "bench_sweep" not in err
    assert "Error: 31% of this machine is at work on something else, so no figure would hold" in err
    assert next(looks, None) is None


def test_what_one_leaves_behind_may_come_to_rest_before_the_next_is_measured(bench, monkeypatch):
    looks = iter([0.1, *[0.31] * (benchmarks.SETTLES - 1), 0.1])
    monkeypatch.setattr(benchmarks, "_busy_share", lambda: next(looks))
    code, out, err = bench({"bench_outbox": GOOD, "bench_sweep": GOOD}, "--json")
    assert code == 0
    assert len(json.loads(out)) == 2
    assert "Error" not in err


def test_how_much_of_the_machine_is_at_work_is_a_share(monkeypatch):
    monkeypatch.setattr(benchmarks, "LOOK_SECONDS", 0.2)
    assert 0 <= benchmarks._busy_share() <= 1
