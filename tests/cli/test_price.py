"""test_price.py - `setpoint price`: what a daemon publishes, as a table, as JSON, and as it comes."""

import json
import subprocess
import time

from command import BIN, ESCAPE, Case, environment, main, on_terminal, run, without_escapes


def price(sku, usd, offer="open", not_before="2026-11-24T12:00:00Z", version=1, state="in force", unit="1M tokens"):
    return sku, unit, str(version), usd, offer, not_before, sku.rsplit("/", 1)[0], state


BOOK = [price("chat/us-east/input", "0.150000000"), price("chat/us-east/output", "12.600000000"),
        price("chat/us-east/output", "13.230000000", not_before="2026-12-24T12:00:30Z", version=2, state="announced"),
        price("code/eu/output", "2.000000000", offer="restricted", not_before="1970-01-01T00:00:00Z", version=0)]


class Get(Case):
    def setUp(self):
        super().setUp()
        self.ends = self.endpoint()
        self.ends.answer("prices", BOOK)

    def get(self, *arguments, code=0, err=None, **more):
        return self.expect(run("price", "get", "--state", self.ends.state, *arguments, **more), code, err)

    def test_a_table_has_points_under_points_and_no_blanks_at_the_end(self):
        lines = self.get().out.splitlines()
        self.assertEqual(lines, [
            "SKU                  USD    a                     from                 offer       version",
            "chat/us-east/input    0.15  1M tokens  in force   2026-11-24 12:00     open              1",
            "chat/us-east/output  12.6   1M tokens  in force   2026-11-24 12:00     open              1",
            "chat/us-east/output  13.23  1M tokens  announced  2026-12-24 12:00:30  open              2",
            "code/eu/output        2     1M tokens  in force                        restricted        0"])

    def test_one_sku_a_family_or_a_pattern(self):
        skus = lambda *arguments: [row["sku"] for row in self.get(*arguments, "--json").json()["prices"]]
        self.assertEqual(skus("chat/us-east/input"), ["chat/us-east/input"])
        self.assertEqual(skus("chat/us-east"), ["chat/us-east/input", "chat/us-east/output", "chat/us-east/output"])
        self.assertEqual(skus("*/output"), ["chat/us-east/output", "chat/us-east/output", "code/eu/output"])

    def test_json_has_what_the_daemon_said(self):
        answer = self.get("--json").json()
        self.assertEqual(answer["schema"], "setpoint.prices/v1")
        self.assertEqual(answer["prices"][2], {
            "sku": "chat/us-east/output", "family": "chat/us-east", "unit": "1M tokens", "version": 2, "usd": "13.230000000",
            "offer": "open", "not_before": "2026-12-24T12:00:30Z", "state": "announced"})

    def test_nothing_found_is_a_negative_answer_with_the_nearest_name(self):
        self.get("chat/us-east/outptu", code=2, err="is called 'chat/us-east/outptu': did you mean chat/us-east/output?")
        self.get("zebra", code=2, err="`setpoint price get' has them all")
        self.get("zebra*", code=2, err="matches 'zebra*'")
        self.assertEqual(self.get("zebra", "--json", code=2).json()["prices"], [])

    def test_no_prices_yet_is_a_negative_answer(self):
        self.ends.answer("prices")
        self.get(code=2, err="no prices yet")

    def test_a_large_book_is_asked_for_page_by_page(self):
        rows = [price(f"family-{i:04d}/{meter}", "1.000000000") for i in range(1000) for meter in ("input", "output")]
        self.ends.answer("prices", rows)
        self.assertEqual([row["sku"] for row in self.get("--json").json()["prices"]], [row[0] for row in rows])
        self.assertEqual(len(self.ends.all("asked")), 4)

    def test_what_the_daemon_refuses_is_said(self):
        self.ends.answer("prices", status=11, text="the daemon is busy: ask again in a moment")
        self.get(code=75, err="ask again in a moment")
        self.ends.stop()
        self.get(code=69, err="no daemon answers")

    def test_colours_are_for_terminals(self):
        self.assertNotIn(ESCAPE, self.get().out)
        text = on_terminal("price", "get", "--state", self.ends.state).out
        self.assertIn(ESCAPE + "33m", text)
        self.assertEqual([line.rstrip() for line in without_escapes(text).splitlines()], self.get().out.splitlines())
        plain = on_terminal("price", "get", "--state", self.ends.state, env=environment(NO_COLOR="1"))
        self.assertNotIn(ESCAPE, plain.out)


