"""A bucket as ossh needs it: listing, one object's bytes, restores, signatures, credentials.

`sdk` asks what the prompt needs by the official SDK; everything that is asked often (`listing`,
`object_reader`, `restore`) goes over `ossh.network`, signed by `signer`.
"""
