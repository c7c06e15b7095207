"""The scripts that run on nodes, on this machine's own processes, files and packet filters."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.faults.hands import moment
from chaos.faults.processes import containers, parse
from chaos.faults.rules import Rule, apart, chain_name, deafened, dns_dropped, muted, restore_text
from chaos.faults.scripts import (
    ADD_CHAINS,
    ARM,
    CHAIN,
    DISARM,
    MANIFEST_ASIDE,
    MANIFEST_BACK,
    PROCESSES,
    REMOVE_CHAINS,
    SIGNAL,
)
from chaos.faults.tests.conftest import LocalShell, as_root

NOBODY = "kf-no-process"
SEND = """
import socket, sys
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.bind(("127.0.0.1", 0)); listener.setblocking(False)
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sender.bind((sys.argv[1], 0))
got = 0
for _ in range(int(sys.argv[2])):
    sender.sendto(b"x", listener.getsockname())
    try: got += bool(listener.recv(1))
    except BlockingIOError: pass
print(got)
"""

CONNECT = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[2]))) as listener:
    try:
        socket.create_connection(listener.getsockname(), 0.5, (sys.argv[1], 0)).close(); print("heard")
    except TimeoutError: print("lost")
"""


def sh(script: str, *args: str, shell: LocalShell | None = None) -> list[str]:
    return (shell or LocalShell()).run("here", ["sh", "-c", script, "sh", *args]).splitlines()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def ticket(process: subprocess.Popen[bytes]) -> str:
    stat = Path(f"/proc/{process.pid}/stat").read_text()
    return f"{process.pid}:{stat.rpartition(') ')[2].split()[19]}"


def test_a_process_is_stopped_and_goes_on(sleeper: subprocess.Popen[bytes]) -> None:
    lines = sh(SIGNAL, "STOP", ticket(sleeper))
    assert lines[1:] == [f"sent {sleeper.pid}"]
    assert os.WIFSTOPPED(os.waitpid(sleeper.pid, os.WUNTRACED)[1])
    sh(SIGNAL, "CONT", ticket(sleeper))
    assert os.WIFCONTINUED(os.waitpid(sleeper.pid, os.WCONTINUED)[1])


def test_a_later_process_of_the_same_number_is_spared(sleeper: subprocess.Popen[bytes]) -> None:
    assert len(sh(SIGNAL, "KILL", f"{sleeper.pid}:1", "4194305:1")) == 1
    assert sleeper.poll() is None


def test_the_moment_of_a_fault_is_when_the_node_did_it(sleeper: subprocess.Popen[bytes]) -> None:
    before = time.monotonic()
    lines = sh(f"sleep 0.2; {SIGNAL}", "KILL", ticket(sleeper))
    assert before + 0.15 < moment(lines, before) <= time.monotonic()


def test_the_moment_by_another_machines_clock_is_when_it_was_asked() -> None:
    assert moment(["at 12.5"], before=time.monotonic()) == pytest.approx(time.monotonic(), abs=0.1)


@as_root
def test_the_processes_of_a_pod_are_found_by_its_host_name() -> None:
    command = "echo up; sleep 60 & wait"
    argv = ["unshare", "--pid", "--fork", "--kill-child", "env", "HOSTNAME=kf-pod", "sh", "-c", command]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        found = parse(sh(PROCESSES, "kf-pod"))
        holder.kill()
    assert [process.comm for process in found] == ["sh", "sleep"]
    assert [process.pid for process in containers(found)] == [found[1].parent]


def test_a_pod_that_is_not_here_has_no_processes() -> None:
    assert parse(sh(PROCESSES, "kf-no-such-pod")) == []


def test_a_manifest_goes_away_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / f"{NOBODY}.yaml").write_text("a: 1")
    assert sh(MANIFEST_ASIDE, str(folder), NOBODY)[0].startswith("at ")
    assert not list(folder.iterdir())
    assert sh(MANIFEST_BACK, str(folder)) == [f"manifest {NOBODY}"]
    assert (folder / f"{NOBODY}.yaml").read_text() == "a: 1"
    assert sh(MANIFEST_BACK, str(folder)) == []


