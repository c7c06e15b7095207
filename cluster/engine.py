"""The docker engine: used when one answers, started when none does."""

import os
import subprocess
import sys
import time
from pathlib import Path

from cluster import docker, facts
from cluster.settings import Settings
from cluster.shell import Shell, StepFailed

RUNTIME = "kube-flask-runc"
START_TIMEOUT_S = 60
PID_FILES = (Path("/var/run/docker.pid"), Path("/var/run/docker/containerd/containerd.pid"))


def lacks_sys_resource() -> bool:
    """Tell whether containers of this machine cannot be given CAP_SYS_RESOURCE."""
    status = Path("/proc/self/status")
    return status.exists() and facts.lacks_sys_resource(status.read_text())


def dockerd_command(wrapper: Path | None) -> list[str]:
    """Return the command that starts the engine, with our runtime where one is needed."""
    if wrapper is None:
        return ["dockerd"]
    return ["dockerd", "--add-runtime", f"{RUNTIME}={wrapper}", "--default-runtime", RUNTIME]


def runtime_text() -> str:
    """Return the runtime as a program of this very Python, without `site`: it runs at every `docker exec`.

    Looked for on PATH, Python may be a shell script that looks on (pyenv: 0.2 s each time).
    """
    _, program = (Path(__file__).parent / "runtime_wrapper.py").read_text().split("\n", 1)
    return f"#!{os.path.realpath(sys.executable)} -IS\n{program}"


def ensure(shell: Shell, settings: Settings) -> str:
    """Make an engine answer that can start privileged containers.

    Raises:
        StepFailed: there is none and none can be started, or the one there is cannot do it.

    """
    restricted = lacks_sys_resource()
    running = docker.engine(shell)
    if running:
        if restricted and running.runtime != RUNTIME and sys.platform == "linux":
            raise StepFailed(
                "this machine has no CAP_SYS_RESOURCE, and the running docker engine is not set up for that",
                "stop dockerd and run this again: it is then started with a runtime that leaves the capability out",
            )
        outcome = f"using the running engine {running.version}"
    else:
        outcome = _start(shell, settings, restricted)
    _keep_inside(shell, settings)
    return outcome


def _start(shell: Shell, settings: Settings, restricted: bool) -> str:
    if Path("/run/systemd/system").exists() and not restricted:
        shell.ask(["systemctl", "start", "docker"])
        started = docker.engine(shell)
        if started:
            return f"started engine {started.version} with systemctl"
    if sys.platform != "linux" or os.geteuid() != 0:
        raise StepFailed("no docker engine answers", "start Docker Desktop, or `sudo systemctl start docker`")
    for file in PID_FILES:
        _forget_stale(file)
    wrapper = settings.cache / RUNTIME if restricted else None
    if wrapper:
        wrapper.write_text(runtime_text())
        wrapper.chmod(0o755)
    log = settings.cache / "dockerd.log"
    with log.open("ab") as out:
        # close_fds (the default) and a session of its own: it outlives the caller and holds nothing of it.
        process = subprocess.Popen(
            dockerd_command(wrapper),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        started = docker.engine(shell)
        if started:
            measures = ", privileged without CAP_SYS_RESOURCE" if restricted else ""
            return f"started engine {started.version}{measures} (its log: {log})"
        time.sleep(0.5)
    shell.note(log.read_text(errors="replace")[-4000:])
    raise StepFailed("dockerd did not come up", f"read {log}, start dockerd by hand, then run this again")


def _forget_stale(pid_file: Path) -> None:
    """Remove a pid file whose process is gone or, its number reused, is somebody else."""
    if not pid_file.exists():
        return
    comm = Path(f"/proc/{pid_file.read_text().strip()}/comm")
    if not comm.exists() or comm.read_text().strip() not in ("dockerd", "containerd"):
        pid_file.unlink()


def _keep_inside(shell: Shell, settings: Settings) -> None:
    """Let packets to pod and Service addresses that stray out of a node end here with an error."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return
    for subnet in (settings.service_subnet, settings.pod_subnet):
        if not shell.ask(["ip", "route", "show", subnet]):
            shell.ask(["ip", "route", "add", "unreachable", subnet])
