"""test_examples.py - the programs in examples/, as a stranger would run them, against the real ends of a daemon."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time

from command import ROOT, Case, main

SENDER = os.environ.get("SENDER_BIN", "")
EXAMPLES = os.path.join(ROOT, "examples")


def python_with_msgpack():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import msgpack"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return python
    return None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Examples(Case):
    def setUp(self):
        super().setUp()
        self.places = [f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"]
        self.ends = self.endpoint(*(f"tcp://{place}" for place in self.places))

    def python(self, name, *arguments):
        python = python_with_msgpack()
        if not python:
            self.skipTest("no python3 has msgpack")
        return [python, "-B", os.path.join(EXAMPLES, name), *arguments]

    def records(self, n):
        return [record[1:] for record in self.ends.records(n)]

    def test_the_sender_in_python_sends_over_tcp_and_over_a_unix_socket(self):
        words = ["utilization", "us-east/h100", "0.72", "usd_per_gpu_h", "us-east/h100:burst", "2.10"]
        sent = [["utilization", "us-east/h100", 0.72, "my-probe"], ["usd_per_gpu_h", "us-east/h100:burst", 2100000000, "my-probe"]]
        subprocess.run(self.python("sender.py", self.places[0], "my-probe", *words), check=True, timeout=60)
        self.assertEqual(self.records(2), sent)
        subprocess.run(self.python("sender.py", f"{self.ends.state}/run/signals", "my-probe", *words), check=True, timeout=60)
        self.assertEqual(self.records(4), sent + sent)
        self.assertEqual([message["local"] for message in self.ends.all("records")], [False, True])

    def test_the_sender_in_c_sends_what_it_reads(self):
        if not SENDER:
            self.skipTest("SENDER_BIN is not set")
        lines = "".join(f"queue us-east/h100 {n}\n" for n in range(500)) + "list_price chat/us-east/output -0.45\nno signal\n"
        done = subprocess.run([SENDER, f"tcp://{self.places[0]}", "my-probe"], input=lines, text=True, stderr=subprocess.PIPE,
                              check=True, timeout=60)
        self.assertIn("expected KIND SUBJECT VALUE", done.stderr)
        self.assertEqual(self.records(501), [["queue", "us-east/h100", float(n), "my-probe"] for n in range(500)] +
                         [["list_price", "chat/us-east/output", -450000000, "my-probe"]])
        self.assertLess(abs(self.ends.all("records")[0]["seq"] - time.time_ns()), 60 * 10**9)
        refused = subprocess.run([SENDER, "tcp://127.0.0.1:1", "x"], stderr=subprocess.PIPE, check=False, timeout=60)
        self.assertEqual(refused.returncode, 1)

    def test_the_sender_in_c_compiles_as_its_first_lines_say(self):
        with open(os.path.join(EXAMPLES, "sender.c"), encoding="utf-8") as file:
            command = re.search(r"^ \* +(cc -o sender sender\.c .*)$", file.read(), re.M)[1]
        shutil.copy(os.path.join(EXAMPLES, "sender.c"), self.scratch)
        subprocess.run(command.split() + ["-Wall", "-Werror"], cwd=self.scratch, check=True, timeout=60)

    def test_the_subscriber_prints_what_is_published(self):
        for place in (self.places[1], f"{self.ends.state}/run/prices"):
            subscriber = subprocess.Popen(self.python("subscriber.py", place), stdout=subprocess.PIPE, text=True)
            if place == self.places[1]:
                self.ends.tell("price chat/us-east chat/us-east/output 1 0 0.6 -60 open", "begin 3")
            heard = ""
            while "heartbeat" not in heard:
                heard = subscriber.stdout.readline()
            self.assertRegex(heard, r"^20\S+Z heartbeat, epoch 3, frame \d+, lease 2 s$")
            self.ends.tell("price chat/us-east chat/us-east/output 2 0.6 0.63 86400 restricted", "publish")
            self.ends.tell("price chat/us-east chat/us-east/output 3 0.6 0.7 86400 open", "publish 4")
            heard = []
            while len(heard) < 3:
                line = subscriber.stdout.readline()
                heard += [line] if "heartbeat" not in line else []
            subscriber.kill()
            subscriber.wait(60)
            subscriber.stdout.close()
            self.assertRegex(heard[0], r"chat/us-east/output 0\.600000000 -> 0\.630000000 USD a 1M tokens from 20\S+Z, "
                                       r"offer restricted, version 2 of chat/us-east$")
            self.assertRegex(heard[1], r"^frames \d+ to \d+ were missed: ask for the whole book$")
            self.assertIn("version 3 of chat/us-east", heard[2])


if __name__ == "__main__":
    main()
