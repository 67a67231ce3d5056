"""bench_peers.py OURS.JSON PEERS.PY [FILTER]: times the same workloads in each peer that this python has, in processes of their own,
prints a line for each and adds them to OURS.JSON."""

import importlib.util
import json
import subprocess
import sys

FRAMEWORKS = {"torch": "torch", "torch_compile": "torch", "jax": "jax"}  # what peers.py calls it -> module


def main(path, peers, workload=""):
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    ours = {(e["name"], e["threads"]): e["ours_us"] for e in entries}
    for framework, module in FRAMEWORKS.items():
        if importlib.util.find_spec(module) is None:
            print(f"{framework}: this python has no module {module}; set XGRAD_PEERS_PYTHON to one that has")
            continue
        for threads in sorted({t for _, t in ours}):
            command = [sys.executable, peers, framework, str(threads)] + ([workload] if workload else [])
            run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for line in run.stdout.splitlines():
                entry = json.loads(line) if line.startswith("{") else None
                if entry is None or (entry["name"], entry["threads"]) not in ours:
                    continue
                entry["ours_us"] = ours[entry["name"], entry["threads"]]
                entry["ratio"] = entry["ours_us"] / entry["reference_us"]
                entries.append({key: entry[key] for key in ("name", "threads", "ours_us", "reference", "reference_us", "ratio")})
                print(f"{entry['name']:<22} {threads:>7} {entry['ours_us']:>12.3f}  {framework:<14} {entry['reference_us']:>12.3f} "
                      f"{entry['ratio']:>7.3f}", flush=True)
            if run.returncode != 0:
                print(f"{framework}: left with status {run.returncode}: {(run.stderr.strip().splitlines() or ['?'])[-1]}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join("  " + json.dumps(e) for e in entries) + "\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
