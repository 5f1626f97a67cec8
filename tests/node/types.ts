// Compiled, never run: the declarations of the API say what it does.
import { InodeStore, LabRun, Run, Tablet, VersionGraph, cumulativePoint, importText, pickSizeBased, visibleList } from "../../web/pkg-nodejs/tabletop_web.js";
import type { ChunkInfo, Imported, InodeRow, LabEvent, Pick, Range, Stop, TabletopError } from "../../web/pkg-nodejs/tabletop_web.js";

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

export function chunks(): bigint {
    const store: InodeStore = new InodeStore("Sequenced", { keys: "Text" });
    store.insert(7, { length: 1 << 20 });
    const done: "Done" | "Repeated" = store.modify(7n, { changes: [{ index: 0, add: [{ chunkId: 1, offset: 0n, len: 9 }] }], request: [1, 1] });
    const rows: InodeRow[] = store.rows(7);
    store.modify(7, { changes: [{ index: 0, removeRows: rows }] });
    const first: ChunkInfo | undefined = visibleList([{ chunk_id: 1n, offset: 0, len: 9 }], 0, 63)[0]?.info;
    // @ts-expect-error there is no such layout
    new InodeStore("Whole");
    return done === "Done" ? (first?.chunk_id ?? 0n) : store.used().bytes_read;
}

export function lab(): bigint {
    const run: LabRun = LabRun.ofScenario("cluster", "baseline");
    const events: LabEvent[] = run.events(10, "zh");
    // @ts-expect-error the tablet lab has a class of its own, Run
    LabRun.ofScenario("tablet", "steady");
    return events.length > 0 ? (run.metrics()["get-rowset"] ?? 0n) : run.now;
}
