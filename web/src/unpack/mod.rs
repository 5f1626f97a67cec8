//! Reads what the engine answers: the other end of `postcard`, a few kilobytes instead of fifty.
//!
//! ```text
//! u64 u32      varint            Option   0, or 1 and the value
//! i64 i32      zigzag varint     Vec      length, elements       (String, bytes alike)
//! bool u8      one byte          enum     number of the variant, fields
//! ```
//!
//! What serde derives asks after every field whether it could be read and undoes what was. Page
//! and engine come from one build, so here anything unreadable ends in one panic.
//!
//! Invariant *same as serde*: for every answer, `unpack(postcard(answer)) == answer`; fields stand
//! in the order of their declaration (`tests.rs` beside this file reads whole runs both ways).

use crate::protocol::{
    Answer, Beside, BoardFrame, Both, BranchId, BranchInfo, EventLine, Fate, Frame, Marker, Notice, Picks,
    PreviewInfo, PreviewNote, PreviewSaid, Reply, RowsetCard, RunId, RunInfo, RunState, SaveState,
    ScenarioInfo, Series,
};
use tabletop_core::base::{Digest, PathId, ReaderId, RowsetId, SimTime, VersionRange};
use tabletop_core::compaction::script::{Fault, FaultKind};
use tabletop_core::compaction::{Fact, Policy, Reason, Rejected, Rule};
use tabletop_core::lab::tablet::{DelayedDeletion, Idle, Kind, Knobs, TabletEvent, Workload};
use tabletop_core::lab::{Rejection, Violation};
use tabletop_core::rowset::{Overlap, RowsetMeta, Unknown};
use tabletop_core::tablet::Keying;
use tabletop_core::view::tablet::{
    Brick, Fold, GhostPath, Heat, InputView, PathStop, PickView, PreviewView, ReadState, ReadView, Readable,
    ReadableRun, RejectedView, StalePathView, TabletView, Tick, Totals, VertexView, WaitView, WhyView,
};

#[cfg(test)]
mod tests;

/// Reads an answer.
///
/// # Panics
/// These bytes are not one: page and engine are of different builds.
pub fn answer(bytes: &[u8]) -> Answer {
    Bytes(bytes).get()
}

/// What is not yet read.
struct Bytes<'a>(&'a [u8]);

/// What can be read.
trait Unpack {
    fn unpack(bytes: &mut Bytes) -> Self;
}

#[cold]
fn unreadable() -> ! {
    panic!("page and engine are of different builds")
}

impl Bytes<'_> {
    fn get<T: Unpack>(&mut self) -> T {
        T::unpack(self)
    }

    #[inline(never)]
    fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { unreadable() };
        self.0 = rest;
        *byte
    }

    #[inline(never)]
    fn word(&mut self) -> u64 {
        let (mut word, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            word |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return word;
            }
            shift = (shift + 7) & 63;
        }
    }

    #[inline(never)]
    fn signed(&mut self) -> i64 {
        let word = self.word();
        (word >> 1) as i64 ^ -((word & 1) as i64)
    }

    #[inline(never)]
    fn block(&mut self) -> Vec<u8> {
        let length = self.word() as usize;
        let Some((block, rest)) = self.0.split_at_checked(length) else { unreadable() };
        self.0 = rest;
        block.to_vec()
    }
}

macro_rules! number {
    ($($name:ty: $read:ident,)*) => {
        $(impl Unpack for $name {
            fn unpack(bytes: &mut Bytes) -> Self {
                bytes.$read() as Self
            }
        })*
    };
}

number! { u64: word, u32: word, i64: signed, i32: signed, }

impl Unpack for bool {
    fn unpack(bytes: &mut Bytes) -> Self {
        bytes.byte() != 0
    }
}

impl Unpack for u8 {
    fn unpack(bytes: &mut Bytes) -> Self {
        bytes.byte()
    }
}

impl Unpack for String {
    #[inline(never)]
    fn unpack(bytes: &mut Bytes) -> Self {
        Self::from_utf8(bytes.block()).unwrap_or_else(|_| unreadable())
    }
}

impl<T: Unpack> Unpack for Option<T> {
    fn unpack(bytes: &mut Bytes) -> Self {
        (bytes.byte() != 0).then(|| bytes.get())
    }
}

impl<T: Unpack> Unpack for Box<T> {
    fn unpack(bytes: &mut Bytes) -> Self {
        Self::new(bytes.get())
    }
}

