"""test_config.py - `setpoint config`: good files, broken files, and what is said of both."""

import json
import os

from command import DEMO, QUICKSTART, ROOT, Case, main, run

BROKEN = """version: 1
perod: 60s
pools:
  - id: p
    units_per_gpu_s: -1
    supply:
      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: "2.10"}
families:
  - id: f
    pool: q
    skus:
      - {id: f/in, meter: input, unit: 1M tokens, usd: "0.45", weight: 1}
"""


class Config(Case):
    def test_check_counts_what_a_good_file_holds(self):
        for how in ((DEMO,), ("-c", DEMO)):
            ok, loop = self.expect(run("config", "check", *how), 0).out.splitlines()
            self.assertEqual(ok, "ok: 1 pool, 2 families, 4 SKUs")
            self.assertTrue(loop.startswith("loop of chat/us-east/batch (utilization_pi): stable, no oscillation"), loop)

    def test_check_of_several_files_names_each(self):
        answer = self.expect(run("config", "check", DEMO, QUICKSTART), 0)
        self.assertEqual(len([line for line in answer.out.splitlines() if not line.startswith("loop of ")]), 2)
        self.assertIn(QUICKSTART + ": ok", answer.out)

    def test_large_counts_are_grouped(self):
        rows = "".join(f"f{i}/in,f{i},input,1M tokens,0.45,1\n" for i in range(2400))
        self.write("prices.csv", "sku,family,meter,unit,usd,weight\n" + rows)
        path = self.write("big.yaml", "version: 1\nprice_sheet: prices.csv\npools:\n  - id: p\n    units_per_gpu_s: 9\n"
                          "    supply: [{id: b, term: owned, gpus: 8, usd_per_gpu_h: \"2\"}]\n"
                          "families: [{match: \"*\", pool: p}]\n")
        self.assertEqual(self.expect(run("config", "check", path), 0).out, "ok: 1 pool, 2,400 families, 2,400 SKUs\n")

    def test_check_names_every_error_at_once(self):
        path = self.write("broken.yaml", BROKEN)
        answer = self.expect(run("config", "check", path), 78, f"{path}:2:1:")
        self.assertIn(f"{path}:5:", answer.err)
        self.assertIn(f"{path}:10:", answer.err)
        self.assertIn("3 complaints", answer.err)
        self.assertEqual(answer.out, "")

    def test_check_as_json_holds_files_and_complaints(self):
        path = self.write("broken.yaml", BROKEN)
        answer = self.expect(run("config", "check", "--json", DEMO, path), 78).json()
        self.assertEqual(answer["schema"], "setpoint.config_check/v1")
        self.assertFalse(answer["ok"])
        good, bad = answer["files"]
        self.assertEqual((good["ok"], good["families"], good["complaints"]), (True, 2, []))
        self.assertEqual([c["line"] for c in bad["complaints"]], [2, 5, 10])

    def test_one_broken_file_among_good_ones_decides_the_exit_code(self):
        path = self.write("broken.yaml", BROKEN)
        for files in ((path, DEMO), (DEMO, path), (DEMO, path, QUICKSTART)):
            self.expect(run("config", "check", *files), 78)

    def test_a_file_that_is_not_there_is_an_input_error(self):
        self.expect(run("config", "check", self.path("gone.yaml")), 74, "No such file")
        self.expect(run("config", "show", self.path("gone.yaml")), 74, "No such file")

    def test_a_missing_file_name_is_a_usage_error(self):
        self.expect(run("config", "check"), 64, "-c FILE")
        self.expect(run("config", "show", DEMO, QUICKSTART), 64, "one file")

    def test_a_file_of_somebody_else_is_not_permitted(self):
        path = self.write("secret.yaml", BROKEN)
        os.chmod(path, 0)
        self.expect(self.run_without_rights("config", "check", path), 77, "ermission denied")

    def test_show_says_where_values_come_from(self):
        answer = self.expect(run("config", "show", DEMO, "--family", "*/batch"), 0)
        self.assertIn("chat/us-east/batch", answer.out)
        self.assertIn("built-in", answer.out)
        whole = self.expect(run("config", "show", "-c", DEMO, "--json"), 0).json()
        self.assertIsInstance(whole, dict)

    def test_show_of_no_family_is_a_negative_answer_without_output(self):
        answer = self.expect(run("config", "show", DEMO, "--family", "nobody", "--json"), 2, "no family matches 'nobody'")
        self.assertEqual(answer.out, "")

    def test_show_of_a_broken_file_starts_nothing(self):
        path = self.write("broken.yaml", BROKEN)
        self.expect(run("config", "show", path), 78, "refused, 3 complaints")

    def test_reference_and_schema_are_the_ones_in_docs(self):
        for verb, name in (("reference", "config.md"), ("schema", "config.schema.json")):
            with open(os.path.join(ROOT, "docs", name), encoding="utf-8") as file:
                self.assertEqual(self.expect(run("config", verb), 0).out, file.read())
        json.loads(run("config", "schema").out)


if __name__ == "__main__":
    main()
