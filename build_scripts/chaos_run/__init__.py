"""The chaos run: jobs of the real ossh that are disturbed at random, resumed, and checked.

plan     what a job is made of and what happens to it, all of it from a seed
truth    which bytes each key may hold
person   edits files between two processes
life     one process of ossh from its start to its end, and what happens to it
evidence what a life left: files, rows, requests, partial files
checks   what must hold of that
counts   what happened, as a table
command  the command line
"""
