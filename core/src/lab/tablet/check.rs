//! Invariants of the lab, tested from outside the mechanism.

use super::{Outcome, TabletLab};
use crate::base::VersionRange;
use crate::lab::Violation;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

/// How many invariants [`TabletLab::check_all`] tests: those of the tablet and the two below.
pub const CHECKERS: u32 = 10;

impl TabletLab {
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        if self.sound {
            self.tablet.check().map_err(|broken| Violation {
                invariant: broken.name().to_string(),
                text: broken.to_string(),
            })?;
        }
        self.newest_is_readable()?;
        self.reads_stand_on_known_versions()
    }

    /// The newest version has a path unless versions are missing.
    fn newest_is_readable(&self) -> Result<(), Violation> {
        let newest = self.newest();
        let complete = self.tablet.missed_ranges(newest).next().is_none();
        if self.sound && complete && newest >= 0 && !self.serves(newest) {
            return Err(Violation {
                invariant: "newest readable".to_string(),
                text: format!("no version is missing, yet [0-{newest}] has no path"),
            });
        }
        Ok(())
    }

    /// Every captured path is gap-free from 0 to its version.
    fn reads_stand_on_known_versions(&self) -> Result<(), Violation> {
        for read in &self.ended {
            let Outcome::Served { path } = &read.outcome else { continue };
            let ranges: Vec<VersionRange> = path.iter().map(|stop| stop.1).collect();
            let next =
                ranges.iter().try_fold(0, |next, range| (range.start == next).then_some(range.end + 1));
            if next != Some(read.version + 1) {
                return Err(Violation {
                    invariant: "path is gap-free".to_string(),
                    text: format!("{} read version {} through {ranges:?}", read.id, read.version),
                });
            }
        }
        Ok(())
    }
}
