"""What tests take beside the program. Where it is missing they are skipped, except where BSN_NO_SKIPS=1 is set, as in CI:
there a test that nobody ran must not look like one that passed."""

import os
import unittest

NO_SKIPS = os.environ.get("BSN_NO_SKIPS") == "1"


def needs(met, what):
    """As `unittest.skipUnless`."""
    if not met and NO_SKIPS:
        raise SystemExit(f"this {what}, and may not be skipped where BSN_NO_SKIPS is set")
    return unittest.skipUnless(met, what)


def skip(test, why):
    """As `skipTest`."""
    if NO_SKIPS:
        test.fail(f"{why}; it may not be skipped where BSN_NO_SKIPS is set")
    test.skipTest(why)
