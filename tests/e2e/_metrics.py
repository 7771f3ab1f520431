"""Prometheus' text format, read strictly, and the metrics that a query names."""

import math
import re
from typing import NamedTuple

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
# Labels that the scraper adds, and functions and words of PromQL, are no metrics of ours.
OURS = re.compile(r"\bbsn_[a-z0-9_]+\b")


class Sample(NamedTuple):
    name: str
    labels: dict
    value: float


class Family:
    def __init__(self, name):
        self.name, self.help, self.type, self.samples = name, None, None, []


def parse(text):
    """The families of a scrape, by name. Anything that is not as the format wants it is an AssertionError."""
    families, family, seen = {}, None, set()
    assert text.endswith("\n"), "the last line has to end, too"
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, said = line[len("# HELP "):].partition(" ")
            assert NAME.fullmatch(name) and said and name not in families, line
            family = families[name] = Family(name)
            family.help = said
        elif line.startswith("# TYPE "):
            name, _, kind = line[len("# TYPE "):].partition(" ")
            assert family and name == family.name and not family.type and not family.samples, line
            assert kind in ("counter", "gauge", "histogram"), line
            family.type = kind
        else:
            sample = parse_sample(line)
            assert family and belongs(sample.name, family), f"outside of its family: {line}"
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen, f"twice: {line}"
            seen.add(key)
            family.samples.append(sample)
    for one in families.values():
        check_family(one)
    return families


def parse_sample(line):
    name = NAME.match(line)
    assert name, line
    rest, labels = line[name.end():], {}
    if rest.startswith("{"):
        rest = rest[1:]
        while not rest.startswith("}"):
            label = LABEL.match(rest)
            assert label and label[1] not in labels, line
            labels[label[1]] = label[2]
            rest = rest[label.end():]
            assert rest[0] in ",}", line
            rest = rest.removeprefix(",")
        rest = rest[1:]
    assert re.fullmatch(r" (NaN|[+-]Inf|-?[0-9.]+(e[+-]?[0-9]+)?)", rest), line
    return Sample(name[0], labels, float(rest))


def belongs(name, family):
    if family.type == "histogram":
        return name in (family.name + "_bucket", family.name + "_sum", family.name + "_count")
    return name == family.name


def check_family(family):
    assert family.type, f"{family.name} has no type"
    assert (family.type == "counter") == family.name.endswith("_total"), f"{family.name} is a {family.type}"
    series = {}
    for sample in family.samples:
        if family.type == "counter":
            assert sample.value >= 0 and sample.value == math.floor(sample.value), sample
        if sample.name == family.name + "_bucket":
            rest = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
            series.setdefault(rest, []).append((float(sample.labels["le"]), sample.value))
    for buckets in series.values():
        assert buckets == sorted(buckets) and buckets[-1][0] == math.inf, family.name
        counts = [count for _, count in buckets]
        assert counts == sorted(counts), f"{family.name} does not add up"


def names_in(query):
    """The metrics of ours that a query names, a histogram's by its family."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in OURS.findall(query)}
