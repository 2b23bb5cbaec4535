"""test_alarm.py - `setpoint alarm list`: what is wrong, since when, and what to do."""

import time

from command import Case, environment, main, run

ALARMS = [("stale_cost", "us-east/h100", "2026-11-24T12:00:00Z", "no fresh cost", "check the sender of usd_per_gpu_h"),
          ("frozen", "", "2026-11-24T12:00:00Z", "all is frozen", "`setpoint thaw' when it is over")]


class List(Case):
    def setUp(self):
        super().setUp()
        self.ends = self.endpoint()

    def list(self, *arguments, code=0, err=None, **more):
        return self.expect(run("alarm", "list", "--state", self.ends.state, *arguments, **more), code, err)

    def test_each_has_code_subject_age_text_and_cure(self):
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 3600 - 12 * 60 - 30))
        self.ends.answer("alarms", [(code, subject, since, *rest) for code, subject, _, *rest in ALARMS])
        self.assertEqual(self.list().out.splitlines(), [
            "alarm       of            for         what, and what to do",
            "stale_cost  us-east/h100  3 h 12 min  no fresh cost; check the sender of usd_per_gpu_h",
            "frozen                    3 h 12 min  all is frozen; `setpoint thaw' when it is over"])

    def test_long_texts_are_wrapped_to_the_screen(self):
        self.ends.answer("alarms", [("commit", "", "2026-11-24T12:00:00Z", "the disk is full " * 12, "make room")])
        lines = self.list(env=environment(COLUMNS="80")).out.splitlines()
        self.assertGreater(len(lines), 3)
        self.assertLessEqual(max(map(len, lines)), 80)

    def test_nothing_wrong_is_said(self):
        self.ends.answer("alarms")
        self.assertEqual(self.list().out, "nothing is wrong\n")
        self.assertEqual(self.list("--json").json(), {"schema": "setpoint.alarms/v1", "alarms": []})

    def test_json_has_what_the_daemon_said(self):
        self.ends.answer("alarms", ALARMS)
        self.assertEqual(self.list("--json").json()["alarms"],
                         [dict(zip(("code", "subject", "since", "text", "cure"), row)) for row in ALARMS])

    def test_a_busy_daemon_and_none_have_exit_codes_of_their_own(self):
        self.ends.answer("alarms", status=11, text="the daemon is busy: ask again in a moment")
        self.list(code=75, err="busy")
        self.ends.stop()
        self.list(code=69, err="is `setpoint run` running with this --state?")

    def test_the_command_line(self):
        self.list("more", code=64, err="one argument too many")
        self.expect(run("alarm", "list", "--state", "/" + "x" * 200), 65, "107")


if __name__ == "__main__":
    main()
