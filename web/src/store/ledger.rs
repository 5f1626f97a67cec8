//! The one implementation of [`RunStore`]: checks, packs and plans; a [`Disk`] keeps the bytes.

use super::load::{Loaded, sort};
use super::record::{RunRecord, without_config};
use super::{Commit, Condition, Disk, RunStore, SaveBatch, Saved, StoreError, StoredRun, TrashPiece, Write};
use crate::protocol::{RunId, RunInfo};
use tabletop_core::base::sort::sort_by_key;
use tabletop_core::base::{Digest, SortedMap};
use tabletop_core::record::{BranchLog, ImportId, digest_of};

/// Runs on a disk.
#[derive(Debug)]
pub struct Store<D> {
    disk: D,
    known: SortedMap<RunId, Known>,
    next: u64,
}

/// What this handle last saw of a run: what its next write builds on.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// Digest of the record.
    pub(super) record: Digest,
    pub(super) revision: u64,
    pub(super) trashed: bool,
    pub(super) root: Digest,
    pub(super) config: ImportId,
    pub(super) original: Option<ImportId>,
    pub(super) logs: SortedMap<u32, BranchLog>,
}

impl<D: Disk> Store<D> {
    /// Runs on this disk.
    pub fn on(disk: D) -> Self {
        Self { disk, known: SortedMap::default(), next: 1 }
    }

    /// The disk.
    pub fn disk(&self) -> &D {
        &self.disk
    }

    /// The disk, to make it fail in tests.
    pub fn disk_mut(&mut self) -> &mut D {
        &mut self.disk
    }

    fn writer(&self) -> Result<(), StoreError> {
        match self.disk.condition() {
            Condition::ReadOnly => Err(StoreError::ReadOnly),
            Condition::Fenced => Err(StoreError::Fenced),
            Condition::Closed => Err(StoreError::Closed { why: "by the browser".into() }),
            Condition::Persistent | Condition::InMemory { .. } => Ok(()),
        }
    }

    /// Changes a run's record and nothing else.
    async fn amend(&mut self, run: RunId, change: impl FnOnce(&mut RunRecord)) -> Result<(), StoreError> {
        self.writer()?;
        let raw = self.disk.read(run).await?.ok_or(StoreError::NoSuchRun(run))?;
        let old = digest_of(&raw.record);
        let mut record = RunRecord::decode(&raw.record)?;
        record.revision += 1;
        change(&mut record);
        let bytes = record.encode()?;
        let new = digest_of(&bytes);
        let writes = vec![Write::Record(bytes)];
        self.disk.commit(Commit { run, expected: Some(old), writes, strict: true }).await?;
        if let Some(known) = self.known.get_mut(&run).filter(|known| known.record == old) {
            (known.record, known.revision, known.trashed) = (new, record.revision, record.trashed);
        }
        Ok(())
    }
}

/// The writes of a save, and what is known once they are committed.
fn plan(known: Option<&Known>, batch: &SaveBatch<'_>) -> Result<(Vec<Write>, Known, Saved), StoreError> {
    let SaveBatch { header, ref tails, original } = *batch;
    let root = header.root();
    let mut writes = Vec::new();
    let mut next = if let Some(known) = known {
        if (known.root, known.original) != (root, header.original) {
            return Err(StoreError::Batch("seed, lab, configuration or original changed"));
        }
        known.clone()
    } else {
        if original.map(ImportId::of) != header.original {
            return Err(StoreError::Batch("the original is not the one the header names"));
        }
        writes.push(Write::Config(header.config.clone()));
        writes.extend(original.map(|bytes| Write::Original(bytes.to_vec())));
        Known {
            record: Digest::default(),
            revision: 0,
            trashed: false,
            root,
            config: ImportId::of(&header.config),
            original: header.original,
            logs: SortedMap::default(),
        }
    };
    for record in &header.branches {
        next.logs.get_or_insert_with(record.id, || BranchLog::new(root, header.lab, record.id));
    }
    if next.logs.len() != header.branches.len() {
        return Err(StoreError::Batch("a stored branch is not in the header"));
    }
    for tail in tails {
        let branch = tail.branch;
        let log = next.logs.get_mut(&branch).ok_or(StoreError::Batch("a branch is not in the header"))?;
        if log.entries() != tail.from {
            return Err(StoreError::Gap { branch, stored: log.entries(), from: tail.from });
        }
        let appended = log.append(&tail.entries)?;
        *log = appended.log;
        writes.extend(appended.segments.into_iter().map(|(segment, bytes)| Write::Segment {
            branch,
            segment,
            bytes,
        }));
    }
    if header
        .branches
        .iter()
        .any(|record| next.logs.get(&record.id).map(BranchLog::entries) != Some(record.entries))
    {
        return Err(StoreError::Batch("the header counts other entries"));
    }
    let segments: u64 = next.logs.values().map(BranchLog::bytes).sum();
    let bytes = segments + next.config.bytes + next.original.map_or(0, |original| original.bytes);
    next.revision += 1;
    let record = RunRecord {
        revision: next.revision,
        trashed: next.trashed,
        bytes,
        config: next.config,
        header: without_config(header),
    };
    let record = record.encode()?;
    next.record = digest_of(&record);
    writes.push(Write::Record(record));
    Ok((writes, next, Saved { bytes }))
}