impl<T: Unpack> Unpack for Vec<T> {
    #[inline(never)]
    fn unpack(bytes: &mut Bytes) -> Self {
        let length = bytes.word() as usize;
        // Every element takes a byte at least, so a wrong length cannot take all memory.
        let mut all = Self::with_capacity(length.min(bytes.0.len()));
        for _ in 0..length {
            all.push(bytes.get());
        }
        all
    }
}

impl<T: Unpack> Unpack for [T; 2] {
    fn unpack(bytes: &mut Bytes) -> Self {
        [bytes.get(), bytes.get()]
    }
}

impl<A: Unpack, B: Unpack> Unpack for (A, B) {
    fn unpack(bytes: &mut Bytes) -> Self {
        (bytes.get(), bytes.get())
    }
}

impl<A: Unpack, B: Unpack, C: Unpack> Unpack for (A, B, C) {
    fn unpack(bytes: &mut Bytes) -> Self {
        (bytes.get(), bytes.get(), bytes.get())
    }
}

/// Enums without fields: the table of all of them is the order in which they are encoded.
macro_rules! tables {
    ($($name:ident)*) => {
        $(impl Unpack for $name {
            fn unpack(bytes: &mut Bytes) -> Self {
                let Some(&found) = Self::ALL.get(bytes.word() as usize) else { unreadable() };
                found
            }
        })*
    };
}

tables! { Rule Fact FaultKind }

impl Unpack for Policy {
    fn unpack(bytes: &mut Bytes) -> Self {
        // The one that is not built in follows those that are.
        Self::ALL.get(bytes.word() as usize).copied().unwrap_or(Self::Own)
    }
}

macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl Unpack for $name {
            fn unpack(bytes: &mut Bytes) -> Self {
                Self { $($field: bytes.get(),)* }
            }
        })*
    };
}

macro_rules! wrapped {
    ($($name:ident)*) => {
        $(impl Unpack for $name {
            fn unpack(bytes: &mut Bytes) -> Self {
                Self(bytes.get())
            }
        })*
    };
}

/// A tuple variant's fields are written as `_`.
macro_rules! enums {
    (@get $bytes:ident _) => { $bytes.get() };
    ($($name:ident { $($variant:ident $(($($hole:tt),*))? $({ $($field:ident),* })?,)* })*) => {
        $(impl Unpack for $name {
            fn unpack(bytes: &mut Bytes) -> Self {
                let at = bytes.word();
                let mut number = 0;
                $(
                    if at == number {
                        return Self::$variant $(($(enums!(@get bytes $hole)),*))? $({ $($field: bytes.get()),* })?;
                    }
                    number += 1;
                )*
                let _ = number;
                unreadable()
            }
        })*
    };
}

pub mod board;

wrapped! { RunId BranchId SimTime Digest RowsetId PathId ReaderId Unknown }

