//! The verbs of the bench: name, key, command.

use super::Model;
use crate::text::Text;
use tabletop_core::lab::tablet::{Kind, TabletCommand, Workload};

/// What a user does to the tablet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A load.
    Load,
    /// A delete predicate.
    DeleteLoad,
    /// Cumulative compaction.
    Cumulative,
    /// Base compaction.
    Base,
    /// Full compaction.
    Full,
    /// Compaction of the chosen versions.
    Compact,
    /// A read.
    Query,
    /// A sweep.
    Sweep,
    /// A restart of the backend.
    Restart,
}

impl Verb {
    /// In the order of the bench.
    pub const ALL: [Self; 9] = [
        Self::Load,
        Self::DeleteLoad,
        Self::Cumulative,
        Self::Base,
        Self::Full,
        Self::Compact,
        Self::Query,
        Self::Sweep,
        Self::Restart,
    ];

    /// Its letter.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Load => "L",
            Self::DeleteLoad => "X",
            Self::Cumulative => "U",
            Self::Base => "I",
            Self::Full => "O",
            Self::Compact => "V",
            Self::Query => "Q",
            Self::Sweep => "E",
            Self::Restart => "R",
        }
    }

    /// The verb of a letter.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.key().eq_ignore_ascii_case(key))
    }

    /// Its name.
    pub const fn name(self, t: &'static Text) -> &'static str {
        match self {
            Self::Load => t.v_load,
            Self::DeleteLoad => t.v_delete,
            Self::Cumulative => t.v_cumulative,
            Self::Base => t.v_base,
            Self::Full => t.v_full,
            Self::Compact => t.v_compact,
            Self::Query => t.v_query,
            Self::Sweep => t.v_sweep,
            Self::Restart => t.v_restart,
        }
    }

    /// Its icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::DeleteLoad => "erase",
            Self::Cumulative => "cumu",
            Self::Base => "base",
            Self::Full => "full",
            Self::Compact => "swap",
            Self::Query => "query",
            Self::Sweep => "sweep",
            Self::Restart => "restart",
        }
    }

    /// Its `data-test`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Load => "verb-load",
            Self::DeleteLoad => "verb-delete",
            Self::Cumulative => "verb-cumulative",
            Self::Base => "verb-base",
            Self::Full => "verb-full",
            Self::Compact => "verb-compact",
            Self::Query => "verb-query",
            Self::Sweep => "verb-sweep",
            Self::Restart => "verb-restart",
        }
    }

    /// The command it gives now; `None` when it needs a choice first.
    pub fn command(self, model: &Model) -> Option<TabletCommand> {
        let pick = |kind| Some(TabletCommand::CompactPick { kind });
        match self {
            Self::Load => {
                let workload = model.frame.as_ref()?.workload.clone();
                Some(load(&workload))
            }
            Self::DeleteLoad => Some(TabletCommand::DeleteLoad),
            Self::Cumulative => pick(Kind::Cumulative),
            Self::Base => pick(Kind::Base),
            Self::Full => pick(Kind::Full),
            Self::Compact => model.compact_range().map(|range| TabletCommand::Compact { range }),
            Self::Query => Some(TabletCommand::Query {
                version: model.asked_version(),
                holds_ms: model.query_holds_s.saturating_mul(1_000),
            }),
            Self::Sweep => Some(TabletCommand::Sweep),
            Self::Restart => Some(TabletCommand::Restart),
        }
    }
}

/// A load of the size and segments that the workload has, at about a hundred bytes a row.
fn load(workload: &Workload) -> TabletCommand {
    TabletCommand::Load {
        rows: workload.load_bytes / 100,
        bytes: workload.load_bytes,
        segments: workload.load_segments.max(1),
        overlapping: workload.load_segments > 1,
    }
}
