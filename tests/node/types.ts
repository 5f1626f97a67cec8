// Compiled, never run: the declarations of the API say what it does.
import { Run, Tablet, VersionGraph, cumulativePoint, importText, pickSizeBased } from "../../web/pkg-nodejs/tabletop_web.js";
import type { Imported, Pick, Range, Stop, TabletopError } from "../../web/pkg-nodejs/tabletop_web.js";

export function whyNot(text: string, version: bigint): string {
    const told: Imported = importText(text);
    const point: bigint | null = told.cumulative_point;
    const tablet: Tablet = Tablet.fromText(text);
    try {
        const stops: Stop[] = tablet.read(version);
        return `${stops.length} rowsets, point ${point}`;
    } catch (thrown) {
        const error = thrown as TabletopError;
        return `${error.code}: ${error.message}`;
    }
}

export function graph(): Range[] | null {
    const graph: VersionGraph = VersionGraph.fromRanges([[0, 1], { start: 2n, end: 5n }]);
    graph.captureFiltered("PreferCache", 0, 5, (range) => range.start === 0n);
    // @ts-expect-error a version is no text
    graph.add("1", 2);
    const now: bigint = new Tablet().now;
    return now === 0n ? graph.captureComplete(0, 5) : null;
}

export function replay(bytes: Uint8Array): string {
    const run: Run = Run.open(bytes);
    run.act({ Load: { rows: 1, bytes: 20n, segments: 1, overlapping: false } });
    run.act("Sweep");
    run.advance(1_000_000);
    return `${run.step} ${run.digest} ${run.metrics()["live"]} ${run.differs?.step ?? "same"}`;
}

export function choose(now: bigint): string {
    const pick: Pick = pickSizeBased([{ range: [2, 9], bytes: 64n << 20n }, { range: [10, 10], overlap: "Overlapping" }], {
        nowSeconds: now,
        tablet: { point: 2, promotion_bytes: 128 << 20 },
        config: { min_score: 2 },
    });
    const point: bigint | null = cumulativePoint("TimeSeries", [{ range: [0, 1], segments: 0 }]);
    return `${pick.why.rule} ${pick.inputs.length} ${point}`;
}
