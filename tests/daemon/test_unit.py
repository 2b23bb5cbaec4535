"""test_unit.py - the systemd unit: it is one, it shuts out what it should, and the daemon speaks with whoever started it as the
unit says. And the Containerfile: what it installs is what the build asks for."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

BIN = os.environ.get("SETPOINT_BIN", "")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNIT = os.path.join(ROOT, "packaging", "setpoint.service")
EXPOSURE_MAX = 1.5  # of 10, as `systemd-analyze security` counts; Debian 12's says 1.1
SKIPPED = 77
WAIT_S = 20


def text_of(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def has_systemd():
    try:
        return subprocess.run(["systemd-analyze", "--version"], stdout=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


class Unit(unittest.TestCase):
    def setUp(self):
        if not has_systemd():
            self.skipTest("systemd-analyze is not there")
        self.folder = tempfile.TemporaryDirectory(prefix="setpoint-unit-")
        self.addCleanup(self.folder.cleanup)

    def analyze(self, *words, unit=None):
        """Runs systemd-analyze on the unit with a command that exists."""
        path = os.path.join(self.folder.name, "setpoint.service")
        with open(path, "w", encoding="utf-8") as file:
            file.write((unit or text_of("packaging", "setpoint.service")).replace("/usr/bin/setpoint", "/bin/true"))
        return subprocess.run(["systemd-analyze", *words, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=WAIT_S, check=False)

    def test_systemd_finds_nothing_wrong_with_it(self):
        answer = self.analyze("verify", "--man=no", "--recursive-errors=no")
        self.assertEqual((answer.returncode, answer.stdout), (0, ""))

    def test_a_planted_error_is_found(self):
        for right, wrong in (("ProtectClock=", "ProtectClok="), ("WatchdogSec=30s", "WatchdogSec=soon"),
                             ("/usr/bin/setpoint", "/usr/bin/setpiont")):
            unit = text_of("packaging", "setpoint.service").replace(right, wrong)
            self.assertNotEqual(self.analyze("verify", "--man=no", "--recursive-errors=no", unit=unit).returncode, 0, wrong)

    def test_it_is_exposed_no_more_than_it_was(self):
        answer = self.analyze("security", "--offline=true", "--no-pager")
        exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", answer.stdout)
        self.assertIsNotNone(exposure, answer.stdout)
        print(f"\nexposure {exposure[1]} of 10")
        self.assertLessEqual(float(exposure[1]), EXPOSURE_MAX)


class Words(unittest.TestCase):
    def test_a_restart_is_not_tried_where_it_cures_nothing(self):
        codes = dict(re.findall(r"SP_EXIT_(\w+) = (\d+)", text_of("cli", "exit.h")))
        listed = re.search(r"^RestartPreventExitStatus=(.*)$", text_of("packaging", "setpoint.service"), re.M)[1].split()
        self.assertEqual(sorted(listed), sorted(codes[name] for name in ("USAGE", "BAD_INPUT", "PERMISSION", "CONFIG")))

    def test_the_command_has_the_options_that_the_unit_gives_it(self):
        line = re.search(r"^ExecStart=\S+ (.*)$", text_of("packaging", "setpoint.service"), re.M)[1].split()
        answer = subprocess.run([BIN, line[0], "--help"], stdout=subprocess.PIPE, text=True, timeout=WAIT_S, check=True)
        for word in line[1:]:
            if word.startswith("-"):
                self.assertRegex(answer.stdout, rf"(^|[ ,]){word}[=, ]")

    def test_the_container_has_what_the_build_asks_for(self):
        to_build = re.search(r"^for_build='\n(.*?)'", text_of("dev"), re.M | re.S)[1]
        asked = set(re.findall(r"^(lib[a-z0-9.+-]+-dev)\|", to_build, re.M))
        build, run = text_of("packaging", "Containerfile").split("FROM debian:12-slim\n")
        self.assertTrue(asked)
        self.assertEqual(set(re.findall(r"\blib\S+-dev\b", build)) - {"libc6-dev"}, asked)
        stems = {re.match(r"lib[a-z]+", name)[0] for name in re.findall(r"\blib[a-z0-9-]+", run)}
        for name in asked - {"libcmocka-dev"}:  # of the tests alone
            self.assertTrue(any(stem.startswith(re.match(r"lib[a-z]+", name)[0]) for stem in stems), name)


class Notified(unittest.TestCase):
    """The real daemon, and a NOTIFY_SOCKET that is ours."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="setpoint-unit-")
        self.addCleanup(self.folder.cleanup)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(os.path.join(self.folder.name, "notify"))
        self.socket.settimeout(WAIT_S)
        self.heard = []

    def hear(self, word):
        """Listens until a datagram says the word; returns it."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            self.heard.append((time.monotonic(), self.socket.recv(4096).decode()))
            if word in self.heard[-1][1].split("\n"):
                return self.heard[-1][1]
        self.fail(f"{word} was not heard in {WAIT_S} s; but {self.heard}")

    def daemon(self, **variables):
        environment = dict(os.environ, NOTIFY_SOCKET=os.path.join(self.folder.name, "notify"), **variables)
        running = subprocess.Popen([BIN, "run", "-c", os.path.join(ROOT, "examples", "quickstart.yaml"), "--state",
                                    os.path.join(self.folder.name, "state")], env=environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.stderr.close)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        return running

    def test_start_reload_and_stop_are_told(self):
        running = self.daemon()
        self.assertIn("STATUS=", self.hear("READY=1"))
        running.send_signal(signal.SIGHUP)
        self.assertRegex(self.hear("RELOADING=1"), r"\nMONOTONIC_USEC=\d+\Z")
        self.hear("READY=1")
        running.send_signal(signal.SIGTERM)
        self.hear("STOPPING=1")
        self.assertEqual(running.wait(WAIT_S), 0)
        self.assertNotIn("WATCHDOG=1", [text for _, text in self.heard])

    def test_signs_of_life_come_from_a_loop_that_turns(self):
        running = self.daemon(WATCHDOG_USEC="2000000")
        self.hear("READY=1")
        for _ in range(3):
            self.hear("WATCHDOG=1")
        signs = [t for t, text in self.heard if text == "WATCHDOG=1"]
        self.assertLess(max(b - a for a, b in zip(signs, signs[1:])), 2.0)
        running.send_signal(signal.SIGSTOP)  # hangs, as far as anybody can see
        time.sleep(0.2)
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(4096)
        except BlockingIOError:
            pass
        time.sleep(2.0)
        self.assertRaises(BlockingIOError, self.socket.recv, 4096)
        running.send_signal(signal.SIGCONT)
        self.socket.settimeout(WAIT_S)
        self.hear("WATCHDOG=1")

    def test_a_daemon_that_cannot_start_is_never_ready(self):
        first = self.daemon()
        self.hear("READY=1")
        self.assertEqual(self.daemon().wait(WAIT_S), 75)  # the directory is held
        first.send_signal(signal.SIGTERM)
        self.hear("STOPPING=1")
        self.assertEqual([text for _, text in self.heard if "READY=1" in text][1:], [])


if __name__ == "__main__":
    if not BIN:
        sys.exit(SKIPPED)
    unittest.main()
