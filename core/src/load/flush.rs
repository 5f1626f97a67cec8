//! Who writes MemTables out, and in which order: a queue and some threads per data directory.
//!
//! Tasks of one token may run at the same time and end in any order: each writes a segment of its
//! own, whose number was given at submission. The first failure poisons the token: what is queued
//! comes back unwritten, what is submitted later is refused.

use super::memtable::{LoadId, MemTable};
use crate::base::SortedMap;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a token writes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlushError {
    /// A disk refused a write.
    Disk {
        /// The directory.
        store: u32,
    },
    /// More segments than a rowset may have (−238).
    TooManySegments {
        /// The limit.
        limit: u32,
    },
    /// The load was given up.
    Cancelled,
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk { store } => write!(f, "a write to directory {store} failed"),
            Self::TooManySegments { limit } => write!(f, "a rowset may have {limit} segments (-238)"),
            Self::Cancelled => f.write_str("the load was given up"),
        }
    }
}

impl core::error::Error for FlushError {}

/// A submission that was refused, with the MemTable given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The MemTable.
    pub table: MemTable,
    /// Why.
    pub error: FlushError,
}

/// A MemTable on its way to a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlushTask {
    /// Order of submission over all directories.
    pub seq: u64,
    /// The rows.
    pub table: MemTable,
    /// Number of the segment in its rowset.
    pub segment: u32,
}

/// What a submission was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The task's place in the order of submissions.
    pub seq: u64,
    /// Its segment number.
    pub segment: u32,
    /// Tasks in the queue before it.
    pub ahead: u32,
}

/// What happened to the task that a thread took from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A thread writes it.
    Started {
        /// The thread, from 0.
        thread: u32,
        /// The task.
        task: FlushTask,
    },
    /// Its token was poisoned: nothing is written.
    Dropped {
        /// The task.
        task: FlushTask,
    },
}

/// Which task of a queue a thread takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// The oldest.
    #[default]
    OldestFirst,
    /// The newest: a fault that lets old MemTables starve.
    NewestFirst,
}

/// What a delta writer has submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Segments numbered so far.
    pub segments: u32,
    /// Tasks in the queue.
    pub queued: u32,
    /// Tasks being written.
    pub running: u32,
    /// Tasks written.
    pub done: u32,
    /// The first failure.
    pub error: Option<FlushError>,
}

/// Queue and threads of one data directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    queue: VecDeque<FlushTask>,
    threads: Vec<Option<FlushTask>>,
}

impl Store {
    /// Tasks that wait, the oldest first.
    pub fn queue(&self) -> impl ExactSizeIterator<Item = &FlushTask> {
        self.queue.iter()
    }

    /// Tasks being written, with their threads.
    pub fn running(&self) -> impl Iterator<Item = (u32, &FlushTask)> {
        (0..).zip(&self.threads).filter_map(|(thread, task)| Some((thread, task.as_ref()?)))
    }
}

/// Queues and threads of all data directories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlushExecutor {
    stores: Vec<Store>,
    tokens: SortedMap<(LoadId, u32), Token>,
    threads: u32,
    next_seq: u64,
    order: Order,
}

impl FlushExecutor {
    /// Nothing queued; so many directories with so many threads each (`flush_thread_num_per_store`).
    pub fn new(stores: u32, threads: u32) -> Self {
        let stores = (0..stores.max(1)).map(|_| Store::default()).collect();
        Self { stores, tokens: SortedMap::default(), threads, next_seq: 1, order: Order::OldestFirst }
    }

    /// Changes the number of threads. Those that are too many end with their task.
    pub const fn set_threads(&mut self, threads: u32) {
        self.threads = threads;
    }

    /// Changes which task is taken next.
    pub const fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// All directories.
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// The token of a load's tablet; all zero before the first submission.
    pub fn token(&self, load: LoadId, tablet: u32) -> Token {
        self.tokens.get(&(load, tablet)).copied().unwrap_or_default()
    }

    /// Tasks in all queues.
    pub fn queued(&self) -> u64 {
        self.stores.iter().map(|store| store.queue.len() as u64).sum()
    }

