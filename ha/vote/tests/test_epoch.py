import pytest

from ha.vote.epoch import NEVER, Epoch, Position, Seat


@pytest.mark.parametrize(("members", "k", "needed"), [(3, 1, 2), (5, 2, 3), (5, 1, 4), (3, 0, 3), (5, 4, 3)])
def test_the_grants_meet_every_set_that_acknowledged_and_one_another(
    members: int, k: int, needed: int
) -> None:
    assert Seat(0, members, k).needed == needed


@pytest.mark.parametrize(
    ("known", "ordinal", "epoch"),
    [([], 0, 0), ([], 2, 2), ([0], 0, 3), ([0], 1, 1), ([2], 1, 4), ([1, 7, 3], 1, 10), ([NEVER], 1, 1)],
)
def test_a_candidate_takes_the_lowest_epoch_of_its_own_above_all_it_knows(
    known: list[Epoch], ordinal: int, epoch: int
) -> None:
    taken = Epoch.above(known, Seat(ordinal, 3, 1))
    assert (taken, taken.owner(3)) == (epoch, ordinal)


def test_a_position_is_ordered_by_who_wrote_its_end_before_how_far_it_goes() -> None:
    assert Position(Epoch(1), 900) < Position(Epoch(2), 100) < Position(Epoch(2), 101)
    assert str(Position(Epoch(7), 0x1_0000_00FF)) == "7@1/FF"
