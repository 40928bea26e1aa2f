import json

from tests.shell.conftest import Driver


def test_filters_are_shown_numbered_and_counted_in_the_prompt(say: Driver) -> None:
    say("filter add --suffix .gz,.csv --min-size 1KiB")

    assert say("filter").lines == ["1\tsuffix .gz or .csv", "2\tmin-size 1KiB"]
    assert say.shell.visible_prompt.endswith(" [2 filters]> ")


def test_adding_merges_values_of_one_kind(say: Driver) -> None:
    say("filter add --suffix .gz")
    say("filter add --suffix .csv")

    assert say("filter").lines == ["1\tsuffix .gz or .csv"]
    assert say.shell.visible_prompt.endswith(" [1 filter]> ")


def test_a_rule_can_be_dropped_and_all_cleared(say: Driver) -> None:
    say("filter add --suffix .gz --exclude tmp/ --newer 7d")
    say("filter drop 2")

    assert [line.split("\t")[1] for line in say("filter").lines] == [
        "suffix .gz",
        "newer than 7d",
    ]
    say("filter clear")
    said = say("filter")
    assert said.out == ""
    assert "every object is selected" in said.err


def test_filters_are_json_too(say: Driver) -> None:
    say("filter add --include *.gz")

    assert json.loads(say("filter --json").out) == {"number": 1, "rule": "include *.gz"}


def test_a_rule_that_cannot_be_read_says_what_is_accepted(say: Driver) -> None:
    said = say("filter add --min-size huge")

    assert said.status == 2
    assert "accepted are sizes such as" in said.err
    assert say("filter").out == ""


def test_no_rule_and_no_such_rule_are_usage_errors(say: Driver) -> None:
    assert say("filter add").status == 2
    assert say("filter drop 1").status == 2


def test_rules_that_contradict_each_other_are_refused(say: Driver) -> None:
    assert "no object can match" in say("filter add --min-size 2 --max-size 1").err
