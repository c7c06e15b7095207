"""Signals that come again and again to a main thread that is busy with the very Event that they set."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, signal, threading, time
from ha.signals import when_told_to_end

wake, told = threading.Event(), []

def end(which):
    told.append(which.name)
    wake.set()

def fire():
    for _ in range(3000):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.0005)

when_told_to_end(end)
fired = threading.Thread(target=fire)
fired.start()
while fired.is_alive():
    wake.clear()
    wake.wait(0.0002)
print(set(told), len(told) > 1000)
"""


def test_no_signal_stops_the_main_thread_for_ever() -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=root, timeout=60, capture_output=True, text=True
    )
    assert (ran.stdout, ran.stderr) == ("{'SIGTERM'} True\n", "")


ENDING = """
import signal, sys, threading
from ha.signals import when_told_to_end

ending = threading.Event()
when_told_to_end(lambda told: (print(told.name, flush=True), ending.set()))
print("ready", flush=True)
ending.wait(30)
"""


def test_the_end_is_told_at_once_while_the_main_thread_waits() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", ENDING], cwd=root, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.terminate()
        assert child.stdout.readline() == "SIGTERM\n"
        assert child.wait(5) == 0
