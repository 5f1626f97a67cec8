//! One store with its server, its link and its clients' calls.

use super::command::{Outcome, Purpose};
use crate::base::{SimTime, SortedMap};
use crate::inode::stream::{Receiver, RowStream};
use crate::inode::{ChunkInfo, InodeStore, Job, Layout, Modify, Object};
use crate::kv::{KvUse, MemKv, Transaction};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Lines of each kind that are remembered for drawing.
pub(super) const LINES_KEPT: usize = 1_500;

/// A request of a client until it is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) purpose: Purpose,
    pub(super) modify: Modify,
    pub(super) since: SimTime,
    pub(super) attempt: u32,
    pub(super) stream: Option<Stream>,
}

/// Lists on their way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stream {
    pub(super) rows: RowStream,
    pub(super) snapshot: Option<Transaction>,
    pub(super) receiver: Receiver,
    /// Pages that were sent and have not arrived, oldest first.
    pub(super) sent: VecDeque<Vec<Vec<u8>>>,
}

/// What waits for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Work {
    Call(u64, u32),
    Commit,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Due {
    /// A client sends its request.
    Send(u64),
    /// It arrives.
    Arrive(u64, u32),
    /// The server is done with what it works on.
    Served,
    /// An answer to an attempt arrives, with whether the store accepted, and whether a stream follows.
    Answer(u64, u32, bool, bool),
    /// A client has waited long enough for an attempt.
    Timeout(u64, u32),
    /// The server sends the next page of a stream of an attempt.
    Page(u64, u32),
    /// It arrives.
    PageIn(u64, u32),
    /// A client looks whether its stream still moves.
    Idle(u64, u32),
    /// A compaction reads the lists, after it has read the length.
    CompactRead(u64),
    /// The next action of a compaction.
    CompactStep,
}

/// A line of the time drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) what: What,
    pub(super) from: SimTime,
    pub(super) until: Option<SimTime>,
}

/// What a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    /// A call from its making to its end.
    Call { call: u64, purpose: Purpose, outcome: Option<Outcome>, attempts: u32 },
    /// The server at work for a call (0: for a compaction's commit).
    Work { call: u64, used: KvUse, coded: u64 },
    /// A compaction.
    Compaction,
    /// A message from the client.
    Request { call: u64, lost: bool },
    /// A message from the server.
    Response { call: u64, bytes: u64, lost: bool },
    /// A page of a stream; a lost one is sent again by the link.
    Page { call: u64, messages: u64, bytes: u64, resent: bool },
}

/// Sums over the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) used: KvUse,
    pub(super) asked_bytes: u64,
    pub(super) calls: u64,
    pub(super) done: u64,
    pub(super) given_up: u64,
    pub(super) timeouts: u64,
    pub(super) latency_us: u64,
    pub(super) latency_max_us: u64,
}

/// Key of the list of what was written: the row's place in the order of the store.
pub(super) type Written = (u64, u64, u64, u64);

/// First byte, last byte, id of the client's write.
pub(super) type Origin = (u64, u64, u64);

/// One store, its server, its link, its calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Side {
    pub(super) store: InodeStore<MemKv>,
    pub(super) due: SortedMap<(SimTime, u64), Due>,
    pub(super) next_due: u64,
    pub(super) calls: SortedMap<u64, Call>,
    pub(super) queue: VecDeque<Work>,
    /// What the server works on, the answer, and the line.
    pub(super) working: Option<(Work, bool, bool, u64)>,
    pub(super) link_free: SimTime,
    pub(super) log: u64,
    /// Bytes of the file as the server knows it.
    pub(super) length: u64,
    pub(super) job: Option<Job>,
    pub(super) job_line: u64,
    pub(super) lines: VecDeque<Line>,
    pub(super) next_line: u64,
    pub(super) objects: BTreeSet<Object>,
    /// What clients wrote and the store accepted, never compacted.
    pub(super) written: BTreeMap<Written, Vec<ChunkInfo>>,
    /// Whose bytes a compacted info holds.
    pub(super) origins: BTreeMap<(u64, u64), Vec<Origin>>,
    /// Chunks that the last step changed.
    pub(super) touched: Vec<u64>,
    pub(super) compacted: Vec<u64>,
    pub(super) totals: Totals,
}

impl Side {
    pub(super) fn new(store: InodeStore<MemKv>) -> Self {
        Self {
            store,
            due: SortedMap::default(),
            next_due: 0,
            calls: SortedMap::default(),
            queue: VecDeque::new(),
            working: None,
            link_free: SimTime::ZERO,
            log: 1,
            length: 0,
            job: None,
            job_line: 0,
            lines: VecDeque::new(),
            next_line: 1,
            objects: BTreeSet::new(),
            written: BTreeMap::new(),
            origins: BTreeMap::new(),
            touched: Vec::new(),
            compacted: Vec::new(),
            totals: Totals::default(),
        }
    }

    pub(super) fn layout(&self) -> Layout {
        self.store.layout()
    }

    pub(super) fn plan(&mut self, at: SimTime, due: Due) {
        self.due.insert((at, self.next_due), due);
        self.next_due += 1;
    }

    pub(super) fn line(&mut self, what: What, from: SimTime, until: Option<SimTime>) -> u64 {
        let id = self.next_line;
        self.next_line += 1;
        self.lines.push_back(Line { id, what, from, until });
        if self.lines.len() > LINES_KEPT {
            self.lines.pop_front();
        }
        id
    }

    pub(super) fn line_mut(&mut self, id: u64) -> Option<&mut Line> {
        let first = self.lines.front()?.id;
        self.lines.get_mut(usize::try_from(id.checked_sub(first)?).ok()?)
    }

    /// Notes what the store accepted from a client.
    pub(super) fn note(&mut self, modify: &Modify) {
        for change in &modify.changes {
            let (Some(first), Some(last)) = (change.add.first(), change.add.last()) else { continue };
            let count = change.add.len() as u64;
            let key = match self.layout() {
                Layout::Split => (change.index, first.chunk_id, last.chunk_id, count),
                Layout::Monolithic | Layout::Sequenced => (change.index, self.written.len() as u64, 0, 0),
            };
            self.written.insert(key, change.add.clone());
            self.touched.push(change.index);
        }
    }
}
