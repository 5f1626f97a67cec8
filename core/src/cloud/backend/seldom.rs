//! What most views have nothing of, and takes room when it comes: of a million views most were read once.

use super::DeleteBitmap;
use super::notice::Pending;
use crate::base::{Version, VersionRange};
use crate::cloud::{SyncCursor, TabletStats};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The parts that are mostly empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parts {
    /// Ranges that compactions work on.
    pub(super) held: Vec<VersionRange>,
    /// Notices that wait for an earlier version.
    pub(super) pending: BTreeMap<Version, Pending>,
    pub(super) bitmap: DeleteBitmap,
}

static NOTHING: Parts = Parts { held: Vec::new(), pending: BTreeMap::new(), bitmap: DeleteBitmap::NONE };

/// Those of one view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Seldom(Option<Box<Parts>>);

impl Seldom {
    /// To be looked at.
    pub(super) const fn get(&self) -> &Parts {
        match &self.0 {
            Some(parts) => parts,
            None => &NOTHING,
        }
    }

    /// To be changed, where something is there.
    pub(super) fn known(&mut self) -> Option<&mut Parts> {
        self.0.as_deref_mut()
    }

    /// To be added to.
    pub(super) fn room(&mut self) -> &mut Parts {
        self.0.get_or_insert_default()
    }
}

/// What is empty takes room or does not.
impl PartialEq for Seldom {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Seldom {}

/// Counters of a tablet, as the meta-service told them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Told {
    /// It told none so far.
    #[default]
    Nothing,
    /// No compaction of the tablet was ever committed: it counts loads only.
    Young { rowsets: i64, segments: i64, rows: i64, bytes: i64 },
    /// Everything else.
    Whole(Box<TabletStats>),
}

impl From<TabletStats> for Told {
    fn from(stats: TabletStats) -> Self {
        let TabletStats { rowsets, segments, rows, bytes, .. } = stats;
        if stats == TabletStats::default() {
            Self::Nothing
        } else if stats == young(rowsets, segments, rows, bytes) {
            Self::Young { rowsets, segments, rows, bytes }
        } else {
            Self::Whole(Box::new(stats))
        }
    }
}

fn young(rowsets: i64, segments: i64, rows: i64, bytes: i64) -> TabletStats {
    TabletStats { cursor: SyncCursor::NEW, rowsets, segments, rows, bytes, ..TabletStats::default() }
}

impl Told {
    /// What it told.
    pub(super) fn stats(&self) -> TabletStats {
        match *self {
            Self::Nothing => TabletStats::default(),
            Self::Young { rowsets, segments, rows, bytes } => young(rowsets, segments, rows, bytes),
            Self::Whole(ref stats) => **stats,
        }
    }

    /// Rowsets of it.
    pub(super) const fn rowsets(&self) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Young { rowsets, .. } => *rowsets,
            Self::Whole(stats) => stats.rowsets,
        }
    }
}
