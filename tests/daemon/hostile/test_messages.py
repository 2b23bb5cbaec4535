"""test_messages.py - more than 300 hostile messages over real sockets, while another sender's signals are true: none crashes the
daemon, none moves a price, each is counted under its reason.

What the daemon decided is compared with its own life lived again without them: the same digest at every tick.
"""

import concurrent.futures
import time
import unittest

import hostile
import rig
import sockets


class Meeting:
    """A daemon that meets all messages, in order, over one connection."""

    def __init__(self, one, url):
        self.rig, self.url = one, url
        self.tally = hostile.Tally()
        self.left_out = []  # (source, seq) of those of which something is refused
        self.found = []
        self.bystander = None

    def go(self):
        self.rig.start()
        self._send_all()
        self.found += self.bystander.end(self.left_out)
        self._compare_ticks()
        return self

    def _send_all(self):
        messages = hostile.Messages()
        connection = sockets.Connection(self.url, sockets.PUSH, sockets.PULL)
        for number in range(messages.count):
            if number == messages.sound:
                self.rig.wait_ticks(1)
                time.sleep(hostile.BEHIND_NS / 1e9)
                self.bystander = hostile.Bystander(self.rig, self.url)
            self._send(connection, *messages.get(number))
            if number % 10 == 0:
                time.sleep(0.02)  # over several ticks
        self._compare_senders()
        connection.close()
        messages.close()

    def _send(self, connection, message, verdict):
        connection.send(message)
        self.tally.add(verdict)
        if verdict["stage"] != "taken" and verdict["source"]:
            self.left_out.append((verdict["source"], verdict["seq"]))

    def _differs(self):
        said = hostile.senders(self.rig)
        self.tally.sources[hostile.GOOD] = said[hostile.GOOD]  # the bystander's to compare
        return self.tally.differs_from(said)

    def _compare_senders(self):
        if not hostile.wait_until(lambda: not self._differs(), 5.0):
            self.found += self._differs()

    def _compare_ticks(self):
        refused = hostile.refused_in_ticks(self.bystander.log)
        if refused != +self.tally.refused:
            self.found.append(f"the ticks say {refused}, not {self.tally.refused}")


def meet(meeting):
    return meeting.go()


class Messages(rig.Case):
    def meetings(self):
        url = f"tcp://127.0.0.1:{rig.free_port()}"
        by_ipc, by_tcp = self.rig(hostile.config()), self.rig(hostile.config({"signals": url}))
        return [Meeting(by_ipc, by_ipc.url("signals")), Meeting(by_tcp, url)]

    def test_none_crashes_moves_a_price_or_goes_uncounted_by_ipc_and_by_tcp(self):
        with concurrent.futures.ThreadPoolExecutor() as lanes:
            met = list(lanes.map(meet, self.meetings()))
        for one in met:
            with self.subTest(url=one.url[:6]):
                self.assertEqual(one.found, [])
                self.assertGreaterEqual(len(one.left_out), 300)
                self.blind_spots(one)
                count = sum(counts["messages"] for counts in one.tally.sources.values())
                print(f"\n{one.url[:6]}: {count} messages, {dict(one.tally.refused)}; without them: {one.bystander.again}")

    def blind_spots(self, one):
        """What would be found, were it there."""
        self.assertGreater(hostile.undisturbed(one.bystander.log, [(hostile.GOOD, 0)])["differs"], 0)
        said = {source: dict(counts) for source, counts in one.tally.sources.items()}
        said[hostile.OTHERS]["truncated"] += 1
        self.assertEqual(len(one.tally.differs_from(said)), 1)


if __name__ == "__main__":
    rig.main()
