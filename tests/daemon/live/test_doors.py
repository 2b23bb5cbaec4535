"""test_doors.py - who gets in: a second daemon does not, the sender of docs/wire.md does and moves a price, and whoever sees prices
first sees them soon."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import rig
import sockets

PAGE = os.path.join(rig.ROOT, "docs", "wire.md")

# What the page's sender speaks of: its source, pool, lot and SKU.
PAGE_CONFIG = """version: 1
period: 1s
lateness: 100ms
convergence: 200ms
estimators: {load: {use: ewma, half_life: 0s}}
listen: {signals: "tcp://127.0.0.1:PORT"}
sources:
  - {id: prom-1, kinds: [utilization, demand, usd_per_gpu_h]}
pools:
  - id: us-east/h100
    units_per_gpu_s: 1000
    supply:
      - {id: base, term: owned, gpus: 64, usd_per_gpu_h: "1.00"}
      - {id: burst, term: on_demand, gpus: 8, usd_per_gpu_h: signal}
families:
  - id: llama-70b/us-east
    pool: us-east/h100
    profile: dynamic
    mode: auto
    policy: {use: utilization_pi, elasticity: 1.0, response_lag: 1s, delay_periods: 0}
    guardrails: {min_interval: 0s, dead_band: 0%, max_per_hour: 20%}
    skus:
      - {id: llama-70b/us-east/output, meter: output, unit: 1M tokens, usd: "1.80", weight: 1}
