"""What a user who typed an unknown word may have meant: the words of other programs, or a slip.

The table says what people type who know other programs, what they want by it, and how ossh does
it. A test gives every line of it to ossh.
"""

import re
from collections.abc import Collection, Sequence

from ossh.language import N_, _
from ossh.model import value
from ossh.spelling import did_you_mean, near

SYSTEM_SHELL = "ossh "  # begins what is typed there


@value
class Way:
    """How ossh does what a word of another program does."""

    words: str  # that are typed, with spaces between them
    aim: str  # what is wanted by them, or what need not be said at all
    # How ossh does it; "" where `aim` says all. `{at}` stands for the bucket's address where one
    # must be given. What begins with a dash is an option of the same command.
    line: str = ""
    of: str = ""  # the commands that may be meant, with spaces between them; "" for any


COMMANDS = (
    Way(
        "cp copy curl download fetch mget mv move pull wget",
        N_("to download"),
        "get {at}KEY --to FOLDER",
    ),
    Way(
        "mirror rsync sync",
        N_("to download what is new or changed, and move what is gone there to a trash here"),
        "get {at}PREFIX --to FOLDER --mirror",
    ),
    Way("find locate search", N_("to find keys"), "ls '{at}**/*NAME*'"),
    Way("dir list ll lsl", N_("to list"), "ls -l {at}"),
    Way("egrep grep zgrep", N_("to search in an object"), "cat {at}KEY | grep TEXT"),
    Way("less more", N_("to read an object"), "cat {at}KEY | less"),
    Way("gzcat zcat zless zmore", N_("to unpack an object"), "cat {at}KEY | zcat"),
    Way("tail", N_("to see its end"), "cat {at}KEY | tail"),
    Way("wc", N_("to count lines"), "cat {at}KEY | wc -l"),
    Way("type", N_("to see its first lines"), "head {at}KEY"),
    Way("count size", N_("to count objects and bytes"), "du {at}PREFIX"),
    Way("crc64 file info head-object metadata", N_("to see all about an object"), "stat {at}KEY"),
    Way("ping probe", N_("to test the connection"), "doctor {at}"),
    Way("presign sign signurl", N_("to sign a link"), "url {at}KEY"),
    Way("unpack unzip", N_("to unpack an archive"), "get {at}ARCHIVE.zip/ --to FOLDER"),
    Way("check md5 md5sum checksum", N_("to prove the files of a job"), "verify JOB"),
    Way("chdir use", N_("to go to a bucket"), "cd oss://BUCKET/"),
    Way("auth config configure login", N_("to connect"), "connect --profile NAME"),
    Way("bye close leave logout q exit", N_("to leave"), "quit"),
    Way("cls", N_("to clear the screen"), "clear"),
    Way("abort cancel kill", N_("to stop a job"), "stop JOB"),
    Way("continue restart", N_("to go on with a job"), "resume JOB"),
    Way("bg", N_("to download in the background"), "get --background"),
    Way("fg", N_("to watch what runs in the background"), "wait"),
    Way("ps tasks", N_("to list the jobs"), "jobs"),
    Way("errors", N_("to list what failed"), "failures"),
    Way("man", N_("to read about a command"), "help COMMAND"),
    Way("lls", N_("to list files of this machine"), "!ls"),
    Way("exec run source", N_("to run a script"), "run_script FILE"),
    Way("del delete erase rm", N_("to forget a job"), "jobs remove JOB"),
    Way(
        "aliyun aws ossh ossutil s3 s3api",
        N_("leave it out: a command of ossh comes first, such as ls or get"),
    ),
)
# What would change something in a bucket: ossh only reads.
_WRITING = "cp del delete erase mb mkdir move mv pipe put rb rm rmdir rsync sync touch upload"
_FOLDER = "-d -O -P --dest --destination --dir --directory --out-dir --outdir --output-dir --target"
_ABOUT_OBJECTS = "browse du get ls preview restore save tree"
OPTIONS = (
    Way("-f --clobber --force --overwrite", N_("to replace what is in the way"), "--replace"),
    Way("--assume-yes --force --no-confirm -y", N_("to be asked nothing"), "--yes"),
    Way(
        f"-o --out --output {_FOLDER}",
        N_("to choose the folder (or the file of one object, with get --as FILE)"),
        "--to FOLDER",
    ),
    Way(
        f"--to {_FOLDER}",
        N_("to move a job: move its folder, then set 'directory' in the job file to where it is"),
        of="resume retry",
    ),
    Way("-o --out --output", N_("to write a file"), "--csv FILE"),
    Way(
        "-o --out --output",
        N_("to write a file"),
        "> FILE",
        of="buckets cat doctor du failures head jobs ls preview stat status tree url",
    ),
    Way("--bwlimit --limit-rate --maxdownspeed --speed", N_("to limit the speed"), "--rate 5MiB"),
    Way(
        "-j --concurrency --jobs --numworkers --parallel --threads --transfers --workers",
        N_("to choose the number of connections"),
        "--connections 16",
    ),
    Way("-s -sh --summarize", N_("leave it out: du shows one level"), of="du"),
    Way("-d", N_("to choose how many levels are shown"), "--depth 1", of="du tree"),
    Way("-d", N_("leave it out: ls shows one level"), of="ls"),
    Way("-s --short-format", N_("leave it out: ls shows names alone, -l the rest"), of="ls"),
    Way("--summarize", N_("to count objects and bytes, use du"), of="ls"),
    Way("--human-readable", N_("to show sizes with units: -l -h"), of="ls"),
    Way("--human-readable", N_("to show sizes with units"), "-h", of="du"),
    Way("-L --level --max-depth", N_("to choose how many levels are shown"), "--depth 1"),
    Way("--only-show-errors --no-progress --silent -q", N_("to see only what matters"), "--quiet"),
    Way("--recursive", N_("to list every key below"), "-R"),
    Way(
        "-r -R --recursive",
        N_("leave it out: what is below a prefix belongs to it"),
        of=_ABOUT_OBJECTS,
    ),
    Way("--delete --delete-removed", N_("to move what is gone there to a trash here"), "--mirror"),
    Way("-n --dry --dryrun --simulate --what-if", N_("to change nothing"), "--dry-run"),
    Way("--max-age --newer-than --since --start-time", N_("to choose by age"), "--newer 7d"),
    Way("--end-time --min-age --older-than --until", N_("to choose by age"), "--older 7d"),
    Way("--filter --match --pattern", N_("to choose by name"), "--glob '*.gz'"),
    Way("--ext --extension --type", N_("to choose by ending"), "--suffix .gz"),
    Way("-i --files-from --input-file", N_("to name the keys in a file"), "--keys-from FILE"),
    Way("--limited-num --max --max-items --max-keys --top", N_("to see only some"), "--limit 10"),
    Way("--storage-class", N_("to choose by storage class"), "--class IA"),
    Way("-e --endpoint-url", N_("to choose the endpoint"), "--endpoint URL"),
    Way(
        "-k --access-key-id --access-key-secret --ak --sk",
        N_("leave it out: access keys come from a profile or variables, never from arguments"),
    ),
    Way("--no-sign-request", N_("to sign no requests"), "--anonymous"),
    Way("--no-verify-ssl --skip-verify-cert", N_("to accept any certificate"), "--insecure"),
    Way("--format --output-format", N_("for a program"), "--json"),
    Way("-b --bg --detach", N_("to get the prompt back at once"), "--background"),
    Way("-w --watch", N_("to look again and again"), "--follow"),
    Way("--all-versions", N_("to list all versions"), "--versions"),
    Way(
        "-c -C --checkpoint-dir --continue --resume",
        N_("leave it out: a download goes on where it stopped"),
        of="get",
    ),
    Way(
        "-u --ignore-existing --no-clobber --size-only --skip-existing --update",
        N_("leave it out: what is here already is not fetched again"),
        of="get",
    ),
    Way(
        "--check --checksum --md5 --verify",
        N_("leave it out: every object is verified as it arrives"),
        of="get resume retry",
    ),
)
# What other programs call an action of a command, and what ossh may call it; "." is the command
# without any.
_CHOICES = {
    "delete": ("remove", "drop"),
    "rm": ("remove", "drop", "delete"),
    "remove": ("drop", "delete"),
    "list": (".",),
    "ls": (".",),
}
# What is meant by a word that is none of a command's actions.
_LIKE = N_("write it like this: {example}")
_MEANT = {
    "alias": _LIKE,
    "filter": _LIKE,
    "jobs": N_("to see a job: jobs show {word}"),
    "macro": _LIKE,
}
_UNIT = re.compile(r"(?:[kKmMgGtT]i?[bB]|[KMGT])(?:/s)?")
_GLOB = re.compile(r"[*?\[]")
_ENDPOINT = re.compile(r"(?:https?://)?[a-z0-9.-]+\.aliyuncs\.com/?")


