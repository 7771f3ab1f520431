#!/usr/bin/env python3
"""Checks that the modules of src/ include only what stands below them, and prints their levels.

The order is the table of bsn_module() lines in CMakeLists.txt, lowest first. A file of module M may
include "M/..." and the modules that M depends on, directly or through others. Everything else is an
error, named by file and line. Exit status: 0 in order, 1 not.

    scripts/check-module-order.py [--quiet] [--root DIR]
"""

import argparse
import pathlib
import re
import sys

SOURCES = {".cpp", ".hpp", ".h", ".cc", ".ipp", ".inl"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
DECLARATION = re.compile(r"^[ \t]*bsn_module\(([^)]*)\)", re.MULTILINE)
KEYWORDS = {"DEPENDS", "LIBS"}


class BadTable(Exception):
    pass


def read_table(cmake_list):
    """{module: [direct dependencies]}, lowest module first."""
    text = re.sub(r"#.*", "", cmake_list.read_text(encoding="utf-8"))
    table = {}
    for declaration in DECLARATION.findall(text):
        name, *words = declaration.split()
        depends, section = [], None
        for word in words:
            if word in KEYWORDS:
                section = word
            elif section == "DEPENDS":
                if word not in table:
                    raise BadTable(f"module '{name}' depends on '{word}', which does not stand above it")
                depends.append(word)
        if name in table:
            raise BadTable(f"module '{name}' is declared twice")
        table[name] = depends
    if not table:
        raise BadTable("no bsn_module() line found")
    return table


def reach(table):
    """{module: all modules that it may include, itself among them}"""
    allowed = {}
    for name, depends in table.items():
        allowed[name] = {name}.union(*(allowed[d] for d in depends))
    return allowed


def levels(table):
    """{module: length of the longest way down}"""
    level = {}
    for name, depends in table.items():
        level[name] = 1 + max((level[d] for d in depends), default=-1)
    return level


def check_include(module, included, table, allowed):
    """What is wrong with this include, or None."""
    target, slash, _ = included.partition("/")
    if not slash or target in (".", ".."):
        return f'"{included}": write the path from src/, as "{module}/name.hpp"'
    if target not in table:
        return f'"{included}": there is no module \'{target}\' in CMakeLists.txt'
    if target in allowed[module]:
        return None
    order = list(table)
    direction = "up" if order.index(target) > order.index(module) else "sideways"
    return f"{module} includes \"{included}\", which points {direction}: {module} may use " + (
        ", ".join(m for m in order if m in allowed[module] and m != module) or "no other module")


def check_tree(src, root, table, allowed):
    """(problems, {module: modules that it includes}, number of files)"""
    problems, used, files = [], {name: set() for name in table}, 0
    for path in sorted(p for p in src.rglob("*") if p.suffix in SOURCES):
        relative = path.relative_to(src)
        module = relative.parts[0]
        where = path.relative_to(root)
        files += 1
        if len(relative.parts) == 1 or module not in table:
            problems.append(f"{where}:1: not in a module of CMakeLists.txt")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            problem = check_include(module, match[1], table, allowed)
            if problem:
                problems.append(f"{where}:{number}: {problem}")
            else:
                used[module].add(match[1].partition("/")[0])
    return problems, used, files


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quiet", action="store_true", help="print problems only")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args()

    try:
        table = read_table(options.root / "CMakeLists.txt")
    except BadTable as error:
        print(f"CMakeLists.txt: {error}", file=sys.stderr)
        return 1
    problems, used, files = check_tree(options.root / "src", options.root, table, reach(table))

    if not options.quiet:
        print("level  module      includes")
        for name, level in sorted(levels(table).items(), key=lambda item: item[1]):
            print(f"{level:5}  {name:10}  {' '.join(m for m in table if m in used[name] - {name})}".rstrip())
    for problem in problems:
        print(problem, file=sys.stderr)
    verdict = f"{len(problems)} against the order" if problems else "in order"
    print(f"modules: {len(table)}, files: {files}, {verdict}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
