"""A bucket, as ossh needs it: credentials, signatures, listings, and what the SDK does."""
