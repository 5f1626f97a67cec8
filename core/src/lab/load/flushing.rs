//! A MemTable's way to a segment: by the executor, or by the load's own thread.

use super::command::{Flush, LoadEvent, Why};
use super::config::{Design, Fault};
use super::disk::Writer;
use super::history::{Place, What};
use super::insert::{Inline, Phase};
use super::{Flight, LoadLab};
use crate::base::SimTime;
use crate::load::{FlushError, FlushTask, MemTable, Place as Memory, Taken};
use crate::view::board::ItemId;
use alloc::vec::Vec;

impl LoadLab {
    /// The directory of a tablet.
    pub(super) fn store_of(&self, tablet: u32) -> u32 {
        tablet % self.disks.len().max(1) as u32
    }

    /// Flushes a tablet's MemTable: hands it over, or lets its load's thread write it next.
    pub(super) fn flush(&mut self, index: usize, tablet: u32, why: Why, out: &mut Vec<LoadEvent>) {
        if self.senders[index].spec.design == Design::Alternating {
            self.senders[index].todo.push_back((tablet, why));
            return;
        }
        let Some(channel) = &mut self.senders[index].channel else { return };
        let Some(table) = channel.freeze(tablet, &mut self.next_table) else { return };
        if self.knobs.fault == Fault::FlushTwice
            && matches!(why, Why::Memory { .. })
            && let Some(writer) = channel.writer_mut(tablet)
        {
            writer.active = table;
            self.tracker.insert(table.bytes);
        }
        let store = self.store_of(tablet);
        match self.executor.submit(store, table, self.knobs.segments_max as u32) {
            Ok(submitted) => {
                self.tracker.shift(table.bytes, Memory::Active, Memory::Queued);
                let what = What::Queued { why, ahead: submitted.ahead };
                let subject = (table.load, tablet, table.bytes);
                let span = self.history.begin(Place::Queue(store), what, self.now, subject);
                self.flights.insert(submitted.seq, Flight { span, why, since: self.now });
                let flush = Flush { load: table.load, tablet, bytes: table.bytes, store, span };
                let (ahead, segment) = (submitted.ahead, submitted.segment);
                self.changed.push(ItemId(span));
                out.push(LoadEvent::Queued { flush, why, ahead, segment });
                self.pump(store, out);
            }
            Err(refused) => {
                self.tracker.release(table.bytes, Memory::Active);
                self.senders[index].lost_rows += table.rows;
                let error = &mut self.senders[index].error;
                *error = error.or(Some((tablet, refused.error)));
            }
        }
    }

    /// Lets free threads of a directory take what waits.
    pub(super) fn pump(&mut self, store: u32, out: &mut Vec<LoadEvent>) {
        while let Some(taken) = self.executor.begin(store) {
            let (thread, task) = match taken {
                Taken::Started { thread, task } => (thread, task),
                Taken::Dropped { task } => {
                    self.dropped(&task, out);
                    continue;
                }
            };
            let Some(flight) = self.flights.get(&task.seq).copied() else { continue };
            self.history.end(flight.span, self.now);
            self.tracker.shift(task.table.bytes, Memory::Queued, Memory::Flushing);
            let waited = self.now - flight.since;
            let span = self.write(
                store,
                Writer::Thread(thread),
                Place::Thread(store, thread),
                &task.table,
                (flight.why, waited),
            );
            self.flights.insert(task.seq, Flight { span, since: self.now, ..flight });
            let flush = Self::flush_of(&task.table, store, span);
            out.push(LoadEvent::Started { flush, thread: Some(thread), waited });
        }
    }

    /// Begins to write to a disk.
    fn write(
        &mut self,
        store: u32,
        writer: Writer,
        place: Place,
        table: &MemTable,
        (why, waited): (Why, SimTime),
    ) -> u64 {
        let speed = self.knobs.speed(store);
        let disk = &mut self.disks[store as usize];
        disk.advance(self.now, speed, self.knobs.thread_speed);
        let sharing = disk.len() as u32;
        disk.begin(writer, table.bytes);
        let what = What::Flush { why, sharing, waited, error: None };
        let span = self.history.begin(place, what, self.now, (table.load, table.tablet, table.bytes));
        self.changed.push(ItemId(span));
        span
    }

