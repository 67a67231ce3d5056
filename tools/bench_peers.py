"""bench_peers.py OURS.JSON XGRAD_BENCH PEERS.PY: times each workload of OURS.JSON in each peer that this python has and in xgrad, in
interleaved samples of two processes, prints a line for each pair and adds it to OURS.JSON."""

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time

FRAMEWORKS = {"torch": "torch", "torch_compile": "torch", "jax": "jax"}  # what peers.py calls it -> module
PAIRS, SECONDS, IDLE = 20, 2.0, 0.02  # at least so many, for so long; IDLE: until the other process's threads have gone to sleep


class Process:
    """One side: prepares a workload by name and takes samples of it."""

    def __init__(self, *command):
        self.command = [str(word) for word in command]
        self.errors = tempfile.TemporaryFile("w+")
        self.run = None

    def ask(self, line):
        if self.run is None:
            self.run = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        try:
            print(line, file=self.run.stdin, flush=True)
            answer = self.run.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.run.wait()
            self.errors.seek(0)
            why = (self.errors.read().strip().splitlines() or ["?"])[-1]
            self.run = None
            raise RuntimeError(why)
        return answer

    def end(self):
        if self.run is not None:
            self.run.communicate()


def interleave(ours, theirs):
    """The medians of both."""
    pairs, end = [], time.monotonic() + SECONDS
    while len(pairs) < PAIRS or time.monotonic() < end:
        pair = []
        for side in (ours, theirs):
            time.sleep(IDLE)
            pair.append(float(side.ask("")))
        pairs.append(pair)
    return [statistics.median(side) for side in zip(*pairs)]


def main(path, bench, peers):
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    wanted = list(dict.fromkeys((e["threads"], e["name"]) for e in entries))
    for framework, module in FRAMEWORKS.items():
        if importlib.util.find_spec(module) is None:
            print(f"{framework}: this python has no module {module}; set XGRAD_PEERS_PYTHON to one that has")
            continue
        for threads in sorted({t for t, _ in wanted}):
            ours = Process(bench, "--serve", "--threads", threads)
            theirs = Process(sys.executable, peers, framework, threads)
            for name in [n for t, n in wanted if t == threads]:
                try:
                    if theirs.ask(name) != "ready" or ours.ask(name) != "ready":
                        continue
                    us, them = interleave(ours, theirs)
                except RuntimeError as error:
                    print(f"{framework}: no figure for {name}: {error}")
                    continue
                entries.append({"name": name, "threads": threads, "ours_us": us, "reference": framework, "reference_us": them,
                                "ratio": us / them})
                print(f"{name:<22} {threads:>7} {us:>12.3f}  {framework:<14} {them:>12.3f} {us / them:>7.3f}", flush=True)
            ours.end()
            theirs.end()
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join("  " + json.dumps(e) for e in entries) + "\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
