"""The commands by what a user wants to do, as every list of them is arranged."""

from ossh.language import N_

# What a user wants to do, in the usual order, and the commands for it.
COMMON = {
    N_("connect to OSS"): ("connect", "doctor"),
    N_("look around"): ("ls", "cd", "du", "browse", "head", "cat"),
    N_("choose what to download"): ("filter", "preview", "save"),
    N_("download objects"): ("get", "restore", "guide"),
    N_("watch and control"): ("status", "wait", "pause", "resume", "stop"),
    N_("come back to a job"): ("jobs", "open", "failures", "retry", "refresh", "verify"),
}
# What few people need.
MORE = {
    N_("more about the connection"): ("buckets", "whoami"),
    N_("more ways to look around"): ("pwd", "stat", "tree", "url"),
    N_("report the result"): ("report",),
    N_("on this machine"): ("lcd", "lpwd", "shell"),
    N_("the shell itself"): (
        "alias",
        "clear",
        "edit",
        "help",
        "history",
        "macro",
        "quit",
        "run_script",
        "set",
    ),
}
