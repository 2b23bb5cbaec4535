"""golden.py - recorded signals through `setpoint decide`, and the decisions as a committed table.

NAME.yaml and NAME.jsonl go in, NAME.csv must come out, digit by digit. A change of behaviour shows in the diff, on purpose:
read every line that changed, then write the tables anew with SETPOINT_UPDATE=1. A tick gives one row for every decision that the log
would hold, and one of its own with what was taken and refused, and its digest."""
import csv
import difflib
import io
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
COLUMNS = ["t", "family", "outcome", "reason", "index_before", "index_wish", "index", "in_force", "binds", "terms", "prices",
           "activated", "offer", "stale", "digest"]


def short(decimal):
    return decimal.rstrip("0").rstrip(".")


def decision_row(d):
    return [d["t"], d["family"], d["outcome"], d["reason"], short(d["index_before"]), short(d["index_wish"]),
            short(d["index"]), short(d["index_in_force"]), " ".join(d["binds"]),
            "; ".join(f"{term['name']} {short(term['index'])}" for term in d["terms"]),
            "; ".join(f"{p['sku']} {short(p['before_usd'])} to {short(p['usd'])} from {p['not_before']}" for p in d["prices"]),
            "; ".join(f"{a['sku']} {short(a['usd'])} v{a['version']}" for a in d["activated"]), d["offer"],
            " ".join(name for name, clock in d["clocks"].items() if clock["state"] == "stale"), ""]


def tick_row(marker):
    refused = ", ".join(f"{n} {why}" for why, n in marker["refused"].items())
    said = f"{marker['taken']} taken" + (f"; refused: {refused}" if refused else "")
    return [marker["t"], "", "", said] + [""] * 10 + [marker["digest"][:16]]


def table(name, command):
    """The table that a scenario gives now."""
    with open(HERE / f"{name}.jsonl", encoding="utf-8") as signals:
        run = subprocess.run([command, "decide", "-c", HERE / f"{name}.yaml"], stdin=signals, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{name}: decide ended with {run.returncode}: {run.stderr}")
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for line in map(json.loads, run.stdout.splitlines()):
        if line["schema"] == "setpoint.tick/v1":
            rows.writerow(tick_row(line))
        elif line["id"] is not None:
            rows.writerow(decision_row(line))
    return out.getvalue()


def main():
    command = os.environ.get("SETPOINT_BIN")
    if not command:
        print("SETPOINT_BIN names no command: nothing was tested")
        return 77
    changed = []
    names = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.yaml"))
    for name in names:
        path, now = HERE / f"{name}.csv", table(name, command)
        if os.environ.get("SETPOINT_UPDATE") == "1":
            path.write_text(now, encoding="utf-8")
        was = path.read_text(encoding="utf-8") if path.exists() else ""
        if was != now:
            changed.append(name)
            sys.stdout.writelines(difflib.unified_diff(was.splitlines(True), now.splitlines(True), f"{name}.csv", "now", n=0))
    print(f"{len(names)} tables, {len(changed)} changed {' '.join(changed)}")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
