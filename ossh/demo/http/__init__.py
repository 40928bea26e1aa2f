"""HTTP/1.1 from bytes to requests and from answers to bytes; no sockets."""
