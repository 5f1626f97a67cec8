//! What is fixed at the start of a cluster run, and the knobs.

use super::command::ClusterCommand;
use crate::base::SimTime;
use crate::lab::board::{Input, Kind, Knob};
use crate::view::board::Unit;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const fn number(key: &'static str, min: i64, max: i64, step: i64, unit: Unit, default: i64) -> Input {
    Input { key, kind: Kind::Number { min, max, step, unit, default } }
}

const fn switch(key: &'static str, default: bool) -> Input {
    Input { key, kind: Kind::Switch { default } }
}

const fn choice(key: &'static str, of: &'static [&'static str]) -> Input {
    Input { key, kind: Kind::Choice { of, default: of[0] } }
}

const fn knob(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: false }
}

const fn expert(group: &'static str, input: Input) -> Knob {
    Knob { input, group, advanced: true }
}

/// A knob by its place: commands and stored runs name it by that. New ones are put at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum K {
    /// A load every so many µs; 0 for never.
    LoadEvery,
    /// A query every so many µs; 0 for never.
    QueryEvery,
    /// Rows of a load in one tablet.
    LoadRows,
    /// Bytes of a load in one tablet.
    LoadBytes,
    /// Segments of a load in one tablet.
    LoadSegments,
    /// How a commit is told.
    Notify,
    /// Who commits, and who tells.
    CommitBy,
    /// Threads of the frontend that tell.
    NotifyThreads,
    /// The whole meta goes along, to every backend.
    NoticeMeta,
    /// When a view is stored.
    Store,
    /// How often, where it is stored periodically.
    StorePeriod,
    /// How long what is stored may be used.
    StoreTtl,
    /// Where a view comes from at its first use.
    Sources,
    /// Merge-on-write loads sync when they start.
    LoadSync,
    /// Which `calc_sync_versions` the meta-service has.
    SyncRule,
    /// The frontend answers versions from memory.
    VersionCache,
    /// Idle tablets are synced after so long.
    SyncIdle,
    /// Typical latency of a message.
    Latency,
    /// Latencies have a long tail.
    Tail,
    /// Of 1,000 notices so many are lost.
    NoticeLoss,
    /// Of 1,000 notices so many are late.
    NoticeLate,
    /// By so much.
    LateBy,
    /// Of 1,000 other messages so many are sent again.
    Loss,
    /// Requests that the meta-service works on at once.
    MsServers,
    /// What each takes.
    MsCall,
    /// What each key takes.
    MsKey,
    /// What one write of a load takes.
    Write,
    /// What scanning one tablet takes.
    Scan,
    /// What looking a segment's keys up in one rowset takes.
    Lookup,
    /// Bytes a second that a compaction merges.
    MergeSpeed,
    /// How often a backend looks for something to compact; 0 for never.
    CompactEvery,
    /// Least score of a cumulative compaction.
    MinScore,
    /// How long stale rowsets stay.
    StaleTtl,
    /// Backends.
    Backends,
    /// `rehash_tablet_after_be_dead_seconds`.
    Rehash,
    /// A tablet moves every so often; 0 for never.
    MoveEvery,
    /// Something breaks or is mended every so often; 0 for never.
    FaultEvery,
    /// Which mistake is built in, for an invariant to catch.
    Mistake,
    /// Cumulative compactions of one tablet run side by side where their inputs do not meet.
    ParallelCumulative,
    /// Which answers to its own cumulative compactions a backend carries out.
    OwnMerges,
    /// What the commit of a job does to the stored counters and point.
    JobCounts,
    /// Of 1,000 loads so many carry a delete predicate and no rows.
    DeleteShare,
    /// Of 1,000 loads into merge-on-write tables so many update some columns.
    ColumnShare,
    /// How a notice of a rowset whose publish changed its meta is taken.
    ColumnNotice,
    /// A commit answers before its rowsets are converted.
    LazyCommit,
    /// How long after it the meta-service converts them by itself.
    ConvertAfter,
}

/// Backends at most.
pub(super) const BACKENDS_MAX: i64 = 1_000;

