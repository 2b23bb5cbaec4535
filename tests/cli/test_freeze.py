"""test_freeze.py - `setpoint freeze` and `thaw`: what a daemon answers is shown; where none answers, the FREEZE file says it."""

import fcntl
import os

from command import Case, main, run

FROZEN = [("all", "2026-11-24T12:00:00Z", "desk"), ("family chat/us-east", "2026-11-24T12:00:30Z", "uid-1000")]


class Asked(Case):
    def setUp(self):
        super().setUp()
        self.ends = self.endpoint()
        self.ends.answer("freeze", text="frozen: all; nothing new of it is published until it is thawed")
        self.ends.answer("thaw", text="thawed: all; the next tick decides")
        self.ends.answer("frozen", FROZEN)

    def ask(self, verb, *arguments, code=0, err=None):
        return self.expect(run(verb, "--state", self.ends.state, *arguments), code, err)

    def test_what_holds_now_is_shown_since_when_and_by_whom(self):
        answer = self.ask("freeze", err="frozen: all; nothing new of it is published")
        self.assertEqual(answer.out.splitlines(), ["frozen               since                by",
                                                   "all                  2026-11-24 12:00     desk",
                                                   "family chat/us-east  2026-11-24 12:00:30  uid-1000"])
        self.ends.answer("frozen")
        self.assertEqual(self.ask("thaw").out, "nothing is frozen\n")

    def test_a_scope_is_told_as_words_or_by_option(self):
        for scope, arguments in (("all", ()), ("all", ("all",)), ("family a/b", ("--family", "a/b")), ("pool p", ("--pool", "p")),
                                 ("family a/b", ("family", "a/b")), ("pool p", ("pool p",))):
            for verb in ("freeze", "thaw"):
                self.ask(verb, *arguments)
                asked = self.ends.all("asked")[-2]
                self.assertEqual((asked["asked"], asked["arguments"]), (verb, [scope]))

    def test_json_is_one_object(self):
        answer = self.ask("freeze", "--json").json()
        self.assertEqual((answer["schema"], answer["daemon"]), ("setpoint.frozen/v1", True))
        self.assertEqual(answer["frozen"], [dict(zip(("scope", "since", "by"), row)) for row in FROZEN])

    def test_what_is_no_scope_is_refused_before_anybody_is_asked(self):
        for wrong in (("everything",), ("family",), ("family", "a b"), ("--family", ""), ("--pool", "a", "--family", "b"),
                      ("family", "a", "all"), ("pool", "x" * 200)):
            self.ask("freeze", *wrong, code=64)
        self.assertEqual(self.ends.all("asked"), [])

    def test_what_the_daemon_refuses_is_said(self):
        self.ends.answer("freeze", status=5, text='there is no family "chat/us": did you mean "chat/us-east"?')
        self.ask("freeze", "--family", "chat/us", code=64, err="did you mean")
        self.ends.answer("thaw", status=16, text="all is not frozen")
        self.ask("thaw", code=2, err="all is not frozen")
        self.ends.answer("freeze", status=10, text="the FREEZE file cannot be written: it holds until restart")
        self.ask("freeze", code=74, err="holds until restart")


class ByFile(Case):
    def setUp(self):
        super().setUp()
        self.state = self.path("state")
        os.mkdir(self.state, 0o700)

    def ask(self, verb, *arguments, code=0, err=None):
        return self.expect(run(verb, "--state", self.state, *arguments), code, err)

    def file(self):
        """Its lines without the comments."""
        path = os.path.join(self.state, "FREEZE")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [line for line in file.read().splitlines() if not line.startswith("#")]

    def test_freeze_writes_the_file_and_says_so_plainly(self):
        answer = self.ask("freeze", err="no daemon runs; the FREEZE file is written, the next start is frozen\n")
        self.assertRegex(answer.out, r"frozen  since +by *\nall +20\d\d-\S+ \S+ +uid-\d+\n")
        self.assertEqual(len(self.file()), 1)
        self.assertRegex(self.file()[0], r"^all by=uid-\d+ since=20\S+Z$")
        self.ask("freeze", "--family", "chat/us-east")
        self.assertEqual([line.split(" by=")[0] for line in self.file()], ["all", "family chat/us-east"])

    def test_thaw_takes_it_out_again(self):
        self.ask("freeze", "--family", "chat/us-east")
        self.ask("freeze", "--pool", "p")
        answer = self.ask("thaw", "--pool", "p", err="no daemon runs; the FREEZE file no longer says so")
        self.assertIn("family chat/us-east", answer.out)
        self.assertNotIn("pool p", answer.out)
        self.assertEqual(self.ask("thaw", "--family", "chat/us-east").out, "nothing is frozen\n")
        self.assertEqual(self.file(), [])

    def test_thawing_what_is_not_frozen_is_a_negative_answer(self):
        self.ask("thaw", code=2)
        self.ask("freeze", "--family", "a")
        self.ask("thaw", code=2)
        self.assertEqual(len(self.file()), 1)

    def test_lines_written_by_hand_stay(self):
        self.write("state/FREEZE", "# the desk is away\npool p\n")
        self.ask("freeze", "--family", "a")
        self.assertEqual(sorted(line.split(" by=")[0] for line in self.file()), ["family a", "pool p"])

    def test_a_daemon_that_hangs_is_told_apart_from_none(self):
        with open(os.path.join(self.state, "lock"), "w", encoding="utf-8") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.ask("freeze", err="a daemon runs and does not answer; the FREEZE file is written: it reads that within a second")
            self.ask("thaw", err="a daemon runs and does not answer; the FREEZE file no longer says so")

    def test_json_says_that_no_daemon_answers(self):
        answer = self.ask("freeze", "--json").json()
        self.assertFalse(answer["daemon"])
        self.assertEqual([row["scope"] for row in answer["frozen"]], ["all"])

    def test_without_a_state_directory_there_is_nothing_to_freeze(self):
        os.rmdir(self.state)
        self.ask("freeze", code=69, err="no state directory is there")


if __name__ == "__main__":
    main()
