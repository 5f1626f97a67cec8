//! What was found on disk becomes a run, or an error, or a run with its bad tail cut off.

use super::ledger::Known;
use super::record::{RunRecord, without_config};
use super::{RawRun, StoreError, StoredRun, TailCut, TrashPiece, Write};
use tabletop_core::base::SortedMap;
use tabletop_core::base::sort::sort_by_key;
use tabletop_core::record::{
    BranchEntries, BranchLog, Fault, ImportId, Reading, SegmentError, digest_of, read_branch,
};

/// A run, sorted out.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) stored: StoredRun,
    /// As it is once it is mended; `record` still names the record that was found.
    pub(super) known: Known,
    /// What mends the run; empty when it is whole.
    pub(super) mend: Vec<Write>,
}

/// Verifies a run's bytes and cuts off what cannot be used: a branch from its first bad segment
/// on, branches that left behind that, and segments no branch counts. A newer format anywhere
/// refuses the whole run, and so does a damaged record or configuration; nothing is cut then.
pub(super) fn sort(raw: RawRun) -> Result<Loaded, StoreError> {
    let RawRun { record: record_bytes, mut segments, config, original } = raw;
    let mut record = RunRecord::decode(&record_bytes)?;
    let config = config.filter(|config| ImportId::of(config) == record.config);
    record.header.config =
        config.ok_or_else(|| StoreError::Damaged { what: "the run's configuration".into() })?;
    let original = original.filter(|text| Some(ImportId::of(text)) == record.header.original);
    let root = record.header.root();
    let mut header = record.header.clone();

    sort_by_key(&mut segments, |(branch, segment, _)| (*branch, *segment));
    let mut known = Known {
        record: digest_of(&record_bytes),
        revision: record.revision,
        trashed: record.trashed,
        root,
        config: record.config,
        original: record.header.original,
        logs: SortedMap::default(),
    };
    let (mut branches, mut dropped) = (Vec::new(), Vec::new());
    let mut first: Option<(u32, SegmentError)> = None;
    for branch in &record.header.branches {
        let id = branch.id;
        if dropped.contains(&id) {
            continue;
        }
        let begin = segments.partition_point(|segment| segment.0 < id);
        let count = segments[begin..].partition_point(|segment| segment.0 == id);
        let found = &segments[begin..begin + count];
        let in_order = (0..).zip(found).take_while(|(number, segment)| segment.1 == *number);
        let log = BranchLog::new(root, header.lab, id);
        let Reading { log, entries, fault } =
            read_branch(log, in_order.map(|(_, (_, _, bytes))| bytes.as_slice()));
        if let Some(Fault { error: SegmentError::NewerFormat { found }, .. }) = fault {
            return Err(StoreError::NewerFormat { found });
        }
        let missing = log.entries() < branch.entries || (log.segments() as usize) < found.len();
        let error = fault.map(|fault| fault.error);
        let error = error.or(missing.then_some(SegmentError::Missing { entries: branch.entries }));
        if let Some(error) = error {
            first = first.or(Some((id, error)));
            dropped.extend(header.cut(id, log.entries(), entries.last()).map_err(StoreError::from)?);
        } else if let Some(counted) = header.branches.iter_mut().find(|counted| counted.id == id)
            && counted.entries < log.entries()
        {
            // More than is counted, and whole: taken. The head may be further than the record says.
            counted.entries = log.entries();
            if let Some(last) = entries.last().filter(|last| last.after >= counted.head_step) {
                counted.head_step = last.after.saturating_add(1);
                (counted.head_time, counted.head_digest) = (last.at, Some(last.digest));
            }
        }
        known.logs.insert(id, log);
        branches.push(BranchEntries { branch: id, entries });
    }

    segments
        .retain(|(branch, segment, _)| known.logs.get(branch).is_none_or(|log| *segment >= log.segments()));
    let cut = segments;
    let kept = branches.iter().map(|branch| branch.entries.len() as u64).sum();
    let mut stored =
        StoredRun { header, branches, original, cut: None, trashed: record.trashed, bytes: record.bytes };
    let mut mend = Vec::new();
    if first.is_some() || !cut.is_empty() {
        let branch = first.map_or_else(|| cut.first().map_or(0, |piece| piece.0), |(branch, _)| branch);
        let why = first.map_or_else(|| "a segment of no branch".into(), |(_, error)| error.to_string());
        let segments = cut.len() as u32;
        stored.cut = Some(TailCut { kept, branch, dropped, segments, why });
        let lost: u64 = cut.iter().map(|piece| piece.2.len() as u64).sum();
        stored.bytes = stored.bytes.saturating_sub(lost);
        let revision = known.revision;
        known.revision += 1;
        mend.push(Write::Trash(TrashPiece { branch: None, segment: 0, revision, bytes: record_bytes }));
        for (branch, segment, bytes) in cut {
            mend.push(Write::Trash(TrashPiece { branch: Some(branch), segment, revision, bytes }));
            mend.push(Write::DropSegment { branch, segment });
        }
        let header = without_config(&stored.header);
        let mended = RunRecord { revision: known.revision, bytes: stored.bytes, header, ..record };
        mend.push(Write::Record(mended.encode()?));
    }
    Ok(Loaded { stored, known, mend })
}
