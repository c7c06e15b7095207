"""What the API server refuses or does not answer, as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from lightkube.core.exceptions import ApiError, ConfigError

__all__ = ["KubeError", "asked_to", "missing_is_fine"]


class KubeError(Exception):
    """The API server refused or did not answer; one sentence says what was asked and why it failed."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        """The HTTP status of the answer; 0 = none."""


@contextmanager
def asked_to(do: str) -> Iterator[None]:
    """Turn whatever goes wrong with a request into a KubeError that names what was asked."""
    try:
        yield
    except ConfigError as error:
        raise KubeError(f"Cannot {do}: {error}. Run `make up`.") from error
    except httpx2.HTTPStatusError as error:
        code = error.response.status_code if error.response else 0
        # ApiError explains itself by the server's message; other answers (a proxy's, a kubelet's) only by their status.
        told = isinstance(error, ApiError) and error.status.message
        raise KubeError(f"Cannot {do}: {told or f'HTTP {code}'}", code) from error
    except (httpx2.HTTPError, OSError) as error:
        why = " ".join(f"{type(error).__name__} {error}".split())
        raise KubeError(f"Cannot {do}: the API server did not answer ({why})") from error


@contextmanager
def missing_is_fine() -> Iterator[None]:
    """Ignore that the object is not there: somebody else was quicker to delete it."""
    try:
        yield
    except ApiError as error:
        if error.status.code != 404:
            raise
