// The JavaScript API from Node.js: `cargo xtask test --only packages --only example`.
//
// Reads what a real cluster printed in May 2020 and explains why its query failed with -230; then
// plays the same on a small tablet, with delayed deletion.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const { InodeStore, LabRun, Run, Tablet, VersionGraph, calcSyncVersions, convertRowset, importText, outage, readRowset, readWithLimit, restartMicros, writeRowset } = createRequire(import.meta.url)("../../web/pkg-nodejs/tabletop_web.js");

const cases = [];
const example = (name, run) => cases.push([name, run]);
const shown = (list) => list.map((item) => item.range ?? item).map(({ start, end }) => `[${start}-${end}]`).join(" ");
const thrown = (run) => {
    try {
        run();
    } catch (error) {
        return error;
    }
    return assert.fail("nothing was thrown");
};

example("the incident: nothing is missing, and still there is no path", async () => {
    const samples = new URL("../samples/compaction_show/", import.meta.url);
    const text = await readFile(new URL("05-issue-minus230-2020-05-12.json", samples), "utf8");
    const tablet = Tablet.fromText(text);
    assert.deepEqual(tablet.missing(25913), []);
    const error = thrown(() => tablet.read(25913));
    assert.ok(error instanceof Error);
    assert.equal(error.code, -230);
    assert.match(error.message, /already merged/);
    // The walk came to 25910, from where the only rowset leads past 25913.
    assert.equal(error.cause.AlreadyMerged.cause.Stuck.at, 25910n);
    assert.equal(error.partial.at(-1).end, 25909n);
    assert.equal(tablet.read(25919).at(-1).range.start, 25910n);
});

example("with delayed deletion the reader is served until the sweep", () => {
    const tablet = new Tablet();
    for (let i = 0; i < 4; i += 1) tablet.load({ bytes: 21 << 20 });
    const { stale_path: path, output } = tablet.compact(2, 5);
    assert.equal(path, 1n);
    assert.equal(output.bytes, BigInt(4 * 21) << 20n);
    assert.equal(shown(tablet.read(3)), "[0-1] [2-2] [3-3]");
    tablet.advance(600);
    assert.equal(tablet.sweep().unused.length, 4);
    assert.equal(thrown(() => tablet.read(3)).code, -230);
    tablet.free();
});

example("a version graph by itself, exact to 64 bits", () => {
    const far = 2n ** 60n + 1n;
    const graph = VersionGraph.fromRanges([[0, far], { start: far + 1n, end: far + 1n }]);
    assert.equal(shown(graph.capture(0, far + 1n)), `[0-${far}] [${far + 1n}-${far + 1n}]`);
    assert.equal(graph.captureComplete(0, 7), null);
    assert.equal(thrown(() => graph.capture(7, 3)).code, 33);
    assert.equal(graph.vertices().length, 3);
});

example("a refused text says where", () => {
    const error = thrown(() => importText('{\n  "rowsets": ["[5-2] 1"]\n}'));
    assert.equal(error.line, 2);
    assert.ok(error.column > 1);
});

example("a tablet survives its own status document", () => {
    const tablet = new Tablet("ByVersion");
    tablet.load({ bytes: 900n, segments: 3, overlapping: true });
    tablet.load({ deletePredicate: true });
    const again = Tablet.fromText(tablet.statusDocument());
    assert.equal(again.statusDocument(), tablet.statusDocument());
    assert.equal(again.live().length, 3);
});

example("a run is the same after its file, and an act in the past is a branch", () => {
    const run = Run.ofScenario("steady");
    const { step, digest } = run;
    const again = Run.open(run.bytes());
    assert.equal(again.differs, null);
    assert.equal(again.digest, digest);
    run.seek(step / 2n);
    assert.equal(run.act({ Query: { version: null, holds_ms: 0 } }), true);
    assert.equal(run.branches().length, 2);
    run.switchTo(0);
    assert.equal(run.digest, digest);
    assert.match(run.text(), /live/);
});

example("an append costs the whole list in one value, and one row where it is split", () => {
    const written = (layout) => {
        const store = new InodeStore(layout);
        store.insert(100n, { length: 64 << 20 });
        const infos = Array.from({ length: 1_000 }, (_, at) => ({ chunkId: at + 1, offset: 4096 * at, len: 4096 }));
        store.modify(100n, { changes: [{ index: 0, add: infos }] });
        const before = store.used().bytes_written;
        store.modify(100n, { changes: [{ index: 0, add: [{ chunkId: 1_001, offset: 0, len: 4096 }] }] });
        assert.equal(store.counter(100n), 1_001n);
        return store.used().bytes_written - before;
    };
    assert.ok(written("Monolithic") > 100n * written("Split"));
});

