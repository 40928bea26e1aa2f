"""The object store: a request in, an answer out, as the OSS protocol has it; no sockets."""
