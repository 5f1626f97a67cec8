//! Transactions and the rowsets that loads write in them.

use super::{Call, Context, MetaService, MsError, decode};
use crate::base::{PartitionId, RowsetId, SimTime, TableId, TabletId, TxnId, Version, VersionRange};
use crate::cloud::{
    CloudRowset, Family, LoadSum, LockOwner, PartitionVersion, RecycleCause, Recycled, TxnInfo, TxnState,
};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitTxn {
    /// The transaction.
    pub txn: TxnId,
    /// Partitions whose version rises although the load wrote no rowset there (empty ones need not be
    /// written).
    pub empty_partitions: Vec<(TableId, PartitionId)>,
    /// Merge-on-write tables: their lock must be held by the transaction, and is given back.
    pub locked_tables: Vec<TableId>,
    /// Conversion of the rowsets is left to whoever reads first (`enable_cloud_txn_lazy_commit`).
    pub lazy: bool,
}

/// What a commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The version each partition got, by table and partition.
    pub versions: Vec<PartitionVersion>,
    /// When: the visible time of its rowsets.
    pub visible_at: SimTime,
    /// Tablets with the rowset each got.
    pub rowsets: Vec<(TabletId, RowsetId)>,
    /// Rowsets are yet to be converted. Until then nobody may be told: a backend that has a rowset
    /// before the meta-service has it could compact it away, and the conversion would bring it back.
    pub lazy: bool,
}

impl MetaService {
    /// Begins a transaction.
    ///
    /// # Errors
    /// An open or committed transaction of the database has this label.
    #[inline(never)]
    pub fn begin_txn(
        &mut self,
        db: u64,
        label: &str,
        timeout: SimTime,
        now: SimTime,
    ) -> Result<TxnId, MsError> {
        let txn = TxnId(self.txns + 1);
        self.call(Call::BeginTxn, |context| {
            let key = context.keys.txn_label(db, label);
            if let Some(other) = context.get::<TxnId>(Family::Txn, &key) {
                let info_key = context.keys.txn_info(db, other);
                let info = context.get::<TxnInfo>(Family::Txn, &info_key);
                if info.is_some_and(|info| info.state != TxnState::Aborted) {
                    return Err(MsError::LabelUsed(other));
                }
            }
            context.put(Family::Txn, key, &txn);
            let key = context.keys.txn_index(txn);
            context.put(Family::Txn, key, &db);
            let info = TxnInfo {
                label: label.into(),
                state: TxnState::Prepared,
                began_at: now,
                timeout,
                ended_at: None,
                merge_on_write: false,
                versions: Vec::new(),
            };
            let key = context.keys.txn_info(db, txn);
            context.put(Family::Txn, key, &info);
            Ok(())
        })?;
        self.txns = txn.0;
        Ok(txn)
    }

    /// Announces a rowset, so that its files are found should its writer die.
    ///
    /// # Errors
    /// Unknown tablet; the transaction has a rowset there already.
    #[inline(never)]
    pub fn prepare_rowset(
        &mut self,
        tablet: TabletId,
        rowset: &CloudRowset,
        now: SimTime,
    ) -> Result<(), MsError> {
        self.call(Call::PrepareRowset, |context| {
            context.index(tablet)?;
            context.not_written(tablet, rowset.txn)?;
            context.recycle(tablet, rowset.meta.id, RecycleCause::Prepared, now);
            Ok(())
        })
    }

    /// Says that a rowset's files are written: a load's, still without a version, or a compaction's.
    ///
    /// # Errors
    /// Unknown tablet; the transaction has a rowset there already.
    #[inline(never)]
    pub fn commit_rowset(&mut self, tablet: TabletId, rowset: &CloudRowset) -> Result<(), MsError> {
        self.call(Call::CommitRowset, |context| {
            context.index(tablet)?;
            context.not_written(tablet, rowset.txn)?;
            let key = context.keys.recycle(tablet, rowset.meta.id);
            context.delete(Family::Recycle, key);
            let key = context.keys.tmp_rowset(rowset.txn, tablet);
            context.put(Family::TmpRowset, key, rowset);
            Ok(())
        })
    }

    /// Replaces the meta of a rowset that is written and not committed: the publish of a column update
    /// added a segment to it (`update_tmp_rowset`).
    ///
    /// # Errors
    /// Unknown tablet; the transaction has no such rowset there (any more).
    pub fn update_rowset(&mut self, tablet: TabletId, rowset: &CloudRowset) -> Result<(), MsError> {
        self.call(Call::UpdateRowset, |context| {
            context.index(tablet)?;
            let key = context.keys.tmp_rowset(rowset.txn, tablet);
            let there = context.get::<CloudRowset>(Family::TmpRowset, &key);
            if there.is_none_or(|there| there.meta.id != rowset.meta.id) {
                return Err(MsError::NothingWritten(tablet, rowset.txn));
            }
            context.put(Family::TmpRowset, key, rowset);
            Ok(())
        })
    }

