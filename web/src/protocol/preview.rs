//! What a pasted text holds, before it is played.

use serde::{Deserialize, Serialize};
use tabletop_core::base::{Version, VersionRange};
use tabletop_core::import::{Imported, Note, NoteKey, RowsetFact, Severity};

/// What pasted text holds, as far as the page says it: the whole would be a fourth of what the
/// page must be able to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewInfo {
    /// Live rowsets.
    pub live: u64,
    /// Newest version.
    pub max_version: Version,
    /// Stale paths.
    pub stale_paths: u64,
    /// The cumulative point, where it is told.
    pub cumulative_point: Option<Version>,
    /// Compaction policy, where it is told.
    pub policy: Option<String>,
    /// Stale rowsets whose grouping is not told.
    pub ungrouped: u64,
    /// The first missing versions, at most six ranges.
    pub missing: Vec<VersionRange>,
    /// What was assumed, repaired, left out or not told.
    pub notes: Vec<PreviewNote>,
}

/// A note on pasted text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewNote {
    /// Worth a warning.
    pub warning: bool,
    /// What is said.
    pub said: PreviewSaid,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// What a note says; the page puts counts into its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreviewSaid {
    /// So many rowsets lack a fact, by its place in [`RowsetFact::ALL`].
    NotTold(u32, u64),
    /// So many more like the one before.
    More(u64),
    /// Anything else.
    Text(Both),
}

/// A sentence in both languages: rare ones come with the answer, so that the page need not hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl PreviewInfo {
    /// Of all that was read, what the page says. `notes` are the notes in Chinese.
    pub fn of(read: &Imported, notes: Vec<String>) -> Self {
        let note = |(note, zh): (&Note, String)| PreviewNote {
            warning: note.severity == Severity::Warning,
            said: match &note.key {
                NoteKey::NotTold { fact, rowsets } => {
                    let at = RowsetFact::ALL.iter().position(|one| one == fact).unwrap_or_default();
                    PreviewSaid::NotTold(at as u32, u64::from(*rowsets))
                }
                NoteKey::More { count, .. } => PreviewSaid::More(u64::from(*count)),
                _ => PreviewSaid::Text(Both { en: note.text.clone(), zh }),
            },
            line: note.line,
            column: note.column,
        };
        Self {
            live: read.live.len() as u64,
            max_version: read.max_version(),
            stale_paths: read.stale_paths.len() as u64,
            cumulative_point: read.cumulative_point,
            policy: read.policy.clone(),
            ungrouped: read.stale_ungrouped.len() as u64,
            missing: read.missing.iter().take(6).copied().collect(),
            notes: read.notes.iter().zip(notes).map(note).collect(),
        }
    }
}