    /// Puts a MemTable at the end of a directory's queue.
    ///
    /// # Errors
    /// Its token is poisoned, or has as many segments as a rowset may have; the latter poisons it.
    pub fn submit(&mut self, store: u32, table: MemTable, segments_max: u32) -> Result<Submitted, Refused> {
        let token = self.tokens.get_or_insert_with((table.load, table.tablet), Token::default);
        if token.error.is_none() && token.segments >= segments_max {
            token.error = Some(FlushError::TooManySegments { limit: segments_max });
        }
        if let Some(error) = token.error {
            return Err(Refused { table, error });
        }
        let segment = token.segments;
        token.segments += 1;
        token.queued += 1;
        let seq = self.next_seq;
        self.next_seq += 1;
        let queue = &mut self.stores[store as usize].queue;
        queue.push_back(FlushTask { seq, table, segment });
        Ok(Submitted { seq, segment, ahead: queue.len() as u32 - 1 })
    }

    /// Lets a free thread of a directory take the next task. `None` when no thread is free or
    /// nothing waits.
    pub fn begin(&mut self, store: u32) -> Option<Taken> {
        let threads = self.threads as usize;
        let store = &mut self.stores[store as usize];
        if store.threads.len() < threads {
            store.threads.resize(threads, None);
        }
        let thread = store.threads[..threads].iter().position(Option::is_none)?;
        let task = match self.order {
            Order::OldestFirst => store.queue.pop_front()?,
            Order::NewestFirst => store.queue.pop_back()?,
        };
        let token = self.tokens.get_or_insert_with((task.table.load, task.table.tablet), Token::default);
        token.queued -= 1;
        if token.error.is_some() {
            return Some(Taken::Dropped { task });
        }
        token.running += 1;
        store.threads[thread] = Some(task);
        Some(Taken::Started { thread: thread as u32, task })
    }

    /// A thread has ended its task, well or not. `None` for a thread that had none.
    pub fn finish(&mut self, store: u32, thread: u32, outcome: Result<(), FlushError>) -> Option<FlushTask> {
        let task = self.stores.get_mut(store as usize)?.threads.get_mut(thread as usize)?.take()?;
        let token = self.tokens.get_or_insert_with((task.table.load, task.table.tablet), Token::default);
        token.running -= 1;
        match outcome {
            Ok(()) => token.done += 1,
            Err(error) => token.error = token.error.or(Some(error)),
        }
        Some(task)
    }

    /// Poisons all tokens of a load and takes its tasks out of the queues; running ones go on.
    pub fn cancel(&mut self, load: LoadId) -> Vec<FlushTask> {
        let mut dropped = Vec::new();
        for store in &mut self.stores {
            store.queue.retain(|task| {
                let stays = task.table.load != load;
                if !stays {
                    dropped.push(*task);
                }
                stays
            });
        }
        for key in self.keys(load) {
            if let Some(token) = self.tokens.get_mut(&key) {
                token.queued = 0;
                token.error = token.error.or(Some(FlushError::Cancelled));
            }
        }
        dropped
    }

    /// The first failure of a load's tokens, by tablet.
    pub fn error(&self, load: LoadId) -> Option<(u32, FlushError)> {
        self.of(load).find_map(|((_, tablet), token)| Some((*tablet, token.error?)))
    }

    /// Tasks of a load that are queued or running.
    pub fn unfinished(&self, load: LoadId) -> u32 {
        self.of(load).map(|(_, token)| token.queued + token.running).sum()
    }

    /// Most running tasks of one of the load's tokens, with its tablet.
    pub fn most_running(&self, load: LoadId) -> (u32, u32) {
        let most = self.of(load).map(|((_, tablet), token)| (token.running, u32::MAX - tablet)).max();
        most.map_or((0, 0), |(running, tablet)| (running, u32::MAX - tablet))
    }

    /// Forgets the tokens of a load.
    ///
    /// # Panics
    /// Where one of its tasks is queued or running.
    pub fn close(&mut self, load: LoadId) {
        assert_eq!(self.unfinished(load), 0, "{load} is closed with flushes on their way");
        for key in self.keys(load) {
            self.tokens.remove(&key);
        }
    }

    fn of(&self, load: LoadId) -> impl Iterator<Item = &((LoadId, u32), Token)> {
        self.tokens.iter().filter(move |((of, _), _)| *of == load)
    }

    fn keys(&self, load: LoadId) -> Vec<(LoadId, u32)> {
        self.of(load).map(|(key, _)| *key).collect()
    }
}
