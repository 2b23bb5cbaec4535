"""test_init.py - `setpoint init` and `margin show`: from a company's files to a checked configuration and its margin."""

import csv
import os
import pty
import shlex
import subprocess
import time
from decimal import Decimal

from command import BIN, ROOT, TIMEOUT, Case, environment, main, on_terminal, read_terminal, run

COMPANY = os.path.join(ROOT, "examples", "company")
FILES = {name: os.path.join(COMPANY, name + ".csv") for name in ("prices", "usage", "lots")}
ALL = ("--prices", FILES["prices"], "--usage", FILES["usage"], "--bill", FILES["lots"])


def unwrapped(text):
    return " ".join(text.split())


class Init(Case):
    def init(self, *arguments, code=0, err=None):
        return self.expect(run("init", self.path("shop"), *arguments), code, err)

    def read(self, name):
        with open(os.path.join(self.path("shop"), name), encoding="utf-8") as file:
            return file.read()

    def check(self):
        self.expect(run("config", "check", os.path.join(self.path("shop"), "setpoint.yaml")), 0)

    def margin(self, usage=FILES["usage"]):
        return self.expect(run("margin", "show", "-c", os.path.join(self.path("shop"), "setpoint.yaml"), "--usage", usage, "--json"),
                           0).json()

    def test_the_example_company_comes_to_its_first_margin(self):
        out = self.init(*ALL).out
        self.check()
        yaml = self.read("setpoint.yaml")
        self.assertIn("mode: observe", yaml)
        guesses = [line for line in yaml.splitlines() if "guess:" in line]
        self.assertEqual(len(guesses), 9)
        self.assertIn("9 guessed values marked", unwrapped(out))
        for line in guesses:  # as grep shows it: the cure is in the same line, and the line on a screen
            self.assertIn("; replace with ", line)
            self.assertLess(len(line), 130)
        self.assertIn("Had they been 80 %, every cost above would be 1.6 times as high", unwrapped(out))
        for said in ("unknown: the sign flips inside the band", "whatever weights and capacity are", "credits pay", "Assumed: weights"):
            self.assertIn(said, out)
        replayed = self.expect(run("replay", "-c", os.path.join(self.path("shop"), "setpoint.yaml"), "--trace", "usage:" + FILES["usage"]), 0)
        self.assertIn("2,016 signals taken, 0 refused", replayed.out)

    def test_the_margin_is_that_of_the_files(self):
        self.init(*ALL)
        margin = self.margin()
        self.assertEqual(margin["schema"], "setpoint.margin/v1")
        self.assertEqual(margin["span_s"], 7 * 86400)
        with open(FILES["usage"], encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for family in margin["families"]:
            revenue = sum(Decimal(row["revenue"]) for row in rows if row["sku"].rsplit("/", 1)[0] == family["family"])
            self.assertLess(abs(Decimal(family["revenue"]["usd"]) - revenue / 7), Decimal("2e-9"), family["family"])
            left = Decimal(family["revenue"]["usd"]) - Decimal(family["cost"]["usd"])
            self.assertEqual(Decimal(family["margin"]["usd"]), left)
            low, high = (Decimal(family["margin"][end]) for end in ("low_usd", "high_usd"))
            self.assertEqual(family["verdict"], "unknown" if low < 0 < high else "gain" if low >= 0 else "loss")
        # half busy is the guess: so the load takes half of what the lots cost
        for pool, usd in zip(margin["pools"], ("844.8", "787.2"), strict=True):
            self.assertEqual(Decimal(pool["paid"]["usd"]), Decimal(usd))
            self.assertLess(abs(Decimal(pool["sold"]["usd"]) - Decimal(usd) / 2), Decimal("0.01"))
        self.assertIn("unknown", [family["verdict"] for family in margin["families"]])

    def test_nothing_is_overwritten(self):
        self.init(*ALL)
        before = self.read("setpoint.yaml")
        self.init(*ALL, code=74, err="is there already, and is not overwritten")
        self.assertEqual(self.read("setpoint.yaml"), before)

    def test_a_missing_file_is_a_marked_guess_or_an_unknown(self):
        out = self.init("--usage", FILES["usage"]).out
        self.check()
        self.assertIn("made up, no bill", self.read("setpoint.yaml"))
        self.assertIn("# guess: one pool serves all", self.read("setpoint.yaml"))
        self.assertIn("what was earned per million", self.read("setpoint.yaml"))
        self.assertIn("Unknown: cost and with it margin, since there was no bill", unwrapped(out))
        self.assertNotIn("Margin in USD", out)
        self.assertNotIn("Guessed: that GPUs", out)

    def test_prices_alone_are_enough_to_begin(self):
        out = self.init("--prices", FILES["prices"]).out
        self.check()
        self.assertIn("Unknown: margin, since there was no usage", out)

    def test_a_price_map_is_read_as_decimals_and_only_what_is_used(self):
        prices = self.write("map.json", '{"sample_spec":{"input_cost_per_token":0},\n'
                            '"m\\"x":{"input_cost_per_token":1e-6},\n'
                            '"acme/a":{"input_cost_per_token":3.2175e-07,"output_cost_per_token":0.00000024999988,'
                            '"cache_read_input_token_cost":1.1e-08,"max_tokens":1000,"mode":"chat"},\n'
                            '"acme/b":{"input_cost_per_token":-1}}')
        self.init("--prices", prices)
        self.check()
        self.assertEqual(self.read("prices.csv").splitlines(), [
            "sku,family,meter,unit,usd,weight", "acme/a/input,acme/a,input,1M tokens,0.32175,1",
            "acme/a/output,acme/a,output,1M tokens,0.24999988,4", "acme/a/cached,acme/a,cached,1M tokens,0.011,0.1"])

    def test_a_map_finds_a_model_behind_its_provider_only_where_it_is_the_only_one(self):
        price = '{"input_cost_per_token":1e-06,"output_cost_per_token":2e-06}'
        prices = self.write("map.json", '{"vllm/atlas":' + price + ',"azure/two":' + price + ',"aws/two":' + price + ',"x/bare":'
                            + price + ',"bare":{"input_cost_per_token":3e-06,"input_cost_per_token_above_200k_tokens":1,'
                            '"input_cost_per_token_batches":1,"input_cost_per_token_priority":1}}')
        usage = self.write("usage.csv", "hour,sku,units,revenue\n" + "".join(
            f"2026-11-24,{model}/input,1000,1\n" for model in ("atlas", "two", "bare")))
        out = unwrapped(self.init("--prices", prices, "--usage", usage, "--bill", FILES["lots"]).out)
        rows = [line.split(",")[:2] + [line.split(",")[4]] for line in self.read("prices.csv").splitlines()[1:]]
        self.assertEqual(sorted(rows), [["atlas/input", "atlas", "1"], ["atlas/output", "atlas", "2"], ["bare/input", "bare", "3"]])
        self.assertIn("1 SKU in the usage with no price", out)             # two/input could be either
        self.assertIn("3 prices on other terms", out)

    def test_a_focus_bill_is_a_lot_with_its_guess_marked(self):
        bill = self.write("bill.csv", "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd\n"
                          "1,50.0,USD,Usage,2026-11-24T00:00:00Z,2026-11-24T01:00:00Z\n"
                          "1,-9,USD,Credit,2026-11-24T00:00:00Z,2026-11-24T01:00:00Z\n"
                          "1,50.0,USD,Usage,2026-11-24T01:00:00Z,2026-11-24T02:00:00Z\n")
        self.init("--prices", FILES["prices"], "--usage", FILES["usage"], "--bill", bill)
        self.check()
        self.assertIn('gpus: 20, usd_per_gpu_h: "2.500000"', self.read("setpoint.yaml"))
        self.assertIn("# guess: the bill without its credits", self.read("setpoint.yaml"))

    def test_a_bill_in_euros_wants_a_rate(self):
        bill = self.write("bill.csv", "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd\n"
                          "1,50.0,EUR,Usage,2026-11-24T00:00:00Z,2026-11-24T01:00:00Z\n")
        arguments = ("--prices", FILES["prices"], "--bill", bill)
        self.init(*arguments, code=65, err="bill.csv:2: BillingCurrency: 'EUR' is not USD; give what one is worth with --fx EUR=RATE")
        for rate in ("EURO=1", "EUR", "EUR=", "EUR=0", "EUR=-1", "EUR=nan"):
            self.init(*arguments, "--fx", rate, code=64, err=f"'{rate}' is not a currency and a rate")
        self.init(*arguments, "--fx", "EUR=1.08")
        self.assertIn('gpus: 22, usd_per_gpu_h: "2.454545"', self.read("setpoint.yaml"))  # 54 USD an hour

    def test_usage_without_a_price_is_told_and_not_mixed_in(self):
        usage = self.write("usage.csv", "hour,sku,units,revenue\n2026-11-24,atlas-8b/us-east/input,1000,1\n2026-11-24,new,5,2.5\n")
        out = self.init("--prices", FILES["prices"], "--usage", usage, "--bill", FILES["lots"]).out
        self.assertIn("Unknown: 1 SKU in the usage with no price, 2.5 USD", out)
        self.assertEqual(self.margin(usage)["unknown"], {"skus": 1, "revenue_usd": "2.5"})

    def test_hostile_files_write_nothing(self):
        """And what is wrong is told by the place in the file that was given."""
        head = "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd\n"
        for option, text, err in (
                ("--prices", "name,price\na,1\n", "bad.csv:1: sku: no such column; expected sku,usd["),
                ("--prices", "sku,price\na,1\n", "bad.csv:1: usd: no such column"),
                ("--prices", "sku;usd\na;1\n", "begins with 'sku;usd': save it with commas"),
                ("--prices", "", "the file is empty"), ("--prices", "sku,usd\n", "row: none below the header"),
                ("--prices", "{", "no price map"), ("--prices", "{}", "no price a token in it"),
                ("--prices", 'sku,usd\n"a{",1\n', "bad.csv:2: sku: 'a{' is no name"),
                ("--prices", "sku,usd\na/b,nan\n", "bad.csv:2: usd: 'nan' is no price"),
                ("--prices", "sku,usd\na/b,NULL\n", "bad.csv:2: usd: nothing in it"),
                ("--prices", "sku,usd\na/b,-1\n", "bad.csv:2: usd: '-1' is no price"),
                ("--prices", "sku,usd\na/b,0\n", "bad.csv:2: usd: '0' is no price"),
                ("--prices", "sku,usd,weight\na/b,1,0\n", "bad.csv:2: weight: '0' is no weight"),
                ("--prices", 'sku,usd,unit\na/b,1,"1,000"\n', "bad.csv:2: unit: '1,000' is no unit"),
                ("--prices", "sku,usd\na/b,1\nc,1\na/b,2\n", "bad.csv:4: sku: a/b is given twice"),
                ("--prices", "sku,usd\n" + "a" * 200000 + ",1\n", "bad.csv:2: row: longer than"),
                ("--usage", "hour,sku,units\nnow,a,1\n", "'now' is no time"),
                ("--usage", "hour,sku,units\n2026-11-24,a,-1\n", "'-1' is no quantity"),
                ("--usage", "hour,sku,units\n2026-11-24,a,NULL\n", "'NULL' is no quantity"),
                ("--usage", "hour,sku,units\n", "no row below the header"),
                ("--bill", "gpus,usd_per_gpu_h\n1e99,2\n", "bad.csv:2: gpus: '1e99' is no count of GPUs"),
                ("--bill", "gpus,usd_per_gpu_h\n-4,2\n", "bad.csv:2: gpus: '-4' is no count of GPUs"),
                ("--bill", "gpus,usd_per_gpu_h\n0,2\n", "bad.csv:2: gpus: '0' is no count of GPUs"),
                ("--bill", "gpus,usd_per_gpu_h\n7.5,2\n", "bad.csv:2: gpus: '7.5' is no count of GPUs"),
                ("--bill", "gpus,usd_per_gpu_h,term\n8,2,lease\n", "bad.csv:2: term: 'lease' is no term; expected owned,"),
                ("--bill", "gpus,usd_per_gpu_h,ends\n8,2,31.12.2026\n", "bad.csv:2: ends: '31.12.2026' is no date"),
                ("--bill", "gpus,usd_per_gpu_h,pool\n8,2,a: b\n", "bad.csv:2: pool: 'a: b' is no name"),
                ("--bill", "gpus,usd_per_gpu_h,id,pool\n8,2,a,p\n8,2,a,p\n", "bad.csv:3: id: a is given twice in pool p"),
                ("--bill", "gpus,usd_per_gpu_h\n", "row: none below the header"),
                ("--bill", "gpus\n1\n", "usd_per_gpu_h: no such column"),
                ("--bill", head, "bad.csv: no charge in it"),
                ("--bill", head + "1,NULL,USD,Usage,2026-11-24,2026-11-25\n", "bad.csv: no charge in it")):
            path = self.write("bad.csv", text)
            arguments = ("--prices", FILES["prices"], option, path) if option != "--prices" else (option, path)
            self.init(*arguments, code=65, err=err)
            self.assertFalse(os.path.exists(self.path("shop")), (option, text))
        self.init("--prices", self.scratch, code=74, err="is a directory; give a file")
        self.init("--prices", self.path("none"), code=74, err="cannot be read: No such file")
        self.init(code=64, err="nothing to begin with")
        self.expect(run("init"), 64, "no DIR")

    def test_what_windows_and_warehouses_write_is_read(self):
        prices = self.write("prices.csv", "\ufeffsku,usd,weight\r\na/us/input,0.5,NULL\r\n\"a/us/output\",2,\r\n")
        self.init("--prices", prices)
        self.check()
        self.assertEqual(self.read("prices.csv").splitlines()[1:], ["a/us/input,a/us,input,1M tokens,0.5,1",
                                                                    "a/us/output,a/us,output,1M tokens,2,4"])

    def test_a_price_map_without_a_used_model_is_refused(self):
        prices = self.write("map.json", '{"acme/a":{"input_cost_per_token":1e-6}}')
        self.init("--prices", prices, "--usage", FILES["usage"], code=65, err="none of its 1 models is in the usage")

    def test_a_list_and_a_usage_of_other_names_have_no_margin(self):
        usage = self.write("usage.csv", "hour,sku,units,revenue\n2026-11-24,new,5,2.5\n")
        out = self.init("--prices", FILES["prices"], "--usage", usage, "--bill", FILES["lots"]).out
        self.assertIn("the usage says 'new', the list 'atlas-70b/us-east/input'", unwrapped(out))
        self.assertNotIn("Margin in USD", out)

    def test_a_file_that_cannot_be_written_leaves_no_half(self):
        os.makedirs(self.path("shop"))
        os.symlink("/nowhere/there", os.path.join(self.path("shop"), "setpoint.yaml"))
        self.init(*ALL, code=74, err="setpoint.yaml: cannot be made")
        self.assertEqual(os.listdir(self.path("shop")), ["setpoint.yaml"])

    def test_what_is_next_can_be_copied(self):
        out = self.expect(run("init", self.path("it's a shop/"), *ALL), 0).out
        at = shlex.quote(os.path.join(self.path("it's a shop"), "setpoint.yaml")).replace("'\"'\"'", "'\\''")
        lines = [line.strip() for line in out.split("Next:\n")[1].splitlines() if not line.startswith("  #")]
        self.assertIn("setpoint config show -c " + at, lines)
        for line in lines[1:4]:
            self.expect(run(*shlex.split(line)[1:]), 0)

    def test_the_help_names_each_option_once(self):
        out = self.expect(run("init", "--help"), 0).out
        self.assertEqual(out.count("--usage="), 1)
        self.assertNotIn("Give a short usage message", out)

    def test_the_daemon_observes_what_was_written(self):
        self.init(*ALL)
        process = subprocess.Popen([BIN, "run", "-c", os.path.join(self.path("shop"), "setpoint.yaml"), "--state", self.path("state")],
                                   stderr=subprocess.PIPE, text=True, env=environment())
        try:
            end = time.monotonic() + TIMEOUT
            while time.monotonic() < end and run("alarm", "list", "--state", self.path("state")).code == 69:
                time.sleep(0.05)
            self.assertIsNone(process.poll())
        finally:
            process.terminate()
            process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 0)

    def test_a_terminal_is_asked_and_a_pipe_is_not(self):
        answer = on_terminal("init", self.path("shop"), "--prices", FILES["prices"], until="Usage, a CSV")
        self.assertIn("(Enter: none)", answer.out)
        self.assertNotIn("Enter", self.init("--prices", FILES["prices"]).err)

    def test_an_answer_is_taken_as_people_give_it(self):
        """With blanks and quotes, as a dropped file comes, after a wrong one, and from home."""
        folder = os.path.dirname(FILES["usage"])
        code, said = answering(["/not/there", f"  '{FILES['prices']}' ", "~/usage.csv", ""], environment(HOME=folder),
                               "init", self.path("shop"))
        self.assertEqual(code, 0, said)
        self.assertIn("/not/there: No such file", said)
        self.assertEqual(said.count("Prices, a CSV"), 2)
        self.assertIn("Unknown: cost and with it margin", unwrapped(said))
        self.check()


def answering(answers, env, *arguments):
    """A person at a terminal, one answer a question."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([BIN, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=ROOT)
    os.close(theirs)
    said = ""
    for answer in answers:
        said += read_terminal(ours, b"(Enter: none): ")
        os.write(ours, answer.encode() + b"\n")
    said += read_terminal(ours)
    os.close(ours)
    return child.wait(TIMEOUT), said


if __name__ == "__main__":
    main()
