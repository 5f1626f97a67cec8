//! The greedy walk, and its variants that mind a file cache.

use super::{VersionGraph, after};
use crate::base::{Version, VersionRange};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a walk did not arrive. What it collected stays with the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaptureError {
    /// The wanted range ends before it starts.
    Reversed {
        /// As asked for.
        range: VersionRange,
    },
    /// No rowset ever started or ended here.
    NoStart {
        /// The first version wanted.
        at: Version,
    },
    /// Every rowset from here on ends after the wanted end, or there is none.
    Stuck {
        /// The vertex that the walk could not leave: the next version to read.
        at: Version,
        /// The vertex to arrive at: one past the last version wanted.
        wanted: Version,
    },
}

impl CaptureError {
    /// The reference's code: 33 for a reversed range, else 6.
    pub const fn code(&self) -> i32 {
        match self {
            Self::Reversed { .. } => 33,
            Self::NoStart { .. } | Self::Stuck { .. } => 6,
        }
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reversed { range } => write!(f, "{range} ends before it starts"),
            Self::NoStart { at } => write!(f, "no rowset has a border at {at}"),
            Self::Stuck { at, wanted } => {
                write!(f, "no rowset leads from {at} towards {wanted} without overshooting")
            }
        }
    }
}

impl core::error::Error for CaptureError {}

/// What a cache-aware walk does at a rowset whose data is not cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaptureMode {
    /// Passes it by: warm rowsets only, as far as they lead.
    Validator,
    /// As `Validator` for merge-on-write tables: a cold single version stops the walk at its
    /// vertex, a longer cold rowset may be replaced by its parts but nothing behind it is read.
    ValidatorMow,
    /// Takes a warm rowset where there is one, else the longest.
    PreferCache,
}

/// Edges that are followed at a time while the goal is far.
const AHEAD: usize = 4;

impl VersionGraph {
    /// The reference's walk: from every vertex the longest edge that does not overshoot, without
    /// ever turning back. Leaves the path in `out` (whose old contents go), and what was collected
    /// of it on an error. About a nanosecond an edge where edges join neighbouring slots, else one
    /// dependent load each; allocates nothing but `out`.
    ///
    /// # Errors
    /// The range is reversed, its start is no vertex, or the walk is stuck – also where a path
    /// exists that begins with a shorter edge; see [`Self::capture_complete`].
    pub fn capture(&self, range: VersionRange, out: &mut Vec<VersionRange>) -> Result<(), CaptureError> {
        out.clear();
        let (mut at, goal) = self.ends_of(range)?;
        let mut value = range.start;
        // A vertex without edges has no slot to go to: a value behind every goal but the greatest.
        while value < goal && goal < Version::MAX {
            let slots = self.ahead(at);
            let ends = slots.map(|slot| self.values.get(slot).copied().unwrap_or(Version::MAX));
            if ends[AHEAD - 1] > goal {
                for (slot, end) in slots.into_iter().zip(ends) {
                    if end > goal {
                        break;
                    }
                    out.push(VersionRange::new(value, end - 1));
                    (at, value) = (slot, end);
                }
                break;
            }
            let starts = core::iter::once(value).chain(ends);
            out.extend(starts.zip(ends).map(|(start, end)| VersionRange::new(start, end - 1)));
            let neighbours = slots[AHEAD - 1] == at + AHEAD;
            (at, value) = (slots[AHEAD - 1], ends[AHEAD - 1]);
            if neighbours {
                break;
            }
        }
        // One edge at a time where the way turns to shorter ones, or to neighbours.
        let mut neighbours = AHEAD;
        while value < goal {
            let mut next = self.farthest.get(at);
            neighbours = if next as usize == at + 1 { neighbours + 1 } else { 0 };
            // Short runs are common and not worth a look ahead.
            if neighbours > AHEAD {
                let run = self.run_of_neighbours(at, goal);
                if run > 0 {
                    let (starts, ends) = (&self.values[at..at + run], &self.values[at + 1..=at + run]);
                    out.extend(
                        starts.iter().zip(ends).map(|(&start, &end)| VersionRange::new(start, end - 1)),
                    );
                    at += run;
                    value = self.values[at];
                    continue;
                }
            }
            let stuck = || CaptureError::Stuck { at: value, wanted: goal };
            // A vertex without edges has no slot to go to: no value, so stuck.
            let mut next_value = *self.values.get(next as usize).ok_or_else(stuck)?;
            if next_value > goal {
                next = self.pool.first_within(self.rest[at], goal, &self.values).ok_or_else(stuck)?;
                next_value = self.values[next as usize];
            }
            out.push(VersionRange::new(value, next_value - 1));
            value = next_value;
            at = next as usize;
        }
        Ok(())
    }

    /// Slots along the longest edges from a slot on.
    #[inline]
    fn ahead(&self, at: usize) -> [usize; AHEAD] {
        let mut at = at;
        core::array::from_fn(|_| {
            at = self.farthest.get(at) as usize;
            at
        })
    }

    /// The walk of a cloud backend: `warm` tells whether a rowset's data is in the local cache.
    /// It may end before the wanted end (with `Ok`, even with an empty path) and, since no mode
    /// looks at the goal when it chooses, behind it.
    ///
    /// # Errors
    /// The range is reversed or its start is no vertex.
    pub fn capture_filtered(
        &self,
        mode: CaptureMode,
        range: VersionRange,
        warm: impl Fn(VersionRange) -> bool,
        out: &mut Vec<VersionRange>,
    ) -> Result<(), CaptureError> {
        out.clear();
        let (start, mut goal) = self.ends_of(range)?;
        let mut at = start as u32;
        let mut value = range.start;
        while value < goal {
            let mut chosen = None;
            for to in self.forward(at) {
                let next_value = self.values[to as usize];
                if warm(VersionRange::new(value, next_value - 1)) {
                    chosen = Some(to);
                    break;
                }
                if mode == CaptureMode::ValidatorMow {
                    if next_value == value + 1 {
                        break;
                    }
                    goal = goal.min(next_value);
                }
            }
            if chosen.is_none() && mode == CaptureMode::PreferCache {
                chosen = self.forward(at).next();
            }
            let Some(next) = chosen else { break };
            let next_value = self.values[next as usize];
            out.push(VersionRange::new(value, next_value - 1));
            value = next_value;
            at = next;
        }
        Ok(())
    }

    /// Slot of the start and value of the goal.
    #[inline]
    pub(super) fn ends_of(&self, range: VersionRange) -> Result<(usize, Version), CaptureError> {
        if range.is_empty() {
            return Err(CaptureError::Reversed { range });
        }
        // Most reads start at the tablet's first version, the first vertex there was.
        if self.values.first() == Some(&range.start) {
            return Ok((0, after(range)));
        }
        let start = self.index.get(range.start, &self.values);
        let start = start.ok_or(CaptureError::NoStart { at: range.start })?;
        Ok((start as usize, after(range)))
    }

    /// How many edges from `at` on lead each to the next slot and not beyond `goal`. Such a run is
    /// copied without following one link after the other: each edge of it is a vertex's longest, and
    /// values rise along it, by one at least.
    #[inline]
    fn run_of_neighbours(&self, at: usize, goal: Version) -> usize {
        let most = usize::try_from(goal - self.values[at]).unwrap_or(usize::MAX);
        let run = self.farthest.run(at, most);
        let ends = &self.values[at + 1..=at + run];
        match ends.last() {
            Some(&last) if last > goal => ends.partition_point(|&end| end <= goal),
            _ => run,
        }
    }
}
