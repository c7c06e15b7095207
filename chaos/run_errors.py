"""Why a run says nothing."""

__all__ = ["RunError"]


class RunError(Exception):
    """The run says nothing about the promise; one sentence says why and what to do."""