structs! {
    Answer { number, reply }
    Frame { state, knobs, script, workload, view, events, steps, continues, beside }
    Beside { frame, metrics }
    BoardFrame { state, steps, continues, picture }
    RunState {
        run, lab, name, scenario, tablet_id, seed, branch, beside, branches, markers, step, now, started_at,
        epoch_unix_ms, next_at, can_undo, can_redo, digest, checkers, violation,
        save, notice,
    }
    BranchInfo { id, name, parent, fork_time, head_step, head_time }
    Marker { step, time, name }
    RunInfo { id, lab, name, steps, bytes, branches, saved_at_ms, trashed, imported }
    ScenarioInfo { key }
    Fate { version, visible, newest, started, path, lost, lost_before_start, inside }
    RowsetCard { meta, external_id, live, stale_path, created_by, replaced_by }
    EventLine { step, time, by_user, event }
    Series { steps, times, metrics, kinds }
    PreviewInfo { live, max_version, stale_paths, cumulative_point, policy, ungrouped, missing, notes }
    PreviewNote { warning, said, line, column }
    Both { en, zh }
    Rejection { code, key, numbers, text }
    Violation { invariant, text }
    Knobs {
        delayed_deletion, sweep_after_s, sweep_threshold, sweep_every_s, keying, max_versions,
        min_score, max_score, base_min_rowsets, policy, compact_invisible, promotion_mib,
        promotion_permille, promotion_min_mib, min_mib, goal_mib, file_count, time_threshold_s,
        empty_rowsets, levels, cloud_empty_min, base_max_score, base_ratio_permille, base_interval_s,
        max_versions_time_series,
    }
    Workload {
        on, load_every_ms, load_bytes, load_segments, delete_every, query_every_ms,
        reader_holds_ms, compact_every_ms, publish_delay_ms, burst, big_every,
    }
    RowsetMeta {
        id, range, bytes, rows, created_at, segments, overlap, level, delete_predicate, unknown,
    }
    VersionRange { start, end }
    TabletView {
        now, step, max_version, axis_units, ticks, folds, live, stale, ghosts, point, reads,
        readable, vertices, missing, pick, why, visible, changed, totals,
    }
    Brick { id, range, x0, x1, bytes, rows, heat, segments, overlapping, empty, count }
    StalePathView { id, row, range, x0, x1, members, stale_since, expires_at, time_known }
    GhostPath { id, row, range, x0, x1, members, swept_at, swept_step }
    PathStop { rowset, range, x0, x1, stale_path, row, bytes }
    ReadView { id, version, started_at, ended_at, step, state }
    ReadableRun { range, x0, x1, readable }
    Tick { version, x }
    Fold { range, x0, x1 }
    VertexView { version, x, orphan }
    PickView { range, x0, x1, inputs, score }
    Picks { step, branch, of, beside }
    PreviewView { pick, inputs, bytes, why, waits }
    InputView { range, heat, bytes, score }
    WaitView { rule, facts }
    WhyView { policy, rule, code, facts, rejected, point, said, fault }
    Fault { kind, line, column, numbers, text }
    RejectedView { run, x0, x1 }
    Rejected { range, count, reason }
    Idle { rule, code, candidates, score, invisible }
    Totals {
        live, live_bytes, stale, stale_bytes, path_len, already_merged, served, vertices, orphans,
        leaked, too_many, version_limit, write_amplification, space_amplification, meta_saves, meta_saves_one_by_one,
    }
}

enums! {
    Reply {
        Frame(_),
        Rejected(_),
        Runs { runs, scenarios },
        Preview(_),
        ImportFailed { line, column, said },
        Fate(_),
        Rowset(_),
        Events(_),
        Series(_),
        Text(_),
        File { name, bytes },
        Save(_),
        Elsewhere { lab, run },
        Left,
        Beside(_),
        Board(_),
        BoardSaid(_),
        Picks(_),
        Failed { text },
    }
    SaveState {
        Saved { bytes },
        Saving { commands },
        Failed { commands, why, quota },
        ReadOnly,
        InMemory { why },
    }
    Notice {
        TailCut { kept, why },
        OtherCore { step, recorded, replayed },
        StoreLost,
        NewerFormat { format },
        NotOpened { why },
    }
    PreviewSaid { NotTold(_, _), More(_), Text(_), }
    Kind { Cumulative, Base, Full, Chosen, }
    Reason {
        LevelAbove { level, rest },
        Delete,
        BehindDelete,
        OverMaxScore { max },
        Enough,
        Invisible { visible },
        BeyondGap,
        Remote,
        OldInSchemaChange,
        LargeAlready,
        Alone,
        CompactedAlready,
        YoungLevel,
        NotInRun,
        NotDue,
    }
    DelayedDeletion { Off, AfterTime, BySize, }
    Keying { ById, ByVersion, }
    Overlap { Unknown, Overlapping, NonOverlapping, }
    Heat { Fresh, Cumulative, Base, Delete, }
    Readable { Live, Stale, No, }
    ReadState {
        Waiting { captures_at },
        Served { path },
        Failed { code, partial, stuck_at, wanted_x, inside, swept, missing, complete_search_finds },
    }
    TabletEvent {
        Loaded { rowset, version, bytes, delete },
        LoadRefused { count, limit },
        Compacted { kind, inputs, range, output, path, bytes },
        CompactionIdle { kind, why },
        PointMoved { from, to, past_delete },
        ReaderStarted { reader, version, captures_at },
        Served { reader, version, stops, stale },
        Failed { reader, version, code, stuck_at },
        PathSwept { path, range, rowsets, bytes },
        SweptNothing { next },
        SweepStopped { missing },
        GraphRebuilt { before, after },
        Restarted { paths, readers_lost },
        KnobsSet,
        WorkloadSet,
        Visible { version },
        ScriptSet { bytes, digest },
        ScriptSaid { text },
        ScriptFailed { kind, fault },
    }
}
