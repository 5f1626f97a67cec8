//! What a policy answers: what goes in, and why, as data.

use super::Candidate;
use super::script::Fault;
use crate::base::{RowsetId, Version, VersionRange};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a compaction would take, or that it would take nothing, with the reason either way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// Rowsets that go in, by version. Empty: nothing to merge.
    pub inputs: Vec<(RowsetId, VersionRange)>,
    /// Their compaction score as the policy reports it.
    pub score: u64,
    /// What the reference's function returns, mostly the number of candidates it looked at.
    pub looked: u64,
    /// The delete version at which collecting stopped or that it stepped over.
    pub last_delete: Option<VersionRange>,
    /// Why.
    pub why: Explanation,
}

/// Why: the rule that decided, the numbers it saw, and what it left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The rule that decided.
    pub rule: Rule,
    /// The numbers it decided by.
    pub facts: Vec<(Fact, i64)>,
    /// Runs of candidates that stayed out, by version.
    pub rejected: Vec<Rejected>,
    /// The reason that a policy of one's own gave, in its words; empty for the others.
    pub said: String,
    /// What is wrong with a policy of one's own.
    pub fault: Option<Fault>,
}

macro_rules! keyed {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$item])* $variant,)* }

        impl $name {
            /// All, in the order in which they are encoded.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Names it in drawings and to a page that speaks other languages.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }
        }
    };
}

keyed! {
    /// The rule that decided.
    Rule {
        /// The cumulative point is not calculated, so nothing lies above it.
        NoPoint = "no-point",
        /// No candidate at or above the point.
        NoCandidates = "no-candidates",
        /// A gap between candidates.
        Gap = "gap",
        /// Everything collected together reaches the promotion size.
        PromotionReached = "promotion-reached",
        /// Collecting stopped at a delete version: what lies before it goes in.
        BeforeDelete = "before-delete",
        /// One rowset that does not overlap before the delete version: rewriting it gains nothing.
        NothingBeforeDelete = "nothing-before-delete",
        /// Cloud: enough rowsets without rows in a row.
        EmptyRun = "empty-run",
        /// Each rowset is of a higher level than the rest behind it, and the score is too high to wait:
        /// the one with most segments is merged in itself.
        LargestScore = "largest-score",
        /// The same, and none overlaps: all of them.
        AllAtMaxScore = "all-at-max-score",
        /// Cloud: the same, and reading is worth more than writing here.
        QueryFirst = "query-first",
        /// Each rowset is of a higher level than all behind it: merging would rewrite more than it adds.
        LevelsFall = "levels-fall",
        /// Too little data and too low a score.
        TooLittle = "too-little",
        /// One rowset that does not overlap is left: rewriting it gains nothing.
        SingleRowset = "single-rowset",
        /// The first rowset is of no higher level than the rest together.
        LevelsMatch = "levels-match",
        /// The tablet is in a schema change.
        NotReady = "not-ready",
        /// Time series: the goal size is reached.
        GoalSize = "goal-size",
        /// Time series: as many rowsets as one compaction may read.
        MaxRowsets = "max-rowsets",
        /// Time series: enough files.
        FileCount = "file-count",
        /// Time series: the oldest has waited long enough.
        TimeThreshold = "time-threshold",
        /// Time series: ten goal sizes of an upper level.
        LevelSize = "level-size",
        /// Time series: an upper level has waited ten times the threshold.
        LevelTime = "level-time",
        /// Time series: nothing is due yet.
        NothingDue = "nothing-due",
        /// Number-based: the score is too low.
        ScoreTooLow = "score-too-low",
        /// Number-based: the score is high enough.
        ScoreReached = "score-reached",
        /// Base: fewer than two rowsets.
        TooFewRowsets = "too-few-rowsets",
        /// Base, full: `[0-1]` and one more, nothing to gain.
        FirstPair = "first-pair",
        /// Base: a delete predicate could not reach older, remote rowsets.
        RemoteDelete = "remote-delete",
        /// Base: enough rowsets.
        RowsetCount = "rowset-count",
        /// Base: enough data beside the first rowset.
        DataRatio = "data-ratio",
        /// Base: the first rowset is old enough.
        BaseAge = "base-age",
        /// Base: too few, too small and too young.
        BaseWaits = "base-waits",
        /// Full: everything.
        Everything = "everything",
        /// Nothing was picked for a day, and a candidate overlaps: all go in.
        IdleOverlap = "idle-overlap",
        /// Nothing was picked for a day, and none overlaps: the point moves on.
        IdlePointMoves = "idle-point-moves",
        /// Chosen by hand.
        ByHand = "by-hand",
        /// A policy of one's own chose.
        OwnPick = "own-pick",
        /// A policy of one's own chose nothing.
        OwnLeaves = "own-leaves",
        /// A policy of one's own failed, or chose what cannot be merged.
        OwnFailed = "own-failed",
    }
}

keyed! {
    /// A number that a rule saw.
    Fact {
        /// Candidates looked at.
        Candidates = "candidates",
        /// Score of what was collected.
        Score = "score",
        /// The least score.
        MinScore = "min-score",
        /// The greatest score.
        MaxScore = "max-score",
        /// Bytes of what was collected.
        Bytes = "bytes",
        /// Promotion size, bytes.
        PromotionBytes = "promotion-bytes",
        /// Bytes from which score does not matter any more.
        MinBytes = "min-bytes",
        /// Goal size, bytes.
        GoalBytes = "goal-bytes",
        /// File count threshold.
        FileCount = "file-count",
        /// Age of the oldest, s.
        AgeSecs = "age-secs",
        /// Time threshold, s.
        TimeSecs = "time-secs",
        /// Rowsets in a run without rows.
        EmptyRowsets = "empty-rowsets",
        /// Rowsets needed.
        MinRowsets = "min-rowsets",
        /// Data bytes beside the first rowset.
        DeltaBytes = "delta-bytes",
        /// Data bytes of the first rowset.
        BaseBytes = "base-bytes",
        /// A version: of the delete predicate, or where a gap starts.
        Version = "version",
    }
}

