from hypothesis import settings

# The machine that runs the suite may be busy: a slow example is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
