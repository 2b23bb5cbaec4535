"""test_estimate.py - `setpoint estimate`: lines in, lines out; pictures; what docs/estimators.md prints is what it prints.

With SETPOINT_UPDATE=1 the generated parts of that page are written anew (those of the traces only where they are there).
"""

import os
import re
import shlex
import subprocess
import xml.dom.minidom

from command import BIN, ROOT, TIMEOUT, Case, main, run

PAGE = os.path.join(ROOT, "docs", "estimators.md")
TRACES = os.environ.get("SETPOINT_DATA") or os.path.join(ROOT, "..", "shared", "data")
PART = re.compile(r"```sh\n(setpoint [^`]*?)\n```\n\n<!-- what it prints -->\n(.*?)<!-- end -->\n", re.S)
KINDS = ["ewma", "holt", "holt_winters", "local_level", "local_trend", "quantile", "hampel", "cusum"]


def minutes(values):
    return "".join(f"2026-11-24T{i // 60:02}:{i % 60:02}:00Z,{value}\n" for i, value in enumerate(values))


class Estimate(Case):
    def test_every_line_is_answered(self):
        answer = self.expect(run("estimate", "ewma", "--param", "half_life=0s", stdin="0,1\n60,3\n120.5,2\n"), 0,
                             "estimate: 3 observations, 0 not measured")
        self.assertEqual(answer.out, "0,1,1,0\n60,3,3,0\n120.5,2,2,0\n")

    def test_a_header_in_makes_a_header_out_and_times_come_back_as_written(self):
        text = "t,x\n2026-11-24T00:00:00Z,5\n1764000000000000001,5\n\n9999,5"
        answer = self.expect(run("estimate", "hampel", stdin=text), 0)
        self.assertEqual([line.split(",")[0] for line in answer.out.splitlines()],
                         ["t", "2026-11-24T00:00:00Z", "1764000000000000001", "9999"])

    def test_what_is_not_known_is_empty_and_its_reason_is_said_once(self):
        answer = self.expect(run("estimate", "holt", stdin="0,1\n0,1\n60,2\n"), 0)
        self.assertEqual(answer.out.splitlines()[0], "0,,,")
        self.assertNotEqual(answer.out.splitlines()[2], "60,,,")
        self.assertEqual(answer.err.count("nothing is known"), 1)
        self.assertIn("from line 1 on: a trend needs a second observation", answer.err)

    def test_what_is_declared_missing_is_answered_and_not_folded(self):
        text = "t,x\n0,10\n60,\n120,NULL\n180,-1\n240,0\n"
        answer = self.expect(run("estimate", "ewma", "--param", "half_life=0s", "--missing", "null+-1", stdin=text), 0,
                             "2 observations, 3 not measured")
        self.assertEqual([line.split(",")[1] for line in answer.out.splitlines()], ["value", "10", "10", "10", "10", "0"])

    def test_bad_lines_are_named_with_what_helps(self):
        for text, said in (("0,1\n60\n", "stdin:2: expected t,x or t,x,u and not one cell; is the separator a comma?"),
                           ("0,1,2,3\n", "stdin:1: expected t,x or t,x,u and not more cells"),
                           ("0,1\nnoon,2\n", "stdin:2: t: 'noon' is no time; expected one such as 2026-11-24T00:00:00Z"),
                           ("0,1\n60,\n", "stdin:2: x: '' is no number; where it means that nothing was measured, say missing=null"),
                           ("0,ten\n", "stdin:1: x: 'ten' is no number"),
                           ("0,nan\n", "stdin:1: x: 'nan' is no number"),
                           ("0,1,much\n", "stdin:1: u: 'much' is no number"),
                           ("9999999999,1\n", "stdin:1: t: '9999999999' is no time between 1970 and 2200")):
            answer = self.expect(run("estimate", "ewma", stdin=text), 65, said)
            self.assertNotIn("observations", answer.err)

    def test_a_forecast_is_one_answer_at_a_time(self):
        answer = self.expect(run("estimate", "holt", "--param", "phi=1", "--param", "beta=0.5", "--param", "step=1m", "--at",
                                 "2026-11-24T02:00:00Z", stdin=minutes(range(0, 120, 2))), 0)
        t, value, _, slope = answer.out.strip().split(",")
        self.assertEqual(t, "2026-11-24T02:00:00Z")
        self.assertAlmostEqual(float(value), 240, delta=3)
        self.assertAlmostEqual(float(slope), 2 / 60, delta=0.001)

    def test_json_says_the_rest(self):
        lines = self.expect(run("estimate", "holt", "--json", stdin="t,x\n0,1\n60,2\n"), 0).lines()
        self.assertEqual(lines[0]["known"], False)
        self.assertEqual(lines[0]["reason"], "a trend needs a second observation")
        self.assertEqual((lines[1]["schema"], lines[1]["kind"], lines[1]["t"]),
                         ("setpoint.estimate/v1", "holt", "1970-01-01T00:01:00Z"))
        self.assertEqual(set(lines[1]), {"schema", "t", "kind", "known", "value", "stderr", "noise_sd", "slope", "count",
                                         "lag_s", "age_s"})

    def test_a_change_is_told_as_it_is_found(self):
        text = minutes([10] * 30 + [6] * 10)
        answer = self.expect(run("estimate", "cusum", "--param", "confirm=0s", stdin=text), 0)
        self.assertIn("estimate: change 1 began 2026-11-24T00:30:00Z, told 2026-11-24T00:31:00Z: ", answer.err)

    def test_a_picture_is_one_file_of_its_own(self):
        path = self.path("picture.svg")
        answer = self.expect(run("estimate", "cusum", "--param", "confirm=0s", "--plot", path, "--missing", "null",
                                 stdin=minutes([10, 11, 9, ""] * 20 + [60, 61, ""] * 5)), 0)
        self.assertEqual(len(answer.out.splitlines()), 95)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        picture = xml.dom.minidom.parseString(text)
        self.assertEqual(picture.documentElement.tagName, "svg")
        self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""), r"http|script|href|nan|inf")
        self.assertIn("cusum of 70 measurements", text)
        self.assertIn('class="c"', text)  # the change
        self.expect(run("estimate", "ewma", "--plot", self.path("no/such/place.svg"), stdin="0,1\n"), 74, "cannot be written")

    def test_a_picture_can_be_drawn_of_anything(self):
        for name, text in (("nothing", ""), ("one", "0,1\n"), ("constant", "0,1e30\n60,1e30\n"),
                           ("near", "".join(f"{i},{1e16 + 2 * i}\n" for i in range(9))),
                           ("huge", "0,1e300\n60,-1e300\n0,5e-324\n"), ("long", "".join(f"{i},{i % 7}\n" for i in range(9000))),
                           ("ages", "0,1\n2199-01-01,2\n"), ("late", "100,1\n0,2\n50,3\n")):
            path = self.path(name + ".svg")
            self.expect(run("estimate", "ewma", "--plot", path, stdin=text), 0)
            with open(path, encoding="utf-8") as file:
                drawn = file.read()
            xml.dom.minidom.parseString(drawn)
            self.assertNotRegex(drawn, r"\b-?(nan|inf)\b")
            self.assertLess(len(drawn), 100000)

    def test_it_ends_when_nobody_reads_on(self):
        yes = subprocess.Popen(["yes", "0,1"], stdout=subprocess.PIPE)
        self.addCleanup(yes.wait)
        self.addCleanup(yes.kill)
        child = subprocess.Popen([BIN, "estimate", "ewma"], stdin=yes.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"0,1,1,0\n")
        child.stdout.close()
        self.assertEqual(child.wait(TIMEOUT), 0)
        self.assertEqual(child.stderr.read(), b"")
        child.stderr.close()
        yes.stdout.close()

    def test_every_kind_is_listed_explained_and_run(self):
        self.assertEqual(re.findall(r"^([a-z_]+)  ", self.expect(run("estimate", "--list"), 0).out, re.M), KINDS)
        for kind in KINDS:
            text = self.expect(run("estimate", "--explain", kind), 0).out
            for part in ("formula", "source", "state", "PARAMETER"):
                self.assertIn(part, text)
            self.assertNotIn("`", text.split("PARAMETER")[1].split("confirm")[0])
            answer = self.expect(run("estimate", kind, stdin=minutes([5, 6, 5, 4, 5])), 0)
            self.assertEqual(len(answer.out.splitlines()), 5)

    def test_wrong_words_say_which_there_are(self):
        for arguments, said in ((["ewm"], "there is no estimator 'ewm': did you mean ewma?; --list names all"),
                                (["--explain", "nothing"], "there is no estimator 'nothing'; --list names all"),
                                ([], "which kind? Write `setpoint estimate KIND <FILE'"),
                                (["ewma", "holt"], "one kind at a time"),
                                (["ewma", "--list"], "give one of"),
                                (["ewma", "--param", "halflife=1m"], "did you mean half_life?"),
                                (["ewma", "--param", "half_life"], "'half_life' has no value; write half_life=5m"),
                                (["ewma", "--param", "half_life=5"], "half_life: expected a duration"),
                                (["ewma", "--at", "soon"], "--at: 'soon' is no time"),
                                (["ewma", "--missing", "none"], "missing: 'none' is not known"),
                                (["local_trend", "--param", "variances=given", "--param", "noise_sd=0", "--param", "level_sd=0",
                                  "--param", "slope_sd=0"],
                                 "needs no estimate")):
            self.expect(run("estimate", *arguments, stdin="0,1\n"), 64, said)


