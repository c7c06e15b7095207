"""What PostgreSQL's configuration files say of the epoch, and whether clients are let in."""

from __future__ import annotations

from collections.abc import Mapping

from ha.node import config
from ha.node.server import Server
from ha.settings import Settings
from ha.vote.epoch import NEVER, Epoch

__all__ = ["Admission"]


class Admission:
    """Written anew only when it changes: every reload makes each backend read its configuration again."""

    def __init__(self, settings: Settings, server: Server) -> None:
        self._settings = settings
        self._server = server
        self._floor: Mapping[str, int] = {}
        self._said: tuple[Epoch, bool] = (NEVER, False)

    @property
    def is_open(self) -> bool:
        """Whether clients are let in."""
        return self._said[1]

    def reset(self, floor: Mapping[str, int]) -> None:
        """Before PostgreSQL starts: of no epoch, closed. floor: the least values that this data needs as a standby."""
        self._floor, self._said = floor, (NEVER, False)
        config.render(self._settings, floor)

    def say(self, epoch: Epoch, *, is_open: bool | None = None) -> bool:
        """Say this from now on (None: open or not as before); True when that was new and PostgreSQL reads it."""
        is_open = self.is_open if is_open is None else is_open
        if (epoch, is_open) == self._said:
            return False
        config.render(self._settings, self._floor, epoch=epoch, is_open=is_open)
        self._said = (epoch, is_open)
        self._server.reload()
        return True
