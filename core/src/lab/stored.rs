//! Runs as they are kept: a timeline's inputs to a record, and back by replaying them.

use super::Lab;
use super::timeline::{Branch, BranchId, Differs, Entry, Head, Timeline};
use crate::record::{self, BranchEntries, BranchRecord, Cursor, RecordError, RunFile, RunHeader};
use alloc::vec::Vec;

/// Number of the tablet lab in stored runs; never reused.
pub const LAB_TABLET: u8 = 1;
/// Number of the load lab in stored runs; never reused.
pub const LAB_LOAD: u8 = 2;
/// Number of the cluster lab in stored runs; never reused.
pub const LAB_CLUSTER: u8 = 3;
/// Number of the schema lab in stored runs; never reused.
pub const LAB_SCHEMA: u8 = 4;
/// Number of the inode lab in stored runs; never reused.
pub const LAB_INODE: u8 = 5;

/// Header fields that the timeline decides: seed, configuration, branches, cursor, comparison. The rest is
/// left at its default.
pub fn header<L: Lab>(lab: u8, timeline: &Timeline<L>) -> RunHeader {
    RunHeader {
        lab,
        seed: timeline.seed(),
        config: postcard::to_allocvec(timeline.config()).unwrap_or_default(),
        branches: timeline.branches().iter().enumerate().map(record_of).collect(),
        cursor: Cursor { branch: timeline.branch().0, step: timeline.step(), time: timeline.now() },
        beside: timeline.beside().map(|(branch, _)| branch.0),
        ..RunHeader::default()
    }
}

/// Packed commands of a branch from an index on; none for an unknown branch.
pub fn entries<L: Lab>(timeline: &Timeline<L>, branch: usize, from: u64) -> Vec<record::Entry> {
    let branch = timeline.branches().get(branch);
    branch.map_or_else(Vec::new, |branch| branch.entries.iter().skip(from as usize).map(pack).collect())
}

/// Packed commands of every branch.
pub fn all_entries<L: Lab>(timeline: &Timeline<L>) -> Vec<BranchEntries> {
    (0..timeline.branches().len())
        .map(|index| BranchEntries { branch: index as u32, entries: entries(timeline, index, 0) })
        .collect()
}

/// Replays a record and puts the cursor where it was, and what was compared beside it. Says at which
/// step the replay differs.
///
/// # Errors
/// The record is of another lab, or cannot be understood.
pub fn replay<L: Lab>(lab: u8, file: &RunFile) -> Result<(Timeline<L>, Result<(), Differs>), RecordError> {
    let header = &file.header;
    if header.lab != lab {
        return Err(RecordError::Header("of a lab that this Tabletop does not have"));
    }
    let config: L::Config = postcard::from_bytes(&header.config)
        .map_err(|_| RecordError::Header("whose configuration cannot be read"))?;
    let mut tree = Vec::with_capacity(file.branches.len());
    for (record, entries) in header.branches.iter().zip(&file.branches) {
        tree.push(branch_of::<L::Command>(record, &entries.entries)?);
    }
    let (mut timeline, verdict) = Timeline::load(config, header.seed, tree);
    let Cursor { branch, step, time } = header.cursor;
    timeline.go(BranchId(branch), step, time);
    timeline.compare(header.beside.map(BranchId));
    Ok((timeline, verdict))
}

fn pack<C: serde::Serialize>(entry: &Entry<C>) -> record::Entry {
    let command = postcard::to_allocvec(&entry.command).unwrap_or_default();
    record::Entry { after: entry.after, at: entry.at, command, digest: entry.digest }
}

fn record_of<C>((index, branch): (usize, &Branch<C>)) -> BranchRecord {
    BranchRecord {
        id: index as u32,
        name: branch.name.clone(),
        parent: branch.parent.map(|(parent, step)| (parent.0, step)),
        fork_time: branch.fork_time,
        head_step: branch.head.step,
        head_time: branch.head.time,
        head_digest: Some(branch.head.digest),
        entries: branch.entries.len() as u64,
    }
}

fn branch_of<C: serde::de::DeserializeOwned>(
    record: &BranchRecord,
    entries: &[record::Entry],
) -> Result<Branch<C>, RecordError> {
    let digest = record.head_digest.unwrap_or_default();
    let head = Head { step: record.head_step, time: record.head_time, digest };
    let parent = record.parent.map(|(parent, step)| (BranchId(parent), step));
    let mut branch = Branch::new(record.name.clone(), parent, head);
    branch.fork_time = record.fork_time;
    branch.head_unknown = record.head_digest.is_none();
    for entry in entries {
        let command = postcard::from_bytes(&entry.command)
            .map_err(|_| RecordError::Header("with a command that cannot be read"))?;
        branch.entries.push(Entry { after: entry.after, at: entry.at, command, digest: entry.digest });
    }
    Ok(branch)
}
