"""How many examples property tests try: 100 each, or as many as a profile of Hypothesis says.

`--hypothesis-profile=long` tries 100,000, which takes a minute or two for each test.
"""

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
