"""How results look, as text for people and for programs; pure.

A file is named after the command, or after the run, whose results it shows. They are made of
`text`, `table` (records for programs, too), `charts`, `ordering` and `results`.
"""