class Compare(Case):
    def test_errors_are_judged_on_a_file(self):
        path = self.write("day.csv", "t,x,who\n" + "".join(f"{600 * i},{i % 144},a\n{600 * i},7,b\n" for i in range(600)))
        out = self.expect(run("estimate", "--compare", path + ",value=x,who=a"), 0).out
        self.assertIn("day.csv, x**: one measurement in 10m; 600 of them, 0 not measured.", out)
        self.assertRegex(out, r"\| last value \| 2\.\d+ \| 1\.00 \| ")
        self.assertIn("| same time yesterday | 0 | 0.00 | 0 | 0.00 |", out)
        for kind in KINDS:
            self.assertIn(f"| `{kind}` |", out)

    def test_a_parameter_holds_for_every_kind_that_has_it(self):
        path = self.write("x.csv", "t,x\n" + "".join(f"{600 * i},{i % 5}\n" for i in range(400)))
        plain = self.expect(run("estimate", "--compare", path + ",value=x"), 0).out
        other = self.expect(run("estimate", "--compare", path + ",value=x", "--param", "half_life=2h"), 0).out
        changed = [a.split("|")[1].strip() for a, b in zip(plain.splitlines(), other.splitlines()) if a != b]
        self.assertEqual(set(changed) - {"`quantile`", "`cusum`"}, {"`ewma`"})
        self.expect(run("estimate", "--compare", path + ",value=x", "--param", "halflife=2h"), 64, "no kind has a parameter")

    def test_a_wrong_file_is_named_with_its_row(self):
        path = self.write("x.csv", "t,x\n0,1\n60,\n")
        self.expect(run("estimate", "--compare", path + ",value=x"), 65, "x.csv:3: x: '' is no number")
        self.expect(run("estimate", "--compare", path), 64, "which column? Say value=COLUMN")
        self.expect(run("estimate", "--compare", self.path("none.csv") + ",value=x"), 74, "cannot be read")


