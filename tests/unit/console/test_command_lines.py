from ossh.console.command_lines import about


def test_commands_that_name_no_job_name_another_than_the_open_one() -> None:
    text = "'failures --by cause', 'get --wait-restore', 'retry', 'restore', 'ls a', 'verify b'"

    assert about(text, lambda: "q") == (
        "'failures q --by cause', 'resume q --wait-restore', 'retry q', 'restore --job q', 'ls a', "
        "'verify b'"
    )


def test_a_line_about_a_job_begins_as_it_is_typed_elsewhere() -> None:
    text = "'retry', or 'ls a'"

    assert about(text, lambda: "q", "ossh ") == "'ossh retry q', or 'ls a'"
    assert about(text, lambda: "", "ossh ") == text
