//! TypeScript types of the plain objects.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A 64-bit integer on the way in. */
export type Int = bigint | number;

/** `[start, end]`, closed at both ends. */
export interface Range { start: bigint; end: bigint }

/** A range on the way in. */
export type AnyRange = [Int, Int] | { start: Int; end: Int };

/** What every refusal is thrown as. */
export interface TabletopError extends Error {
    name: "TabletopError";
    /** The reference's code (-230, -235, -504, -908, 6, 33 …), else 0. */
    code: number;
    /** Of a failed read: what was collected before the walk stopped. */
    partial?: Range[];
    /** Of a failed read: where and why, as data. */
    cause?: unknown;
    /** Of a refused command: which rule, and its numbers in the order the text uses them. */
    key?: string;
    numbers?: bigint[];
    /** Of a refused text, from 1. */
    line?: number;
    /** Of a refused text, in characters from 1. */
    column?: number;
}

/** A vertex of a version graph: a version, or one past the last. */
export interface Vertex { version: bigint; orphan: boolean }

/** What a cache-aware walk does at a rowset that is not cached. */
export type CaptureMode = "Validator" | "ValidatorMow" | "PreferCache";

export type Overlap = "Unknown" | "Overlapping" | "NonOverlapping";

/** One rowset's meta. Times are microseconds of virtual time. */
export interface Rowset {
    id: bigint;
    range: Range;
    bytes: bigint;
    rows: bigint;
    created_at: bigint;
    segments: number;
    overlap: Overlap;
    level: number;
    delete_predicate: boolean;
    /** Bits of what the source did not tell: 1 bytes, 2 rows, 4 created, 8 segments, 16 overlap, 32 kind. */
    unknown: number;
}

/** A rowset on the way in; what is left out is 0, data, one segment, id and time of the tablet. */
export interface NewRowset {
    range: AnyRange;
    id?: Int;
    bytes?: Int;
    rows?: Int;
    segments?: number;
    overlapping?: boolean;
    deletePredicate?: boolean;
}

/** One stop of a read. */
export interface Stop { range: Range; rowset: bigint; stale: boolean; bytes: bigint }

/** A replaced rowset; `stale_at` is null after a restart (its creation time counts then). */
export interface StaleRowset { meta: Rowset; stale_at: bigint | null }

/** Rowsets replaced together, with the time each counts from. */
export interface StalePath { id: bigint; newest: bigint; members: [Range, bigint][] }

/** What a change did besides what it was asked for. */
export interface Modified { stale_path: bigint | null; unused: Rowset[] }

/** When a sweep takes what. Left out: 600 s, off, 10. */
export interface SweepRule { ttlSeconds?: number; bySize?: boolean; orphanRatioPercent?: number }

/** What a sweep did. */
export interface Sweep {
    removed: StalePath[];
    unused: Rowset[];
    /** Why it stopped before its end. */
    stopped: null | "NoLiveRowset" | { MissingVersions: { first: Range } } | { Inconsistent: { path: bigint; cause: unknown } };
    rebuilt: boolean;
}

/** How replaced rowsets are found again. */
export type Keying = "ById" | "ByVersion";

/** An imported rowset with the id its cluster printed. */
export interface ImportedRowset { meta: Rowset; external_id: string | null }

/** What a text tells about a tablet. */
export interface Imported {
    source: unknown;
    tablet_id: bigint | null;
    policy: string | null;
    cumulative_point: bigint | null;
    keys_type: string | null;
    state: string | null;
    merge_on_write: boolean | null;
    live: ImportedRowset[];
    stale_paths: { id: bigint; time: bigint | null; time_text: string | null; members: ImportedRowset[] }[];
    stale_ungrouped: ImportedRowset[];
    missing: Range[];
    /** Unix milliseconds of virtual time 0; 0 where no time is known. */
    epoch_unix_ms: bigint;
    start_at: bigint;
    zone_minutes: number | null;
    facts: { key: string; value: string; time: bigint | null }[];
    /** What was assumed, repaired or left out. */
    notes: unknown[];
}

/** Where a replay differs from its record. */
export interface Difference { step: bigint; recorded: string; replayed: string }

/** A branch of a run: the branch it left, and at which step. */
export interface Branch {
    id: number;
    name: string;
    parent: [number, bigint] | null;
    head_step: bigint;
    head_time: bigint;
    digest: string;
}

/** What a user does to a tablet; all fields are needed. */
export type TabletCommand =
    | { Load: { rows: Int; bytes: Int; segments: number; overlapping: boolean } }
    | "DeleteLoad"
    | { Compact: { range: { start: Int; end: Int } } }
    | { CompactPick: { kind: "Cumulative" | "Base" | "Full" } }
    | { Query: { version: Int | null; holds_ms: number } }
    | "Sweep"
    | "Restart"
    | { SetKnobs: Knobs }
    | { SetWorkload: Workload };

/** Settings of the backend. */
export interface Knobs {
    delayed_deletion: "Off" | "AfterTime" | "BySize";
    sweep_after_s: number;
    sweep_threshold: number;
    sweep_every_s: number;
    keying: Keying;
    max_versions: number;
    min_score: number;
    max_score: number;
    base_min_rowsets: number;
}

/** What happens by itself; a cadence of 0 means never. */
export interface Workload {
    on: boolean;
    load_every_ms: number;
    load_bytes: Int;
    load_segments: number;
    delete_every: number;
    query_every_ms: number;
    reader_holds_ms: number;
    compact_every_ms: number;
}
"#;