example("1 GB in 48 s by one thread, in 29 s with the flush executor", () => {
    const run = LabRun.ofScenario("load", "seed-figure");
    const committed = run.events(5_000).filter(({ text }) => text.includes("is visible")).map(({ time }) => Number(time) / 1e6);
    assert.equal(run.metrics()["loads-committed"], 2n);
    assert.deepEqual(committed.map(Math.round), [48, 48 + 29]);
    const again = LabRun.open(run.bytes());
    assert.equal(again.differs, null);
    assert.equal(again.digest, run.digest);
});

example("a lab is described, played, refuses by name, and branches in the past", () => {
    assert.deepEqual(LabRun.labs().map(({ key }) => key), ["load", "cluster", "schema", "inode"]);
    const run = LabRun.ofScenario("load", "empty");
    const load = run.describe().verbs.find(({ key }) => key === "load");
    assert.ok(load.arguments.some(({ key, fits }) => key === "tablets" && fits.kind === "number"));
    assert.match(thrown(() => run.act("lead")).message, /no verb `lead`.*load/);
    assert.match(thrown(() => run.act("load", { tablet: 3 })).message, /no argument `tablet`.*tablets/);
    assert.match(thrown(() => run.act("load", { tablets: "three" })).message, /whole number/);
    assert.equal(run.step, 0n);
    assert.equal(run.act("load", { tablets: 4n }), false);
    run.advance(60_000_000);
    assert.equal(run.check(), null);
    const { digest } = run;
    run.seek(1);
    assert.equal(run.turn("threads", 8), true);
    assert.equal(run.knobs().threads, 8n);
    assert.equal(run.branchCount, 2);
    run.switchTo(0);
    assert.equal(run.digest, digest);
    assert.match(run.text("zh"), /[\u4e00-\u9fff]/);
});

example("every lab's first scenario plays and holds its invariants", () => {
    for (const { key, scenarios } of LabRun.labs()) {
        const run = LabRun.ofScenario(key, scenarios[0]);
        run.advance(1_000_000, 10_000);
        assert.equal(run.check(), null);
        assert.ok(Object.keys(run.metrics()).length > 3);
    }
});

example("the older rule loses a rowset that the newest one sends", () => {
    // A full compaction raised no count that the older rule looks at; the point moved with one cumulative one.
    const backend = { cumulative: 4, point: 10 };
    const meta = { cumulative: 5, full: 1, point: 20 };
    const [newest] = calcSyncVersions(backend, meta, 30, 30);
    const older = calcSyncVersions(backend, meta, 30, 30, "WithoutFull");
    assert.ok(newest.range.end > 30n);
    assert.equal(newest.because.cumulative, "FromPoint");
    assert.equal(older[0].range.end, 19n);
    assert.equal(older[0].because.cumulative, "BetweenPoints");
});

example("without the statistic a LIMIT reads everything", () => {
    const counted = readWithLimit([1_000_000, 1_000_000], 10);
    const blind = readWithLimit([1_000_000, 1_000_000], 10, { counts: false });
    assert.equal(counted.delivered, 10n);
    assert.equal(blind.rows, 2_000_000n);
    assert.ok(counted.rows < 40_000n);
    assert.equal(restartMicros(1_000_000, 30_000_000, 500), 530_000_000n);
    assert.deepEqual(outage([false, false, false, true, true, true], 3), { placements: 6, unreadable: 1, unwritable: 3 });
});

example("a rowset is the same rows in either format", () => {
    const rows = Array.from({ length: 3_000 }, (_, at) => [BigInt(3 * at), BigInt(at % 7) - 3n]);
    const alpha = writeRowset("Alpha", rows);
    const beta = convertRowset(alpha, "Beta");
    assert.deepEqual(readRowset(beta), { format: "Beta", rows });
    assert.deepEqual(convertRowset(beta, "Alpha"), alpha);
    assert.match(thrown(() => readRowset(beta.slice(0, 40))).message, /damaged at byte/);
    assert.match(thrown(() => writeRowset("Beta", [[2, 0], [1, 0]])).message, /row 1/);
});

let failed = 0;
for (const [name, run] of cases) {
    try {
        await run();
        console.log(`test ${name} ... ok`);
    } catch (error) {
        failed += 1;
        console.log(`test ${name} ... FAILED\n${error.stack}`);
    }
}
console.log(`\ntest result: ${failed ? "FAILED" : "ok"}. ${cases.length - failed} passed; ${failed} failed`);
process.exitCode = failed ? 1 : 0;
