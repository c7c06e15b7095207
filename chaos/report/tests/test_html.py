import re

from chaos.report.html import render
from chaos.report.tests.results import LOST, report, result


def test_a_page_needs_nothing_but_itself() -> None:
    page = render(report(result()), {})
    assert not re.search(r'(src|href)="(?!#)', page.replace("xlink:href", "href"))
    assert "@import" not in page
    assert "<script" not in page


def test_what_was_broken_is_said_first_and_is_text() -> None:
    page = render(report(result(), result(number=2, findings=(LOST,))), {})
    assert "1 of 1 promises were broken" in page
    assert "&lt;b&gt;v1&lt;/b&gt; is not on postgres-0" in page
    assert page.index("/002.jsonl") < page.index("<h2>Promises</h2>")


def test_the_broken_promise_is_told_before_the_kept_ones() -> None:
    page = render(report(result(experiment="a"), result(experiment="b", findings=(LOST,))), {})
    assert page.index('<h2 id="b-kind"') < page.index('<h2 id="a-kind"')


def test_what_was_kept_is_said_with_its_number() -> None:
    one = render(report(result(), result(number=2)), {})
    both = render(report(result(experiment="a"), result(experiment="b")), {})
    assert "The one promise that was tried was kept, in all 2 runs" in one
    assert "All 2 promises that were tried were kept, in all 2 runs" in both


def test_before_the_first_run_it_says_so() -> None:
    page = render(report(), {})
    assert "Nothing was measured yet" in page
    assert "Not measured yet: pod-lost." in page


def test_runs_that_say_nothing_are_neither_kept_nor_hidden() -> None:
    page = render(report(result(valid=False, invalid_because=("the generator was late",))), {})
    assert "none of 1 runs is valid" in page
    assert "no valid run" in page
    assert "1 invalid runs: the generator was late (1)" in page


def test_few_runs_are_marked() -> None:
    few = render(report(result()), {})
    many = render(report(*(result(number=n) for n in range(20))), {})
    assert '1 of 1 <span class="soft">few</span>' in few
    assert "20 of 20</td>" in many
