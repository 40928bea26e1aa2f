"""How a server is started, and how tests change it while it runs: the control calls.

A call is pickled on the server's standard input: the name of a method, and its arguments. So is its
answer, on standard output: what is wrong, and the result.
"""
