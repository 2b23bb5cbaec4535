"""tree.py - the repository as the checks see it: which files there are, and their text.

Git says which files count (tracked, or new and not ignored); an unpacked archive without git is walked instead. A planted
tree is a small one in a scratch folder, made to hold one error that a check must find.
"""

import os
import subprocess
import tempfile

SKIPPED_FOLDERS = {".git", "build", "__pycache__"}


class Tree:
    def __init__(self, root):
        self.root = root
        self.paths = sorted(self._listed() or self._walked())

    def _listed(self):
        if not os.path.exists(os.path.join(self.root, ".git")):
            return None
        command = ["git", "-c", "safe.directory=*", "-C", self.root, "ls-files", "-coz", "--exclude-standard"]
        try:
            listed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return None
        paths = set(os.fsdecode(listed).split("\0")) - {""}
        return [path for path in paths if os.path.isfile(os.path.join(self.root, path))]

    def _walked(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            found += [os.path.relpath(os.path.join(folder, name), self.root) for name in names]
        return found

    def text(self, path):
        """The text of a file, or None when it is not text."""
        with open(os.path.join(self.root, path), "rb") as file:
            raw = file.read()
        if b"\0" in raw:
            return None
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def c_paths(self):
        return [path for path in self.paths if path.endswith((".c", ".h"))]


class Planted:
    """A tree of the given {path: text} in a scratch folder, for as long as the `with` lasts."""

    def __init__(self, files):
        self.files = files
        self.folder = tempfile.TemporaryDirectory(prefix="setpoint-house-")

    def __enter__(self):
        for path, text in self.files.items():
            full = os.path.join(self.folder.name, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        return Tree(self.folder.name)

    def __exit__(self, *_):
        self.folder.cleanup()
