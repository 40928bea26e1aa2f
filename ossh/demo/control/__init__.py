"""How a server is started, and how tests change it while it runs: the control calls.

A call is a line of JSON on the server's standard input: its name, its arguments, and how many bytes
of an object follow. So is its answer, on standard output: what is wrong, else the result, and how
many bytes follow.
"""
