import argparse
from dataclasses import fields

from ossh.commands.connection_options import add_connection
from ossh.session import Options


def test_each_kind_is_an_option_of_a_connection() -> None:
    parser = argparse.ArgumentParser()
    add_connection(parser)

    chosen = vars(parser.parse_args(["--dual-stack"]))

    assert chosen.keys() <= {field.name for field in fields(Options)}
    assert [name for name, value in chosen.items() if value] == ["dual_stack"]
