from dataclasses import dataclass

import pytest

from chaos.targets.kind_aim import Together


@dataclass
class Broken:
    on: str
    at: float
    name: str = "link-cut"
    isolates: tuple[str, ...] = ()
    healed: bool = False
    heals: bool = True

    def inject(self) -> float:
        return self.at

    def heal(self) -> None:
        if not self.heals:
            raise RuntimeError(self.on)
        self.healed = True


def test_several_faults_are_one() -> None:
    both = Together([Broken("a>b", 8.0, isolates=("a",)), Broken("a>c", 7.0, isolates=("c",))])
    assert (both.name, both.on, both.isolates) == ("link-cut", "a>b,a>c", ("a", "c"))
    assert both.inject() == 7.0


def test_one_that_cannot_be_healed_keeps_no_other_from_it() -> None:
    first, last = Broken("a>b", 0.0), Broken("a>d", 0.0)
    with pytest.raises(RuntimeError, match="a>c"):
        Together([first, Broken("a>c", 0.0, heals=False), last]).heal()
    assert first.healed
    assert last.healed
