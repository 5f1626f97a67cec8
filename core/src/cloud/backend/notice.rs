//! A commit is told to the backend that wrote the rowset, so that it need not ask for it.
//!
//! ```text
//! load x7 at BE      committed(x7, t1) = r9, no version
//! commit txn         notice (x7, t1, version 12, visible at 4:10) ──▶ max_version 10: pending {12: r9}
//!                    notice (x6, t1, version 11)                  ──▶ 11 and 12 are added
//! ```
//!
//! The three fields of a notice are all that a commit changes, but not all that can change after the rowset
//! was written: the publish of a column update that met newer rows reads them again and adds a segment.
//!
//! ```text
//! written      r9  1 segment   4 rows       what the writer remembered
//! published    r9  2 segments  6 rows       what the meta-service has, and readers must find
//! notice       version 12 … of 2 segments, 6 rows       refused by who remembers 1 segment, or completed
//! ```
//!
//! Best effort: a lost notice costs a sync, nothing else. Counters and point are not touched. Source:
//! apache/doris#59754; the order "only next" is the alternative that its seed document weighs.

use super::{ByTxn, Changed, CloudTablet, TxnBitmap};
use crate::base::{SimTime, TabletId, TxnId, Version, VersionRange};
use crate::cloud::CloudRowset;
use crate::rowset::{Overlap, RowsetMeta};
use serde::{Deserialize, Serialize};

/// What a backend remembers of a rowset it wrote; nothing for a load without rows.
pub type CommittedRowset = Option<CloudRowset>;

/// What a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The transaction that was committed.
    pub txn: TxnId,
    /// Where.
    pub tablet: TabletId,
    /// The version that its rowset got.
    pub version: Version,
    /// Since when readers see it.
    pub visible_at: SimTime,
}

/// What a publish may change of a rowset's meta.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// Segments.
    pub segments: u32,
}

impl Extent {
    /// Of a meta.
    pub const fn of(meta: &RowsetMeta) -> Self {
        Self { rows: meta.rows, bytes: meta.bytes, segments: meta.segments }
    }

    /// After a publish that reads so many rows again: they are one more segment. A row takes as much as
    /// the others do on average.
    #[must_use]
    pub const fn and_again(self, rows: u64) -> Self {
        if rows == 0 {
            return self;
        }
        let each = match self.bytes.checked_div(self.rows) {
            Some(each) => each,
            None => 0,
        };
        let bytes = self.bytes.saturating_add(each.saturating_mul(rows));
        Self { rows: self.rows + rows, bytes, segments: self.segments + 1 }
    }

    /// Puts it into a meta. Segments of one publish after the other may hold a key twice: the older
    /// row is deleted by a mark.
    pub const fn put_into(self, meta: &mut RowsetMeta) {
        (meta.rows, meta.bytes, meta.segments) = (self.rows, self.bytes, self.segments);
        if meta.segments > 1 {
            meta.overlap = Overlap::Overlapping;
        }
    }
}

/// What becomes of a notice whose version is not the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeOrder {
    /// It waits until those between have come.
    #[default]
    Wait,
    /// It is wasted.
    OnlyNext,
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Noticed {
    /// So many versions were added, it among them.
    Applied {
        /// Versions.
        versions: u64,
        /// What changed.
        changed: Changed,
    },
    /// It waits for an earlier version.
    Waits,
    /// The version is here: a sync was faster.
    Obsolete,
    /// The backend did not write this rowset, or has forgotten it.
    Unknown,
    /// Not the next version: wasted.
    OutOfOrder,
}

/// A rowset that has its version and waits for earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pending {
    rowset: CommittedRowset,
    expires: SimTime,
}

impl CloudTablet {
    /// Takes a notice. `committed` has what this backend wrote; of a merge-on-write tablet, `loads`. More
    /// than `pending_max` notices never wait (the version limit, 2,000): the newest go.
    pub fn notice(
        &mut self,
        notice: &Notice,
        order: NoticeOrder,
        committed: &mut ByTxn<CommittedRowset>,
        loads: &mut ByTxn<TxnBitmap>,
        pending_max: usize,
        now: SimTime,
    ) -> Noticed {
        if self.meta.merge_on_write {
            return self.notice_merge_on_write(notice, loads, now);
        }
        let Some(expires) = committed.expires(notice.txn, notice.tablet) else { return Noticed::Unknown };
        let next = self.max_version + 1;
        let Some(rowset) = committed.remove(notice.txn, notice.tablet) else { return Noticed::Unknown };
        if notice.version < next {
            return Noticed::Obsolete;
        }
        if order == NoticeOrder::OnlyNext && notice.version != next {
            return Noticed::OutOfOrder;
        }
        let rowset = rowset.map(|mut rowset| {
            rowset.meta.range = VersionRange::single(notice.version);
            rowset.visible_at = Some(notice.visible_at);
            rowset
        });
        let pending = Pending { rowset, expires };
        let (versions, changed) = if notice.version == next && self.pending_len() == 0 {
            // As most are: it does not wait.
            self.apply_pending(Some(pending), now)
        } else {
            self.seldom.room().pending.entry(notice.version).or_insert(pending);
            self.apply_pending(None, now)
        };
        self.forget_pending(now, pending_max);
        if versions > 0 { Noticed::Applied { versions, changed } } else { Noticed::Waits }
    }

    /// Only the next version is taken: its marks are complete for no other.
    fn notice_merge_on_write(
        &mut self,
        notice: &Notice,
        loads: &mut ByTxn<TxnBitmap>,
        now: SimTime,
    ) -> Noticed {
        let Some(mut load) = loads.remove(notice.txn, notice.tablet) else { return Noticed::Unknown };
        let next = self.max_version + 1;
        if notice.version != next {
            return if notice.version < next { Noticed::Obsolete } else { Noticed::OutOfOrder };
        }
        let mut changed = Changed::default();
        match load.rowset.take() {
            Some(mut rowset) => {
                rowset.meta.range = VersionRange::single(notice.version);
                self.merge_bitmaps(load.marked_with(notice.version));
                self.add_directly(&[rowset.meta], &mut changed);
            }
            None => changed.holes = self.fill_holes(notice.version, now),
        }
        Noticed::Applied { versions: 1, changed }
    }

    /// Adds waiting versions that a sync made the next ones; says how many.
    pub fn extend(&mut self, now: SimTime) -> u64 {
        let (versions, _) = self.apply_pending(None, now);
        versions
    }

    /// Adds what continues the versions at hand, first of it what is given.
    fn apply_pending(&mut self, first: Option<Pending>, now: SimTime) -> (u64, Changed) {
        let (mut versions, mut changed) = (0, Changed::default());
        let mut first = first;
        loop {
            let next = self.max_version + 1;
            let waits = || self.seldom.known()?.pending.remove(&next);
            let Some(pending) = first.take().or_else(waits) else { break };
            let before = self.max_version;
            match pending.rowset {
                Some(rowset) => self.add_directly(&[rowset.meta], &mut changed),
                None => changed.holes += self.fill_holes(self.max_version + 1, now),
            }
            if self.max_version == before {
                break;
            }
            versions += 1;
        }
        (versions, changed)
    }

    /// Forgets notices that came too late, waited too long or are too many.
    pub(super) fn forget_pending(&mut self, now: SimTime, pending_max: usize) {
        let newest = self.max_version;
        let Some(parts) = self.seldom.known() else { return };
        parts.pending.retain(|&version, pending| version > newest && pending.expires > now);
        while parts.pending.len() > pending_max {
            parts.pending.pop_last();
        }
    }
}
