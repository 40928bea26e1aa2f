"""A bucket as ossh needs it: listing, one object's bytes, restores, signatures, credentials.

`sdk` lists the account's buckets by the official SDK. All requests go over `ossh.network`, and are
signed by `signer`.
"""
