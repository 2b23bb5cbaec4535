#!/usr/bin/env python3
"""compare.py SEEN LOG - is every price that a gateway saw in the decision log, and every price of the log at the gateway?

SEEN is what `setpoint price watch --json` printed, LOG what `setpoint log tail --json` prints.
"""

import json
import sys


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def main(seen_path, log_path):
    seen = {(row["sku"], row["version"], row["usd"]) for row in lines(seen_path) if row["version"] > 0}
    told = {(price["sku"], price["version"], price["usd"])
            for row in lines(log_path) if row.get("outcome") in ("published", "announced") for price in row["prices"]}
    print(f"the gateway saw {len(seen)} prices: {len(seen - told)} that the log does not hold")
    print(f"the log told {len(told)} prices: {len(told - seen)} that the gateway was not told, before or after the kill")
    return 0 if seen == told else 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