def hint_for_command(word: str, commands: Collection[str], shell: str = "") -> str:
    """Return how ossh does what a word that is none of its commands means; "" if nobody knows.

    What can be typed there are `commands`, after `shell`: `SYSTEM_SHELL`, or "" at the prompt.
    """
    ways = {one: way for way in COMMANDS for one in way.words.split()}
    if _ENDPOINT.fullmatch(word):  # behind the -e of other programs
        return _("to choose the endpoint: --endpoint URL; access keys are never arguments")
    typed, meant = word.lower(), near(word, commands)
    slips = [] if meant else near(typed, ways)
    if (way := ways.get(slips[0] if len(slips) == 1 else typed)) is not None:
        if not way.line:
            return _said(way)
        name, *words = way.line.split()
        is_here = name in commands or (name.startswith("!") and not shell)
        if is_here and not (shell and "--background" in words):  # a verb ends when its run ends
            at = "oss://BUCKET/" if shell else ""
            return _said(way, shell + way.line.format(at=at).rstrip())
    return did_you_mean(shell + one for one in meant)


def no_command(word: str) -> str:
    """Return what is wrong with a word that is no command."""
    text = _("there is no command '{word}'")
    if word.lower() in _WRITING.split():
        text = _("there is no '{command}' command: ossh only reads")
    return text.format(word=word, command=word)