    /// Makes the rowsets of a transaction visible: each partition's version rises by one, and its
    /// rowsets get it with the visible time. A second commit changes nothing and gives the same versions.
    ///
    /// # Errors
    /// Unknown or aborted transaction; the lock of a merge-on-write table is not held.
    #[inline(never)]
    pub fn commit_txn(&mut self, commit: &CommitTxn, now: SimTime) -> Result<Committed, MsError> {
        let mut done = self.call(Call::CommitTxn, |context| context.commit_txn(commit, now))?;
        // A partition whose last commit is not converted waits for that.
        while let Err(earlier) = done {
            self.push_through(earlier, now)?;
            done = self.step(Call::CommitTxn, |context| context.commit_txn(commit, now))?;
        }
        done.map_err(MsError::UnknownTxn)
    }

    /// Converts the rowsets of a lazy commit. Does nothing where that is done.
    ///
    /// # Errors
    /// Unknown transaction, or one that was not committed.
    pub fn convert(&mut self, txn: TxnId, now: SimTime) -> Result<(), MsError> {
        self.begin();
        self.push_through(txn, now)
    }

    /// The same as a part of a call that cannot go on before.
    pub(super) fn push_through(&mut self, txn: TxnId, now: SimTime) -> Result<(), MsError> {
        let is_new = self.step(Call::ConvertTxn, |context| {
            let (db, mut info) = context.txn_of(txn)?;
            match info.state {
                TxnState::Visible => return Ok(false),
                TxnState::Committed => {}
                state => return Err(MsError::TxnOver(txn, state)),
            }
            let versions: BTreeMap<_, _> =
                info.versions.iter().map(|part| (part.partition, part.version)).collect();
            let written = context.written(txn);
            context.convert(written, &versions, info.merge_on_write, now)?;
            for part in &info.versions {
                let mut record = context.version(db, part.table, part.partition);
                record.version = part.version;
                record.since = now;
                record.pending = None;
                context.put_version(db, part.table, part.partition, &record);
            }
            info.state = TxnState::Visible;
            info.ended_at = Some(now);
            let key = context.keys.txn_info(db, txn);
            context.put(Family::Txn, key, &info);
            Ok(true)
        })?;
        if is_new {
            self.converted.push(txn);
        }
        Ok(())
    }

    /// Gives a transaction up: its rowsets are recycled.
    ///
    /// # Errors
    /// Unknown transaction, or one that is committed.
    pub fn abort_txn(&mut self, txn: TxnId, now: SimTime) -> Result<(), MsError> {
        self.call(Call::AbortTxn, |context| {
            let (db, mut info) = context.txn_of(txn)?;
            match info.state {
                TxnState::Aborted => return Ok(()),
                TxnState::Prepared => {}
                state => return Err(MsError::TxnOver(txn, state)),
            }
            for (tablet, rowset) in context.written(txn) {
                context.recycle(tablet, rowset.meta.id, RecycleCause::Aborted, now);
                let key = context.keys.tmp_rowset(txn, tablet);
                context.delete(Family::TmpRowset, key);
            }
            info.state = TxnState::Aborted;
            info.ended_at = Some(now);
            let key = context.keys.txn_info(db, txn);
            context.put(Family::Txn, key, &info);
            Ok(())
        })
    }
}