class Watch(Case):
    def setUp(self):
        super().setUp()
        self.ends = self.endpoint()
        self.ends.tell("price chat/us-east chat/us-east/input 1 0 0.15 -60 open",
                       "price chat/us-east chat/us-east/output 1 0 0.6 -60 open",
                       "price code/eu code/eu/output 1 0 2 -60 open", "begin 1")

    def start(self, *arguments):
        """A watcher that has the book."""
        watcher = subprocess.Popen([BIN, "price", "watch", "--state", self.ends.state, *map(str, arguments)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())

        def stop():
            watcher.kill()
            watcher.wait(60)
            watcher.stdout.close()
            watcher.stderr.close()
        self.addCleanup(stop)
        self.introduction = watcher.stderr.readline()
        return watcher

    def news(self, watcher, n):
        return [json.loads(watcher.stdout.readline()) for _ in range(n)]

    def test_the_book_is_summarised_and_changes_are_told(self):
        watcher = self.start("--count", 2)
        self.assertEqual(self.introduction, "book of epoch 1, frame 1: 2 families, 3 SKUs, 0 announced; changes follow\n")
        self.ends.tell("price chat/us-east chat/us-east/input 1 0 0.15 -60 open",
                       "price chat/us-east chat/us-east/output 2 0.6 0.63 30 open",
                       "price code/eu code/eu/output 1 0 2 -60 open", "price code/eu code/eu/output 2 2 1.8 86400 restricted",
                       "publish")
        out, _ = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 0)
        first, second = out.splitlines()
        self.assertRegex(first, r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  chat/us-east/output       0\.6 → 0\.63 USD a 1M tokens "
                                r"\(\+5\.0 %\), in force in \d+\.\d s$")
        self.assertRegex(second, r"code/eu/output +2 → 1\.8 USD a 1M tokens \(-10\.0 %\), announced for 20\S+ \S+, "
                                 r"offer restricted$")

    def test_json_lines_tell_what_is_new_of_a_group(self):
        watcher = self.start("--json")
        self.ends.tell("price code/eu code/eu/output 1 0 2 -60 open", "price code/eu code/eu/output 2 2 3 90 open", "publish")
        announced, = self.news(watcher, 1)
        self.assertEqual({key: announced[key] for key in ("schema", "event", "epoch", "seq", "family", "sku", "unit", "version",
                                                          "before_usd", "usd", "fallback_usd", "offer")},
                         {"schema": "setpoint.price/v1", "event": "change", "epoch": 1, "seq": 2, "family": "code/eu",
                          "sku": "code/eu/output", "unit": "1M tokens", "version": 2, "before_usd": "2.000000000",
                          "usd": "3.000000000", "fallback_usd": None, "offer": "open"})
        self.ends.tell("price code/eu code/eu/output 1 0 2 -60 open", "publish")
        withdrawn, = self.news(watcher, 1)
        self.assertEqual((withdrawn["event"], withdrawn["version"], withdrawn["not_before"]),
                         ("withdrawn", 2, announced["not_before"]))

    def test_all_begins_with_the_prices_that_hold(self):
        watcher = self.start("--all", "--json", "*/output")
        self.assertEqual([(row["event"], row["sku"], row["usd"]) for row in self.news(watcher, 2)],
                         [("snapshot", "chat/us-east/output", "0.600000000"), ("snapshot", "code/eu/output", "2.000000000")])

    def test_a_pattern_chooses(self):
        watcher = self.start("--json", "--count", 1, "code/*")
        self.ends.tell("price chat/us-east chat/us-east/input 2 0.15 0.2 2 open", "publish",
                       "price code/eu code/eu/output 2 2 2.1 2 open", "publish")
        out, _ = watcher.communicate(timeout=60)
        self.assertEqual([json.loads(line)["sku"] for line in out.splitlines()], ["code/eu/output"])

    def test_what_was_lost_is_repaired_and_told_once(self):
        watcher = self.start("--json", "--count", 2)
        self.ends.tell("price code/eu code/eu/output 2 2 2.1 -1 open", "publish", "price code/eu code/eu/output 3 2.1 2.2 -1 open",
                       "publish 5")
        out, _ = watcher.communicate(timeout=60)
        self.assertEqual([json.loads(line)["version"] for line in out.splitlines()], [2, 3])

    def test_a_daemon_started_anew_is_followed_on(self):
        watcher = self.start("--json", "--count", 1)
        self.ends.stop()
        self.ends = self.endpoint()
        self.ends.tell("price code/eu code/eu/output 2 2 2.1 -1 open", "begin 2")
        out, err = watcher.communicate(timeout=60)
        news = json.loads(out)
        self.assertEqual((news["epoch"], news["event"], news["version"]), (2, "change", 2))
        self.assertIn("epoch 2: the daemon has been started anew", err)

    def test_silence_past_the_lease_is_said(self):
        watcher = self.start()
        self.ends.process.kill()
        self.assertIn("nothing was heard for 2 s", watcher.stderr.readline())
        self.ends.process.wait(60)
        self.ends.process.stdin.close()
        self.ends.process.stdout.close()

    def test_for_and_count_end_it(self):
        begun = time.monotonic()
        watch = ("price", "watch", "--state", self.ends.state)
        self.expect(run(*watch, "--for", "300ms"), 0)
        self.expect(run(*watch, "--for", "300ms", "--count", 1), 2)
        self.assertLess(time.monotonic() - begun, 30)

    def test_urls_serve_in_place_of_a_directory(self):
        urls = [f"ipc://{self.ends.state}/run/{name}" for name in ("prices", "book")]
        self.expect(run("price", "watch", "--prices", urls[0], "--book", urls[1], "--for", "200ms"), 0, "book of epoch 1")
        self.expect(run("price", "watch", "--prices", urls[0]), 64, "go together")
        self.expect(run("price", "watch", "--prices", urls[0], "--book", urls[1], "--state", "x"), 64, "exclude one another")

    def test_a_reader_that_goes_away_ends_it(self):
        watcher = self.start("--all")
        watcher.stdout.close()
        self.assertEqual(watcher.wait(60), 0)

    def test_a_command_line_that_is_wrong(self):
        for wrong in (("--for", "3"), ("--count", "0"), ("a", "b")):
            self.expect(run("price", "watch", "--state", self.ends.state, *wrong), 64)

    def test_nobody_there_is_unreachable(self):
        self.ends.stop()
        self.expect(run("price", "watch", "--state", self.ends.state), 69, "is the daemon running?")


if __name__ == "__main__":
    main()
