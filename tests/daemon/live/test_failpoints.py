"""test_failpoints.py - killed at every failpoint of log and daemon, each brought about by what leads there.

Points that lie on a tick's way, on the way of a start, of a command or of a reload take their turns in one life each; those that
need a full block, a wide book or an old log have lives of their own. In soak each takes its turn again and again, on its
first, second or third passing.
"""

import concurrent.futures
import json
import os
import re
import signal
import sqlite3
import threading
import time
import unittest

import counts
import lives
import rig
import sockets

TICK = ["commit_before_begin", "commit_after_inputs", "commit_before_commit", "commit_after_commit", "publish_before",
        "publish_after", "published_recorded"]
START = ["lock_taken", "rerun_before", "rerun_after", "epoch_before_commit", "epoch_after_commit", "book_sent"]
STOP = ["stop_before_checkpoint", "checkpoint_before", "checkpoint_after", "stop_after_checkpoint"]
FREEZE = ["freeze_in_memory", "freeze_before_file", "freeze_after_file"]
THAW = ["thaw_before_file", "thaw_after_file"]
RELOAD = ["append_before_commit", "append_after_commit", "reload_before_swap", "reload_after_swap"]
WIDE = ["publish_midway"]
FULL = ["block_full", "wal_trim"]
MIGRATE = ["migrate_after_backup", "migrate_before_commit", "migrate_after_commit"]
OLD = ["rotate_after_closing", "rotate_after_move", "rotate_after_new", "prune_before_commit", "prune_after_commit"]
ALL = TICK + START + STOP + FREEZE + THAW + RELOAD + WIDE + FULL + MIGRATE + OLD


def listed():
    with open(os.path.join(rig.ROOT, "base", "failpoint.h"), encoding="utf-8") as file:
        return re.findall(r"^\s*X\((\w+), \"", file.read(), re.M)


# --- lives that take their points one after the other ---


def grown(life):
    """It has a tick that is told, so that a start has something to go on with."""
    if not life.ticks:
        life.begin()
        life.wait_ticks(2)
        life.kill()


def passing(life):
    return life.random.randint(1, 3) if rig.SOAK else 1


def die_at_tick(life, name):
    life.begin(f"{name}:{passing(life)}")
    life.await_kill(name)


def die_at_start(life, name):
    grown(life)
    life.begin(name, measured=False)
    life.await_kill(name)


def die_at_stop(life, name):
    life.begin(name)
    life.wait_ticks(1)
    life.rig.signal(signal.SIGTERM)
    life.await_kill(name)


def ask_in_vain(life, *words):
    """Somebody asks, and gets no answer: it dies over it."""
    def ask():
        try:
            life.rig.ask(*words, timeout=5)
        except (OSError, ValueError):
            pass
    threading.Thread(target=ask, daemon=True).start()


def die_at_freeze(life, name):
    """What the file says after it is what holds after the next start."""
    life.begin(name)
    life.rig.wait_ready()
    ask_in_vain(life, "freeze", "all")
    life.await_kill(name)
    frozen = os.path.exists(os.path.join(life.rig.state, "FREEZE"))
    if frozen != (name == "freeze_after_file"):
        life.find([f"{name}: there is {'a' if frozen else 'no'} FREEZE file"])
    life.begin()
    life.rig.wait_ready()
    held = life.rig.ask("frozen").rows
    if bool(held) != frozen:
        life.find([f"{name}: after it {held} is frozen"])
    if held:
        life.rig.ask("thaw", "all")
    life.kill()


def die_at_thaw(life, name):
    life.begin(name)
    life.rig.wait_ready()
    life.rig.ask("freeze", "all")
    ask_in_vain(life, "thaw", "all")
    life.await_kill(name)
    frozen = os.path.exists(os.path.join(life.rig.state, "FREEZE"))
    life.begin()
    life.rig.wait_ready()
    held = life.rig.ask("frozen").rows
    if bool(held) != frozen or frozen != (name == "thaw_before_file"):
        life.find([f"{name}: after it {held} is frozen, file: {frozen}"])
    if held:
        life.rig.ask("thaw", "all")
    life.kill()


def die_at_reload(life, name):
    grown(life)
    config = life.config + f"# {name} {life.random.random()}\n"
    life.begin(name)
    if life.rig.wait_ready():
        life.rig.write_config(config)
        life.rig.signal(signal.SIGHUP)
    life.await_kill(name)


# --- a wide book; a full block ---


def wide_config():
    text = rig.config_text().split("families:\n")[0] + "families:\n"
    for family in rig.FAMILIES:
        text += f"  - id: {family}\n    pool: {family.split('/')[0]}\n    skus:\n"
        for i in range(70):
            text += f'      - {{id: {family}/{i}, meter: m{i}, unit: 1M tokens, usd: "0.45", weight: 1}}\n'
    return text


