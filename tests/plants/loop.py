"""loop.py - `setpoint decide` at the other end of two pipes: what any program in another language would write.

A configuration with one pool and one family, signals in, decisions out. Standard library only."""
import json
import os
import subprocess
import sys
import tempfile

MINUTE = 60 * 10**9
START = 1795478400 * 10**9  # 2026-11-24T00:00:00Z
POOL = "east/h100"
FAMILY = "chat/east"
# id: sheet price, weight. Both count the same: half of the load each at the sheet's prices.
SKUS = {"chat/east/input": (0.50, 1.0), "chat/east/output": (2.00, 4.0)}
CAPACITY = 16000.0  # resource units/s

CONFIG = """version: 1
period: {period}
{estimators}
pools:
  - id: east/h100
    units_per_gpu_s: 2000
    utilization_setpoint: 70%
    supply:
      - {{id: base, term: owned, gpus: 8, usd_per_gpu_h: "2.10"}}
families:
  - id: chat/east
    pool: east/h100
    profile: dynamic
    mode: {mode}
    policy: {{use: utilization_pi, elasticity: {elasticity}, response_lag: 0s, gain: 100%}}
    loop: {{alternations: 0, flap_budget: none}}  # the law alone is judged: nothing damps it
    guardrails: {guardrails}
    skus:
      - {{id: chat/east/input,  meter: input,  unit: 1M tokens, usd: "0.50", weight: 1, grid_usd: "0.0001"}}
      - {{id: chat/east/output, meter: output, unit: 1M tokens, usd: "2.00", weight: 4, grid_usd: "0.0001"}}
"""


def config(period="60s", mode="auto", elasticity=1.5, guardrails="{}", load=None):
    """The text of a configuration; load: of the load estimator, where it is not the built-in one."""
    estimators = f"estimators: {{load: {load}}}" if load else ""
    return CONFIG.format(period=period, mode=mode, elasticity=elasticity, guardrails=guardrails, estimators=estimators)


class Loop:
    """A running `setpoint decide`. Use it in a `with`."""

    def __init__(self, text):
        self.binary = os.environ.get("SETPOINT_BIN")
        if not self.binary:
            print("SETPOINT_BIN names no command: nothing was tested")
            sys.exit(77)
        self.file = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.file.write(text)
        self.file.flush()
        self.process = subprocess.Popen([self.binary, "decide", "-c", self.file.name], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        said = self.process.stderr.read()
        self.process.stderr.close()
        self.file.close()
        if self.process.wait() != 0:
            raise RuntimeError(f"decide ended with {self.process.returncode}: {said}")

    def send(self, t_ns, kind, subject, value):
        self.process.stdin.write(json.dumps({"t": t_ns, "kind": kind, "subject": subject, "value": value}) + "\n")

    def tick(self, t_ns):
        """Closes the period; the family's decision. Nothing may have been refused."""
        self.process.stdin.write(json.dumps({"tick": t_ns}) + "\n")
        self.process.stdin.flush()
        decision, marker = (json.loads(self.process.stdout.readline()) for _ in range(2))
        assert decision["schema"] == "setpoint.decision/v1" and decision["family"] == FAMILY, decision
        assert marker["schema"] == "setpoint.tick/v1" and marker["refused"] == {}, marker
        return decision
