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
    | { SetWorkload: Workload }
    | { SetScript: string };

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
    policy: Policy;
    /** Compaction takes versions that are not visible yet, as before apache/doris#28082. */
    compact_invisible: boolean;
    promotion_mib: number;
    promotion_permille: number;
    promotion_min_mib: number;
    min_mib: number;
    goal_mib: number;
    file_count: number;
    time_threshold_s: number;
    empty_rowsets: number;
    levels: number;
    cloud_empty_min: number;
    base_max_score: number;
    base_ratio_permille: number;
    base_interval_s: number;
    max_versions_time_series: number;
}

/** How new rowsets are merged. */
export type Policy = "SizeBased" | "TimeSeries" | "NumBased" | "CloudSizeBased" | "Own";

/** A rowset that may be merged; what is left out is 0, data, one segment (which never overlaps), local. */
export interface PickRowset {
    range: AnyRange;
    /** Left out: its place in the list. */
    id?: Int;
    /** Data and index. */
    bytes?: Int;
    /** Data alone; left out: all of it. */
    dataBytes?: Int;
    segments?: number;
    overlap?: Overlap;
    createdSeconds?: Int;
    level?: number;
    deletePredicate?: boolean;
    /** In remote storage: local compaction passes it over. */
    remote?: boolean;
}

/** What else a policy looks at. Shares are in millionths: 0.05 is 50000. */
export interface PickOptions {
    nowSeconds?: Int;
    tablet?: {
        running?: boolean;
        keys?: "Duplicate" | "Unique" | "Aggregate";
        merge_on_write?: boolean;
        /** The cumulative point; -1 where it is not calculated. */
        point?: Int;
        promotion_bytes?: Int;
        base_bytes?: Int;
        newest_start?: Int;
        visible?: Int;
    };
    /** Left out: the reference's defaults. */
    config?: {
        promotion_bytes?: Int;
        promotion_ratio?: number;
        promotion_min_bytes?: Int;
        promotion_versions?: number;
        min_bytes?: Int;
        min_score?: Int;
        max_score?: Int;
        allow_delete?: boolean;
        time_series?: { goal_mib?: Int; file_count?: Int; time_s?: Int; empty_rowsets?: number; levels?: number; max_rowsets?: Int };
        cloud?: { empty_rowsets?: boolean; empty_min_count?: number; empty_min_ratio?: number; prioritize_query?: boolean };
        base?: { min_rowsets?: Int; max_score?: Int; max_score_merge_on_write?: Int; min_data_ratio?: number; interval_s?: Int; duplicate_max_bytes?: Int };
        pick_interval_s?: Int;
    };
}

/** What a compaction would take (nothing: no inputs), and why. */
export interface Pick {
    /** Id and versions. */
    inputs: [bigint, Range][];
    score: bigint;
    /** What the reference's function returns, mostly the candidates it looked at. */
    looked: bigint;
    last_delete: Range | null;
    why: {
        /** The rule that decided: "LevelsMatch", "PromotionReached", "TooLittle" … */
        rule: string;
        /** The numbers it saw: `["Score", 7n]`. */
        facts: [string, bigint][];
        /** Runs that stayed out. */
        rejected: { range: Range; count: number; reason: string | Record<string, Record<string, bigint>> }[];
        /** The reason of a policy of one's own; empty for the others. */
        said: string;
        /** What is wrong with it. */
        fault: { kind: string; line: number; column: number; numbers: [bigint, bigint]; text: string } | null;
    };
}

/** The labs that a {@link LabRun} plays. */
export type LabKey = "load" | "cluster" | "schema" | "inode";

/** A value of an argument or a knob: a number, a key of a choice or a text, a switch. */
export type LabValue = Int | string | boolean;

/** An argument or a knob. */
export interface LabInput {
    key: string;
    name: string;
    fits:
        | { kind: "number"; min: bigint; max: bigint; step: bigint; unit: string }
        | { kind: "choice"; of: string[] }
        | { kind: "switch" }
        | { kind: "text"; bytes: number };
    default: bigint | string | boolean;
}