/// Ways of telling backends of a commit.
pub(super) const NOTIFY: &[&str] = &["off", "only-next", "extend", "pending"];
/// Who commits and tells.
pub(super) const COMMIT_BY: &[&str] = &["frontend", "forward", "broadcast"];
/// When views are stored.
pub(super) const STORE: &[&str] = &["off", "every-change", "periodically"];
/// Orders of sources.
pub(super) const SOURCES: &[&str] = &["ms", "store", "peer", "store-peer", "peer-store"];
/// Mistakes that an invariant catches.
pub(super) const MISTAKES: &[&str] =
    &["none", "forget-rowset", "read-behind", "early-notice", "short-write", "older-meta", "forget-marks"];
/// Ways in which the meta-service counts jobs.
pub(super) const JOB_COUNTS: &[&str] = &["by-kind", "careful"];
/// What a backend remembers of a rowset whose publish changes its meta, and what a notice says of it: what
/// the publish made; what was written, and a notice of another extent is refused, or brings the extent.
pub(super) const COLUMN_NOTICE: &[&str] = &["published", "refuse", "complete"];
/// Answers to own cumulative compactions that are carried out.
pub(super) const OWN_MERGES: &[&str] = &["by-counts", "next-count"];
/// Forms of `calc_sync_versions`.
pub(super) const RULES: &[&str] = &["newest", "without-full"];

const S: i64 = 1_000_000;
const MS: i64 = 1_000;
const MB: i64 = 1_000_000;

/// All knobs, in the order of [`K`].
pub(super) const KNOBS: &[Knob] = &[
    knob("work", number("load-every", 0, 3_600 * S, 100 * MS, Unit::Micros, 0)),
    knob("work", number("query-every", 0, 3_600 * S, 10 * MS, Unit::Micros, 0)),
    expert("work", number("load-rows", 1, 100 * MB, 1_000, Unit::Rows, 10_000)),
    expert("work", number("load-bytes", 1, 100_000 * MB, MB, Unit::Bytes, MB)),
    expert("work", number("load-segments", 1, 100, 1, Unit::Number, 1)),
    knob("notify", choice("notify", NOTIFY)),
    knob("notify", choice("commit-by", COMMIT_BY)),
    knob("notify", number("notify-threads", 1, 64, 1, Unit::Number, 4)),
    expert("notify", switch("notice-meta", false)),
    knob("store", choice("store", STORE)),
    expert("store", number("store-period", MS, 3_600 * S, S, Unit::Micros, 60 * S)),
    expert("store", number("store-ttl", MS, 30 * 86_400 * S, 3_600 * S, Unit::Micros, 86_400 * S)),
    knob("store", choice("sources", SOURCES)),
    knob("sync", switch("load-sync", true)),
    knob("sync", choice("sync-rule", RULES)),
    expert("sync", switch("version-cache", false)),
    expert("sync", number("sync-idle", S, 86_400 * S, 60 * S, Unit::Micros, 1_800 * S)),
    knob("network", number("latency", 0, 10 * S, 100, Unit::Micros, 500)),
    expert("network", switch("tail", true)),
    knob("network", number("notice-loss", 0, 1_000, 10, Unit::PerMille, 0)),
    knob("network", number("notice-late", 0, 1_000, 10, Unit::PerMille, 0)),
    expert("network", number("late-by", 0, 600 * S, 100 * MS, Unit::Micros, 2 * S)),
    expert("network", number("loss", 0, 500, 1, Unit::PerMille, 0)),
    expert("cost", number("ms-servers", 1, 1_024, 1, Unit::Number, 8)),
    expert("cost", number("ms-call", 0, 10 * S, 100, Unit::Micros, 2 * MS)),
    expert("cost", number("ms-key", 0, S, 10, Unit::Micros, 20)),
    expert("cost", number("write", 0, 60 * S, MS, Unit::Micros, 50 * MS)),
    expert("cost", number("scan", 0, 60 * S, MS, Unit::Micros, 5 * MS)),
    expert("cost", number("lookup", 0, 10 * S, 100, Unit::Micros, 2 * MS)),
    expert("cost", number("merge-speed", 1_000, 10_000 * MB, 10 * MB, Unit::BytesPerSecond, 100 * MB)),
    knob("compaction", number("compact-every", 0, 3_600 * S, S, Unit::Micros, 5 * S)),
    expert("compaction", number("min-score", 2, 1_000, 1, Unit::Number, 5)),
    expert("compaction", number("stale-ttl", S, 86_400 * S, 60 * S, Unit::Micros, 600 * S)),
    knob("placement", number("backends", 1, BACKENDS_MAX, 1, Unit::Number, 3)),
    knob("placement", number("rehash", S, 86_400 * S, 60 * S, Unit::Micros, 3_600 * S)),
    knob("placement", number("move-every", 0, 3_600 * S, S, Unit::Micros, 0)),
    expert("placement", number("fault-every", 0, 3_600 * S, S, Unit::Micros, 0)),
    expert("faults", choice("mistake", MISTAKES)),
    knob("compaction", switch("parallel-cumulative", false)),
    expert("compaction", choice("own-merges", OWN_MERGES)),
    expert("compaction", choice("job-counts", JOB_COUNTS)),
    expert("work", number("delete-share", 0, 1_000, 10, Unit::PerMille, 0)),
    expert("work", number("column-share", 0, 1_000, 10, Unit::PerMille, 0)),
    expert("notify", choice("column-notice", COLUMN_NOTICE)),
    knob("sync", switch("lazy-commit", false)),
    expert("sync", number("convert-after", 0, 600 * S, 10 * MS, Unit::Micros, 100 * MS)),
];

