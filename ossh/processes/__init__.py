"""Processes of this machine that fetch beside a run, where one process cannot use its cores.

Python runs one thread of a process at a time, so one process is at its end before a fast line is,
or a service that answers thousands of requests a second. A run begins with lanes of its own and
starts processes when it sees that they pay (`ossh.transfer.scheduling.processes`).
"""
