//! What each compaction would take: an answer of the engine, asked for while somebody looks.

use serde::{Deserialize, Serialize};
use tabletop_core::lab::tablet::Kind;
use tabletop_core::lab::timeline::BranchId;
use tabletop_core::view::tablet::PreviewView;

/// The compactions that are looked at before they run, in the order of [`Picks::of`].
pub const PICKS: [Kind; 3] = [Kind::Cumulative, Kind::Base, Kind::Full];

/// What each compaction would take at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picks {
    /// The step.
    pub step: u64,
    /// The branch.
    pub branch: BranchId,
    /// One for each of [`PICKS`].
    pub of: Vec<PreviewView>,
    /// The same of the branch beside; empty where there is none.
    pub beside: Vec<PreviewView>,
}

impl Picks {
    /// What a kind would take, on the branch beside or on the cursor's.
    pub fn shown(&self, kind: Kind, beside: bool) -> Option<&PreviewView> {
        let at = PICKS.iter().position(|known| *known == kind)?;
        if beside { self.beside.get(at) } else { self.of.get(at) }
    }
}
