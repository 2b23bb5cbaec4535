"""test_usage.py - help, unknown words, exit codes and output that cannot be written: the same for every command."""

import os
import re
import subprocess

from command import BIN, DEMO, Case, environment, main, run

# Every command there is, with all of its options; --help has --help and --usage too.
OPTIONS = {
    ("run",): {"config", "state", "accept-sheet", "epoch", "verbose"},
    ("signal", "send"): {"state", "to", "source", "rate", "pace", "now", "timeout", "json"},
    ("signal", "import", "focus"): {"rules", "cost", "fx", "source", "json"},
    ("init",): {"prices", "usage", "bill", "fx"},
    ("margin", "show"): {"config", "usage", "log", "trace", "at", "over", "measured", "skip-bad", "json"},
    ("price", "get"): {"state", "json"},
    ("price", "watch"): {"state", "prices", "book", "all", "for", "count", "json"},
    ("rate",): {"config", "json"},
    ("freeze",): {"state", "family", "pool", "json"},
    ("thaw",): {"state", "family", "pool", "json"},
    ("alarm", "list"): {"state", "json"},
    ("doctor",): {"config", "state", "json"},
    ("config", "check"): {"config", "json"},
    ("config", "show"): {"config", "family", "json"},
    ("config", "reference"): set(),
    ("config", "schema"): set(),
    ("replay",): {"config", "trace", "until", "skip-bad", "log", "plot", "json", "presets"},
    ("sim",): {"config", "scenario", "seed", "set", "hours", "start", "demand", "log", "story", "plot", "json", "list", "law", "report",
               "traces"},
    ("score",): {"law", "told", "moves", "scenario", "seeds", "set", "traces", "jobs", "json", "markdown", "report"},
    ("calibrate",): {"config", "trace", "window", "until", "skip-bad", "json"},
    ("cost", "show"): {"config", "log", "trace", "at", "over", "measured", "latency-target", "slo-target", "plot", "json"},
    ("cost", "diff"): {"config", "log", "trace", "at", "over", "measured", "plot", "json"},
    ("decide",): {"config", "log"},
    ("estimate",): {"param", "missing", "at", "plot", "json", "list", "explain", "compare", "reference"},
    ("loop", "status"): {"state", "log", "json"},
    ("law",): {"list", "explain", "reference", "fit", "elasticity", "most", "utc-offset"},
    ("log", "tail"): {"log", "lines", "family", "json", "follow"},
    ("log", "explain"): {"log", "json"},
    ("log", "verify"): {"log", "head", "rerun", "json"},
    ("log", "backup"): {"log"},
    ("version",): {"json"},
}


class Usage(Case):
    def test_help_of_every_command_mentions_its_options_and_no_others(self):
        for command, options in OPTIONS.items():
            answer = self.expect(run(*command, "--help"), 0)
            mentioned = set(re.findall(r"^ .{0,5}--([a-z-]+)", answer.out, re.M))
            self.assertEqual(mentioned, options | {"help", "usage"}, command)
            self.assertIn("Usage: setpoint " + " ".join(command), answer.out)

    def test_every_option_of_the_list_is_accepted_or_asks_for_its_value(self):
        for command, options in OPTIONS.items():
            for option in options:
                answer = run(*command, "--" + option, "--bogus", "--bogus") # one may be its value; the other ends it before it runs
                self.assertNotIn(f"unrecognized option '--{option}'", answer.err, (command, option))

    def test_examples_in_a_help_keep_their_lines(self):
        for command in OPTIONS:
            said = run(*command, "--help", env=environment(COLUMNS="80")).out
            self.assertNotIn("\n\n\n", said, command)
            last = said.rstrip().split("\n\n")[-1].splitlines()
            if last[0].startswith("  setpoint "):
                self.assertTrue(all(line.startswith("  ") for line in last), command)

    def test_help_lists_every_command(self):
        nouns = {command[0] for command in OPTIONS}
        for arguments in (("help",), ("--help",)):
            answer = self.expect(run(*arguments), 0)
            self.assertEqual(set(re.findall(r"^  ([a-z]+)  ", answer.out, re.M)) - {"setpoint"}, nouns)
        for noun in sorted({command[0] for command in OPTIONS if len(command) > 1}):
            verbs = {command[1] for command in OPTIONS if command[0] == noun}
            answer = self.expect(run("help", noun), 0)
            self.assertEqual(set(re.findall(r"^  ([a-z]+)  ", answer.out, re.M)), verbs)

    def test_help_of_a_command_is_its_own_help(self):
        self.assertEqual(run("help", "replay").out, run("replay", "--help").out)
        self.assertEqual(run("config", "help", "show").out, run("config", "show", "--help").out)

    def test_an_unknown_command_names_the_nearest(self):
        self.expect(run("verson"), 64, "did you mean version?")
        self.expect(run("config", "chek"), 64, "did you mean check?")
        self.assertNotIn("did you mean", self.expect(run("elephants"), 64).err)

    def test_nothing_at_all_is_a_question_for_help(self):
        answer = self.expect(run(), 64, "Usage: setpoint COMMAND")
        self.assertEqual(answer.out, "")

    def test_an_unknown_option_is_refused(self):
        for command in OPTIONS:
            self.expect(run(*command, "--bogus"), 64, "--help")

    def test_version_is_said_in_words_and_in_json(self):
        words = self.expect(run("--version"), 0).out
        answer = self.expect(run("version", "--json"), 0).json()
        self.assertEqual(answer["schema"], "setpoint.version/v1")
        self.assertIn(answer["version"], words)

    def test_a_full_disk_is_found_at_the_end(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            for arguments in (("version",), ("replay", "--help"), ("config", "schema"), ("sim", "--list"), ("replay", "--presets"),
                              ("sim", "-c", DEMO, "--hours", "1", "--json")):
                self.expect(run(*arguments, stdout=full), 74, "not complete")

    def test_a_closed_standard_output_is_found_too(self):
        done = subprocess.run(["/bin/sh", "-c", 'exec "$0" version >&-', BIN], stderr=subprocess.PIPE, text=True,
                              env=environment(), check=False)
        self.assertEqual(done.returncode, 74, done.stderr)

    def test_a_reader_that_goes_away_is_no_error(self):
        for arguments in (("config", "reference"), ("sim", "--list"), ("config", "show", DEMO)):
            reader, writer = os.pipe()
            os.close(reader)
            with os.fdopen(writer, "w") as gone:
                answer = self.expect(run(*arguments, stdout=gone), 0)
            self.assertEqual(answer.err, "", arguments)


if __name__ == "__main__":
    main()
