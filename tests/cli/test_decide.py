"""test_decide.py - `setpoint decide`: JSON Lines in, JSON Lines out, flushed at every tick."""

import json
import subprocess

from command import BIN, QUICKSTART, ROOT, Case, environment, main, run

POOL = "us-east/h100"


def signal(minute, load):
    return json.dumps({"t": f"2026-11-24T00:{minute:02}:30Z", "kind": "utilization", "subject": POOL, "value": load})


def tick(minute):
    return json.dumps({"tick": f"2026-11-24T00:{minute + 1:02}:00Z"})


def minutes(n, load=0.9):
    return "".join(signal(i, load) + "\n" + tick(i) + "\n" for i in range(n))


class Decide(Case):
    def test_every_tick_is_answered_by_every_family_and_a_marker(self):
        answer = self.expect(run("decide", "-c", QUICKSTART, stdin=minutes(5)), 0,
                             "decide: 5 ticks, 5 signals taken, 0 refused")
        lines = answer.lines()
        self.assertEqual([line["schema"] for line in lines], ["setpoint.decision/v1", "setpoint.tick/v1"] * 5)
        self.assertEqual(lines[0]["family"], "chat/us-east")
        self.assertEqual(lines[-1]["t"], "2026-11-24T00:05:00Z")

    def test_a_line_that_is_none_is_refused_alone_and_said_with_its_number(self):
        feed = signal(0, 0.5) + "\nnot a signal\n" + tick(0) + "\n"
        answer = self.expect(run("decide", "-c", QUICKSTART, stdin=feed), 0, "stdin:2: ")
        self.assertIn("1 tick, 1 signal taken, 1 refused", answer.err)
        self.assertEqual(answer.lines()[-1]["refused"], {"malformed": 1})

    def test_an_alarm_is_told_with_its_cure_and_told_when_it_is_over(self):
        feed = signal(0, 0.5) + "\n" + tick(0) + "\n" + tick(20) + "\n" + signal(21, 0.5) + "\n" + tick(21) + "\n"
        markers = self.expect(run("decide", "-c", QUICKSTART, stdin=feed), 0).lines()[1::2]
        self.assertEqual([len(marker["alarms"]) for marker in markers], [0, 1, 1])
        raised, over = markers[1]["alarms"][0], markers[2]["alarms"][0]
        self.assertEqual((raised["code"], raised["subject"], raised["raised"]), ("stale_demand", POOL, True))
        self.assertIn("check the sender of utilization", raised["cure"])
        self.assertEqual((over["code"], over["subject"], over["raised"]), ("stale_demand", POOL, False))

    def test_a_refusal_says_against_what_and_what_helps(self):
        feed = [signal(1, 0.5), tick(1), signal(2, 72), signal(0, 0.5),
                signal(2, 0.5).replace("T00:", "T09:"), signal(2, 0.5).replace(POOL, "chat/us-east"),
                signal(2, 1.9)]
        said = self.expect(run("decide", "-c", QUICKSTART, stdin="\n".join(feed) + "\n"), 0).err.splitlines()
        self.assertIn("utilization is 72, and may be from 0 to 2; it is a fraction: 72 % is 0.72", said[0])
        self.assertIn("older than the last one taken: 2026-11-24T00:00:30Z, and the last utilization is of "
                      "2026-11-24T00:01:30Z", said[1])
        self.assertIn("2026-11-24T09:02:30Z, and after the tick of 2026-11-24T00:02:00Z at most 2026-11-24T01:03:00Z", said[2])
        self.assertIn("utilization is measured on a pool", said[3])
        self.assertIn("1.9 (the last: 0.5)", said[4])
        self.assertIn("records in a row agree", said[4])

    def test_a_jump_says_its_ratio_and_what_makes_it_real(self):
        def price(minute, usd):
            return json.dumps({"t": f"2026-11-24T00:{minute:02}:00Z", "kind": "list_price",
                               "subject": "chat/us-east/input", "value": usd})
        said = self.expect(run("decide", "-c", QUICKSTART, stdin="\n".join([price(0, "0.45"), price(1, "45")])), 0).err
        self.assertIn("45 USD/unit after 0.45 USD/unit is more than a factor of 10; it is taken when 3 records in a row agree",
                      said)

    def test_answers_come_at_once(self):
        child = subprocess.Popen([BIN, "decide", "-c", QUICKSTART], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True, env=environment(), cwd=ROOT)
        for i in range(3):
            child.stdin.write(signal(i, 0.6) + "\n" + tick(i) + "\n")
            child.stdin.flush()
            self.assertEqual(json.loads(child.stdout.readline())["schema"], "setpoint.decision/v1")
            self.assertEqual(json.loads(child.stdout.readline())["schema"], "setpoint.tick/v1")
        child.stdin.close()
        child.stdout.close()
        self.assertEqual(child.wait(60), 0)

    def test_a_log_holds_what_was_decided(self):
        log = self.path("a.db")
        marker = self.expect(run("decide", "-c", QUICKSTART, "--log", log, stdin=minutes(20)), 0).lines()[-1]
        replayed = self.expect(run("replay", "--trace", log, "--json"), 0).json()
        self.assertEqual(replayed["ticks"], 20)
        self.assertEqual(replayed["taken"], 20)
        self.assertEqual(len(marker["digest"]), 64)
        self.expect(run("log", "verify", log, "--rerun"), 0)

    def test_an_existing_log_is_not_written_over(self):
        log = self.write("a.db", "mine")
        self.expect(run("decide", "-c", QUICKSTART, "--log", log, stdin=minutes(1)), 64, "name another file")
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")

    def test_wrong_command_lines_say_what_to_write(self):
        self.expect(run("decide"), 64, "-c FILE")
        self.expect(run("decide", "-c", QUICKSTART, "feed.jsonl"), 64, "standard input")
        self.expect(run("decide", "-c", self.path("gone.yaml")), 74)
        self.expect(run("decide", "-c", self.write("bad.yaml", "version: 2\n")), 78, "refused")

    def test_a_full_disk_ends_it(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            self.expect(run("decide", "-c", QUICKSTART, stdin=minutes(3), stdout=full), 74)

    def test_standard_input_that_cannot_be_read_is_an_input_error(self):
        done = subprocess.run(["/bin/sh", "-c", 'exec "$0" decide -c "$1" <"$2"', BIN, QUICKSTART, self.scratch],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment(), check=False)
        self.assertEqual(done.returncode, 74, done.stderr)


if __name__ == "__main__":
    main()
