//! This backend's own compactions.

use super::{Changed, CloudTablet};
use crate::base::{SimTime, VersionRange};
use crate::cloud::{JobKind, SyncCursor};
use crate::rowset::RowsetMeta;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What became of an own compaction here, after the meta-service committed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnCompaction {
    /// It was carried out.
    Applied(Changed),
    /// A sync had brought it already.
    SyncWasFaster,
    /// The meta-service's point moved in a way that this view does not explain: a sync has to bring both.
    PointMoved {
        /// Here.
        here: SyncCursor,
        /// There.
        answer: SyncCursor,
    },
}

impl CloudTablet {
    /// Whether a compaction has to sync before it picks: it holds fewer rowsets than there are, was never
    /// synced, was told that its view is stale, or is a full one.
    pub fn needs_sync_before(&self, kind: JobKind) -> bool {
        kind == JobKind::Full
            || self.stale_view
            || self.last_sync.is_none()
            || (self.live_len() as i64) < self.told.rowsets()
    }

    /// The meta-service found the view stale (`STALE_TABLET_CACHE`): the next compaction syncs first.
    pub const fn view_is_stale(&mut self) {
        self.stale_view = true;
    }

    /// Rowsets that a job counts as its input: holes are none.
    pub fn job_inputs(&self, range: VersionRange) -> impl Iterator<Item = &RowsetMeta> {
        self.live_within(range).filter(|meta| !super::is_hole(meta.id))
    }

    /// Whether the answer to an own compaction continues the count at hand, so that nothing was committed
    /// between the two that this view lacks. The reference does not ask; a view that carries out no other
    /// cumulative answer stays behind instead, and the next sync repairs it.
    pub const fn is_next(&self, kind: JobKind, answer: SyncCursor) -> bool {
        match kind {
            JobKind::Cumulative | JobKind::EmptyCumulative => answer.cumulative == self.cursor.cumulative + 1,
            _ => true,
        }
    }

    /// Carries out here what the meta-service committed for this backend. Only the counters of the job's
    /// own kind are taken over.
    ///
    /// In two interleavings counters end equal and rowsets differ, as in the reference. An empty
    /// cumulative job that began before and ends after another backend's cumulative one takes its point
    /// over although this view lacks the merge. And of two cumulative jobs side by side, the earlier one
    /// is passed over where the later one's answer came first.
    pub fn apply_compaction(
        &mut self,
        kind: JobKind,
        input: VersionRange,
        output: Option<RowsetMeta>,
        answer: SyncCursor,
        now: SimTime,
    ) -> OwnCompaction {
        let here = self.cursor;
        let faster = match kind {
            JobKind::Cumulative | JobKind::EmptyCumulative => here.cumulative >= answer.cumulative,
            JobKind::Base | JobKind::Full => here.base >= answer.base,
            JobKind::StopToken => true,
        };
        if faster {
            return OwnCompaction::SyncWasFaster;
        }
        if kind == JobKind::Cumulative
            && answer.point > here.point
            && answer.cumulative != here.cumulative + 1
        {
            return OwnCompaction::PointMoved { here, answer };
        }
        let mut changed = Changed::default();
        if let Some(output) = output {
            let inputs: Vec<_> = self.live_within(input).map(|meta| meta.range).collect();
            if kind == JobKind::Cumulative && inputs.len() == 1 {
                changed = self.add_rowsets(&[output], true, now);
            } else {
                self.delete(&inputs, now, &mut changed);
                self.add_directly(&[output], &mut changed);
            }
        }
        match kind {
            JobKind::Cumulative => {
                self.cursor.cumulative = answer.cumulative;
                self.set_point(answer.point);
            }
            JobKind::EmptyCumulative => {
                self.cursor.cumulative += 1;
                self.set_point(answer.point);
            }
            JobKind::Base => self.cursor.base = answer.base,
            JobKind::Full => {
                self.cursor.base = answer.base;
                self.cursor.full = answer.full;
                self.set_point(answer.point);
            }
            JobKind::StopToken => {}
        }
        OwnCompaction::Applied(changed)
    }
}
