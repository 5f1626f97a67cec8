//! The meta-service that models are played against: one tablet, and what backends write for it.

use tabletop_core::base::{JobId, PartitionId, RowsetId, SimTime, TableId, TabletId, TxnId, VersionRange};
use tabletop_core::cloud::{CloudRowset, MetaService, NewTablet, SyncRule, TabletIndex, TabletMeta};
use tabletop_core::rowset::RowsetMeta;

pub(crate) const TABLET: TabletId = TabletId(1);
pub(crate) const INDEX: TabletIndex =
    TabletIndex { db: 1, table: TableId(1), index: 1, partition: PartitionId(1) };

pub(crate) fn meta(id: u64, range: VersionRange, now: SimTime) -> RowsetMeta {
    RowsetMeta::empty(RowsetId(id), range, now)
}

pub(crate) fn with_a_tablet(rule: SyncRule) -> MetaService {
    let mut service = MetaService::new("models", rule);
    let first = meta(0, VersionRange::new(0, 1), SimTime::ZERO);
    let new = NewTablet { tablet: TABLET, index: INDEX, meta: TabletMeta::default(), first, point: 2 };
    service.create_tablet(&new, SimTime::ZERO).expect("the first");
    service
}

/// Begins a load's transaction.
pub(crate) fn begin(service: &mut MetaService, load: u64, now: SimTime) -> TxnId {
    let label = format!("l{load}");
    service.begin_txn(INDEX.db, &label, SimTime::from_secs(60), now).expect("a new label")
}

/// A rowset as it is before its transaction is committed.
pub(crate) const fn written(meta: RowsetMeta, txn: TxnId) -> CloudRowset {
    CloudRowset { meta, txn, visible_at: None, schema_version: 0 }
}

/// The transaction under which a job's output is written.
pub(crate) const fn txn_of(job: JobId) -> TxnId {
    TxnId(job.0 | 1 << 40)
}