"""


def page_sender():
    with open(PAGE, encoding="utf-8") as file:
        return re.search(r"^```python\n(.*?)^```", file.read(), re.M | re.S)[1]


class Doors(rig.Case):
    def test_a_second_daemon_on_a_state_directory_is_refused_with_who_holds_it(self):
        live = self.rig()
        live.start()
        answer = live.run("run", "-c", live.config, "--state", live.state, check=75)
        self.assertIn(str(live.child.pid), answer.stderr)
        self.assertIn("setpoint.yaml", answer.stderr)
        self.assertTrue(live.running())
        self.assertEqual(live.status()["epoch"], "1")
        live.kill()
        live.start()  # the lock of one that was killed holds nobody
        self.assertEqual(live.status()["epoch"], "2")

    def test_where_it_may_not_listen_for_signals_it_begins_no_epoch(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            sources = "sources: [{id: one, kinds: [utilization]}]\n"
            live = self.rig(rig.config_text(**rig.with_listen(taken.getsockname()[1], sources=sources)))
            live.start(wait=False)
            self.assertEqual(live.await_death(), 75)
            self.assertIn("another program listens there", live.said())
        live.start()
        self.assertEqual(live.status()["epoch"], "1")

    def test_the_sender_of_the_page_moves_a_price_over_tcp(self):
        port = rig.free_port()
        live = self.rig(PAGE_CONFIG.replace("PORT", str(port)))
        watcher = live.subscribe()
        live.start()
        script = os.path.join(live.folder, "sender.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(page_sender())
        subprocess.run([sys.executable, "-B", script, "127.0.0.1", str(port)], check=True, timeout=20)
        moved = watcher.wait(lambda frame: any(price.version > 0 for prices in frame.groups().values() for price in prices))
        self.assertIsNotNone(moved, live.said())
        price = moved.groups()["llama-70b/us-east"][-1]
        self.assertGreater(price.amount, 1_800_000_000)
        sources = {row[0]: row for row in live.ask("sources").rows}
        self.assertEqual(sources["prom-1"][1:6], ["2", "3", "3", "0", ""])

    def test_over_tcp_whom_the_configuration_does_not_name_is_refused(self):
        port = rig.free_port()
        live = self.rig(PAGE_CONFIG.replace("PORT", str(port)))
        live.start()
        stranger = live.sender("stranger", f"tcp://127.0.0.1:{port}")
        stranger.send([[time.time_ns(), "utilization", "us-east/h100", 2.0]])
        live.wait_ticks(2)
        self.assertEqual(live.book()[0].groups()["llama-70b/us-east"][0].version, 0)
        self.assertIn("source 1", " ".join(row[5] for row in live.ask("sources").rows))

    def test_a_freeze_by_signal_during_the_start_is_no_end_and_holds(self):
        live = self.rig()
        live.start(failpoint="lock_taken:1:pause=300", wait=False)
        time.sleep(0.15)
        live.signal(signal.SIGUSR1)
        self.assertTrue(live.wait_ready(), live.said())
        live.stream("one")
        live.wait_ticks(2)
        self.assertEqual([row[0] for row in live.ask("frozen").rows], ["all"])
        self.assertEqual(self.versions(live), set())
        live.ask("thaw", "all")
        live.wait_ticks(live.live_ticks() + 2)
        self.assertGreater(max(self.versions(live)), 0)

    def versions(self, live):
        return {price.version for frame in live.book() for prices in frame.groups().values() for price in prices}

    def test_what_was_frozen_from_the_first_start_is_told_when_it_is_thawed(self):
        """Families that do not move, too: nobody told them before."""
        live = self.rig(rig.config_text().replace("mode: auto", "mode: observe"))
        os.makedirs(live.state, mode=0o700)
        with open(os.path.join(live.state, "FREEZE"), "w", encoding="utf-8") as file:
            file.write("all\n")
        live.start()
        live.wait_ticks(1)
        self.assertEqual(self.versions(live), set())
        live.ask("thaw", "all")
        live.wait_ticks(live.live_ticks() + 2)
        self.assertEqual(self.versions(live), {0})

    def test_a_clean_stop_is_quick_and_the_next_start_re_runs_nothing(self):
        live = self.rig()
        live.start()
        live.stream("one")
        live.wait_ticks(2)
        began = time.monotonic()
        live.signal(signal.SIGTERM)
        while "event=stopped" not in live.said():
            self.assertLess(time.monotonic() - began, 0.9)  # it does not wait for the next tick
            time.sleep(0.01)
        self.assertEqual(live.child.wait(rig.READY_S), 0)
        live.start()
        self.assertRegex(live.said().rsplit("event=started", 1)[1], "rerun_ticks=0")

    def test_r12_a_message_that_was_committed_is_not_taken_again_after_a_kill(self):
        live = self.rig()
        live.start()
        first = live.sender("one", seq=1000)
        first.send([[time.time_ns(), "utilization", "east", 0.9]])
        live.wait_ticks(1)
        live.kill()
        live.start()
        again = live.sender("one", seq=1000)
        again.send([[time.time_ns(), "utilization", "east", 0.9]])
        again.send([[time.time_ns(), "utilization", "east", 0.9]])
        live.wait_ticks(live.live_ticks() + 1)
        self.assertEqual({row[0]: row[1:6] for row in live.ask("sources").rows}["one"], ["2", "2", "1", "0", "sequence 1"])

    def test_a_gateway_that_comes_late_is_told_the_book_and_goes_on_without_a_gap(self):
        live = self.rig()
        live.start()
        live.stream("one")
        live.wait_ticks(2)
        watcher = live.subscribe()
        watcher.wait(lambda frame: frame.kind == sockets.BOOK)
        book = sockets.Book()
        book.take_snapshot(live.book())
        n = watcher.count()
        self.assertIsNotNone(watcher.wait(lambda frame: frame.kind == sockets.BOOK, after=n))
        for frame in watcher.books():
            book.take(frame)
        self.assertEqual((book.gaps, len(book.told)), (0, len(rig.FAMILIES)))
        # what is in force by the rules of the page is what the daemon says
        time.sleep(0.4)
        rows, more = live.ask("prices", "*", "").rows, live.ask("prices", "*", "").more
        self.assertEqual(more, 0)
        said = {row[0]: int(row[2]) for row in rows if row[7] == "in force"}
        for sku, (version, _) in book.in_force(time.time_ns()).items():
            self.assertLessEqual(abs(version - said[sku]), 1, sku)


if __name__ == "__main__":
    rig.main()
