"""Tables that a measurement writes into a document."""

import re

from bench_network import fail


def write_between_markers(file, tables):
    text = file.read_text(encoding="utf-8")
    for name, content in tables.items():
        begin, end = f"<!-- bench:begin {name} -->", f"<!-- bench:end {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if len(pattern.findall(text)) != 1:
            fail(f"{file} must have the markers '{begin}' and '{end}' once")
        text = pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)
    file.write_text(text, encoding="utf-8")
