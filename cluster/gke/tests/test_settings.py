from pathlib import Path
from typing import Any

import pytest

from cluster.__main__ import main
from cluster.gke.settings import GkeSettings, GkeSettingsError, zone_list
from cluster.gke.tests.examples import SETTINGS, made

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"project": ""}, "--project is ''; write the project's id"),
    ({"project": "My Shop"}, "--project is 'My Shop'"),
    ({"region": "us-central1-a"}, "which is a zone; write its region, us-central1"),
    ({"region": "Iowa"}, "--region is 'Iowa'; write a region such as us-central1"),
    ({"name": "x" * 25}, "write at most 24 of a-z"),
    ({"name": "../x"}, "--name is '../x'"),
    ({"zones": ("us-central1-a", "us-east1-b")}, "--zones has 'us-east1-b'; write zones of us-central1"),
    ({"zones": ("us-central1-a",)}, "--zones has 1; give at least 2, so that one can be lost"),
    ({"zones": ("us-central1-a", "us-central1-b", "us-central1-a")}, "--zones has one zone twice"),
    ({"machine_type": "e2-medium"}, "write a predefined one of at least 4 cores"),
    ({"machine_type": "e2-standard-2"}, "write a predefined one of at least 4 cores"),
    ({"nodes_per_zone": 1}, "--nodes-per-zone is 1; with 2 zones write 2 to 100"),
    ({"own_kubectl": Path("/nowhere")}, "--kubectl is '/nowhere'; give the path of a kubectl"),
]


@pytest.mark.parametrize(("given", "sentence"), WRONG)
def test_wrong_options_are_refused_with_one_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(GkeSettingsError) as refusal:
        made(**given)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_three_zones_need_two_nodes_each_and_four_need_one() -> None:
    three = tuple(f"us-central1-{letter}" for letter in "abc")
    assert made(zones=three, nodes_per_zone=2)
    with pytest.raises(GkeSettingsError, match="with 3 zones write 2"):
        made(zones=three, nodes_per_zone=1)
    assert made(zones=(*three, "us-central1-f"), nodes_per_zone=1)


def test_names_follow_from_project_region_and_name() -> None:
    assert SETTINGS.context == "gke_my-shop-1234_us-central1_kube-flask"
    assert SETTINGS.registry == "us-central1-docker.pkg.dev/my-shop-1234/kube-flask"
    assert SETTINGS.node_account == "kube-flask-nodes@my-shop-1234.iam.gserviceaccount.com"
    assert SETTINGS.kubectl[1:] == (f"--kubeconfig={SETTINGS.kubeconfig}", f"--context={SETTINGS.context}")
    assert made(name="other").again("down") == (
        "python -m cluster down --on gke --project my-shop-1234 --region us-central1 --name other"
    )


def test_a_list_of_zones() -> None:
    assert zone_list("a, b,,c ") == ("a", "b", "c")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["up", "--project", "p"], "--project belongs to --on gke; add that, or leave it out"),
        (["down", "--delete-disks"], "--delete-disks belongs to --on gke"),
        (["up", "--on", "gke", "--project", "p", "--set", "timing=safe"], "belong to --on kind"),
        (["up", "--on", "gke"], "--project is ''; write the project's id"),
        (["images", "--tags", "content"], "--tags content needs --registry"),
    ],
)
def test_the_command_line_is_refused_with_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(SystemExit) as refusal:
        main(words)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not list(tmp_path.glob("kube-flask/gke/*"))


def test_settings_of_gke_are_settings_of_a_bring_up() -> None:
    assert isinstance(SETTINGS, GkeSettings)
    assert "make up" not in SETTINGS.renewal
