from hypothesis import settings

# The same cases each time: a check that fails by chance is one that nobody believes. A search for
# new ones is `pytest --hypothesis-profile=search`.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("search", max_examples=5000, deadline=None)
settings.load_profile("same")
