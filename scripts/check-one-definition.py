#!/usr/bin/env python3
"""Checks that no two types of src/ and tests/ have one name in one namespace.

Compilers and linkers do not see it when two files define a type differently: its destructors and containers are compiled
for both, one of them is linked, and memory is damaged at run time. Types in anonymous namespaces belong to their file.
Exit status: 0 if each is defined once, 1 if not.

    scripts/check-one-definition.py [--quiet] [--root DIR]
"""

import argparse
import collections
import pathlib
import re
import sys

OPENS = re.compile(r"(?:inline )?namespace ?([\w:]*) \{")
CLOSES = re.compile(r"\}  // namespace")
TYPE = re.compile(r"(?:class|struct|union|enum class|enum) (\w[\w:]*)(?: final)?(?: :[^:].*)?(?:\s*\{|$)")


def types_of(file):
    """(namespace, name, line) of the types that the whole program sees. As clang-format lays files out, those begin a line."""
    spaces = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if opened := OPENS.match(line):
            spaces.append(opened.group(1))
        elif CLOSES.match(line):
            spaces.pop()
        elif (found := TYPE.match(line)) and spaces and "" not in spaces:
            yield "::".join(spaces), found.group(1), number


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quiet", action="store_true", help="say nothing but a summary if all is well")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args()
    places = collections.defaultdict(list)
    for folder in ("src", "tests", "clients/cpp"):
        for file in sorted((options.root / folder).rglob("*.[ch]pp")):
            for space, name, number in types_of(file):
                places[f"{space}::{name}"].append(f"{file.relative_to(options.root)}:{number}")
    several = {name: where for name, where in places.items() if len(where) > 1}
    for name, where in several.items():
        print(f"{name} is defined {len(where)} times: {', '.join(where)}", file=sys.stderr)
    if several:
        sys.exit(1)
    if not options.quiet:
        print("\n".join(sorted(places)))
    print(f"types: {len(places)}, each defined once")


if __name__ == "__main__":
    main()