/** What can be done, turned and measured in a lab. */
export interface LabDescription {
    key: LabKey;
    verbs: { key: string; name: string; arguments: LabInput[] }[];
    knobs: LabInput[];
    metrics: { key: string; name: string; unit: string }[];
}

/** One event; times are microseconds of virtual time. */
export interface LabEvent { step: bigint; time: bigint; by_user: boolean; text: string }

/** By row, by column. */
export type RowsetFormat = "Alpha" | "Beta";

/** What a rowset's bytes hold: rows (key, value) in order of keys. */
export interface RowsetContents { format: RowsetFormat; rows: [bigint, bigint][] }

/** How scanners work. Left out: blocks of 1024 rows, rounds of 16384, every row passes, counted. */
export interface ScanOptions { blockRows?: Int; roundRows?: Int; passPerMille?: Int; counts?: boolean }

/** What a read with LIMIT did; `in_series` are the rows of each round's busiest scanner. */
export interface Scanned { rows: bigint; raw_rows_read: bigint; delivered: bigint; rounds: bigint; in_series: bigint }

/** What a cluster cannot do with some backends down. */
export interface Outage { placements: number; unreadable: number; unwritable: number }

/** Compaction counts and cumulative point of a tablet; left out: of a new one (0, 0, 0 and 2). */
export interface SyncCounts { base?: Int; cumulative?: Int; full?: Int; point?: Int }

/** Versions to send, and why: asked for, missed base compactions, missed cumulative ones. */
export interface SyncRange {
    range: Range;
    because: { asked: boolean; base: boolean; cumulative: null | "BetweenPoints" | "FromPoint" };
}

/** Where chunk lists lie: in the inode, in rows by ids (the reference), in rows by commit (our own). */
export type InodeLayout = "Monolithic" | "Split" | "Sequenced";

/** Left out: file system 1, partition 0, ordered keys. */
export interface InodeOptions { fs?: number; partition?: number; keys?: "Ordered" | "Text" }

/** A chunk info on the way in; left out: as a client wrote it, stored as long as it is, data. */
export type AnyChunkInfo = { chunkId: Int } & AnyChunkRest | { chunk_id: Int } & AnyChunkRest;
export interface AnyChunkRest { offset: Int; len: Int; compaction?: Int; size?: Int; zero?: boolean }

/** What one flush, rewrite or enlarging truncate appended to a chunk's list. */
export interface ChunkInfo {
    chunk_id: bigint;
    compaction: bigint;
    offset: bigint;
    len: bigint;
    size: bigint;
    zero: boolean;
}

export interface AnyAttributes { length?: Int; atime?: Int; nlink?: Int }
export interface Attributes { length: bigint; atime: bigint; nlink: bigint }

/** Changes made together. A removal comes first: by the list as it was read, or by the rows. */
export interface InodeModify {
    attributes?: AnyAttributes;
    changes?: {
        index: Int;
        add?: AnyChunkInfo[];
        removeList?: AnyChunkInfo[];
        removeRows?: { first: Int; last: Int; count: Int }[];
    }[];
    /** Client and number; "Monolithic" and "Sequenced" carry each number out once. */
    request?: [Int, Int];
}

export interface ChunkList { index: bigint; list: ChunkInfo[] }
export interface InodeSnapshot { attributes: Attributes; lists: ChunkList[] }

/** A row; `text` is the key as the reference prints it, `key` and `value` are the bytes. */
export interface InodeRow {
    index: bigint;
    first: bigint;
    last: bigint;
    count: bigint;
    text: string;
    key: Uint8Array;
    value: Uint8Array;
}

/** A stretch that one entry answers, both ends included; `at` is its place in the list. */
export interface Seen { begin: bigint; end: bigint; at: number; info: ChunkInfo }

export interface InodeCompactOptions { threshold?: Int; maxChunks?: Int; firstId?: Int }

/** What a compaction did; `skipped` says why it did nothing. */
export interface InodeCompacted {
    skipped: null | "not_leader" | "inode_not_found" | "inode_unlinked" | "empty" | "not_needed";
    committed: boolean;
    replaced: ChunkList[];
    added: ChunkInfo[];
    objects_written: string[];
    objects_deleted: string[];
}

