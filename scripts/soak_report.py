"""What a soak's samples say: slopes of memory, limits, and the report for docs/benchmarks.md. Pure."""

EVERY = 10  # seconds between samples
JUDGED_FROM = 30 * 60  # seconds: in less, caches fill all the time
WARM_UP = 1 / 3  # of the run: caches fill
ROWS = 13
# Of one process after the warm-up: beyond either, it fails.
LIMITS = {"mb_per_hour": 60, "mb_per_100000_tx": 2}
MOST_LAG = 50  # certified blocks between two nodes of the app
MB = 1e6


def slope(points):
    """Of the least-squares line through (x, y)s; 0 where it has none."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def warm(samples, seconds):
    return [one for one in samples if seconds * WARM_UP <= one["s"] <= seconds]


def memory_slopes(samples, seconds):
    """By process: MB now, and after the warm-up MB per hour and per 100,000 transactions of what is not the databases':
    their caches are bounded (docs/operations.md), and full only after millions of transactions."""
    found = {}
    points = warm(samples, seconds)
    for node in range(len(samples[0]["nodes"])):
        for program in ("bsn", "cometbft"):
            name = f"{program} of {samples[0]['nodes'][node]['node']}"
            there = [one for one in points if one["nodes"][node][f"{program}_bytes"]]
            held = [one["nodes"][node]["database_bytes"] if program == "bsn" else 0 for one in there]
            known = [(one["s"] / 3600, one["transactions"] / 1e5, (one["nodes"][node][f"{program}_bytes"] - cached) / MB)
                     for one, cached in zip(there, held)]
            found[name] = {"mb": round(known[-1][2] + held[-1] / MB, 1) if known else None,
                           "database_mb": round(held[-1] / MB, 1) if known else None,
                           "mb_per_hour": round(slope([(hour, mb) for hour, _, mb in known]), 2),
                           "mb_per_100000_tx": round(slope([(tx, mb) for _, tx, mb in known]), 3)}
    return found


def disk_per_tx(samples, seconds):
    """Bytes that all nodes' folders grow by for a transaction, after the warm-up."""
    return slope([(one["transactions"], sum(node["disk_bytes"] for node in one["nodes"])) for one in warm(samples, seconds)])


def judge(bench, samples, laws, seconds):
    """`broken`: what does not hold, in words."""
    broken = [f"{name}: {why}" for name, why in laws.items() if why]
    slopes = memory_slopes(samples, seconds)
    judged = seconds >= JUDGED_FROM
    if judged:
        broken += [f"memory of {name} grows by {found[what]} {what.replace('_', ' ')}, more than {limit}"
                   for name, found in slopes.items() for what, limit in LIMITS.items() if found[what] > limit]
    if bench["errors"] or bench["abandoned"]:
        broken.append(f"{bench['errors']} errors, {bench['abandoned']} without an answer: {bench['errors_by_code']}")
    if not bench["durable_on_all_peers"]:
        broken.append("the app's nodes do not hold the same last block")
    lag = max(one["lag"] or 0 for one in samples)
    if lag > MOST_LAG:
        broken.append(f"a node was {lag} certified blocks behind another, more than {MOST_LAG}")
    told = sorted({text for one in samples for node in one["nodes"] for text in (*node["alarms"], node["trouble"]) if text})
    if told:
        broken.append(f"told while it ran: {'; '.join(told)}")
    restarts = max(node["engine_restarts"] for one in samples for node in one["nodes"])
    if restarts:
        broken.append(f"CometBFT ended {restarts} times")
    return {"broken": broken, "memory": slopes, "memory_judged": judged, "most_lag": lag,
            "most_order_lag": max(one["order_lag"] for one in samples),
            "disk_bytes_per_tx": round(disk_per_tx(samples, seconds), 1)}


def table(heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def over_time(bench, samples):
    """Some of the intervals, evenly, the first and the last among them."""
    series = bench["series"]
    count = min(ROWS, len(series))
    chosen = sorted({round(i * (len(series) - 1) / max(1, count - 1)) for i in range(count)})
    rows = []
    for point in (series[i] for i in chosen):
        at = min(samples, key=lambda one: abs(one["s"] - point["end_s"]))
        memory = [sum(node[f"{program}_bytes"] or 0 for node in at["nodes"]) / 2**20 for program in ("bsn", "cometbft")]
        disk = sum(node["disk_bytes"] for node in at["nodes"]) / 2**20
        rows.append([f"{point['end_s'] / 60:.1f}", f"{at['transactions'] / 1e6:.2f}", f"{point['committed_tx_per_s']:,.0f}",
                     f"{point['p50_ms']:,.0f} / {point['p99_ms']:,.0f}", point["errors"] + point["overloaded"],
                     at["lag"] or 0, f"{memory[0]:.0f} + {memory[1]:.0f}", f"{disk:,.0f}"])
    return table(["minute", "stored, millions", "committed tx/s", "latency p50 / p99, ms", "errors, refused",
                  "lag, blocks", "memory of nodes + CometBFTs, MiB", "disk, MiB"], rows)


def report(bench, samples, laws, found, seconds):
    machine = bench["machine"]
    pace = bench["pace"]
    judged = (f"limits: {LIMITS['mb_per_hour']} MB per hour and {LIMITS['mb_per_100000_tx']} MB per 100,000 transactions"
              if found["memory_judged"] else
              f"not judged: in less than {JUDGED_FROM // 60} minutes caches fill all the time")
    lines = [
        f"{seconds / 60:g} minutes at {pace['rate']:,.0f} tx/s, {machine['cores']} x {machine['cpu']}, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB, bsn {machine['version']}, commit {machine['commit']}.",
        "",
        over_time(bench, samples),
        "",
        f"{bench['committed']:,} transactions committed of {pace['due']:,}; {bench['errors']} errors, "
        f"{bench['overloaded']['refused']} refused as overloaded, {bench['abandoned']} without an answer, "
        f"{pace['unsent']} unsent. Latency p50 / p99 / max: {bench['latency_ms']['p50']:,.0f} / "
        f"{bench['latency_ms']['p99']:,.0f} / {bench['latency_ms']['max']:,.0f} ms. The most that a node was behind another: "
        f"{found['most_lag']} certified blocks, {found['most_order_lag']} ordering heights. Disk of all nodes: "
        f"{found['disk_bytes_per_tx']:,.0f} bytes a transaction.",
        "",
        f"Memory after the first third, without what the databases hold ({judged}):",
        "",
        table(["process", "at the end, MB", "of it databases", "grows by MB per hour", "by MB per 100,000 transactions"],
              [[name, one["mb"], one["database_mb"], one["mb_per_hour"], one["mb_per_100000_tx"]] for name, one in found["memory"].items()]),
        "",
        "What must hold: " + "; ".join(f"{name}: {'**no**' if why else 'yes'}" for name, why in laws.items()) + "."]
    if found["broken"]:
        lines += ["", "**Failed**: " + "; ".join(found["broken"]) + "."]
    return "\n".join(lines)
