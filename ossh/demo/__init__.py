"""A small object store on loopback that speaks the OSS protocol, with faults on request.

It serves `--demo`, the tests and the examples. It shares no code with the rest of ossh, because a
judge shares no code with the judged. `start()` runs it in a process of its own.
"""

from ossh.demo.control.launcher import DemoError, DemoServer, start

__all__ = ["DemoError", "DemoServer", "start"]