/// Settings, by the place of their knob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knobs(Vec<i64>);

impl Default for Knobs {
    fn default() -> Self {
        Self(Knob::defaults(KNOBS))
    }
}

impl Knobs {
    /// A knob as a number: of a choice its place, of a switch 0 or 1.
    pub fn get(&self, knob: K) -> u64 {
        self.at(knob as usize) as u64
    }

    /// Whether a switch is on.
    pub fn is_on(&self, knob: K) -> bool {
        self.get(knob) != 0
    }

    /// The key of a choice.
    pub fn choice(&self, knob: K) -> &'static str {
        match KNOBS[knob as usize].input.kind {
            Kind::Choice { of, .. } => of.get(self.get(knob) as usize).copied().unwrap_or(of[0]),
            _ => "",
        }
    }

    /// The same settings with one knob turned.
    #[must_use]
    pub fn with(mut self, knob: K, number: i64) -> Self {
        self.set(knob as usize, number);
        self
    }

    /// The same settings with a choice made; an unknown one makes the first.
    #[must_use]
    pub fn choose(self, knob: K, key: &str) -> Self {
        let number = match KNOBS[knob as usize].input.kind {
            Kind::Choice { of, .. } => of.iter().position(|known| *known == key).unwrap_or(0),
            _ => 0,
        };
        self.with(knob, number as i64)
    }

    pub(super) fn at(&self, place: usize) -> i64 {
        self.0.get(place).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, place: usize, number: i64) {
        if let Some(value) = self.0.get_mut(place) {
            *value = number;
        }
    }

    /// The settings of a run: an older record lacks the knobs that came after it, which then stand where
    /// they stand by default. Nothing where one is out of its range, or there are too many.
    pub(super) fn completed(&self) -> Option<Self> {
        let mut all = self.0.clone();
        all.extend(Knob::defaults(KNOBS).into_iter().skip(all.len()));
        let fit = all.iter().enumerate().all(|(at, value)| Knob::test(KNOBS, at, *value).is_ok());
        fit.then_some(Self(all))
    }
}

/// A table: one partition of so many buckets, a tablet each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSpec {
    /// Buckets.
    pub buckets: u32,
    /// Whether it is merge-on-write.
    pub merge_on_write: bool,
}

/// A run's fixed part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterConfig {
    /// Settings at the start.
    pub knobs: Knobs,
    /// Tables at the start.
    pub tables: Vec<TableSpec>,
    /// What happens by itself, and when; what is refused then is left out.
    pub script: Vec<(SimTime, ClusterCommand)>,
}