/// A run of candidates that stayed out for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// From the first one's start to the last one's end.
    pub range: VersionRange,
    /// How many.
    pub count: u32,
    /// Why.
    pub reason: Reason,
}

/// Why candidates stayed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Its level is above that of everything behind it together: merging rewrites it for too little.
    LevelAbove {
        /// Its level, bytes.
        level: u64,
        /// The level of the rest, bytes.
        rest: u64,
    },
    /// A delete predicate: applied by base compaction only.
    Delete,
    /// Behind the delete predicate at which collecting stopped.
    BehindDelete,
    /// Cut off from the back so that the score stays within the maximum.
    OverMaxScore {
        /// The maximum.
        max: u64,
    },
    /// Collecting had stopped: enough was found.
    Enough,
    /// Versions that no reader may ask for yet.
    Invisible {
        /// The visible version.
        visible: Version,
    },
    /// Behind or before a gap; the longest run without one goes on.
    BeyondGap,
    /// Its files are in remote storage.
    Remote,
    /// Older than the ten newest versions while the schema changes.
    OldInSchemaChange,
    /// Alone it is as large as a file may get.
    LargeAlready,
    /// One rowset that does not overlap: rewriting it gains nothing.
    Alone,
    /// Has been compacted; the policy starts at the first one that has not.
    CompactedAlready,
    /// Merged not long ago.
    YoungLevel,
    /// Not part of the run that was chosen.
    NotInRun,
    /// Nothing is due yet.
    NotDue,
}

impl Reason {
    /// Names it in drawings and to a page that speaks other languages.
    pub const fn key(self) -> &'static str {
        match self {
            Self::LevelAbove { .. } => "level-above",
            Self::Delete => "delete",
            Self::BehindDelete => "behind-delete",
            Self::OverMaxScore { .. } => "over-max-score",
            Self::Enough => "enough",
            Self::Invisible { .. } => "invisible",
            Self::BeyondGap => "beyond-gap",
            Self::Remote => "remote",
            Self::OldInSchemaChange => "old-in-schema-change",
            Self::LargeAlready => "large-already",
            Self::Alone => "alone",
            Self::CompactedAlready => "compacted-already",
            Self::YoungLevel => "young-level",
            Self::NotInRun => "not-in-run",
            Self::NotDue => "not-due",
        }
    }

    /// Its numbers, in the order of its fields.
    pub const fn numbers(self) -> [i64; 2] {
        match self {
            Self::LevelAbove { level, rest } => [level as i64, rest as i64],
            Self::OverMaxScore { max } => [max as i64, 0],
            Self::Invisible { visible } => [visible, 0],
            _ => [0, 0],
        }
    }
}

impl Pick {
    /// Nothing, by a rule.
    pub const fn none(rule: Rule) -> Self {
        Self { inputs: Vec::new(), score: 0, looked: 0, last_delete: None, why: Explanation::of(rule) }
    }

    /// Versions from the first input to the last.
    pub fn range(&self) -> Option<VersionRange> {
        let (first, last) = (self.inputs.first()?, self.inputs.last()?);
        Some(VersionRange::new(first.1.start, last.1.end))
    }

    /// Whether every input begins where the one before ends.
    pub fn is_continuous(&self) -> bool {
        self.inputs.windows(2).all(|pair| pair[0].1.end.checked_add(1) == Some(pair[1].1.start))
    }

    pub(super) fn take<'a>(&mut self, inputs: impl IntoIterator<Item = &'a Candidate>) {
        self.inputs = inputs.into_iter().map(|rowset| (rowset.id, rowset.range)).collect();
    }
}

impl Explanation {
    pub(super) const fn of(rule: Rule) -> Self {
        Self { rule, facts: Vec::new(), rejected: Vec::new(), said: String::new(), fault: None }
    }

    pub(super) fn fact(&mut self, fact: Fact, value: u64) {
        self.facts.push((fact, i64::try_from(value).unwrap_or(i64::MAX)));
    }

    /// Leaves a candidate out; joins it to the run before where the reason is the same.
    pub(super) fn reject(&mut self, rowset: &Candidate, reason: Reason) {
        match self.rejected.last_mut() {
            Some(last)
                if last.reason == reason && last.range.end.checked_add(1) == Some(rowset.range.start) =>
            {
                last.range.end = rowset.range.end;
                last.count += 1;
            }
            _ => self.rejected.push(Rejected { range: rowset.range, count: 1, reason }),
        }
    }

    /// Leaves candidates out for one reason.
    pub(super) fn reject_all(&mut self, rowsets: &[&Candidate], reason: Reason) {
        for rowset in rowsets {
            self.reject(rowset, reason);
        }
    }

    /// The value of a fact, where the rule saw it.
    pub fn value(&self, fact: Fact) -> Option<i64> {
        self.facts.iter().find(|(known, _)| *known == fact).map(|(_, value)| *value)
    }
}
