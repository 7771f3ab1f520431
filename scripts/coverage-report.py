#!/usr/bin/env python3
"""What scripts/coverage.sh prints, from gcovr's JSON: lines and branches by module, and the branches
of the files that decide what is authentic and who may do what.

    scripts/coverage-report.py COVERAGE.json
"""

import json
import sys
from collections import defaultdict

# Verification and authorisation: each branch here is covered, or stands in docs/testing.md with the
# reason why it cannot be.
DECIDING = [
    "src/ledger/verify.cpp", "src/ledger/bundle.cpp", "src/ledger/certificate.cpp",
    "src/ledger/epoch_history.cpp", "src/ledger/merkle.cpp", "src/ledger/merkle_map.cpp",
    "src/ledger/transaction.cpp", "src/ledger/envelope.cpp", "src/peer/channel_rules.cpp",
    "src/peer/access_table.cpp", "src/peer/votes.cpp", "src/ordering/availability.cpp",
    "src/gateway/authentication.cpp", "src/gateway/request_signature.cpp",
    "src/registry/functions.cpp", "src/registry/app_functions.cpp",
    "src/registry/member_functions.cpp", "src/registry/network_functions.cpp",
    "src/registry/participant_functions.cpp",
]


def branches_of(line):
    """Branches as (taken,) that are decisions; compilers add others."""
    return [branch["count"] > 0 for branch in line["branches"] if not branch.get("throw")]


def share(part, whole):
    return f"{100 * part / whole:5.1f} %" if whole else "      –"


def main():
    files = json.load(open(sys.argv[1], encoding="utf-8"))["files"]
    modules = defaultdict(lambda: [0, 0, 0, 0])
    uncovered = {}
    for file in files:
        module = modules[file["file"].split("/")[1]]
        open_lines = []
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            taken = branches_of(line)
            module[0] += line["count"] > 0
            module[1] += 1
            module[2] += sum(taken)
            module[3] += len(taken)
            if line["count"] == 0:
                open_lines.append(f"{line['line_number']} (line)")
            elif not all(taken):
                open_lines.append(f"{line['line_number']} ({taken.count(False)} of {len(taken)})")
        uncovered[file["file"]] = open_lines

    print(f"{'module':<12}{'lines':>9}{'branches':>12}")
    for name, (lines, all_lines, taken, all_taken) in sorted(modules.items()):
        print(f"{name:<12}{share(lines, all_lines):>9}{share(taken, all_taken):>12}")
    print("\nVerification and authorisation: lines never run, and with branches never taken")
    for name in DECIDING:
        print(f"  {name}: {', '.join(uncovered.get(name, ['not built'])) or 'all covered'}")


main()