def test_a_manifest_that_was_put_back_by_hand_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (tmp_path / f"{NOBODY}.kube-flask-chaos").write_text("old")
    (folder / f"{NOBODY}.yaml").write_text("new")
    sh(MANIFEST_BACK, str(folder))
    assert (folder / f"{NOBODY}.yaml").read_text() == "new"
    assert not (tmp_path / f"{NOBODY}.kube-flask-chaos").exists()


def test_a_node_without_manifests_has_none_to_put_back(tmp_path: Path) -> None:
    assert sh(MANIFEST_BACK, str(tmp_path / "nothing")) == []


def received(network: LocalShell, source: str, count: int = 1) -> int:
    return int(network.run("here", [sys.executable, "-c", SEND, source, str(count)]))


def place(network: LocalShell, rules: list[Rule]) -> str:
    chain = chain_name()
    sh(ADD_CHAINS, restore_text(chain, rules, "lo"), restore_text(chain, muted(), "lo"), shell=network)
    return chain


@as_root
def test_one_sender_is_not_heard_and_another_is(network: LocalShell) -> None:
    chain = place(network, apart(["127.0.0.2"], to="127.0.0.1"))
    assert [received(network, source) for source in ("127.0.0.2", "127.0.0.3")] == [0, 1]
    sh(REMOVE_CHAINS, chain, shell=network)
    assert received(network, "127.0.0.2") == 1


@as_root
def test_who_is_spared_is_heard(network: LocalShell) -> None:
    place(network, apart(["127.0.0.0/8"], spared=["127.0.0.2"]))
    assert [received(network, source) for source in ("127.0.0.2", "127.0.0.3")] == [1, 0]


@as_root
def test_one_service_is_parted_and_the_others_are_not(network: LocalShell) -> None:
    place(network, apart(["127.0.0.2"], port=5432))
    tries = (("127.0.0.2", "5432"), ("127.0.0.2", "8008"), ("127.0.0.3", "5432"))
    heard = [network.run("here", [sys.executable, "-c", CONNECT, *who]).strip() for who in tries]
    assert heard == ["lost", "heard", "heard"]


@as_root
def test_a_lossy_link_loses_a_part(network: LocalShell) -> None:
    place(network, apart(["127.0.0.2"], loss=0.3))
    # Ten standard deviations around 700.
    assert 555 < received(network, "127.0.0.2", 1000) < 845


@as_root
def test_the_chains_of_another_fault_stay(network: LocalShell) -> None:
    first, second = place(network, apart(["127.0.0.2"])), place(network, deafened())
    sh(REMOVE_CHAINS, second, shell=network)
    assert [received(network, source) for source in ("127.0.0.2", "127.0.0.3")] == [0, 1]
    assert sh(REMOVE_CHAINS, CHAIN, shell=network) == [
        f"chain {tool} raw {first}" for tool in ("iptables",)
    ] + [f"chain ip6tables mangle {first}"]


@as_root
def test_removing_leaves_no_rule_and_may_be_done_twice(network: LocalShell) -> None:
    place(network, [*deafened(), *muted(), *dns_dropped()])
    assert len(sh(REMOVE_CHAINS, CHAIN, shell=network)) == 3
    assert sh(REMOVE_CHAINS, CHAIN, shell=network) == []
    for table in ("raw", "mangle"):
        assert "KF" not in network.run("here", ["iptables", "-t", table, "-S"])


@as_root
def test_a_node_takes_out_by_its_timer_what_was_put_in(network: LocalShell, tmp_path: Path) -> None:
    """The stand-in for systemd-run goes off at once, after the words that say when."""
    timer, name = tmp_path / "systemd-run", chain_name()
    timer.write_text(
        '#!/bin/sh\necho "$@" > "${0%/*}/told"\nwhile [ "$1" != /bin/sh ]; do shift; done\nexec "$@"\n'
    )
    timer.chmod(0o755)
    place(network, deafened())
    armed = f"PATH={tmp_path}:$PATH; {ARM}"
    assert len(sh(armed, "180", name, REMOVE_CHAINS, CHAIN, shell=network)) == 2
    assert received(network, "127.0.0.2") == 1
    assert f"--on-active=180 --timer-property=AccuracySec=1s --unit={name}" in (tmp_path / "told").read_text()
    assert Path(f"/run/{name}.sh").exists()
    sh(DISARM, name)
    assert not Path(f"/run/{name}.sh").exists()
