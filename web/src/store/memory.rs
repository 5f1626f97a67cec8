//! A store in memory: what the lab runs on without IndexedDB, and what tests run on.

use super::{Commit, Condition, Disk, RawRun, Store, StoreError, TrashPiece, Write};
use crate::protocol::RunId;
use std::cell::RefCell;
use std::rc::Rc;
use tabletop_core::base::SortedMap;
use tabletop_core::record::digest_of;

/// A store in memory.
pub type MemoryStore = Store<MemoryDisk>;

impl MemoryStore {
    /// An empty store; `why` there is nothing better.
    pub fn new(why: &str) -> Self {
        Self::on(MemoryDisk::in_place_of(why))
    }

    /// What a second tab gets: the same runs, read-only.
    #[must_use]
    pub fn second_tab(&self) -> Self {
        let MemoryDisk { shared, why, .. } = self.disk();
        Self::on(MemoryDisk {
            shared: Rc::clone(shared),
            why: why.clone(),
            epoch: None,
            ..MemoryDisk::default()
        })
    }

    /// What the page finds after a reload: the same runs, and it writes.
    #[must_use]
    pub fn reload(self) -> Self {
        let mut next = self.second_tab();
        next.disk_mut().elect();
        next
    }
}

/// Runs in memory, shared by all handles that came from one.
#[derive(Debug)]
pub struct MemoryDisk {
    shared: Rc<RefCell<Shared>>,
    why: String,
    /// The epoch this handle writes in; `None` for a reader.
    epoch: Option<u64>,
    fail_next: Option<StoreError>,
}

#[derive(Debug, Default)]
struct Shared {
    epoch: u64,
    last_opened: Option<RunId>,
    runs: SortedMap<RunId, Stored>,
}

#[derive(Clone, Debug, Default)]
struct Stored {
    record: Vec<u8>,
    segments: SortedMap<(u32, u32), Vec<u8>>,
    config: Option<Vec<u8>>,
    original: Option<Vec<u8>>,
    trash: Vec<TrashPiece>,
}

impl Stored {
    fn apply(&mut self, write: Write) {
        match write {
            Write::Record(bytes) => self.record = bytes,
            Write::Segment { branch, segment, bytes } => drop(self.segments.insert((branch, segment), bytes)),
            Write::DropSegment { branch, segment } => drop(self.segments.remove(&(branch, segment))),
            Write::Config(bytes) => self.config = Some(bytes),
            Write::Original(bytes) => self.original = Some(bytes),
            Write::Trash(piece) => self.trash.push(piece),
        }
    }
}

impl Default for MemoryDisk {
    fn default() -> Self {
        Self { shared: Rc::default(), why: String::new(), epoch: Some(0), fail_next: None }
    }
}

impl MemoryDisk {
    /// An empty disk; `why` there is nothing better.
    pub fn in_place_of(why: &str) -> Self {
        Self { why: why.into(), ..Self::default() }
    }

    /// The next commit stores nothing and gives this error. For tests.
    pub fn fail_next(&mut self, error: StoreError) {
        self.fail_next = Some(error);
    }

    /// Changes bytes behind the store's back, as a bad medium does. For tests.
    pub fn tamper(&mut self, run: RunId, write: Write) {
        self.shared.borrow_mut().runs.get_or_insert_with(run, Stored::default).apply(write);
    }

    fn elect(&mut self) {
        let mut shared = self.shared.borrow_mut();
        shared.epoch += 1;
        self.epoch = Some(shared.epoch);
    }

    fn writer(&self) -> Result<(), StoreError> {
        match self.epoch {
            None => Err(StoreError::ReadOnly),
            Some(epoch) if epoch != self.shared.borrow().epoch => Err(StoreError::Fenced),
            Some(_) => Ok(()),
        }
    }
}

impl Disk for MemoryDisk {
    fn condition(&self) -> Condition {
        match self.writer() {
            Ok(()) => Condition::InMemory { why: self.why.clone() },
            Err(StoreError::Fenced) => Condition::Fenced,
            Err(_) => Condition::ReadOnly,
        }
    }

    async fn records(&mut self) -> Result<Vec<(RunId, Vec<u8>)>, StoreError> {
        Ok(self.shared.borrow().runs.iter().map(|(run, stored)| (*run, stored.record.clone())).collect())
    }

    async fn read(&mut self, run: RunId) -> Result<Option<RawRun>, StoreError> {
        let shared = self.shared.borrow();
        let Some(Stored { record, segments, config, original, .. }) = shared.runs.get(&run).cloned() else {
            return Ok(None);
        };
        let segments = segments.iter().map(|((branch, segment), bytes)| (*branch, *segment, bytes.clone()));
        Ok(Some(RawRun { record, segments: segments.collect(), config, original }))
    }

    async fn pieces(&mut self, run: RunId) -> Result<Vec<TrashPiece>, StoreError> {
        Ok(self.shared.borrow().runs.get(&run).map(|stored| stored.trash.clone()).unwrap_or_default())
    }

    async fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        self.writer()?;
        if let Some(error) = self.fail_next.take() {
            return Err(error);
        }
        let Commit { run, expected, writes, .. } = commit;
        let mut shared = self.shared.borrow_mut();
        if shared.runs.get(&run).map(|stored| digest_of(&stored.record)) != expected {
            return Err(StoreError::Stale(run));
        }
        let stored = shared.runs.get_or_insert_with(run, Stored::default);
        for write in writes {
            stored.apply(write);
        }
        Ok(())
    }

    async fn last_opened(&mut self) -> Result<Option<RunId>, StoreError> {
        Ok(self.shared.borrow().last_opened)
    }

    async fn set_last_opened(&mut self, run: RunId) -> Result<(), StoreError> {
        self.writer()?;
        self.shared.borrow_mut().last_opened = Some(run);
        Ok(())
    }

    async fn take_over(&mut self) -> Result<(), StoreError> {
        self.elect();
        Ok(())
    }
}
