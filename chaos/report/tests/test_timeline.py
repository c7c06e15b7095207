import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from chaos.events import FaultMark
from chaos.report.panels import Dot
from chaos.report.scene import Scene, scenes
from chaos.report.tests.simulator import failover
from chaos.report.timeline import draw, timeline


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scenes(failover(2))[0]


@pytest.fixture(scope="module")
def svg(scene: Scene) -> str:
    return draw(scene)


def test_the_same_history_gives_the_same_bytes(svg: str) -> None:
    assert draw(scenes(failover(2))[0]) == svg


def test_it_is_small_and_refers_to_nothing_outside(svg: str) -> None:
    assert len(svg) < 300_000
    assert not re.search(r'(href="|url\()(?!#)', svg)
    assert "20" + "26" not in svg  # no date


def test_what_happened_can_be_read_in_it(svg: str) -> None:
    texts = {element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {
        "inject pod-lost postgres-0",
        "heal pod-lost postgres-0",
        "primary, timeline 4, epoch 12",
    } <= texts
    assert any(text and re.fullmatch(r"pgpool: [0-9.]+ s", text) for text in texts)


def test_two_pictures_share_a_page(svg: str, scene: Scene) -> None:
    first, second = svg, draw(scene, "other")
    assert not set(re.findall(r'\bid="([^"]+)"', first)) & set(re.findall(r'\bid="([^"]+)"', second))


def test_many_dots_become_an_image(scene: Scene) -> None:
    dots = tuple(Dot(number / 1000, 0.02, "ok") for number in range(15_000))
    crowded = replace(scene, panels=(replace(scene.panels[0], dots=dots),))
    drawn = draw(crowded)
    assert "data:image/png" in drawn
    assert len(drawn) < 300_000


def test_names_are_text_and_neither_formulas_nor_tags(scene: Scene) -> None:
    hostile = FaultMark("$\\frac$ <script>", "inject", 0.0, "$x$")
    assert "<script>" not in draw(replace(scene, faults=(hostile,)))


def test_a_picture_that_stands_alone_lists_its_decisions() -> None:
    assert "3. +0.40 s postgres-1: stands with epoch 15" in timeline(failover(2))


def test_without_operations_there_is_a_sentence_instead() -> None:
    with pytest.raises(ValueError, match="no client did anything"):
        timeline(failover(1)[:1])
