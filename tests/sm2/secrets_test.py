"""SM2 computes with secrets without branches and addresses that depend on them: valgrind watches (secrets.cpp).

It must complain of each deliberate leak, and of nothing else."""

import os
import shutil
import subprocess
import unittest

PROGRAM = os.environ["BSN_SM2_SECRETS"]
COMPLAINED = 9


@unittest.skipUnless(shutil.which("valgrind"), "valgrind is missing; run scripts/install-deps.sh")
class Secrets(unittest.TestCase):
    def run_watched(self, *arguments):
        return subprocess.run(["valgrind", "--quiet", f"--error-exitcode={COMPLAINED}", PROGRAM, *arguments],
                              capture_output=True, text=True, timeout=300)

    def test_nothing_depends_on_secrets(self):
        ended = self.run_watched()
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIn("portable: done", ended.stdout)
        print(ended.stdout.strip())

    def test_each_leak_is_found(self):
        for leak in ("branch", "index", "product"):
            with self.subTest(leak=leak):
                ended = self.run_watched(leak)
                self.assertEqual(ended.returncode, COMPLAINED, ended.stdout + ended.stderr)
                self.assertRegex(ended.stderr, "uninitialised value")
                self.assertIn("leak", ended.stderr, "it names the place")


if __name__ == "__main__":
    unittest.main()
