"""bench_peers.py OURS.JSON XGRAD_BENCH PEERS_FOLDER: times each workload of OURS.JSON in each peer that this python has and in xgrad, in
interleaved samples of two processes (whole jobs: processes by turns), prints a line for each pair and adds it to OURS.JSON."""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

FRAMEWORKS = {"torch": "torch", "torch_compile": "torch", "jax": "jax"}  # what peers.py calls it -> module
KERAS = {"keras_jax": "jax", "keras_torch": "torch", "keras_tensorflow": "tensorflow"}  # the backend, which is its module
JOB_PAIRS = 3
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


def missing(*modules):
    return [m for m in modules if importlib.util.find_spec(m) is None]


def seconds_of(*command):
    begin = time.monotonic()
    subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return time.monotonic() - begin


class Results:
    def __init__(self, entries):
        self.entries = entries

    def add(self, name, threads, us, reference, them):
        self.entries.append({"name": name, "threads": threads, "ours_us": us, "reference": reference, "reference_us": them,
                             "ratio": us / them})
        print(f"{name:<22} {threads:>7} {us:>12.3f}  {reference:<16} {them:>12.3f} {us / them:>7.3f}", flush=True)


def compare_steps(results, wanted, bench, folder):
    for framework, module in FRAMEWORKS.items():
        if missing(module):
            print(f"{framework}: this python has no module {module}; set XGRAD_PEERS_PYTHON to one that has")
            continue
        for threads in sorted({t for t, _ in wanted}):
            ours = Process(bench, "--serve", "--threads", threads)
            theirs = Process(sys.executable, os.path.join(folder, "peers.py"), framework, threads)
            for name in [n for t, n in wanted if t == threads]:
                try:
                    if theirs.ask(name) != "ready" or ours.ask(name) != "ready":
                        continue
                    us, them = interleave(ours, theirs)
                    results.add(name, threads, us, framework, them)
                except RuntimeError as error:
                    print(f"{framework}: no figure for {name}: {error}")
            ours.end()
            theirs.end()


def compare_jobs(results, wanted, bench, folder):
    for keras, backend in KERAS.items():
        if absent := missing("keras", backend):
            print(f"{keras}: this python has no module {absent[0]}; set XGRAD_PEERS_PYTHON to one that has")
            continue
        for threads, name in wanted:
            ours = [os.path.join(os.path.dirname(bench), name)]
            theirs = [sys.executable, os.path.join(folder, "jobs.py"), backend, name.removeprefix("job_")]
            try:
                pairs = [(seconds_of(*ours), seconds_of(*theirs)) for _ in range(JOB_PAIRS)]
            except subprocess.CalledProcessError as error:
                print(f"{keras}: no figure for {name}: {(error.stderr.strip().splitlines() or ['?'])[-1]}")
                continue
            us, them = [statistics.median(side) * 1e6 for side in zip(*pairs)]
            results.add(name, threads, us, keras, them)


def main(path, bench, folder):
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    timed = list(dict.fromkeys((e["threads"], e["name"]) for e in entries if "ours_us" in e))
    results = Results(entries)
    if steps := [w for w in timed if not w[1].startswith("job_")]:
        compare_steps(results, steps, bench, folder)
    if jobs := [w for w in timed if w[1].startswith("job_")]:
        compare_jobs(results, jobs, bench, folder)
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join("  " + json.dumps(e) for e in entries) + "\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
