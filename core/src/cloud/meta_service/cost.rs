//! What calls cost, by call and kind of key.

use crate::cloud::Family;
use crate::kv::KvUse;
use serde::{Deserialize, Serialize};

/// What a backend or frontend asks of the meta-service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Call {
    /// Creates a tablet.
    CreateTablet,
    /// Reads a tablet's settings.
    GetTablet,
    /// Begins a transaction.
    BeginTxn,
    /// Announces a rowset.
    PrepareRowset,
    /// Says that its files are written.
    CommitRowset,
    /// Makes a transaction's rowsets visible.
    CommitTxn,
    /// Converts the rowsets of a lazy commit.
    ConvertTxn,
    /// Gives a transaction up.
    AbortTxn,
    /// Reads a partition's version.
    GetVersion,
    /// Reads rowsets and stats of a tablet.
    GetRowset,
    /// Starts a compaction job.
    StartJob,
    /// Prolongs its lease.
    LeaseJob,
    /// Commits it.
    FinishJob,
    /// Gives it up.
    AbortJob,
    /// Takes the lock over delete bitmaps.
    LockBitmaps,
    /// Gives it back.
    UnlockBitmaps,
    /// Writes delete bitmaps.
    UpdateBitmaps,
    /// Reads delete bitmaps.
    GetBitmaps,
    /// Removes what nobody needs.
    Recycle,
    /// Replaces the meta of a rowset that is written and not committed.
    UpdateRowset,
}

impl Call {
    /// All of them, in order.
    pub const ALL: [Self; 20] = [
        Self::CreateTablet,
        Self::GetTablet,
        Self::BeginTxn,
        Self::PrepareRowset,
        Self::CommitRowset,
        Self::CommitTxn,
        Self::ConvertTxn,
        Self::AbortTxn,
        Self::GetVersion,
        Self::GetRowset,
        Self::StartJob,
        Self::LeaseJob,
        Self::FinishJob,
        Self::AbortJob,
        Self::LockBitmaps,
        Self::UnlockBitmaps,
        Self::UpdateBitmaps,
        Self::GetBitmaps,
        Self::Recycle,
        Self::UpdateRowset,
    ];
}

/// What calls of one kind cost, by kind of key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCost {
    /// How many there were, refused ones included.
    pub calls: u64,
    /// How many were refused.
    pub refused: u64,
    families: [KvUse; Family::ALL.len()],
    /// Bit by family: it was used. A call uses a few.
    used: u16,
}

impl CallCost {
    /// Keys of one kind.
    pub const fn of(&self, family: Family) -> KvUse {
        self.families[family as usize]
    }

    /// Kinds that were used, each with its keys.
    pub fn each_used(&self) -> impl Iterator<Item = (Family, KvUse)> {
        let mut left = self.used;
        core::iter::from_fn(move || {
            let at = left.trailing_zeros() as usize;
            let family = *Family::ALL.get(at)?;
            left &= left - 1;
            Some((family, self.families[at]))
        })
    }

    pub(super) const fn of_mut(&mut self, family: Family) -> &mut KvUse {
        self.used |= 1 << family as u32;
        &mut self.families[family as usize]
    }

    /// Adds what another sum came to since it was `before`.
    pub(super) fn grow(&mut self, now: &Self, before: Option<&Self>) {
        self.calls += now.calls - before.map_or(0, |before| before.calls);
        self.refused += now.refused - before.map_or(0, |before| before.refused);
        self.used |= now.used;
        for (family, used) in now.each_used() {
            let sum = &mut self.families[family as usize];
            *sum += used;
            if let Some(before) = before {
                *sum = *sum - before.of(family);
            }
        }
    }

    /// Nothing again.
    pub(super) fn clear(&mut self) {
        while self.used != 0 {
            self.families[self.used.trailing_zeros() as usize] = KvUse::NOTHING;
            self.used &= self.used - 1;
        }
        (self.calls, self.refused, self.used) = (0, 0, 0);
    }
}