impl Context<'_> {
    fn not_written(&mut self, tablet: TabletId, txn: TxnId) -> Result<(), MsError> {
        let key = self.keys.tmp_rowset(txn, tablet);
        match self.get::<CloudRowset>(Family::TmpRowset, &key) {
            Some(there) => Err(MsError::AlreadyWritten(tablet, there.meta.id)),
            None => Ok(()),
        }
    }

    pub(super) fn recycle(
        &mut self,
        tablet: TabletId,
        rowset: RowsetId,
        because: RecycleCause,
        now: SimTime,
    ) {
        let key = self.keys.recycle(tablet, rowset);
        self.put(Family::Recycle, key, &Recycled { tablet, rowset, since: now, because });
    }

    fn txn_of(&mut self, txn: TxnId) -> Result<(u64, TxnInfo), MsError> {
        let key = self.keys.txn_index(txn);
        let db = self.get::<u64>(Family::Txn, &key).ok_or(MsError::UnknownTxn(txn))?;
        let key = self.keys.txn_info(db, txn);
        let info = self.get(Family::Txn, &key).ok_or(MsError::UnknownTxn(txn))?;
        Ok((db, info))
    }

    /// Rowsets of a transaction, by tablet.
    fn written(&mut self, txn: TxnId) -> Vec<(TabletId, CloudRowset)> {
        let (range, mut written) = (self.keys.tmp_rowsets(txn), Vec::new());
        self.scan(Family::TmpRowset, range, |key, value| {
            let tablet = key.last_chunk().copied().map(u64::from_be_bytes);
            written.push((TabletId(tablet.expect("the key ends in the tablet")), decode(value)));
        });
        written
    }

    /// What was done, or the transaction that has to be converted first.
    fn commit_txn(&mut self, commit: &CommitTxn, now: SimTime) -> Result<Result<Committed, TxnId>, MsError> {
        let txn = commit.txn;
        let (db, mut info) = self.txn_of(txn)?;
        match info.state {
            TxnState::Prepared => {}
            TxnState::Aborted => return Err(MsError::TxnOver(txn, info.state)),
            TxnState::Visible | TxnState::Committed => {
                return Ok(Ok(Committed {
                    versions: info.versions,
                    visible_at: info.ended_at.unwrap_or(now),
                    rowsets: Vec::new(),
                    lazy: info.state == TxnState::Committed,
                }));
            }
        }
        let written = self.written(txn);
        let mut partitions: BTreeSet<_> = commit.empty_partitions.iter().copied().collect();
        for &(tablet, _) in &written {
            let index = self.index(tablet)?;
            partitions.insert((index.table, index.partition));
        }
        for &table in &commit.locked_tables {
            self.release(table, LockOwner::Load(txn), now)?;
        }
        let mut records = Vec::with_capacity(partitions.len());
        for (table, partition) in partitions {
            let mut record = self.version(db, table, partition);
            if let Some(earlier) = record.pending {
                return Ok(Err(earlier));
            }
            let version = record.version + 1;
            info.versions.push(PartitionVersion { table, partition, version });
            if commit.lazy {
                record.pending = Some(txn);
            } else {
                record.version = version;
                record.since = now;
            }
            records.push(record);
        }
        let committed = Committed {
            versions: info.versions.clone(),
            visible_at: now,
            rowsets: written.iter().map(|(tablet, rowset)| (*tablet, rowset.meta.id)).collect(),
            lazy: commit.lazy,
        };
        info.ended_at = Some(now);
        info.merge_on_write = !commit.locked_tables.is_empty();
        info.state = if commit.lazy { TxnState::Committed } else { TxnState::Visible };
        if !commit.lazy {
            let versions = info.versions.iter().map(|part| (part.partition, part.version)).collect();
            self.convert(written, &versions, info.merge_on_write, now)?;
        }
        let key = self.keys.txn_info(db, txn);
        self.put(Family::Txn, key, &info);
        for (part, record) in info.versions.iter().zip(&records) {
            self.put_version(db, part.table, part.partition, record);
        }
        Ok(Ok(committed))
    }

    /// Gives rowsets their version and visible time: the three fields that a commit changes.
    fn convert(
        &mut self,
        mut written: Vec<(TabletId, CloudRowset)>,
        versions: &BTreeMap<PartitionId, Version>,
        merge_on_write: bool,
        now: SimTime,
    ) -> Result<(), MsError> {
        // Kind by kind, in the order of the keys: a batch takes what comes last without moving anything.
        if merge_on_write {
            for (tablet, rowset) in &written {
                let key = self.keys.delete_bitmap_pending(*tablet);
                self.drop_pending(key, LockOwner::Load(rowset.txn));
            }
        }
        let mut indexes = Vec::with_capacity(written.len());
        for (tablet, rowset) in &mut written {
            let index = self.index(*tablet)?;
            let version = *versions.get(&index.partition).expect("every partition written got a version");
            indexes.push(index);
            rowset.meta.range = VersionRange::single(version);
            rowset.visible_at = Some(now);
            self.loads(*tablet);
            let key = self.keys.rowset(*tablet, version);
            self.put(Family::Rowset, key, rowset);
        }
        for (tablet, rowset) in &written {
            let key = self.keys.tmp_rowset(rowset.txn, *tablet);
            self.delete(Family::TmpRowset, key);
        }
        for ((tablet, CloudRowset { meta, .. }), index) in written.iter().zip(&indexes) {
            for sum in LoadSum::ALL {
                let amount = match sum {
                    LoadSum::Bytes => meta.bytes as i64,
                    LoadSum::Rows => meta.rows as i64,
                    LoadSum::Rowsets => 1,
                    LoadSum::Segments => meta.segments.into(),
                };
                let key = self.keys.load_sum(*tablet, index, sum);
                self.add(Family::Stats, key, amount);
            }
        }
        Ok(())
    }
}
