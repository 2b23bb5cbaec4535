"""places.py - the repository knows no machine but the reader's: no absolute path of somebody's disk, no host that packages
come from.

The patterns are written with a bracket each so that this file does not find itself.
"""

import re

PLACES = re.compile(r"/wor[k]/|/tmp/[b]-|/home/[a-z]|/roo[t]/|"
                    r"de[b]\.debian\.org|securit[y]\.debian\.org|registr[y]\.npmjs\.org|pyp[i]\.org|"
                    r"files\.pythonhoste[d]\.org|crate[s]\.io|prox[y]\.golang\.org|githu[b]usercontent\.com")


def check(tree):
    found = []
    for path in tree.paths:
        text = tree.text(path)
        for number, line in enumerate((text or "").split("\n"), 1):
            for place in PLACES.findall(line):
                found.append(f"{path}:{number}: '{place}' is a place on one machine or a package host")
    return found


SOUND = {"README.md": "see ../shared and $TMPDIR, /tmp and work/\n"}

PLANTED = [
    ({"README.md": "cd /wor" + "k/main\n"}, "README.md:1"),
    ({"tests/x.c": "\n\"/tmp/" + "b-x\"\n"}, "tests/x.c:2"),
    ({"dev": "curl https://de" + "b.debian.org/x\n"}, "dev:1"),
]
