"""What is typed for each picture, and which faults the built-in bucket produces."""

from collections.abc import Callable
from dataclasses import dataclass

from terminal import ScreenTerminal

from ossh.demo import DemoServer

Play = Callable[[ScreenTerminal, DemoServer], None]
"""Types and waits, from the first prompt on, until the screen shows what the picture should."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A session, and its picture."""

    name: str  # of the picture's file, without its suffix
    title: str  # what the picture shows, in a line
    chinese: str  # the same
    play: Play
    start: str  # regular expression for the first line that the picture shows
    lines: int  # of the terminal; a toolbar stands in the last


SCENES: list[Scene] = []


def scene(title: str, chinese: str, start: str = "> ", lines: int = 50) -> Callable[[Play], Play]:
    def made(play: Play) -> Play:
        SCENES.append(Scene(play.__name__, title, chinese, play, start, lines))
        return play

    return made


@scene(
    "Browsing with ls and cd, and choosing objects with filter",
    "用 ls 和 cd 浏览，用 filter 选择对象",
)
def look(ossh: ScreenTerminal, _server: DemoServer) -> None:
    ossh.run("ls")
    ossh.run("cd logs/2026")
    ossh.run("ls -lh --limit 4 01/")
    ossh.run("filter add --suffix .gz --min-size 16KB --newer 2026-01-15")
    ossh.run("ls -R")


@scene(
    "browse shows the sizes of folders on the full screen, and marks what to download",
    "browse 全屏显示目录的大小，并标记要下载的内容",
    "oss://",
    12,
)
def browse(ossh: ScreenTerminal, _server: DemoServer) -> None:
    ossh.type("browse")
    ossh.until(r"190\.7 MiB .*video/\n")
    ossh.press("s")
    ossh.until(r"video/\n.*photos/\n.*archive/\n.*logs/\n")
    ossh.press("jjj ")
    ossh.until(r"\*.*logs/\n>")


@scene("du and tree show where the bytes are", "用 du 和 tree 查看数据分布在哪里")
def space(ossh: ScreenTerminal, _server: DemoServer) -> None:
    ossh.run("du")
    ossh.run("tree archive")


@scene("preview shows what a download would do", "用 preview 在下载前预览", "> preview")
def preview(ossh: ScreenTerminal, _server: DemoServer) -> None:
    ossh.run("cd photos")
    ossh.run("get --to files/photos")
    ossh.run("cd /")
    ossh.run("preview --to files --limit 2")


@scene(
    "get with its progress bar, stopped by Ctrl-C and then resumed",
    "get 和进度条：按 Ctrl-C 停止，再从停止处继续",
    "> filter",
)
def get(ossh: ScreenTerminal, _server: DemoServer) -> None:
    ossh.run("set rate 40MiB")
    ossh.run("filter add --suffix .gz,.jpg,.mp4")
    ossh.type("get --to files")
    ossh.until(r"[45]\d %")
    ossh.interrupt()
    ossh.until("or continue|还是继续")
    ossh.type("s")
    ossh.until(r"(resumes where this stopped|从停止处继续)\n.*>$")
    ossh.run("get")


@scene(
    "A background job: the toolbar shows it, set adjusts it at once",
    "后台任务：状态栏显示进度，set 立即生效",
    "> get",
    18,
)
def background(ossh: ScreenTerminal, _server: DemoServer) -> None:
    ossh.run("filter add --exclude archive/")
    ossh.run("set rate 20MiB")
    ossh.run("get --background --name all --to files")
    ossh.until(r"\b1\d %")
    ossh.run("set rate 50MiB")
    ossh.run("set connections 16")
    ossh.run("ls -lh --limit 3 photos/2025-08-lakes/")
    ossh.until(r"\b[56]\d %")


@scene("status with a plot of the speed", "status 和速度曲线", "> status")
def status(ossh: ScreenTerminal, _server: DemoServer) -> None:
    ossh.run("filter add --exclude 'archive/' --exclude 'awkward/'")
    ossh.run("set rate 15MiB")
    ossh.run("get --background --name everything --to files")
    for share, rate in (("1", "40MiB"), ("[45]", "20MiB"), ("[67]", "60MiB")):
        ossh.until(rf"\b{share}\d %")
        ossh.run(f"set rate {rate}")
    ossh.run("wait")
    ossh.run("status")


@scene("failures by cause, each with what to do", "按原因归类的失败及处理方法", "> failures")
def failures(ossh: ScreenTerminal, server: DemoServer) -> None:
    server.fault("status", key="logs/2026/01/*", status=403, code="AccessDenied")
    server.fault("status", key="dataset/weather/station-0*", status=500, code="InternalError")
    server.fault("corrupt", key="photos/2025-08-lakes/IMG_4207.jpg")
    ossh.run("get --to files")
    ossh.run("failures --by cause")


@scene("doctor finds a wrong clock", "doctor 发现本机时钟不准")
def doctor(ossh: ScreenTerminal, server: DemoServer) -> None:
    server.set_clock(20 * 60)
    server.fault("slow", rate=12 << 20)
    ossh.run("doctor")