def hint_for_option(words: Sequence[str], prog: str, options: Collection[str]) -> str:
    """Return how a command does what an option that it does not have means; "" if nobody knows.

    Its arguments take none of the `words`; `prog` is what was typed: "jobs remove", "ossh get".
    """
    if {"&&", ";", "||"} & {*words}:
        return _("one command a line; -c can be given several times")
    typed = next((word.partition("=")[0] for word in words if word.startswith("-")), "")
    if typed[1:].isdecimal() and "-n" in options:
        return _(_LIKE).format(example=f"{prog} -n {typed[1:]} KEY")
    if not typed:
        return _hint_for_name(words[0], prog, options) if words else ""
    name = prog.removeprefix(SYSTEM_SHELL)
    for way in OPTIONS:
        if typed not in way.words.split() or (way.of and name not in way.of.split()):
            continue
        if not way.line:
            return _said(way)
        first = way.line.split()[0]
        if first in options or first == ">":
            return _said(way, f"{prog} … {way.line}")
    return did_you_mean(near(typed, options))


def hint_for_choice(word: str, choices: Collection[str], prog: str, example: str = "") -> str:
    """Return what may have been meant by a word that is none of the choices of a command, or "".

    `example` is one of the command's, where the choices are its own commands.
    """
    if list(choices) == ["-"]:  # of --tar
        return _(_LIKE).format(example=f"--tar - > {word}")
    if prog == "filter" and (hint := _hint_for_name(word, "filter add", {"--glob", "--suffix"})):
        return hint
    for other in _CHOICES.get(word, ()):
        if other in choices:
            return did_you_mean([other])
        if other == "." and prog in {"jobs", "filter"}:
            return did_you_mean([prog])
    if (meant := did_you_mean(near(word, choices))) or not example:
        return meant
    return _(_MEANT.get(prog, "")).format(word=word, example=example)


def _hint_for_name(word: str, prog: str, options: Collection[str]) -> str:
    """Return how to choose names such as one where a command takes no names, or ""."""
    if _UNIT.fullmatch(word):  # a space has cut off its number
        text = _("write the unit right after the number, without a space: 5{unit}")
        return text.format(unit=word)
    if "--suffix" in options and word.startswith(".") and not _GLOB.search(word):
        return _(_LIKE).format(example=f"{prog} --suffix {word}")
    if "--glob" in options and _GLOB.search(word):
        return _(_LIKE).format(example=f"{prog} --glob '{word}'")
    return ""


def _said(way: Way, line: str = "") -> str:
    return _("{aim}: {line}").format(aim=_(way.aim), line=line) if line else _(way.aim)
