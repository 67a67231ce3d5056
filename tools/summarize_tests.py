"""summarize_tests.py TESTLOG.JSON STATUS: shows what failed, what was skipped and why, and closes with `N passed, N failed`.

Counts doctest's test cases. One that says "skipped: …" for want of data did not pass. A program that prints no such line counts as one test; one that dies with none of its test cases
failed (a crash, a timeout, a sanitizer's report) counts as one failure more. Leaves with 1 if anything failed or nothing ran.
"""

import json
import re
import sys

CASES = re.compile(r"\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|(?:\s*(\d+) skipped)?")
WANTING = re.compile(r"MESSAGE: skipped: (.*)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def main(path, meson_status):
    passed = failed = skipped = 0
    reasons = {}
    with open(path, encoding="utf-8", errors="replace") as log:
        results = [json.loads(line) for line in log if line.strip()]
    for test in results:
        name, result = test["name"].split(" / ")[-1], test["result"]
        output = COLOUR.sub("", test.get("stdout") or "")
        counts = [tuple(int(n or 0) for n in m.groups()) for m in CASES.finditer(output)]
        good = result in ("OK", "EXPECTEDFAIL")
        ok, bad, left = sum(c[1] for c in counts), sum(c[2] for c in counts), sum(c[3] for c in counts)
        if result == "SKIP":
            left += 1
        elif not counts:
            ok, bad = (1, 0) if good else (0, 1)
        elif not good and bad == 0:
            bad = 1
        wanting = [found.group(1) for case in output.split("TEST CASE:")[1:] if (found := WANTING.search(case))]
        for reason in wanting:
            reasons[reason] = reasons.get(reason, 0) + 1
        ok, left = ok - len(wanting), left + len(wanting)
        passed, failed, skipped = passed + ok, failed + bad, skipped + left
        print(f"{name:<24} {ok:>5} passed {bad:>4} failed {left:>4} skipped  {test['duration']:7.2f} s  {result}")
        if not good and result != "SKIP":
            print(f"\n--- {name} ({result}, exit status {test.get('returncode')}) ---")
            print(output.rstrip())
            print((test.get("stderr") or "").rstrip())
            print(f"--- end of {name} ---\n")
    if failed == 0 and meson_status != 0:
        print(f"meson test left with status {meson_status} though no test failed")
        failed += 1
    for reason, count in reasons.items():
        print(f"{count} skipped: {reason}")
    if skipped > sum(reasons.values()):
        print(f"{skipped - sum(reasons.values())} skipped: not for this machine")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
