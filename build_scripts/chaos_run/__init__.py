"""The chaos run: jobs of the real ossh that are disturbed at random, resumed, and checked.

plan      what a job consists of and what happens to it, all from a seed
process   one process of ossh from its start to its end, and what happens to it
evidence  what a process left: files, rows, partial files; and what each key may hold
checks    what must hold of that
command   the command line, and counts of what happened
"""
