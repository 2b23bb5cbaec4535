"""test_doctor.py - `setpoint doctor`: each finding with its level and its cure; bad ones make the exit code."""

import os
import time

from command import ESCAPE, QUICKSTART, Case, environment, main, on_terminal, run


def ago(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


class Examined(Case):
    def setUp(self):
        super().setUp()
        self.state = self.path("state")

    def examine(self, *arguments, code=0):
        """{about: [(level, text, cure), …]}"""
        answer = self.expect(run("doctor", "--state", self.state, "--json", *arguments), code).json()
        self.assertEqual(answer["schema"], "setpoint.doctor/v1")
        found = {}
        for finding in answer["findings"]:
            found.setdefault(finding["about"], []).append((finding["level"], finding["text"], finding["cure"]))
            if finding["level"] == "bad":
                self.assertEqual(answer["worst"], "bad")
                self.assertTrue(finding["cure"], finding)
        return found

    def only(self, found, about, part):
        """The one finding about something that says this."""
        which = [finding for finding in found.get(about, []) if part in finding[1]]
        self.assertEqual(len(which), 1, found)
        return which[0]


class Alone(Examined):
    """No daemon runs."""

    def test_before_the_first_start_there_are_doubts_at_most(self):
        found = self.examine()
        self.assertEqual(self.only(found, "state", "not there yet")[0], "ok")
        self.assertEqual(self.only(found, "log", "none yet")[0], "ok")
        self.assertEqual(self.only(found, "daemon", "no daemon answers")[0], "warn")
        self.assertRegex(self.only(found, "disk", "keeps 4 KiB for good in")[1], r"in \d+\.\d\d ms \(median of 20; the slowest")
        self.assertIn("runs as the monotonic one does", found["clock"][0][1])
        self.assertNotIn("configuration", found)
        self.assertFalse(os.path.exists(self.state))

    def test_words_have_the_cure_below_and_fit_the_screen(self):
        answer = self.expect(run("doctor", "--state", self.state, env=environment(COLUMNS="80")), 0)
        self.assertRegex(answer.out, r"(?m)^warn  daemon         no daemon answers .*(\n {21}.*)*\n {21}→ start it with")
        self.assertLessEqual(max(map(len, answer.out.splitlines())), 80)
        self.assertNotIn(ESCAPE, answer.out)
        self.assertIn(ESCAPE + "32mok", on_terminal("doctor", "--state", self.state).out)

    def test_a_state_directory_open_to_others_is_bad(self):
        os.mkdir(self.state)
        os.chmod(self.state, 0o755)
        self.assertEqual(self.only(self.examine(code=2), "state", "mode 755")[0], "bad")
        os.chmod(self.state, 0o700)
        self.assertEqual(self.only(self.examine(), "state", "its owner's alone")[0], "ok")
        self.assertEqual(os.listdir(self.state), [], "it leaves nothing behind")

    def test_a_state_directory_that_is_a_file_is_bad(self):
        self.write("state", "")
        self.assertEqual(self.only(self.examine(code=2), "state", "is no directory")[0], "bad")

    def test_a_directory_that_cannot_be_written_to_is_bad(self):
        os.mkdir(self.state)
        os.chmod(self.state, 0o555)
        answer = self.run_without_rights("doctor", "--state", self.state)
        self.expect(answer, 2)
        self.assertIn("cannot be written to", answer.out)

    def test_a_disk_in_memory_is_bad(self):
        if not os.access("/dev/shm", os.W_OK):
            self.skipTest("no /dev/shm")
        self.state = "/dev/shm/setpoint-doctor-nowhere"
        self.assertEqual(self.only(self.examine(code=2), "disk", "is in memory")[0], "bad")

    def test_the_log_is_opened_and_its_last_tick_told(self):
        os.mkdir(self.state, 0o700)
        os.rename(self.recorded(hours=1), os.path.join(self.state, "setpoint.db"))
        self.assertRegex(self.only(self.examine(), "log", "last tick 60 at")[1], r"schema \d+, last tick 60 at 20\S+ \S+, .* ago")

    def test_a_log_ahead_of_the_clock_is_bad(self):
        os.mkdir(self.state, 0o700)
        log = os.path.join(self.state, "setpoint.db")
        feed = '{"tick":"2150-01-01T00:00:00Z"}\n'
        self.expect(run("decide", "-c", QUICKSTART, "--log", log, stdin=feed), 0)
        self.assertEqual(self.only(self.examine(code=2), "log", "ahead of the wall clock")[0], "bad")

    def test_a_file_that_is_no_log_is_bad(self):
        os.mkdir(self.state, 0o700)
        self.write("state/setpoint.db", "no database, but longer than the header of one would have to be, which is 100 bytes " * 3)
        self.assertEqual(self.only(self.examine(code=2), "log", "not a decision log")[0], "bad")

    def test_a_configuration_is_checked(self):
        self.assertEqual(self.only(self.examine("-c", QUICKSTART), "configuration", "1 family, 2 SKUs")[0], "ok")
        broken = self.write("broken.yaml", "version: 1\nperiod: 5\nbogus: 1\n")
        level, text, cure = self.only(self.examine("-c", broken, code=2), "configuration", "broken.yaml:")
        self.assertEqual(level, "bad")
        self.assertIn("more complaint", text)
        self.assertIn("config check", cure)

    def test_the_command_line(self):
        self.expect(run("doctor", "x"), 64, "give a configuration with -c FILE")


class Asked(Examined):
    """A daemon answers."""

    def setUp(self):
        super().setUp()
        self.ends = self.endpoint()
        self.status()
        self.ends.answer("frozen")
        self.ends.answer("alarms")
        self.ends.answer("sources", [("prom-1", "40", "9000", "8999", "0", "older 1", ago(5))])

    def status(self, **changes):
        known = {"config": "setpoint.yaml", "started": ago(900), "tick_time": ago(0), "last_tick": ago(40), "period_ms": "60000",
                 "senders": "2", "subscribers": "3", "epoch": "4", "seq": "77", "held": "no", "waiting": "0",
                 "commit_failing": "no", **changes}
        self.ends.answer("status", list(known.items()))

    def test_a_daemon_that_is_well(self):
        found = self.examine()
        self.assertRegex(self.only(found, "daemon", "answers;")[1], r"epoch 4, frame 77; last tick \d+ s ago, period 1m$")
        self.assertEqual(self.only(found, "daemon", "connected: 2 senders, 3 subscribers")[0], "ok")
        self.assertEqual(found["alarm"], [("ok", "none", "")])
        self.assertRegex(found["source"][0][1], r"^prom-1: 9,000 records, the last \d+ s ago$")
        self.assertNotIn("frozen", found)

    def test_a_tick_that_does_not_come_is_bad(self):
        self.status(last_tick=ago(600))
        self.assertEqual(self.only(self.examine(code=2), "daemon", "last tick 10 min ago")[0], "bad")

    def test_a_failing_commit_is_bad_and_a_full_ring_doubtful(self):
        self.status(commit_failing="yes")
        self.assertEqual(self.only(self.examine(code=2), "daemon", "cannot commit")[0], "bad")
        self.status(held="yes", waiting="1024")
        self.assertEqual(self.only(self.examine(), "daemon", "ring is full (1024 messages)")[0], "warn")

    def test_what_is_frozen_is_told_with_how_to_thaw_it(self):
        self.ends.answer("frozen", [("family chat/us-east", "2026-11-24T12:00:00Z", "desk")])
        level, text, cure = self.examine()["frozen"][0]
        self.assertEqual((level, text), ("warn", "family chat/us-east since 2026-11-24 12:00 by desk"))
        self.assertIn("`setpoint thaw family chat/us-east'", cure)

    def test_alarms_are_bad_with_their_own_cure(self):
        self.ends.answer("alarms", [("stale_cost", "us-east/h100", ago(3 * 3600), "no fresh cost", "check the sender")])
        self.assertEqual(self.examine(code=2)["alarm"],
                         [("bad", "stale_cost us-east/h100 for 3 h: no fresh cost", "check the sender")])

    def test_sources_that_are_silent_or_refused_are_doubtful(self):
        self.ends.answer("sources", [("gone", "4", "9", "9", "0", "", ago(3600)),
                                     ("wrong", "4", "100", "60", "0", "older 30, rate 10", ago(1)),
                                     ("broken", "4", "0", "0", "0", "truncated 4", ago(1)),
                                     ("named", "0", "0", "0", "0", "", "")])
        found = [(level, text) for level, text, _ in self.examine()["source"]]
        self.assertEqual(found, [("warn", "gone: silent for 1 h"),
                                 ("warn", "wrong: 40 % of 100 records refused: older 30, rate 10"),
                                 ("warn", "broken: 100 % of 0 records refused: truncated 4"),
                                 ("warn", "named: nothing since the daemon was started")])
        self.ends.answer("sources")
        self.assertEqual(self.examine()["source"][0][0], "warn")

    def test_the_daemon_s_own_configuration_is_checked(self):
        self.status(config=QUICKSTART)
        self.assertEqual(self.only(self.examine(), "configuration", QUICKSTART)[0], "ok")

    def test_a_daemon_that_is_busy_is_doubtful(self):
        self.ends.answer("status", status=11, text="the daemon is busy: ask again in a moment")
        self.assertEqual(self.examine()["daemon"], [("warn", "the daemon is busy: ask again in a moment", "")])


if __name__ == "__main__":
    main()
