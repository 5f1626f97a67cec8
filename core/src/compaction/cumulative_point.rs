//! Where does base compaction's side end?
//!
//! ```text
//! [0-1][2-900 1.2 G][901-950 200 M] | [951-960 3 M][961][962]
//! base                              ^951  cumulative
//! ```
//!
//! Versions below the point belong to base compaction, those at or above it to cumulative
//! compaction. It is not trusted from disk: it is calculated when a tablet is loaded, and moved by
//! compactions afterwards. It may exceed the newest version; −1 is "not calculated".
//!
//! Source: Apache Doris, `CumulativeCompactionPolicy::calculate_cumulative_point`,
//! `update_cumulative_point`, `new_cumulative_point`.

use super::facts::by_version;
use super::size_based::{cloud_promotion_bytes, promotion_bytes};
use super::time_series::rests;
use super::{Candidate, Config, Policy, TabletFacts};
use crate::base::{SimTime, Version, VersionRange};

/// The output of a compaction as far as the point cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// Versions.
    pub range: VersionRange,
    /// Data and index, bytes.
    pub bytes: u64,
    /// Segment files.
    pub segments: u32,
    /// Its level.
    pub level: u8,
}

/// The point of a tablet that has none, and the promotion size to store, bytes, where one was
/// computed. No point where there is one already, or where nothing tells it. O(n log n) for rowsets
/// out of order, else up to the point.
pub fn calculate(
    policy: Policy,
    rowsets: &[Candidate],
    facts: &TabletFacts,
    config: &Config,
    now: SimTime,
) -> (Option<Version>, Option<u64>) {
    if facts.point >= 0 || rowsets.is_empty() {
        return (None, None);
    }
    let sorted = by_version(rowsets);
    let promotion = promotion_bytes(sorted[0].bytes, config);
    let stored = (policy == Policy::SizeBased && facts.running).then_some(promotion);
    if policy == Policy::NumBased {
        return (Some(walk(&sorted, |rowset| rowset.is_overlapping() || rowset.range.is_single())), None);
    }
    if !facts.running {
        let by_size = policy != Policy::TimeSeries;
        let first = sorted.iter().map(|rowset| rowset.range.start).find(|&start| by_size && start > 0);
        return (first, stored);
    }
    let two_levels = config.time_series.two_levels();
    let point = walk(&sorted, |rowset| {
        if rowset.delete_predicate {
            return false;
        }
        let inner = rowset.range.start != 0;
        rowset.is_overlapping()
            || match policy {
                Policy::TimeSeries => {
                    rowset.range.is_single()
                        || (inner && rowset.segments == 0)
                        || (two_levels && rests(rowset, now))
                }
                _ => inner && rowset.bytes < promotion,
            }
    });
    (Some(point), stored)
}

/// The start of the first rowset that stops the walk, else what follows the last one before a gap.
fn walk(sorted: &[&Candidate], stops: impl Fn(&Candidate) -> bool) -> Version {
    let mut previous: Version = -1;
    let mut point = -1;
    for rowset in sorted {
        if rowset.range.start > previous.saturating_add(1) {
            break;
        }
        if stops(rowset) {
            return rowset.range.start;
        }
        previous = rowset.range.end;
        point = rowset.range.end.saturating_add(1);
    }
    point
}

/// The point after a cumulative compaction. O(1).
pub fn after(
    policy: Policy,
    output: &Output,
    last_delete: Option<VersionRange>,
    facts: &TabletFacts,
    config: &Config,
) -> Version {
    let behind = output.range.end.saturating_add(1);
    let passes = match policy {
        Policy::NumBased => true,
        // The script says where it goes.
        Policy::Own => false,
        Policy::TimeSeries => {
            let upper = !config.time_series.two_levels() || output.level >= 2;
            facts.running && output.segments > 0 && upper
        }
        Policy::SizeBased => {
            facts.running && is_promoted(output, last_delete, facts.promotion_bytes, facts, config)
        }
        Policy::CloudSizeBased => {
            let promotion = cloud_promotion_bytes(facts.base_bytes, config);
            is_promoted(output, last_delete, promotion, facts, config)
        }
    };
    if passes { behind } else { facts.point }
}

fn is_promoted(
    output: &Output,
    last_delete: Option<VersionRange>,
    promotion: u64,
    facts: &TabletFacts,
    config: &Config,
) -> bool {
    let span = output.range.end.saturating_sub(output.range.start);
    last_delete.is_some()
        || output.bytes >= promotion
        || (facts.merge_on_write && span > config.promotion_versions.into())
}
