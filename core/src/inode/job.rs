//! A compaction of one inode as actions that may fail, each without loss.
//!
//! ```text
//! per chunk   read old objects ──fails──▶ skip the chunk
//!             write new objects ─fails──▶ delete those written, skip the chunk
//! once        commit ────────────fails──▶ delete all that were written
//!             delete old objects ─fails─▶ garbage stays
//! ```
//!
//! New names differ from old ones, so until the commit nothing that a reader needs has been touched, and
//! after it nothing that a reader needs is deleted. The job waits for nobody: whoever carries its actions
//! out says how each went.

use super::plan::{Plan, Rewrite, Selection, plan, select};
use super::store::{Attributes, ChunkChange, Layout, Lists, Modify, Removal};
use super::visible::{EmptyFile, visible, window};
use super::{ChunkInfo, Geometry, InodeKey, Object, RowKey};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem::take;
use serde::{Deserialize, Serialize};

/// Why an inode is not compacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Skip {
    /// Another server leads.
    NotLeader,
    /// There is no such inode.
    NotFound,
    /// It has no name any more.
    Unlinked,
    /// It has no lists.
    Empty,
    /// No chunk is worth it.
    NotNeeded,
}

impl Skip {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotLeader => "not_leader",
            Self::NotFound => "inode_not_found",
            Self::Unlinked => "inode_unlinked",
            Self::Empty => "empty",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// What a job knows of its inode when it starts.
#[derive(Clone, Debug)]
pub struct Found {
    /// Whether this server leads.
    pub leader: bool,
    /// The inode, where there is one. Its length should be of the same moment as the lists: an append
    /// between the two looks truncated (opencurve/curve#1304).
    pub attributes: Option<Attributes>,
    /// Its lists.
    pub lists: Lists,
    /// Their rows, for a store that wants to know which were read; else empty.
    pub rows: Vec<RowKey>,
}

/// How a job decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Cut of the file.
    pub geometry: Geometry,
    /// Which chunks.
    pub selection: Selection,
    /// What replaces them.
    pub rewrite: Rewrite,
    /// What an empty file shows.
    pub empty: EmptyFile,
    /// How the store removes.
    pub layout: Layout,
}

/// A chunk that is compacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkJob {
    /// Which.
    pub index: u64,
    /// Its list as it was read.
    pub list: Vec<ChunkInfo>,
    /// Its rows as they were read.
    pub rows: Vec<RowKey>,
    /// What replaces it.
    pub plans: Vec<Plan>,
    written: Vec<Object>,
    skipped: bool,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Read the objects of a chunk's [`ChunkJob::plans`]; index into [`Job::chunks`].
    Read(usize),
    /// Write a new object.
    Write(Object),
    /// Change the lists.
    Commit(Modify),
    /// Delete an object that was written in vain.
    Discard(Object),
    /// Delete an object that nobody needs any more.
    Delete(Object),
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobEnd {
    /// The lists are replaced, of those chunks that were not skipped.
    Committed,
    /// Every chunk was skipped.
    AllSkipped,
    /// The lists could not be changed.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Read(usize),
    Write(usize),
    Undo(usize),
    Commit,
    Discard,
    Delete,
    Over(JobEnd),
}

/// A compaction of one inode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    inode: InodeKey,
    geometry: Geometry,
    layout: Layout,
    chunks: Vec<ChunkJob>,
    phase: Phase,
    queue: VecDeque<Object>,
}

impl Job {
    /// Chooses chunks and plans what replaces them.
    ///
    /// # Errors
    /// Why the inode is left alone.
    pub fn new(inode: InodeKey, found: Found, settings: Settings) -> Result<Self, Skip> {
        let Found { leader, attributes, mut lists, rows } = found;
        if !leader {
            return Err(Skip::NotLeader);
        }
        let attributes = attributes.ok_or(Skip::NotFound)?;
        if attributes.nlink == 0 {
            return Err(Skip::Unlinked);
        }
        if lists.is_empty() {
            return Err(Skip::Empty);
        }
        let Settings { geometry, selection, mut rewrite, empty, layout } = settings;
        let chosen = select(attributes.length, geometry, &lists, selection);
        if chosen.is_empty() {
            return Err(Skip::NotNeeded);
        }
        lists.retain(|(index, _)| chosen.binary_search(index).is_ok());
        let mut chunks = Vec::with_capacity(lists.len());
        for (index, list) in lists {
            let nodes = visible(&list, window(geometry, attributes.length, index, empty));
            let plans = plan(&nodes, geometry, rewrite);
            if let Rewrite::Sparse { first_id } = &mut rewrite {
                *first_id += plans.len() as u64;
            }
            let rows = rows.iter().filter(|row| row.index == index).copied().collect();
            chunks.push(ChunkJob { index, list, rows, plans, written: Vec::new(), skipped: false });
        }
        let queue = VecDeque::new();
        Ok(Self { inode, geometry, layout, chunks, phase: Phase::Read(0), queue })
    }

