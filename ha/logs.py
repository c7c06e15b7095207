"""How every process in the images logs: lines on stdout, which Kubernetes keeps."""

from __future__ import annotations

import logging
import sys

__all__ = ["log_to_stdout"]


def log_to_stdout() -> None:
    """To be called once, by a program's entry."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
