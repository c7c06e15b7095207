import signal

import pytest

from chaos.run_signals import interrupted_by_signals, unbroken


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_a_run_is_an_interrupt(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt, match=number.name), interrupted_by_signals():
        signal.raise_signal(number)
    assert signal.getsignal(number) == before


def test_what_must_not_be_interrupted_ends_first() -> None:
    said: list[str] = []

    def heal() -> None:
        with unbroken(said.append):
            signal.raise_signal(signal.SIGTERM)
            said.append("healed")

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        heal()
    assert said == ["what is broken is healed first; then it ends", "healed"]


def test_nothing_is_raised_when_nobody_asked() -> None:
    with unbroken(print):
        pass