    /// A sender writes the next MemTable that it must write itself. Says whether there was one.
    pub(super) fn write_inline(&mut self, index: usize, out: &mut Vec<LoadEvent>) -> bool {
        while let Some((tablet, why)) = self.senders[index].todo.pop_front() {
            let Some(channel) = &mut self.senders[index].channel else { continue };
            let Some(table) = channel.freeze(tablet, &mut self.next_table) else { continue };
            let written = channel.writers()[tablet as usize].segments;
            if u64::from(written) >= self.knobs.segments_max {
                let limit = self.knobs.segments_max as u32;
                self.tracker.release(table.bytes, Memory::Active);
                self.senders[index].lost_rows += table.rows;
                self.senders[index].error = Some((tablet, FlushError::TooManySegments { limit }));
                self.go_on(index, out);
                return true;
            }
            self.end_span(index);
            self.tracker.shift(table.bytes, Memory::Active, Memory::Flushing);
            let store = self.store_of(tablet);
            let place = Place::Sender(index as u32);
            let span = self.write(store, Writer::Sender(index as u32), place, &table, (why, SimTime::ZERO));
            let sender = &mut self.senders[index];
            sender.span = span;
            sender.phase = Phase::Writing;
            sender.inline = Some(Inline { table, store, since: self.now });
            let flush = Self::flush_of(&table, store, span);
            out.push(LoadEvent::Started { flush, thread: None, waited: SimTime::ZERO });
            return true;
        }
        false
    }

    /// A write to a disk has ended.
    pub(super) fn written(&mut self, store: u32, writer: Writer, out: &mut Vec<LoadEvent>) {
        let (speed, thread_speed) = (self.knobs.speed(store), self.knobs.thread_speed);
        let disk = &mut self.disks[store as usize];
        disk.advance(self.now, speed, thread_speed);
        disk.end(writer);
        let outcome = self.outcome(store);
        match writer {
            Writer::Thread(thread) => {
                let Some(task) = self.executor.finish(store, thread, outcome) else { return };
                let Some(flight) = self.flights.remove(&task.seq) else { return };
                self.ended(&task.table, store, (flight.span, flight.since), outcome, out);
                self.pump(store, out);
            }
            Writer::Sender(index) => {
                let sender = &mut self.senders[index as usize];
                let Some(inline) = sender.inline.take() else { return };
                let span = core::mem::take(&mut sender.span);
                sender.phase = Phase::Idle;
                if let Err(error) = outcome {
                    sender.error = sender.error.or(Some((inline.table.tablet, error)));
                }
                self.ended(&inline.table, store, (span, inline.since), outcome, out);
                self.go_on(index as usize, out);
            }
        }
        self.memory_came_back(out);
    }

    /// Whether a write goes well: a fault may be armed for this directory.
    fn outcome(&mut self, store: u32) -> Result<(), FlushError> {
        match &mut self.armed[store as usize] {
            Some(0) => {
                self.armed[store as usize] = None;
                Err(FlushError::Disk { store })
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A MemTable has left memory, as a segment or for nothing.
    fn ended(
        &mut self,
        table: &MemTable,
        store: u32,
        (span, since): (u64, SimTime),
        outcome: Result<(), FlushError>,
        out: &mut Vec<LoadEvent>,
    ) {
        self.tracker.release(table.bytes, Memory::Flushing);
        let flush = Self::flush_of(table, store, span);
        self.changed.push(ItemId(span));
        let owner = self.senders.iter_mut().find(|sender| sender.load() == table.load);
        match outcome {
            Ok(()) => {
                self.totals.flushes += 1;
                self.totals.flushed += table.bytes;
                if let Some(line) = self.loads.get_mut(table.load) {
                    line.flushes += 1;
                }
                if let Some(writer) =
                    owner.and_then(|sender| sender.channel.as_mut()?.writer_mut(table.tablet))
                {
                    writer.wrote(table);
                }
                out.push(LoadEvent::Flushed { flush, took: self.now - since });
            }
            Err(error) => {
                if let Some(owner) = owner {
                    owner.lost_rows += table.rows;
                }
                if let Some(line) = self.history.open_mut(span)
                    && let What::Flush { error: told, .. } = &mut line.what
                {
                    *told = Some(error);
                }
                out.push(LoadEvent::FlushFailed { flush, error });
            }
        }
        self.history.end(span, self.now);
    }

    /// A task came back from its queue unwritten.
    pub(super) fn dropped(&mut self, task: &FlushTask, out: &mut Vec<LoadEvent>) {
        let table = &task.table;
        if self.knobs.fault != Fault::LeakMemory {
            self.tracker.release(table.bytes, Memory::Queued);
        }
        self.totals.dropped += 1;
        if let Some(owner) = self.senders.iter_mut().find(|sender| sender.load() == table.load) {
            owner.lost_rows += table.rows;
        }
        let span = self.flights.remove(&task.seq).map_or(0, |flight| flight.span);
        self.history.end(span, self.now);
        let store = self.store_of(table.tablet);
        out.push(LoadEvent::Dropped { flush: Self::flush_of(table, store, span) });
    }

    const fn flush_of(table: &MemTable, store: u32, span: u64) -> Flush {
        Flush { load: table.load, tablet: table.tablet, bytes: table.bytes, store, span }
    }
}
