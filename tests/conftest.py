"""What all tests share. Hypothesis measures no times: a machine under load is no counterexample."""

from hypothesis import settings

settings.register_profile("book", deadline=None)
settings.load_profile("book")
