"""What all tests share: they speak English, and property tests try 100 examples.

Hypothesis tries as many as its profile says: `--hypothesis-profile=long` tries 100,000, which takes
a minute or two for each test.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("usual", deadline=None)  # a busy machine takes its time
settings.register_profile(
    "long",
    deadline=None,
    max_examples=100_000,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("usual")

# Whoever runs the tests may read another language; what characters there are stays as it is.
os.environ.pop("LANGUAGE", None)
if locale := os.environ.pop("LC_ALL", ""):
    os.environ["LC_CTYPE"] = locale
os.environ["LC_MESSAGES"] = "C"
