"""Lists the bucket on threads of their own, and posts what they find as pages."""
