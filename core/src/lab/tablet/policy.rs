//! The simplest compaction policy: number-based, as Doris picked from 2019 to 2022.
//!
//! Source: Apache Doris, `NumBasedCumulativeCompactionPolicy` (removed by #13409) and the base
//! pick. Differs: the skip window is not modelled, because it was the workaround that delayed
//! deletion replaced. The policies in use today come with the next issue's `compaction` module.

use super::command::{Idle, Kind};
use super::config::Knobs;
use crate::base::{RowsetId, Version, VersionRange};
use crate::rowset::RowsetMeta;
use crate::tablet::Tablet;
use alloc::vec::Vec;

/// What a compaction would take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Rowsets that go in, by version; empty when only the point moves past a delete version.
    pub inputs: Vec<(RowsetId, VersionRange)>,
    /// Sum of their scores.
    pub score: u64,
    /// Where the cumulative point goes afterwards; `None` leaves it.
    pub point: Option<Version>,
}

impl Choice {
    /// Versions from the first input to the last.
    pub fn range(&self) -> Option<VersionRange> {
        let (first, last) = (self.inputs.first()?, self.inputs.last()?);
        Some(VersionRange::new(first.1.start, last.1.end))
    }
}

/// The cumulative point of a tablet that was never compacted: everything before the first
/// overlapping or single-version rowset, up to the first gap.
pub(super) fn first_point(tablet: &Tablet) -> Version {
    let mut point = 0;
    for meta in tablet.live() {
        if meta.range.start > point || meta.is_overlapping() || meta.range.is_single() {
            break;
        }
        point = meta.range.end + 1;
    }
    point
}

/// Chooses inputs, or says why nothing is chosen.
///
/// # Errors
/// The rule that left it.
pub fn choose(tablet: &Tablet, knobs: &Knobs, kind: Kind) -> Result<Choice, Idle> {
    match kind {
        Kind::Cumulative => cumulative(tablet, knobs),
        Kind::Base => base(tablet, knobs),
        Kind::Full | Kind::Chosen => full(tablet),
    }
}

fn cumulative(tablet: &Tablet, knobs: &Knobs) -> Result<Choice, Idle> {
    let point = if tablet.point() < 0 { first_point(tablet) } else { tablet.point() };
    let mut inputs = Vec::new();
    let mut score = 0;
    let mut past_delete = None;
    for meta in tablet.live().filter(|meta| meta.range.start >= point) {
        check_gap(&inputs, meta)?;
        if meta.delete_predicate {
            past_delete = Some(meta.range.end + 1);
            if !inputs.is_empty() {
                break;
            }
            continue;
        }
        if score >= u64::from(knobs.max_score) {
            break;
        }
        score += meta.score();
        inputs.push((meta.id, meta.range));
    }
    // One rowset that does not overlap gains nothing from being rewritten.
    let useful = inputs.len() > 1 || score > 1;
    match past_delete {
        Some(after) if !useful => Ok(Choice { inputs: Vec::new(), score: 0, point: Some(after) }),
        None if score < u64::from(knobs.min_score) || !useful => {
            Err(Idle::ScoreTooLow { score, min: u64::from(knobs.min_score) })
        }
        _ => {
            let point = inputs.last().map(|(_, range)| range.end + 1);
            Ok(Choice { inputs, score, point })
        }
    }
}

fn base(tablet: &Tablet, knobs: &Knobs) -> Result<Choice, Idle> {
    let mut inputs = Vec::new();
    let mut score = 0;
    for meta in tablet.live().filter(|meta| meta.range.end < tablet.point()) {
        check_gap(&inputs, meta)?;
        score += meta.score();
        inputs.push((meta.id, meta.range));
    }
    let min = u64::from(knobs.base_min_rowsets).max(1);
    if inputs.len() as u64 <= min {
        return Err(Idle::TooFewRowsets { count: inputs.len() as u64, min: min + 1 });
    }
    Ok(Choice { inputs, score, point: None })
}

fn full(tablet: &Tablet) -> Result<Choice, Idle> {
    let mut inputs = Vec::new();
    let mut score = 0;
    for meta in tablet.live() {
        check_gap(&inputs, meta)?;
        score += meta.score();
        inputs.push((meta.id, meta.range));
    }
    let empty_pair = inputs.len() == 2 && inputs[0].1.end == 1;
    if inputs.len() < 2 || empty_pair {
        return Err(Idle::TooFewRowsets { count: inputs.len() as u64, min: 2 });
    }
    let point = inputs.last().map(|(_, range)| range.end + 1);
    Ok(Choice { inputs, score, point })
}

fn check_gap(inputs: &[(RowsetId, VersionRange)], next: &RowsetMeta) -> Result<(), Idle> {
    match inputs.last() {
        Some((_, last)) if next.range.start != last.end + 1 => Err(Idle::Gap { at: last.end + 1 }),
        _ => Ok(()),
    }
}
