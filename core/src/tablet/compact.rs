//! Carrying out what a policy picked.
//!
//! ```text
//! before   save  +[2-5]  save  -[2]  save  -[3]  save  -[4]  save  -[5]  save  point  save
//! now      +[2-5] -[2] -[3] -[4] -[5] point                                           save
//! ```
//!
//! Until 2019 the tablet's meta was saved with every rowset that came or went and once more with the
//! point; since then rowsets and point change together and are saved once. [`MetaWrites`] counts
//! both.

use super::{ApplyError, Modified, ModifyOptions, Tablet};
use crate::base::{RowsetId, SimTime, Version, VersionRange};
use crate::compaction::cumulative_point::{Output, after};
use crate::compaction::time_series::output_level;
use crate::compaction::{Candidate, Config, Pick, Policy, TabletFacts};
use crate::rowset::{Overlap, RowsetMeta, Unknown};
use serde::{Deserialize, Serialize};

/// Saves of the tablet's meta by compactions so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetaWrites {
    /// One for each compaction, and for each point that moved without one.
    pub saves: u64,
    /// What it would have been with a save for every rowset and point that changes.
    pub one_by_one: u64,
}

/// Which compaction a pick is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compaction {
    /// At or above the point, which may move.
    Cumulative,
    /// Below the point, which stays.
    Base,
    /// Everything; the point moves behind it as after a delete version.
    Full,
    /// What a user chose; the point stays.
    Manual,
    /// What a policy of one's own chose, and where it puts the point. It takes a delete predicate only
    /// with all that lies before it, and is rid of it.
    Own(Version),
}

/// How a pick is carried out.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions<'a> {
    /// Which compaction.
    pub compaction: Compaction,
    /// Whose rule moves the point.
    pub policy: Policy,
    /// Its configuration.
    pub config: &'a Config,
    /// The tablet as the policy saw it.
    pub facts: &'a TabletFacts,
    /// Name of the output.
    pub output: RowsetId,
    /// See [`ModifyOptions::keep_stale`].
    pub keep_stale: bool,
}

/// What carrying out a pick did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The rowset written.
    pub output: RowsetMeta,
    /// What became of the inputs.
    pub modified: Modified,
    /// The point before and after.
    pub point: (Version, Version),
}

/// Facts that an output cannot know when an input did not.
const MERGED_FACTS: u8 = Unknown::BYTES.0 | Unknown::ROWS.0;

impl Tablet {
    /// The stored promotion size, bytes; 0 before the first calculation.
    pub const fn promotion_bytes(&self) -> u64 {
        self.promotion_bytes
    }

    /// Stores the promotion size.
    pub const fn set_promotion_bytes(&mut self, bytes: u64) {
        self.promotion_bytes = bytes;
    }

    /// Saves of the meta by compactions.
    pub const fn meta_writes(&self) -> MetaWrites {
        self.writes
    }

    /// The tablet as a policy sees it: running, duplicate keys, all versions visible; a caller that
    /// knows better says so. O(log n).
    pub fn facts(&self) -> TabletFacts {
        let base = self.live.from(VersionRange::new(2, i64::MIN)).next();
        TabletFacts {
            point: self.point,
            promotion_bytes: self.promotion_bytes,
            base_bytes: base.filter(|meta| meta.range.start == 2).map_or(0, |meta| meta.bytes),
            newest_start: self.max_version().start,
            ..TabletFacts::default()
        }
    }

    /// Live rowsets from a version on, as a policy sees them. O(log n) and their number.
    pub fn candidates_from(&self, version: Version) -> impl Iterator<Item = Candidate> {
        self.live.from(VersionRange::new(version, i64::MIN)).map(Candidate::of)
    }

    /// Live rowsets that start below a version, as a policy sees them. O(n).
    pub fn candidates_below(&self, version: Version) -> impl Iterator<Item = Candidate> {
        self.live().take_while(move |meta| meta.range.start < version).map(Candidate::of)
    }

    /// Moves the point without a compaction, and saves.
    pub const fn save_point(&mut self, point: Version) {
        if self.point != point {
            self.point = point;
            self.writes.saves += 1;
            self.writes.one_by_one += 1;
        }
    }

    /// Merges what was picked into one rowset and moves the point by the policy's rule, with one save
    /// of the meta at the end. O(k log n).
    ///
    /// # Errors
    /// Nothing was picked, an input is not live, or two inputs leave a gap. Nothing has changed.
    pub fn apply(
        &mut self,
        pick: &Pick,
        options: &ApplyOptions<'_>,
        now: SimTime,
    ) -> Result<Applied, ApplyError> {
        let range = pick.range().ok_or(ApplyError::Nothing)?;
        if let Some(pair) =
            pick.inputs.windows(2).find(|pair| pair[0].1.end.checked_add(1) != Some(pair[1].1.start))
        {
            return Err(ApplyError::Gap { before: pair[0].1, behind: pair[1].1 });
        }
        let output = self.output(pick, range, options, now);
        let modify = ModifyOptions { check: true, keep_stale: options.keep_stale };
        let modified =
            self.modify_rowsets(&[output], &pick.inputs, modify, now).map_err(ApplyError::NotLive)?;
        let before = self.point;
        self.point = match options.compaction {
            Compaction::Base | Compaction::Manual => before,
            Compaction::Cumulative => point_after(&output, pick.last_delete, options),
            Compaction::Full => point_after(&output, pick.inputs.last().map(|input| input.1), options),
            Compaction::Own(point) => point,
        };
        self.writes.saves += 1;
        self.writes.one_by_one += pick.inputs.len() as u64 + 1 + u64::from(self.point != before);
        Ok(Applied { output, modified, point: (before, self.point) })
    }

    fn output(
        &self,
        pick: &Pick,
        range: VersionRange,
        options: &ApplyOptions<'_>,
        now: SimTime,
    ) -> RowsetMeta {
        let mut output = RowsetMeta::empty(options.output, range, now);
        let mut first_level = None;
        let mut live = self.live.along(pick.inputs.first().map_or(range, |input| input.1));
        for meta in pick.inputs.iter().filter_map(|input| live.find(input.1)) {
            output.bytes = output.bytes.saturating_add(meta.bytes);
            output.rows = output.rows.saturating_add(meta.rows);
            output.unknown = output.unknown.and(Unknown(meta.unknown.0 & MERGED_FACTS));
            // Base and full compaction apply predicates and are rid of them.
            output.delete_predicate |= meta.delete_predicate && options.compaction == Compaction::Cumulative;
            first_level.get_or_insert(meta.level);
        }
        output.overlap = Overlap::NonOverlapping;
        output.segments = u32::from(output.rows > 0 || output.bytes > 0 || output.unknown.0 != 0);
        if options.policy == Policy::TimeSeries && options.compaction == Compaction::Cumulative {
            let level = first_level.unwrap_or(0);
            output.level = output_level(level, output.segments, options.facts.running, options.config);
        }
        output
    }
}

fn point_after(
    output: &RowsetMeta,
    last_delete: Option<VersionRange>,
    options: &ApplyOptions<'_>,
) -> Version {
    let output =
        Output { range: output.range, bytes: output.bytes, segments: output.segments, level: output.level };
    after(options.policy, &output, last_delete, options.facts, options.config)
}