def full_config(period="1s"):
    return rig.config_text(period=period, sources="sources: [{id: s0, kinds: [utilization, latency], max_per_s: 10000000}]\n")


class Flood:
    """As many records as a message holds, in which no compression finds much; and load, so that prices move."""

    def __init__(self, seed):
        self.random = rig.random.Random(seed)

    def __call__(self, _):
        now = time.time_ns()
        return [[now - 4096 + i, "latency", "east", self.random.random()] for i in range(4090)] + \
            [[now, "utilization", pool, self.random.uniform(0.5, 0.9)] for pool in rig.POOLS]


def die_in_flood(life, name):
    """A period of 10 s lets the block fill; the last stretch has one of 1 s."""
    life.rig.write_config(full_config("10s"))
    life.begin(name, measured=False)
    life.await_kill(name, 60)
    life.rig.write_config(full_config("1s"))


# --- an old log ---


def old_config():
    return rig.config_text(more="keep_inputs: {age: 1h}\nlog: {rotate_size: 1000000}\n")


def make_old_log(life, ticks=400):
    """A replay of some minutes of three hours ago: the first live tick is of another hour, so a checkpoint is due."""
    start = (time.time_ns() // 10**9 - 3 * 3600) * 10**9
    load = rig.Load(life.random.random(), n=3)
    os.makedirs(life.rig.state, mode=0o700)
    with open(os.path.join(life.rig.folder, "old.jsonl"), "w", encoding="utf-8") as file:
        for tick in range(ticks):
            for i, record in enumerate(load(0)):
                file.write(json.dumps({"t": start + tick * 10**9 + i * 10**8, "kind": record[1], "subject": record[2],
                                       "value": record[3], "source": "s0"}) + "\n")
    life.rig.run("replay", "-c", life.rig.config, "--trace", f"signals:{file.name}", "--log",
                 os.path.join(life.rig.state, "setpoint.db"), check=0)


def make_schema_1(life):
    """As the version before this one left it: without the tables of the feed."""
    with sqlite3.connect(os.path.join(life.rig.state, "setpoint.db")) as db:
        db.executescript("DROP TABLE epoch; DROP TABLE publication; DROP INDEX checkpoint_there; PRAGMA user_version = 1;")
    db.close()


def die_with_old(life, name):
    make_old_log(life, 60 if name in MIGRATE else 500)
    if name in MIGRATE:
        make_schema_1(life)
    life.begin(name, measured=False)
    life.await_kill(name)


# --- all of them ---

LIVES = [  # points, how each is died at, configuration, options of the life, can it re-run from its first tick
    (TICK, die_at_tick, None, {}, True),
    (START + STOP, None, None, {}, True),
    (FREEZE + THAW, None, None, {}, True),
    (RELOAD, die_at_reload, None, {}, True),
    (WIDE, die_at_tick, wide_config, {}, True),
    (FULL, die_in_flood, full_config, {"senders": 1, "make": Flood, "pause_s": 0.0}, True),
]
LIVES += [([name], die_with_old, None, {}, True) for name in MIGRATE]
LIVES += [([name], die_with_old, old_config, {}, False) for name in OLD]  # its inputs are pruned
HOW = {**dict.fromkeys(START, die_at_start), **dict.fromkeys(STOP, die_at_stop), **dict.fromkeys(FREEZE, die_at_freeze),
       **dict.fromkeys(THAW, die_at_thaw)}


def live(number, seed):
    points, how, config, options, whole = LIVES[number]
    life = lives.Life(seed, config() if config else None, **options)
    try:
        for name in points:
            (how or HOW[name])(life, name)
        found = life.end(whole)
        return life.deaths, life.firsts, found
    finally:
        life.close()


class Failpoints(unittest.TestCase):
    def test_every_failpoint_is_died_at(self):
        self.assertEqual(sorted(ALL), sorted(listed()))

    def test_killed_at_every_failpoint_nothing_is_lost_published_or_forgotten(self):
        count, firsts = counts.Count("failpoints", len(ALL), 200), []
        while count.left():
            with concurrent.futures.ThreadPoolExecutor(5) as lanes:
                futures = [lanes.submit(live, i, f"{rig.RANDOM.random()}") for i in range(len(LIVES))]
                results = [future.result() for future in futures]
            for deaths, first, found in results:
                self.assertEqual(found, [])
                count.add(deaths)
                firsts += first
        print(f"\n{count.done} kills; from exec to the first valid publication: {counts.distribution(firsts)}")


if __name__ == "__main__":
    rig.main()
