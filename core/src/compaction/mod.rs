//! Which rowsets should be merged next, and why those?
//!
//! ```text
//! live     [0-1][2-40]  ^41  [41-48][49][50][51][52]        point 41
//! pick                       ─────── ──────────────         rule, its numbers, what stayed out
//! apply                      [41---------------52]          one new rowset, one stale path, one save
//! ```
//!
//! A policy is a pure value over a view of the tablet: candidates, facts, configuration and the
//! moment go in, a [`Pick`] with its [`Explanation`] comes out. Picking cannot fail: nothing to do is
//! an empty pick that says so. [`crate::tablet::Tablet::apply`] carries a pick out.
//!
//! Invariant: the inputs are candidates in their order, and every candidate that is not an input
//! stands in the explanation's `rejected` or behind a rule that took nothing.
//!
//! Delete predicates: a cumulative pick ends in front of a delete version; when nothing lies before it
//! the point moves behind it, and base compaction applies it.
//!
//! Source: Apache Doris, `be/src/olap/*compaction*` (January 2026) and the number-based policy of
//! 2021; `tests/golden` holds recorded cases of all of them.

pub mod base;
pub mod cumulative_point;
mod facts;
pub mod num_based;
mod pick;
pub mod runs;
pub mod score;
pub mod script;
pub mod select;
pub mod size_based;
pub mod time_series;

#[cfg(test)]
mod tests;

pub use facts::{BaseConfig, Candidate, CloudConfig, Config, Keys, MIB, Ppm, TabletFacts, TimeSeriesConfig};
pub use pick::{Explanation, Fact, Pick, Reason, Rejected, Rule};
pub use select::{LastSuccess, Selection};

use self::base as base_pick;
use crate::base::SimTime;
use serde::{Deserialize, Serialize};

/// How a tablet's new rowsets are merged: the property `compaction_policy` of its table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Policy {
    /// `size_based`, since 2020.
    #[default]
    SizeBased,
    /// `time_series`, since 2023.
    TimeSeries,
    /// The number-based policy of 2019 to 2022.
    NumBased,
    /// `size_based` where compute and storage are apart.
    CloudSizeBased,
    /// Written by the user; see [`script`].
    Own,
}

impl Policy {
    /// All that are built in, in the order in which they are encoded; [`Self::Own`] follows them.
    pub const ALL: [Self; 4] = [Self::SizeBased, Self::TimeSeries, Self::NumBased, Self::CloudSizeBased];

    /// Names it in drawings, configuration and to a page that speaks other languages.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SizeBased => "size_based",
            Self::TimeSeries => "time_series",
            Self::NumBased => "num_based",
            Self::CloudSizeBased => "cloud_size_based",
            Self::Own => "own",
        }
    }

    /// Whether it is of the design in which compute and storage are apart.
    pub const fn is_cloud(self) -> bool {
        matches!(self, Self::CloudSizeBased)
    }

    /// Picks among candidates in order of their end, without a gap; nothing for [`Self::Own`], which sees
    /// more than candidates ([`script::select`]). O(n).
    pub fn pick(self, candidates: &[&Candidate], facts: &TabletFacts, config: &Config, now: SimTime) -> Pick {
        match self {
            Self::SizeBased => size_based::pick(candidates, facts, config),
            Self::CloudSizeBased => size_based::cloud_pick(candidates, facts, config),
            Self::TimeSeries => time_series::pick(candidates, facts, config, now),
            Self::NumBased => num_based::pick(candidates, config),
            Self::Own => Pick::none(Rule::OwnLeaves),
        }
    }

    /// A whole cumulative selection; the point has been calculated. O(n).
    pub fn select(
        self,
        rowsets: &[Candidate],
        facts: &TabletFacts,
        config: &Config,
        last: LastSuccess,
        now: SimTime,
    ) -> Selection {
        let select = if self.is_cloud() { select::cloud } else { select::local };
        select(self, rowsets, facts, config, last, now)
    }

    /// Picks below the point. O(n).
    pub fn pick_base(
        self,
        rowsets: &[Candidate],
        facts: &TabletFacts,
        config: &Config,
        now: SimTime,
    ) -> Pick {
        base_pick::pick(rowsets, facts, config, self.is_cloud(), now)
    }
}
