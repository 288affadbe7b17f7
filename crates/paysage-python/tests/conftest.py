"""Settings of all tests."""

import os

# Otherwise scikit-learn skips its check of arrays that are not those of NumPy.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
