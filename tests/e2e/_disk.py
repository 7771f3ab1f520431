"""File systems of a test's own, which it fills and breaks. They need the right to mount: `in_own_mounts` first, then
`own_mounts` says whether they can be made.
"""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

from _network import wait_for

MEBIBYTE = 1 << 20


class Disk:
    """A file system of its own."""

    def __init__(self, folder: Path, size: int, journaled=False):
        self.folder, self.image = folder, folder.with_suffix(".image") if journaled else None
        self.folder.mkdir(parents=True, exist_ok=True)
        if journaled:
            with open(self.image, "wb") as image:
                image.truncate(size)
            run("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        self.size = size
        self.mount()

    def mount(self):
        if self.image:
            run("mount", "-o", "loop,errors=remount-ro", self.image, self.folder)
        else:
            run("mount", "-t", "tmpfs", "-o", f"size={self.size},mode=0755", "tmpfs", self.folder)

    def unmount(self):
        wait_for("nothing is open on the disk", lambda: not subprocess.run(
            ["umount", self.folder], capture_output=True).returncode)

    def repair(self):
        """As an operator does it."""
        self.unmount()
        subprocess.run(["fsck.ext4", "-p", str(self.image)], capture_output=True)
        self.mount()

    def fill(self, left=0):
        with open(self.folder / "filler", "ab") as filler:
            while True:
                free = os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize
                if free <= left:
                    return
                try:
                    os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, free - left)
                except OSError as failure:  # somebody else wrote in between
                    if failure.errno != errno.ENOSPC:
                        raise

    def free(self):
        (self.folder / "filler").unlink()

    def break_down(self):
        """The kernel meets an error, and writes nothing any more to this file system: as on a disk that dies."""
        device = next(line.split()[0] for line in Path("/proc/mounts").read_text().splitlines()
                      if line.split()[1] == str(self.folder))
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("1")


def run(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def in_own_mounts():
    """Starts over with mounts of its own, which end with it, if this system permits."""
    if "BSN_OWN_MOUNTS" in os.environ:
        return
    os.environ["BSN_OWN_MOUNTS"] = "no"
    for unshare in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        mount = [*unshare, "sh", "-c", "mount -t tmpfs tmpfs /tmp"]
        if shutil.which("unshare") and subprocess.run(mount, capture_output=True).returncode == 0:
            os.environ["BSN_OWN_MOUNTS"] = "yes"
            os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def own_mounts():
    """Whether it has them."""
    return os.environ.get("BSN_OWN_MOUNTS") == "yes"