/** Counted, not estimated. */
export interface InodeUse {
    gets: bigint;
    scans: bigint;
    keys_read: bigint;
    bytes_read: bigint;
    keys_written: bigint;
    bytes_written: bigint;
    ranges_cleared: bigint;
    commits: bigint;
    bytes_decoded: bigint;
    bytes_encoded: bigint;
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
    publish_delay_ms: number;
    burst: number;
    big_every: number;
}

/** Kinds of schema; each has maps of its own. */
export type SchemaKind = "tenant" | "database" | "table" | "index" | "user";

/** Sizes of a node; what is left out is 4 pairs a name, 16 versions an id, any number of bytes. */
export interface SchemaOptions {
    nameVersions?: number;
    idVersions?: number;
    cacheEntries?: Int;
    cacheBytes?: Int;
    /** `T` and `t` are one name. */
    ignoreCase?: boolean;
    /** Every DDL is visible at once; left out: yes. */
    autoRefresh?: boolean;
    /** Forms of the original design that `check` catches; all five have to be given. */
    naive?: { fill_holes: boolean; no_recheck: boolean; no_replay: boolean; no_pivot: boolean; no_hold: boolean };
}

/** Where a table is, by names. */
export interface TablePlace { tenant: string; database: string; table: string }

/** One change of the schema. */
export type Ddl =
    | { CreateTenant: { tenant: string; id: Int } }
    | { DropTenant: { tenant: string } }
    | { CreateUser: { tenant: string; user: string; id: Int } }
    | { DropUser: { tenant: string; user: string } }
    | { CreateDatabase: { tenant: string; database: string; id: Int } }
    | { DropDatabase: { tenant: string; database: string } }
    | { RenameDatabase: { tenant: string; database: string; to: string } }
    | { CreateTable: { at: TablePlace; id: Int; kind: "Base" | "View"; columns: string[]; partitions: Int[]; attrs: string[] } }
    | { AddColumn: { at: TablePlace; column: string } }
    | { DropColumn: { at: TablePlace; column: string } }
    | { SetAttrs: { at: TablePlace; attrs: string[] } }
    | { RenameTable: { at: TablePlace; to_database: string; to: string } }
    | { DropTable: { at: TablePlace } }
    | { TruncateTable: { at: TablePlace; id: Int } }
    | { CreateIndex: { at: TablePlace; index: string; id: Int } }
    | { DropIndex: { at: TablePlace; index: string } }
    | { AddPartition: { at: TablePlace; partition: Int } }
    | { DropPartition: { at: TablePlace; partition: Int } }
    | { TruncatePartition: { at: TablePlace; partition: Int; to: Int } }
    | { ExchangePartition: { at: TablePlace; partition: Int; with: string } };

/** The newest events of a name, newest first; an `id` of `null` is a tombstone. */
export interface NameEntry {
    tenant: bigint;
    parent: bigint;
    name: string;
    pairs: { version: bigint; id: bigint | null }[];
    /** The list begins with the first event of its name. */
    complete: boolean;
}

/** The newest versions of an object, newest first, and whether it is there from then on. */
export interface IdWindow { id: bigint; versions: [bigint, boolean][]; created: bigint | null }

/** A schema from the cache (`hit`) or built from the history. */
export interface GotSchema {
    schema: { kind: string; id: bigint; version: bigint; object: Record<string, unknown>; columns: string[] };
    hit: boolean;
    bytes: bigint;
}

/** Memory of a map, in bytes with the heads of blocks. */
export interface ArenaUse { live_bytes: bigint; dead_bytes: bigint; live_blocks: bigint; dead_blocks: bigint }

/** What a service holds, and what it did. */
export interface SchemaUsage {
    last: bigint;
    refreshed: bigint;
    recycled: bigint;
    generation: bigint;
    guards: number;
    retired: number;
    map_bytes: bigint;
    other_map_bytes: bigint;
    names: ArenaUse;
    ids: ArenaUse;
    cache: Record<"entries" | "pinned" | "bytes" | "pinned_bytes" | "bytes_most" | "hits" | "misses" | "evicted", bigint>;
    node: Record<string, bigint>;
    /** Rows read from internal tables. */
    rows: Record<string, bigint>;
}
"#;
