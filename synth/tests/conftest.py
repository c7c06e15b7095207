from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from synth.tests.platform import VARIANTS, Platform


@pytest.fixture(scope="session")
def variant(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Platform]:
    """Synthesize a variant once in this session."""
    return cache(lambda name: Platform.of(name, tmp_path_factory.mktemp(name)))


@pytest.fixture(scope="session")
def release(variant: Callable[[str], Platform]) -> Platform:
    return variant("release")


@pytest.fixture(scope="session", params=VARIANTS)
def platform(request: pytest.FixtureRequest, variant: Callable[[str], Platform]) -> Platform:
    return variant(request.param)
