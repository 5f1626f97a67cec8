//! Flushes as one list; a read that looks at each row.

use std::collections::BTreeMap;
use tabletop_core::load::{FlushError, LoadId, MemTable};
use tabletop_core::rowset::limit::Scan;

type Task = (u64, u32, u32, MemTable);
type Key = (LoadId, u32);

/// All that was submitted, in one list of (seq, store, segment, table).
#[derive(Debug)]
pub(crate) struct NaiveFlush {
    pub(crate) threads: u32,
    pub(crate) queue: Vec<Task>,
    running: BTreeMap<(u32, u32), Task>,
    segments: BTreeMap<Key, u32>,
    errors: BTreeMap<Key, FlushError>,
    stores: u32,
    newest: bool,
    next: u64,
}

impl NaiveFlush {
    pub(crate) fn new(stores: u32, threads: u32, newest: bool) -> Self {
        let (queue, running) = (Vec::new(), BTreeMap::new());
        let (segments, errors) = (BTreeMap::new(), BTreeMap::new());
        Self { threads, queue, running, segments, errors, stores, newest, next: 1 }
    }

    pub(crate) fn submit(
        &mut self,
        store: u32,
        table: MemTable,
        max: u32,
    ) -> Result<(u64, u32, u32), FlushError> {
        assert!(store < self.stores);
        let key = (table.load, table.tablet);
        let segment = self.segments.get(&key).copied().unwrap_or(0);
        if segment >= max {
            self.errors.entry(key).or_insert(FlushError::TooManySegments { limit: max });
        }
        if let Some(error) = self.errors.get(&key) {
            return Err(*error);
        }
        let ahead = self.queue.iter().filter(|task| task.1 == store).count() as u32;
        self.queue.push((self.next, store, segment, table));
        self.segments.insert(key, segment + 1);
        self.next += 1;
        Ok((self.next - 1, segment, ahead))
    }

    pub(crate) fn begin(&mut self, store: u32) -> Option<(Option<u32>, u64, u32)> {
        let thread = (0..self.threads).find(|thread| !self.running.contains_key(&(store, *thread)))?;
        let mut of_store = (0..self.queue.len()).filter(|at| self.queue[*at].1 == store);
        let at = if self.newest { of_store.next_back() } else { of_store.next() }?;
        let task = self.queue.remove(at);
        let poisoned = self.errors.contains_key(&(task.3.load, task.3.tablet));
        if !poisoned {
            self.running.insert((store, thread), task);
        }
        Some(((!poisoned).then_some(thread), task.0, task.2))
    }

    pub(crate) fn finish(&mut self, store: u32, thread: u32, outcome: Result<(), FlushError>) -> Option<u64> {
        let task = self.running.remove(&(store, thread))?;
        if let Err(error) = outcome {
            self.errors.entry((task.3.load, task.3.tablet)).or_insert(error);
        }
        Some(task.0)
    }

    pub(crate) fn cancel(&mut self, load: LoadId) -> Vec<u64> {
        let dropped = self.queue.iter().filter(|task| task.3.load == load).map(|task| task.0).collect();
        self.queue.retain(|task| task.3.load != load);
        // Whoever submitted before, or was refused, has a token.
        let keys: Vec<Key> = self.segments.keys().filter(|key| key.0 == load).copied().collect();
        for key in keys {
            self.errors.entry(key).or_insert(FlushError::Cancelled);
        }
        dropped
    }

    pub(crate) fn unfinished(&self, load: LoadId) -> u32 {
        let running = self.running.values().filter(|task| task.3.load == load).count();
        (running + self.queue.iter().filter(|task| task.3.load == load).count()) as u32
    }

    pub(crate) fn error(&self, load: LoadId) -> Option<(u32, FlushError)> {
        self.errors.iter().find(|((of, _), _)| *of == load).map(|((_, tablet), error)| (*tablet, *error))
    }

    pub(crate) fn most_running(&self, load: LoadId) -> u32 {
        let of = |tablet: u32| {
            self.running.values().filter(|task| task.3.load == load && task.3.tablet == tablet).count() as u32
        };
        (0..3).map(of).max().unwrap_or(0)
    }
}

/// (rows read, rows delivered, rounds), by looking at each row.
pub(crate) fn naive_limit(scan: &Scan, tablets: &[u64], limit: u64) -> (u64, u64, u64) {
    let passes = |row: u64| (row + 1) * scan.pass / 1_000 > row * scan.pass / 1_000;
    let mut at = vec![0; tablets.len()];
    let (mut read, mut through, mut rounds) = (0, 0, 0);
    while through < limit && at.iter().zip(tablets).any(|(at, rows)| at < rows) {
        rounds += 1;
        for (at, rows) in at.iter_mut().zip(tablets) {
            let mut raw_rows_read = 0;
            while *at < *rows && raw_rows_read < scan.round_rows {
                let end = (*at + scan.block_rows).min(*rows);
                for row in *at..end {
                    read += 1;
                    through += u64::from(passes(row));
                }
                raw_rows_read += if scan.counts { end - *at } else { 0 };
                *at = end;
            }
        }
    }
    (read, through.min(limit), rounds)
}
