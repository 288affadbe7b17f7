"""Settings of all tests."""

import os
import signal

# Otherwise scikit-learn skips its check of arrays that are not those of NumPy.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# Python ignores Ctrl-C where its parent does, as in the background of a shell.
signal.signal(signal.SIGINT, signal.default_int_handler)