class Page(Case):
    """docs/estimators.md holds what its commands print."""

    def parts(self):
        with open(PAGE, encoding="utf-8") as file:
            return file.read()

    def check_part(self, command, there):
        arguments = shlex.split(command.replace("\\\n", " "))[1:]
        printed = self.expect(self.run_there(arguments), 0).out
        if os.environ.get("SETPOINT_UPDATE") == "1":
            text = self.parts()
            old = f"```sh\n{command}\n```\n\n<!-- what it prints -->\n{there}<!-- end -->\n"
            self.assertIn(old, text)
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(text.replace(old, old.replace(f"-->\n{there}<!--", f"-->\n{printed}<!--")))
            return
        self.assertEqual(printed, there, "docs/estimators.md is not current: run this test with SETPOINT_UPDATE=1")

    def run_there(self, arguments):
        arguments = [os.path.join(TRACES, word) if "/" in word and not word.startswith("-") else word for word in arguments]
        answer = run(*arguments)
        answer.out = answer.out.replace(os.path.join(TRACES, ""), "")
        return answer

    def check_parts(self, compares):
        parts = [part for part in PART.findall(self.parts()) if ("--compare" in part[0]) == compares]
        self.assertEqual(len(parts), 1)
        for command, there in parts:
            self.check_part(command, there)

    def test_the_reference_is_current(self):
        self.check_parts(False)

    def test_the_table_of_forecasts_is_current(self):
        if not os.path.isdir(os.path.join(TRACES, "servegen")):
            self.skipTest("the traces are not here")
        self.check_parts(True)


if __name__ == "__main__":
    main()
