from __future__ import annotations

import copy

import kubernetes_validate
import pytest

from synth.tests.platform import Platform

OLDEST, NEWEST = "1.33", "1.37"
"""Kubernetes versions promised."""


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_is_valid_in(version: str, platform: Platform) -> None:
    for doc in platform.docs:
        kubernetes_validate.validate(doc, version, strict=True)


def test_a_misspelt_key_would_be_noticed(release: Platform) -> None:
    pool = copy.deepcopy(release.one("Deployment", "pgpool"))
    pool["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(pool, OLDEST, strict=True)
