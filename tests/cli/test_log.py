"""test_log.py - `setpoint log`: the last decisions, why one is as it is, and whether all are as they were written."""

import json
import os
import re
import shutil
import subprocess

from command import BIN, QUICKSTART, ROOT, Case, environment, main, run
from test_decide import minutes, signal, tick


class Log(Case):
    @classmethod
    def setUpClass(cls):
        holder = Case()
        holder.setUp()
        cls.addClassCleanup(holder.doCleanups)
        cls.log = holder.recorded()

    def changed(self, old, new):
        """A copy in which one letter of the last `old` differs."""
        copy = shutil.copy(self.log, self.path("changed.db"))
        with open(copy, "r+b") as file:
            at = file.read().rindex(old)
            file.seek(at)
            file.write(new)
        return copy

    # --- tail ---

    def test_tail_shows_one_decision_a_line(self):
        lines = self.expect(run("log", "tail", self.log), 0).out.splitlines()
        self.assertEqual(len(lines), 20)
        for line in lines:
            self.assertRegex(line, r"^ +\d+  2026-11-2\d \d\d:\d\d  chat/us-east")
        everything = run("log", "tail", self.log, "-n", 10000).out
        self.assertRegex(everything, r"1\.0000 → 0\.\d{4} \(-\d\.\d %\) published, below_setpoint")
        self.assertRegex(everything, r"announced, ")
        self.assertIn("the announced price is in force", everything)

    def test_tail_of_a_family_has_only_its_rows(self):
        rows = self.expect(run("log", "tail", self.log, "-n", 3, "--family", "chat/us-east", "--json"), 0).lines()
        self.assertEqual([row["family"] for row in rows], ["chat/us-east"] * 3)
        ids = [row["id"] for row in rows]
        everything = run("log", "tail", self.log, "-n", 10000, "--json").lines()
        self.assertEqual(ids, [row["id"] for row in everything if row["family"] == "chat/us-east"][-3:])

    def test_tail_as_json_is_spelt_as_decide_does(self):
        row = self.expect(run("log", "tail", self.log, "-n", 1, "--json"), 0).json()
        self.assertEqual(row["schema"], "setpoint.decision/v1")
        decided = run("decide", "-c", QUICKSTART, stdin=minutes(1)).lines()[0]
        self.assertEqual(set(row), set(decided) | {"tick"})

    def test_terms_in_the_log_sum_to_the_move(self):
        for row in run("log", "tail", self.log, "-n", 10000, "--json").lines():
            ppb = [int(term["index"].replace(".", "")) for term in row["terms"]]
            self.assertEqual(sum(ppb), int(row["index"].replace(".", "")) - int(row["index_before"].replace(".", "")))

    def test_tail_tells_alarms_with_their_cure_among_the_decisions(self):
        log = self.path("alarms.db")
        feed = minutes(3) + tick(20) + "\n" + signal(21, 0.5) + "\n" + tick(21) + "\n"
        self.expect(run("decide", "-c", QUICKSTART, "--log", log, stdin=feed), 0)
        lines = self.expect(run("log", "tail", log), 0).out.splitlines()
        raised, = (i for i, line in enumerate(lines) if "alarm stale_demand: no fresh load" in line)
        self.assertIn("check the sender of utilization", lines[raised])
        self.assertIn("stale_demand", lines[raised + 1])
        self.assertEqual(sum("alarm stale_demand is over" in line for line in lines), 1)
        alarms = [row for row in run("log", "tail", log, "--json").lines() if row["schema"] == "setpoint.alarm/v1"]
        self.assertEqual([(row["code"], row["raised"], row["t"]) for row in alarms],
                         [("stale_demand", True, "2026-11-24T00:21:00Z"), ("stale_demand", False, "2026-11-24T00:22:00Z")])
        self.assertNotIn("alarm", run("log", "tail", log, "--family", "chat/us-east").out)
        self.assertNotIn("no fresh load", run("log", "tail", log, "-n", 1).out)

    def test_tail_without_rows_is_a_negative_answer(self):
        self.expect(run("log", "tail", self.log, "--family", "nobody"), 2, "no decision of nobody")

    def test_a_followed_log_shows_what_is_committed_meanwhile(self):
        log = self.path("live.db")
        writer = subprocess.Popen([BIN, "decide", "-c", QUICKSTART, "--log", log], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(), cwd=ROOT)
        self.feed(writer, 0, 0.6)
        reader = subprocess.Popen([BIN, "log", "tail", "-f", "--json", log], stdout=subprocess.PIPE, text=True,
                                  env=environment(), cwd=ROOT)
        self.assertEqual(json.loads(reader.stdout.readline())["tick"], 1)
        for minute in range(1, 40):
            self.feed(writer, minute, 0.6 if minute < 2 else 0.99)
        self.assertGreater(json.loads(reader.stdout.readline())["tick"], 1)
        reader.stdout.close()  # who reads goes away: following ends by itself
        self.feed(writer, 41, 0.2)
        self.assertEqual(reader.wait(60), 0)
        writer.stdin.close()
        writer.stdout.close()
        writer.wait(60)

    def feed(self, writer, minute, load):
        writer.stdin.write(signal(minute, load) + "\n" + tick(minute) + "\n")
        writer.stdin.flush()
        writer.stdout.readline()
        writer.stdout.readline()

    # --- explain ---

    def moved(self):
        return next(row for row in run("log", "tail", self.log, "-n", 10000, "--json").lines() if row["outcome"] == "published")

    def test_explain_says_why_and_what_would_have_changed_it(self):
        row = self.moved()
        for arguments in ((self.log, row["id"]), ("--log", self.log, row["id"])):
            answer = self.expect(run("log", "explain", *arguments), 0)
            self.assertIn(f"Decision {row['id']}", answer.out)
            self.assertIn("another answer", answer.out)

    def test_explanations_fit_their_screen(self):
        answer = self.expect(run("log", "explain", self.log, self.moved()["id"], env=environment(COLUMNS="72")), 0)
        self.assertLessEqual(max(map(len, answer.out.splitlines())), 72)

    def test_explain_as_json_is_one_object(self):
        answer = self.expect(run("log", "explain", self.log, self.moved()["id"], "--json"), 0).json()
        self.assertEqual(answer["schema"], "setpoint.explanation/v1")

    def test_explain_marks_what_the_engine_refused(self):
        log = self.path("refused.db")
        feed = [signal(0, 0.5), tick(0), signal(1, 0.9), signal(1, 72), signal(0, 0.4), tick(1), tick(20)]
        self.expect(run("decide", "-c", QUICKSTART, "--log", log, stdin="\n".join(feed) + "\n"), 0)
        rows = run("log", "tail", log, "--json").lines()
        first = next(row["id"] for row in rows if row.get("tick") == 2)
        said = self.expect(run("log", "explain", log, first, env=environment(COLUMNS="200")), 0).out
        self.assertIn("Inputs since the tick before: 3, of which 1 reach this family", said)
        self.assertRegex(said, r"utilization .* 72 +from decide \(refused: outside the kind's range\)\n")
        self.assertRegex(said, r"utilization .* 0\.4 +from decide \(refused: older than the last one taken\)\n")
        self.assertRegex(said, r"utilization .* 0\.9 +from decide\n")
        self.assertIn("together", said)
        quiet = next(row["id"] for row in rows if row.get("tick") == 3 and row["schema"].startswith("setpoint.decision"))
        said = self.expect(run("log", "explain", log, quiet), 0).out
        self.assertIn("nothing asks for a move", said)
        self.assertNotIn("together", said)

    def test_explain_of_no_decision_is_a_negative_answer(self):
        self.expect(run("log", "explain", self.log, 99999), 2, "99999")
        self.expect(run("log", "explain", self.log, "abc"), 64, "no id")
        self.expect(run("log", "explain", self.log), 64, "which decision")

    # --- verify ---

    def test_verify_finds_a_log_sound_and_names_its_head(self):
        words = self.expect(run("log", "verify", self.log), 0).out
        self.assertRegex(words, r"^sound: 1,440 ticks, [\d,]+ rows\nhead [0-9a-f]{64}\n$")
        head = words.split()[-1]
        self.expect(run("log", "verify", self.log, "--head", head), 0)
        answer = self.expect(run("log", "verify", "--json", self.log), 0).json()
        self.assertEqual((answer["schema"], answer["sound"], answer["chain"]["head"]), ("setpoint.verify/v1", True, head))

    def test_verify_runs_the_inputs_again(self):
        self.assertIn("1,440 ticks decided the same again", self.expect(run("log", "verify", self.log, "--rerun"), 0).out)
        answer = self.expect(run("log", "verify", self.log, "--rerun", "--json"), 0).json()
        self.assertEqual((answer["rerun"]["sound"], answer["rerun"]["ticks"]), (True, 1440))

    def test_verify_finds_a_changed_letter(self):
        changed = self.changed(b"below_setpoint", b"B")
        self.assertRegex(self.expect(run("log", "verify", changed), 2).out, r"^not sound: .*decision \d+ \(tick \d+\)")
        answer = self.expect(run("log", "verify", changed, "--rerun", "--json"), 2).json()
        self.assertFalse(answer["sound"])
        self.assertIn("decision", answer["chain"]["where"])
        self.assertNotIn("rerun", answer)

    def test_verify_of_what_cannot_be_opened_is_an_answer_too(self):
        copy = shutil.copy(self.log, self.path("broken.db"))
        with open(copy, "r+b") as file:
            at = file.read().index(b"tick_kepttickCREATE TRIGGER")
            file.seek(at)
            file.write(b"\x1b]0;own\x07\xfftickCREATX")
        answer = self.expect(run("log", "verify", "--json", copy), 2)
        self.assertEqual(answer.err, "")
        found = answer.json()
        self.assertEqual((found["sound"], found["chain"]["sound"], found["chain"]["where"]), (False, False, "the file"))
        self.assertIn("malformed database schema (\\x1b]0;own\\x07\\xff)", found["chain"]["what"])
        self.assertTrue(answer.out.isascii() and "\x1b" not in answer.out)
        for verb in ("verify", "tail"):
            said = run("log", verb, copy)
            self.assertNotIn("\x1b", said.out + said.err)
            self.assertTrue((said.out + said.err).isascii())

    def test_verify_misses_a_head_that_was_cut(self):
        self.assertIn("it is the head of another log", self.expect(run("log", "verify", self.log, "--head", "1" * 64), 2).out)
        self.assertIn("not sound", self.expect(run("log", "verify", self.log, "--head", "1" * 64), 2).out)
        self.expect(run("log", "verify", self.log, "--head", "12"), 64, "64 hexadecimal digits")

    # --- backup ---

    def test_a_backup_is_as_sound_as_its_log(self):
        copy = self.path("copy.db")
        self.expect(run("log", "backup", self.log, copy), 0, "copied")
        self.assertEqual(run("log", "verify", copy).out, run("log", "verify", self.log).out)
        self.expect(run("log", "backup", self.log, copy), 64, "name another file")
        self.expect(run("log", "backup", self.log), 64, "second argument")

    # --- files that are no logs ---

    def test_files_that_are_no_logs_are_refused_and_left_as_they_are(self):
        text = self.write("text.db", "hello, this is no database at all, but it is longer than a page header would be " * 9)
        for verb in ("tail", "verify"):
            self.expect(run("log", verb, text), 65, "not a decision log")
            self.expect(run("log", verb, self.path("gone.db")), 74)
            self.expect(run("log", verb), 64, "which decision log")

    def test_a_log_of_somebody_else_is_not_permitted(self):
        copy = shutil.copy(self.log, self.path("secret.db"))
        os.chmod(copy, 0)
        self.expect(self.run_without_rights("log", "tail", copy), 77)

    def test_numbers_that_are_none_are_usage_errors(self):
        for wrong in ("0", "-3", "x", ""):
            self.expect(run("log", "tail", self.log, "-n", wrong), 64, "not a whole number")
        self.assertTrue(re.search("one argument too many", run("log", "tail", self.log, "more").err))


if __name__ == "__main__":
    main()