/// A line of the list.
fn info(run: RunId, record: &[u8]) -> RunInfo {
    let unreadable = |what: String| RunInfo {
        id: run,
        lab: 0,
        name: format!("run {} ({what})", run.0),
        steps: 0,
        bytes: record.len() as u64,
        branches: 0,
        saved_at_ms: 0,
        trashed: false,
        imported: false,
    };
    match RunRecord::decode(record) {
        Ok(RunRecord { trashed, bytes, header, .. }) => RunInfo {
            id: run,
            lab: header.lab,
            steps: header.branches.iter().map(|branch| branch.head_step).max().unwrap_or(0),
            bytes,
            branches: header.branches.len() as u32,
            saved_at_ms: header.saved_unix_ms,
            trashed,
            imported: header.original.is_some(),
            name: header.name,
        },
        Err(StoreError::NewerFormat { found }) => unreadable(format!("format {found}")),
        Err(_) => unreadable("damaged".into()),
    }
}

impl<D: Disk> RunStore for Store<D> {
    fn condition(&self) -> Condition {
        self.disk.condition()
    }

    async fn list(&mut self) -> Result<Vec<RunInfo>, StoreError> {
        let records = self.disk.records().await?;
        let mut runs: Vec<RunInfo> = records.iter().map(|(run, record)| info(*run, record)).collect();
        sort_by_key(&mut runs, |run| core::cmp::Reverse((run.saved_at_ms, run.id)));
        Ok(runs)
    }

    async fn new_run(&mut self) -> Result<RunId, StoreError> {
        let records = self.disk.records().await?;
        let free = records.iter().map(|(run, _)| run.0.saturating_add(1)).max().unwrap_or(1);
        let run = RunId(self.next.max(free));
        self.next = run.0.saturating_add(1);
        Ok(run)
    }

    async fn load(&mut self, run: RunId) -> Result<StoredRun, StoreError> {
        // Until it is read and mended nothing may be added to it.
        self.known.remove(&run);
        let raw = self.disk.read(run).await?.ok_or(StoreError::NoSuchRun(run))?;
        let Loaded { stored, known, mend } = sort(raw)?;
        if mend.is_empty() {
            self.known.insert(run, known);
        } else if self.disk.condition().writes() {
            let expected = Some(known.record);
            self.disk.commit(Commit { run, expected, writes: mend.clone(), strict: true }).await?;
            let mended = mend.iter().rev().find_map(|write| match write {
                Write::Record(bytes) => Some(digest_of(bytes)),
                _ => None,
            });
            let record = mended.unwrap_or(known.record);
            self.known.insert(run, Known { record, ..known });
        }
        Ok(stored)
    }

    async fn append(&mut self, run: RunId, batch: SaveBatch<'_>, strict: bool) -> Result<Saved, StoreError> {
        self.writer()?;
        let known = self.known.get(&run);
        let expected = known.map(|known| known.record);
        let (writes, next, saved) = plan(known, &batch)?;
        self.disk.commit(Commit { run, expected, writes, strict }).await?;
        self.known.insert(run, next);
        Ok(saved)
    }

    async fn rename(&mut self, run: RunId, name: &str) -> Result<(), StoreError> {
        self.amend(run, |record| record.header.name = name.into()).await
    }

    async fn trash(&mut self, run: RunId) -> Result<(), StoreError> {
        self.amend(run, |record| record.trashed = true).await
    }

    async fn restore(&mut self, run: RunId) -> Result<(), StoreError> {
        self.amend(run, |record| record.trashed = false).await
    }

    async fn trash_pieces(&mut self, run: RunId) -> Result<Vec<TrashPiece>, StoreError> {
        self.disk.pieces(run).await
    }

    async fn last_opened(&mut self) -> Result<Option<RunId>, StoreError> {
        self.disk.last_opened().await
    }

    async fn set_last_opened(&mut self, run: RunId) -> Result<(), StoreError> {
        self.writer()?;
        self.disk.set_last_opened(run).await
    }

    async fn take_over(&mut self) -> Result<(), StoreError> {
        self.disk.take_over().await
    }
}