    /// The chunks.
    pub fn chunks(&self) -> &[ChunkJob] {
        &self.chunks
    }

    /// How it ended; nothing while it goes on.
    pub const fn end(&self) -> Option<JobEnd> {
        match self.phase {
            Phase::Over(end) => Some(end),
            _ => None,
        }
    }

    fn objects(&self, infos: impl Iterator<Item = ChunkInfo>) -> VecDeque<Object> {
        infos.flat_map(|info| self.geometry.objects(self.inode, &info)).collect()
    }

    /// What to do next; nothing when it is over. The same until [`Job::done`] is told.
    pub fn action(&mut self) -> Option<Action> {
        loop {
            match self.phase {
                Phase::Read(at) if at == self.chunks.len() => {
                    let all = self.chunks.iter().all(|chunk| chunk.skipped);
                    self.phase = if all { Phase::Over(JobEnd::AllSkipped) } else { Phase::Commit };
                }
                // Nothing is seen: the list goes, there is nothing to read or write.
                Phase::Read(at) if self.chunks[at].plans.is_empty() => self.phase = Phase::Read(at + 1),
                Phase::Read(at) => return Some(Action::Read(at)),
                Phase::Write(at) => match self.queue.front() {
                    Some(&object) => return Some(Action::Write(object)),
                    None => self.phase = Phase::Read(at + 1),
                },
                Phase::Undo(at) => match self.queue.front() {
                    Some(&object) => return Some(Action::Discard(object)),
                    None => self.phase = Phase::Read(at + 1),
                },
                Phase::Commit => return Some(Action::Commit(self.commit())),
                Phase::Discard => match self.queue.front() {
                    Some(&object) => return Some(Action::Discard(object)),
                    None => self.phase = Phase::Over(JobEnd::Refused),
                },
                Phase::Delete => match self.queue.front() {
                    Some(&object) => return Some(Action::Delete(object)),
                    None => self.phase = Phase::Over(JobEnd::Committed),
                },
                Phase::Over(_) => return None,
            }
        }
    }

    fn commit(&self) -> Modify {
        let change = |chunk: &ChunkJob| ChunkChange {
            index: chunk.index,
            remove: match self.layout {
                Layout::Sequenced => Removal::Rows(chunk.rows.clone()),
                Layout::Split | Layout::Monolithic => Removal::List(chunk.list.clone()),
            },
            add: chunk.plans.iter().map(|plan| plan.info).collect(),
        };
        let chunks = self.chunks.iter().filter(|chunk| !chunk.skipped);
        Modify { changes: chunks.map(change).collect(), ..Modify::default() }
    }

    /// Says how the last action went.
    pub fn done(&mut self, good: bool) {
        match (self.phase, good) {
            (Phase::Read(at), true) => {
                let plans = self.chunks[at].plans.iter().map(|plan| plan.info);
                self.queue = self.objects(plans.filter(|info| !info.zero));
                self.phase = Phase::Write(at);
            }
            (Phase::Read(at), false) => {
                self.chunks[at].skipped = true;
                self.phase = Phase::Read(at + 1);
            }
            (Phase::Write(at), true) => self.chunks[at].written.extend(self.queue.pop_front()),
            (Phase::Write(at), false) => {
                self.chunks[at].skipped = true;
                self.queue = take(&mut self.chunks[at].written).into();
                self.phase = Phase::Undo(at);
            }
            (Phase::Commit, true) => {
                let removed = self.chunks.iter().filter(|chunk| !chunk.skipped);
                self.queue = self.objects(removed.flat_map(|chunk| chunk.list.iter().copied()));
                self.phase = Phase::Delete;
            }
            (Phase::Commit, false) => {
                let written = self.chunks.iter_mut().map(|chunk| take(&mut chunk.written));
                self.queue = written.flatten().collect();
                self.phase = Phase::Discard;
            }
            (Phase::Undo(_) | Phase::Discard | Phase::Delete, _) => {
                self.queue.pop_front();
            }
            (Phase::Over(_), _) => {}
        }
    }
}
