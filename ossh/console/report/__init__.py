"""A job as one page of HTML that needs nothing else; `page.html` says how it looks."""
