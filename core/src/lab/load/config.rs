//! What is fixed at the start of a load run, and the knobs.

use crate::lab::board::{Input, Kind, Knob};
use crate::load::{Order, WriteBuffer};
use crate::view::board::Unit;
use serde::{Deserialize, Serialize};

/// Who writes a full MemTable out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Design {
    /// The thread that inserts (before apache/doris#1798).
    Alternating,
    /// The flush executor, while inserting goes on.
    Overlapped,
}

/// A fault that one of the invariants catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// None.
    Off,
    /// A task that comes back unwritten keeps its memory.
    LeakMemory,
    /// Flushing for lack of memory leaves the rows in the MemTable.
    FlushTwice,
    /// A load becomes visible before its flushes have ended.
    EarlyVisible,
    /// A thread takes the newest task.
    NewestFirst,
}

/// Keys of the designs, by number.
pub(super) const DESIGNS: &[&str] = &["alternating", "overlapped"];
/// Keys of the faults, by number.
pub(super) const FAULTS: &[&str] = &["none", "leak-memory", "flush-twice", "early-visible", "newest-first"];

impl Design {
    /// By number; another number is the last.
    pub(super) const fn of(number: i64) -> Self {
        if number == 0 { Self::Alternating } else { Self::Overlapped }
    }
}

impl Fault {
    const fn of(number: i64) -> Self {
        match number {
            0 => Self::Off,
            1 => Self::LeakMemory,
            2 => Self::FlushTwice,
            3 => Self::EarlyVisible,
            _ => Self::NewestFirst,
        }
    }
}

/// One load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadSpec {
    /// Bytes.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Tablets that the rows are spread over.
    pub tablets: u32,
    /// Who flushes.
    pub design: Design,
}

/// Settings. Defaults that the reference has are the reference's; speeds are stated, not measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knobs {
    /// What a load does that comes by itself.
    pub load: LoadSpec,
    /// A load comes every so many ms; 0 for never.
    pub every_ms: u64,
    /// Loads at the same time; others wait for their turn.
    pub senders: u64,
    /// Bytes a second that one thread parses and inserts.
    pub insert_speed: u64,
    /// Bytes that are inserted as one step.
    pub batch_bytes: u64,
    /// When a MemTable is full (`write_buffer_size`).
    pub memtable_bytes: u64,
    /// `enable_adaptive_write_buffer_size`.
    pub adaptive: bool,
    /// Memory of all loads, at most.
    pub memory: u64,
    /// Running flushes of a writer from which on its load waits
    /// (`memtable_flush_running_count_limit`); 0 for no limit.
    pub running_max: u64,
    /// Segments of a rowset (`max_segment_num_per_rowset`).
    pub segments_max: u64,
    /// Data directories, a disk each.
    pub stores: u64,
    /// `flush_thread_num_per_store`.
    pub threads: u64,
    /// Bytes a second of one disk, shared by what is written to it.
    pub disk_speed: u64,
    /// Bytes a second that one thread can sort, encode and write.
    pub thread_speed: u64,
    /// The slow disk, from 1; 0 for none.
    pub slow_store: u64,
    /// Bytes a second of the slow disk.
    pub slow_speed: u64,
    /// Whether `raw_rows_read` is counted (beta rowsets once did not).
    pub statistic: bool,
    /// Rows a second that one scanner reads.
    pub scan_speed: u64,
    /// Of a thousand rows, how many a read's conditions let through.
    pub pass: u64,
    /// Which fault is built in.
    pub fault: Fault,
}

const MB: i64 = 1_000_000;

const fn number(key: &'static str, min: i64, max: i64, step: i64, unit: Unit, default: i64) -> Input {
    Input { key, kind: Kind::Number { min, max, step, unit, default } }
}

const fn knob(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: false }
}

const fn expert(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: true }
}

/// Input of a load's size.
pub(super) const BYTES: Input = number("bytes", 1_000, 1_000_000 * MB, 100 * MB, Unit::Bytes, 1_000 * MB);
/// Input of a load's rows.
pub(super) const ROWS: Input = number("rows", 1, 10_000_000_000, 1_000_000, Unit::Rows, 10_000_000);
/// Input of a load's tablets.
pub(super) const TABLETS: Input = number("tablets", 1, 2_000, 1, Unit::Number, 8);
/// Input of a load's design.
pub(super) const DESIGN: Input =
    Input { key: "design", kind: Kind::Choice { of: DESIGNS, default: "overlapped" } };

