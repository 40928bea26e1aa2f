"""The chaos run: jobs of the real ossh that are disturbed at random, resumed, and checked.

plan      what a job consists of and what happens to it, all from a seed
versions  which bytes each key may hold
process   one process of ossh from its start to its end, and what happens to it
evidence  what a process left: files, rows, requests, partial files
checks    what must hold of that
command   the command line, and counts of what happened
"""
