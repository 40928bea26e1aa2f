"""The parts of live.py: questions to a bucket, asked by ossh's own code.

finding   what a question came to
bucket    the bucket that is asked: requests counted and limited, the objects chosen to ask for
access    signatures, regions, endpoints, the clock, errors
listing   pages, tokens, levels, odd keys
reading   bodies, ranges, checksums, links, versions, archives, a download
command   the command line, what it will ask, the table
"""