/// All knobs. Commands name a knob by its place here: new ones are put at the end.
pub(super) const KNOBS: &[Knob] = &[
    knob("load", BYTES),
    knob("load", ROWS),
    knob("load", TABLETS),
    knob("load", DESIGN),
    knob("load", number("every", 0, 3_600_000, 1_000, Unit::Number, 0)),
    expert("load", number("senders", 1, 16, 1, Unit::Number, 1)),
    knob("insert", number("insert-speed", 1_000, 100_000 * MB, 10 * MB, Unit::BytesPerSecond, 100 * MB)),
    expert("insert", number("batch", 1_000, 1_000 * MB, MB, Unit::Bytes, 4 * MB)),
    knob("insert", number("memtable", 1_000, 100_000 * MB, 10 * MB, Unit::Bytes, 200 << 20)),
    expert("insert", Input { key: "adaptive", kind: Kind::Switch { default: true } }),
    knob("memory", number("memory", 1 << 20, 1 << 42, 64 << 20, Unit::Bytes, 2 << 30)),
    expert("memory", number("running-max", 0, 64, 1, Unit::Number, 2)),
    expert("memory", number("segments-max", 1, 100_000, 100, Unit::Number, 1_000)),
    knob("disk", number("directories", 1, 16, 1, Unit::Number, 2)),
    knob("disk", number("threads", 1, 32, 1, Unit::Number, 6)),
    knob("disk", number("disk-speed", 1_000, 100_000 * MB, 10 * MB, Unit::BytesPerSecond, 150 * MB)),
    expert("disk", number("thread-speed", 1_000, 100_000 * MB, 10 * MB, Unit::BytesPerSecond, 60 * MB)),
    knob("disk", number("slow-directory", 0, 16, 1, Unit::Number, 0)),
    knob("disk", number("slow-speed", 1_000, 100_000 * MB, MB, Unit::BytesPerSecond, 15 * MB)),
    knob("read", Input { key: "statistic", kind: Kind::Switch { default: true } }),
    knob("read", number("scan-speed", 1, 1_000_000_000, 100_000, Unit::Rows, 2_000_000)),
    knob("read", number("pass", 0, 1_000, 10, Unit::PerMille, 1_000)),
    expert("faults", Input { key: "fault", kind: Kind::Choice { of: FAULTS, default: "none" } }),
];

impl Default for Knobs {
    fn default() -> Self {
        let mut knobs = Self {
            load: LoadSpec { bytes: 0, rows: 0, tablets: 0, design: Design::Overlapped },
            every_ms: 0,
            senders: 0,
            insert_speed: 0,
            batch_bytes: 0,
            memtable_bytes: 0,
            adaptive: false,
            memory: 0,
            running_max: 0,
            segments_max: 0,
            stores: 0,
            threads: 0,
            disk_speed: 0,
            thread_speed: 0,
            slow_store: 0,
            slow_speed: 0,
            statistic: false,
            scan_speed: 0,
            pass: 0,
            fault: Fault::Off,
        };
        for (place, number) in Knob::defaults(KNOBS).into_iter().enumerate() {
            knobs.set(place, number);
        }
        knobs
    }
}

impl Knobs {
    /// When a MemTable is full.
    pub const fn write_buffer(&self) -> WriteBuffer {
        WriteBuffer { bytes: self.memtable_bytes, adaptive: self.adaptive }
    }

    /// Order of the queues.
    pub(super) const fn order(&self) -> Order {
        if matches!(self.fault, Fault::NewestFirst) { Order::NewestFirst } else { Order::OldestFirst }
    }

    /// Bytes a second of a disk.
    pub(super) const fn speed(&self, store: u32) -> u64 {
        if self.slow_store == store as u64 + 1 { self.slow_speed } else { self.disk_speed }
    }

    /// A knob as a number: of a choice its place, of a switch 0 or 1.
    pub(super) fn get(&self, place: usize) -> i64 {
        let value = match KNOBS[place].input.key {
            "bytes" => self.load.bytes,
            "rows" => self.load.rows,
            "tablets" => self.load.tablets.into(),
            "design" => self.load.design as u64,
            "every" => self.every_ms,
            "senders" => self.senders,
            "insert-speed" => self.insert_speed,
            "batch" => self.batch_bytes,
            "memtable" => self.memtable_bytes,
            "adaptive" => self.adaptive.into(),
            "memory" => self.memory,
            "running-max" => self.running_max,
            "segments-max" => self.segments_max,
            "directories" => self.stores,
            "threads" => self.threads,
            "disk-speed" => self.disk_speed,
            "thread-speed" => self.thread_speed,
            "slow-directory" => self.slow_store,
            "slow-speed" => self.slow_speed,
            "statistic" => self.statistic.into(),
            "scan-speed" => self.scan_speed,
            "pass" => self.pass,
            _ => self.fault as u64,
        };
        value as i64
    }

    /// Turns a knob to a number that [`Input::number`] gave.
    pub(super) fn set(&mut self, place: usize, number: i64) {
        let value = number as u64;
        match KNOBS[place].input.key {
            "bytes" => self.load.bytes = value,
            "rows" => self.load.rows = value,
            "tablets" => self.load.tablets = value as u32,
            "design" => self.load.design = Design::of(number),
            "every" => self.every_ms = value,
            "senders" => self.senders = value,
            "insert-speed" => self.insert_speed = value,
            "batch" => self.batch_bytes = value,
            "memtable" => self.memtable_bytes = value,
            "adaptive" => self.adaptive = value != 0,
            "memory" => self.memory = value,
            "running-max" => self.running_max = value,
            "segments-max" => self.segments_max = value,
            "directories" => self.stores = value,
            "threads" => self.threads = value,
            "disk-speed" => self.disk_speed = value,
            "thread-speed" => self.thread_speed = value,
            "slow-directory" => self.slow_store = value,
            "slow-speed" => self.slow_speed = value,
            "statistic" => self.statistic = value != 0,
            "scan-speed" => self.scan_speed = value,
            "pass" => self.pass = value,
            _ => self.fault = Fault::of(number),
        }
    }
}

/// A run's fixed part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadConfig {
    /// Settings at the start.
    pub knobs: Knobs,
    /// What is loaded and visible at the start.
    pub preload: Option<LoadSpec>,
}
