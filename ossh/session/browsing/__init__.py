"""Where the user stands in a bucket, and what the names that they type mean there."""
