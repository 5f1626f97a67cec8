//! The best store there is.

use super::{Commit, Condition, Disk, MemoryDisk, RawRun, Store, StoreError, TrashPiece};
use crate::protocol::{Notice, RunId};

/// The best disk there is.
#[derive(Debug)]
pub enum AnyDisk {
    /// In memory.
    Memory(MemoryDisk),
    /// In the browser.
    #[cfg(target_arch = "wasm32")]
    IndexedDb(super::IndexedDb),
}

/// The best store there is.
pub type AnyStore = Store<AnyDisk>;

/// A store, and what the user must know about it.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: AnyStore,
    /// [`Notice::StoreLost`] or [`Notice::NewerFormat`].
    pub notice: Option<Notice>,
}

/// Opens the database of this name; where that cannot be, a store in memory that says why. Never
/// fails and never waits for another tab: what this one may do is [`Disk::condition`].
#[cfg(not(target_arch = "wasm32"))]
pub async fn open(_name: &str) -> Opened {
    let disk = MemoryDisk::in_place_of("there is no browser");
    Opened { store: Store::on(AnyDisk::Memory(disk)), notice: None }
}

/// Opens the database of this name; where that cannot be, a store in memory that says why. Never
/// fails and never waits for another tab: what this one may do is [`Disk::condition`].
#[cfg(target_arch = "wasm32")]
pub async fn open(name: &str) -> Opened {
    match super::IndexedDb::open(name).await {
        Ok((disk, lost)) => {
            Opened { store: Store::on(AnyDisk::IndexedDb(disk)), notice: lost.then_some(Notice::StoreLost) }
        }
        Err(error) => {
            let notice = match error {
                StoreError::NewerFormat { found } => Some(Notice::NewerFormat { format: found }),
                _ => None,
            };
            let disk = MemoryDisk::in_place_of(&error.to_string());
            Opened { store: Store::on(AnyDisk::Memory(disk)), notice }
        }
    }
}

macro_rules! either {
    ($self:ident, $disk:ident => $call:expr) => {
        match $self {
            Self::Memory($disk) => $call,
            #[cfg(target_arch = "wasm32")]
            Self::IndexedDb($disk) => $call,
        }
    };
}

impl Disk for AnyDisk {
    fn condition(&self) -> Condition {
        either!(self, disk => disk.condition())
    }

    async fn records(&mut self) -> Result<Vec<(RunId, Vec<u8>)>, StoreError> {
        either!(self, disk => disk.records().await)
    }

    async fn read(&mut self, run: RunId) -> Result<Option<RawRun>, StoreError> {
        either!(self, disk => disk.read(run).await)
    }

    async fn pieces(&mut self, run: RunId) -> Result<Vec<TrashPiece>, StoreError> {
        either!(self, disk => disk.pieces(run).await)
    }

    async fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        either!(self, disk => disk.commit(commit).await)
    }

    async fn last_opened(&mut self) -> Result<Option<RunId>, StoreError> {
        either!(self, disk => disk.last_opened().await)
    }

    async fn set_last_opened(&mut self, run: RunId) -> Result<(), StoreError> {
        either!(self, disk => disk.set_last_opened(run).await)
    }

    async fn take_over(&mut self) -> Result<(), StoreError> {
        either!(self, disk => disk.take_over().await)
    }
}
