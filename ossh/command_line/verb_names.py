"""Which first words of a command line are commands of ossh."""

from ossh.commands import NAMES as COMMANDS
from ossh.language import N_

# What a command needs that no verb has, and what to do instead.
OF_THE_PROMPT = {
    **dict.fromkeys(
        ("cd", "filter", "history", "set", "alias", "macro", "edit", "quit", "guide", "pwd"),
        N_("'ossh oss://BUCKET/' opens the shell"),
    ),
    "clear": N_("use 'clear' of your shell"),
    "connect": N_("--endpoint, --region, --profile and others work with every command"),
    "lcd": N_("use your shell's 'cd'"),
    "lpwd": N_("use your shell's 'pwd'"),
    "open": N_("'ossh JOB.toml' opens the shell with a job; 'ossh resume JOB' runs it"),
    "run_script": N_("'ossh ./SCRIPT' runs a script"),
    "shell": N_("your shell runs other programs"),
}
HELP = "help"
NAMES = frozenset({*COMMANDS, *OF_THE_PROMPT, HELP})
