"""test_signal.py - `setpoint signal send`: what is in a file or a pipe arrives, when it is due, and nothing else."""

import json
import os
import signal
import socket
import subprocess
import time

from command import BIN, ESCAPE, Case, environment, main, on_terminal, run

SECOND = 10**9
NOON = 1795521600 * SECOND  # 2026-11-24T12:00:00Z


def line(t, kind="utilization", subject="us-east/h100", value=0.5, **more):
    fields = {"kind": kind, "subject": subject, "value": value, **more}
    return json.dumps(fields if t is None else {"t": t, **fields}) + "\n"


class Send(Case):
    def setUp(self):
        super().setUp()
        self.ends = self.endpoint()

    def send(self, *arguments, code=0, err=None, **more):
        return self.expect(run("signal", "send", "--state", self.ends.state, *arguments, **more), code, err)

    def feed(self, name, seconds, **more):
        """A file of one signal a second from noon on."""
        return self.write(name, "".join(line(NOON + i * SECOND, value=i, kind="queue", **more) for i in range(seconds)))

    # --- what is read ---

    def test_json_lines_arrive_as_they_are(self):
        text = (line("2026-11-24T12:00:00Z", value=0.72, source="prom-1") +
                '{"tick":"2026-11-24T12:01:00Z"}\n\n' +
                line(NOON + 5, kind="usd_per_gpu_h", subject="us-east/h100:burst", value="2.10", source="prom-1"))
        answer = self.send(stdin=text)
        self.assertRegex(answer.err, r"^sent 2 records in 1 message; \d+\.\d\d s\n$")
        self.assertEqual(answer.out, "")
        self.assertEqual(self.ends.records(2), [[NOON, "utilization", "us-east/h100", 0.72, "prom-1"],
                                                [NOON + 5, "usd_per_gpu_h", "us-east/h100:burst", 2100000000, "prom-1"]])

    def test_csv_has_its_columns_in_any_order(self):
        path = self.write("a.csv", "value,subject,kind,t,source\n0.5,p,slo,2026-11-24T12:00:00Z,a\n2.5,q,cash,1795521600000000001,\n")
        self.send(path, "--source", "desk")
        self.assertEqual(self.ends.records(2), [[NOON, "slo", "p", 0.5, "a"], [NOON + 1, "cash", "q", 2500000000, "desk"]])

    def test_a_missing_time_is_now(self):
        path = self.write("a.csv", "kind,subject,value\nslo,p,1\n")
        before = time.time_ns()
        self.send(path, "-", stdin=line(None) + line("now"))
        after = time.time_ns()
        for record in self.ends.records(3):
            self.assertTrue(before <= record[0] <= after, record)
            self.assertEqual(record[4], "signal-send")

    def test_an_empty_input_sends_nothing(self):
        self.assertIn("sent 0 records in 0 messages", self.send(stdin="").err)

    def test_rows_that_are_none_are_named_and_left_out(self):
        path = self.write("bad.jsonl", line(NOON) + "nonsense\n" + line(NOON, kind="utilisation") +
                          line(NOON, subject="a b") + line(NOON + 1))
        answer = self.send(path, "--json", code=65)
        complaints = answer.err.splitlines()
        self.assertEqual(len(complaints), 3)
        self.assertTrue(complaints[0].startswith(f"{path}:2: row: is no JSON object"), complaints)
        self.assertIn("did you mean 'utilization'?", complaints[1])
        self.assertIn(":4: subject: expected a name", complaints[2])
        counts = answer.json()
        self.assertEqual((counts["schema"], counts["records"], counts["refused"]), ("setpoint.sent/v1", 2, 3))
        self.assertEqual([record[0] for record in self.ends.records(2)], [NOON, NOON + 1])

    def test_many_bad_rows_are_counted_and_not_all_named(self):
        answer = self.send(stdin="{}\n" * 100, code=65, err="100 rows left out")
        self.assertEqual(len(answer.err.splitlines()), 21)

    def test_a_file_that_is_none_sends_nothing_of_it(self):
        self.send(self.path("gone.csv"), code=74, err="cannot be read")
        self.send(self.write("a.csv", "t,kind,value\n"), code=65, err="a.csv:1: subject: no such column")

    # --- messages ---

    def test_messages_have_256_records_and_their_numbers_rise_by_one(self):
        self.send(self.feed("a.jsonl", 1000))
        records = self.ends.records(1000)
        self.assertEqual([record[3] for record in records], list(range(1000)))
        messages = self.ends.all("records")
        self.assertEqual([len(message["records"]) for message in messages], [256, 256, 256, 232])
        self.assertEqual([message["seq"] - messages[0]["seq"] for message in messages], [0, 1, 2, 3])
        self.assertLess(abs(messages[0]["seq"] - time.time_ns()), 60 * SECOND)

    def test_each_source_has_messages_and_numbers_of_its_own(self):
        self.send(stdin="".join(line(NOON + i, source="ab"[i // 2 % 2]) for i in range(8)))
        self.ends.records(8)
        messages = self.ends.all("records")
        self.assertEqual([message["source"] for message in messages], ["a", "b", "a", "b"])
        for name in "ab":
            first, second = (message["seq"] for message in messages if message["source"] == name)
            self.assertEqual(second, first + 1)

    def test_a_pipe_is_sent_as_it_comes(self):
        sender = subprocess.Popen([BIN, "signal", "send", "--state", self.ends.state], stdin=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=environment())
        for n in (1, 2):
            sender.stdin.write(line(None))
            sender.stdin.flush()
            self.ends.records(n)  # before more is written
        sender.stdin.close()
        self.assertEqual(sender.wait(60), 0)
        self.assertIn("sent 2 records in 2 messages", sender.stderr.read())
        sender.stderr.close()

    def test_over_tcp_it_is_the_same(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.ends.stop()
        url = f"tcp://127.0.0.1:{port}"
        self.ends = self.endpoint(url, f"ipc://{self.path('more')}")
        self.expect(run("signal", "send", "--to", url, stdin=line(NOON)), 0)
        self.assertEqual(len(self.ends.records(1)), 1)
        self.assertFalse(self.ends.all("records")[0]["local"])

    # --- when ---

    def test_pace_replays_faster_with_times_moved_to_now(self):
        path = self.feed("a.jsonl", 31)
        before = time.time_ns()
        answer = self.send(path, "--pace", 30, "--json")
        records = self.ends.records(31)
        self.assertGreaterEqual(answer.json()["wall_s"], 0.9)
        steps = [b[0] - a[0] for a, b in zip(records, records[1:])]
        self.assertTrue(all(abs(step - SECOND // 30) < 1000 for step in steps), steps)
        self.assertTrue(before <= records[0][0] <= before + 20 * SECOND)
        for message in self.ends.all("records"):
            for t, *_ in message["records"]:
                self.assertGreater(message["at"] - t, -50 * 10**6, "sent before it is due")

    def test_now_moves_all_times_alike(self):
        before = time.time_ns()
        self.send(self.feed("a.jsonl", 3), "--now")
        first, second, third = (record[0] for record in self.ends.records(3))
        self.assertTrue(before <= first <= time.time_ns())
        self.assertEqual((second - first, third - first), (SECOND, 2 * SECOND))

    def test_a_time_beyond_2200_once_moved_is_left_out(self):
        text = line(0) + line("2199-01-01T00:00:00Z")
        self.send("--now", stdin=text, code=65, err="standard input:2: t: moved to now")
        self.assertEqual(len(self.ends.records(1)), 1)

    def test_rate_is_kept(self):
        answer = self.send(self.feed("a.jsonl", 200), "--rate", "200/s", "--json").json()
        self.assertTrue(0.9 <= answer["wall_s"] < 30, answer)
        self.assertEqual(answer["records"], 200)
        self.assertTrue(0.5 <= self.send(self.feed("b.jsonl", 2), "--rate", "60/min", "--json").json()["wall_s"] < 30)

    # --- a daemon that does not keep up, or is not there ---

    def test_back_pressure_is_waited_for_and_loses_nothing(self):
        self.ends.tell("hold")
        path = self.write("many.jsonl", "".join(line(NOON + i, kind="queue", value=i, source="ab"[i % 2]) for i in range(20000)))
        sender = subprocess.Popen([BIN, "signal", "send", "--state", self.ends.state, path], stderr=subprocess.PIPE, text=True,
                                  env=environment())
        time.sleep(2)
        self.assertIsNone(sender.poll(), "it should wait")
        self.ends.tell("go")
        self.assertEqual(sender.wait(60), 0, sender.stderr.read())
        sender.stderr.close()
        self.assertEqual([record[3] for record in self.ends.records(20000)], list(range(20000)))

    def test_timeout_ends_the_waiting(self):
        self.ends.tell("hold")
        path = self.write("many.jsonl", "".join(line(NOON + i, source="ab"[i % 2]) for i in range(20000)))
        self.send(path, "--timeout", "300ms", code=75, err="the daemon has read nothing")

    def test_a_progress_bar_tells_that_it_waits(self):
        self.ends.tell("hold")
        path = self.write("many.jsonl", "".join(line(NOON + i, source="ab"[i % 2]) for i in range(20000)))
        text = on_terminal("signal", "send", "--state", self.ends.state, path, until="waiting for the daemon to read").out
        self.assertRegex(text, r"send .* \d+ %")
        self.assertIn(ESCAPE, text)

    def test_nobody_there_is_unreachable(self):
        self.ends.stop()
        self.send(stdin=line(NOON), code=69, err="start one with `setpoint run'")
        self.expect(run("signal", "send", "--to", "tcp://127.0.0.1:1", stdin=line(NOON)), 69)
        self.expect(run("signal", "send", "--to", "http://x", stdin=line(NOON)), 65, "is no address")

    def test_a_daemon_that_is_started_anew_is_found_again(self):
        sender = subprocess.Popen([BIN, "signal", "send", "--state", self.ends.state], stdin=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, env=environment())
        sender.stdin.write(line(NOON))
        sender.stdin.flush()
        self.ends.records(1)
        self.ends.process.send_signal(signal.SIGKILL)
        self.ends.process.wait(60)
        self.ends.process.stdin.close()
        self.ends.process.stdout.close()
        self.ends = self.endpoint()
        sender.stdin.write(line(NOON + 1))
        sender.stdin.close()
        self.assertEqual(sender.wait(60), 0)
        sender.stderr.close()
        self.assertEqual(self.ends.records(1)[0][0], NOON + 1)

    # --- the command line ---

    def test_a_command_line_that_is_wrong_is_refused_before_anything_is_sent(self):
        for wrong, why in ((("--rate", "x"), "no number over 0"), (("--rate", "5/week"), "not a number of records"),
                           (("--pace", "-1"), "no number over 0"), (("--timeout", "5"), "no span over 0"),
                           (("--pace", "2", "--rate", "3"), "exclude one another"), (("--source", "a b"), "is no name"),
                           (("--to", "ipc:///x"), "exclude one another")):
            self.send(*wrong, stdin=line(NOON), code=64, err=why)
        self.assertEqual(self.ends.all("records"), [])

    def test_somebody_else_s_socket_is_not_permitted(self):
        os.chmod(self.ends.state, 0o755)
        os.chmod(os.path.join(self.ends.state, "run"), 0o755)
        answer = self.run_without_rights("signal", "send", "--state", self.ends.state, self.write("a.jsonl", line(NOON)))
        self.expect(answer, 77, "the daemon's user's alone")


if __name__ == "__main__":
    main()
