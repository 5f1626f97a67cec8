//! The thread of a load: inserts a batch, then decides what comes next.
//!
//! The decision, in this order: fail; write out what is full (alternating); flush for lack of
//! memory; wait for memory; end; wait for running flushes; insert the next batch.

use super::command::{Wait, Why};
use super::config::{Design, Fault, LoadSpec};
use super::history::{Fate, LoadLine, Place, What};
use super::{LoadEvent, LoadLab, TabletLine, VISIBLE_KEPT, Visible};
use crate::base::SimTime;
use crate::load::{FlushError, LoadId, MemTable, MemTracker, Place as Memory, TabletsChannel};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How often a load looks whether a writer's flushes have ended, µs.
const POLL_US: u64 = 10_000;

/// What a sender does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// It has no load.
    Idle,
    /// It inserts a batch.
    Inserting { until: SimTime, rows: u64, bytes: u64 },
    /// It writes a MemTable out itself.
    Writing,
    /// It waits for something.
    Waiting(Wait),
    /// What it waited for has come; it will see it at its next look.
    Polling { until: SimTime },
}

/// A MemTable that its load's own thread writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inline {
    pub(super) table: MemTable,
    pub(super) store: u32,
    pub(super) since: SimTime,
}

/// A thread that carries one load at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sender {
    pub(super) phase: Phase,
    pub(super) channel: Option<TabletsChannel>,
    pub(super) spec: LoadSpec,
    pub(super) rows_left: u64,
    pub(super) bytes_left: u64,
    /// Tablets whose MemTable this thread must write out.
    pub(super) todo: VecDeque<(u32, Why)>,
    pub(super) inline: Option<Inline>,
    pub(super) closing: bool,
    pub(super) error: Option<(u32, FlushError)>,
    pub(super) aborted: bool,
    pub(super) published: bool,
    /// Rows that were given up.
    pub(super) lost_rows: u64,
    /// The span that goes on; 0 for none.
    pub(super) span: u64,
    pub(super) since: SimTime,
}

impl Sender {
    /// One without a load.
    pub(super) const fn idle() -> Self {
        Self {
            phase: Phase::Idle,
            channel: None,
            spec: LoadSpec { bytes: 0, rows: 0, tablets: 0, design: Design::Overlapped },
            rows_left: 0,
            bytes_left: 0,
            todo: VecDeque::new(),
            inline: None,
            closing: false,
            error: None,
            aborted: false,
            published: false,
            lost_rows: 0,
            span: 0,
            since: SimTime::ZERO,
        }
    }

    /// Whether it has no load.
    pub(super) const fn is_idle(&self) -> bool {
        self.channel.is_none()
    }

    /// Its load.
    pub(super) fn load(&self) -> LoadId {
        self.channel.as_ref().map_or(LoadId(0), TabletsChannel::load)
    }

    fn overlaps(&self) -> bool {
        self.spec.design == Design::Overlapped
    }
}

impl LoadLab {
    /// A load has come: it begins on a free sender, or waits.
    pub(super) fn arrive(&mut self, spec: LoadSpec, out: &mut Vec<LoadEvent>) {
        let load = LoadId(self.next_load);
        self.next_load += 1;
        out.push(LoadEvent::Arrived { load, ahead: self.waiting.len() as u32 });
        self.waiting.push_back((load, spec, self.now));
        self.assign(out);
    }

    /// Gives waiting loads to free senders.
    pub(super) fn assign(&mut self, out: &mut Vec<LoadEvent>) {
        for index in 0..self.knobs.senders as usize {
            if self.waiting.is_empty() {
                return;
            }
            if self.senders.len() <= index {
                self.senders.push(Sender::idle());
            }
            if self.senders[index].is_idle()
                && let Some((load, spec, arrived)) = self.waiting.pop_front()
            {
                let channel =
                    TabletsChannel::open(load, spec.tablets, &mut self.next_rowset, &mut self.next_table);
                self.senders[index] = Sender {
                    channel: Some(channel),
                    spec,
                    rows_left: spec.rows,
                    bytes_left: spec.bytes,
                    since: self.now,
                    ..Sender::idle()
                };
                self.loads.push(LoadLine {
                    id: load,
                    spec,
                    fate: Fate::Running,
                    arrived,
                    began: self.now,
                    ended: None,
                    rows: 0,
                    bytes: 0,
                    stalled: 0,
                    flushes: 0,
                });
                out.push(LoadEvent::Began { load, sender: index as u32, tablets: spec.tablets });
                self.go_on(index, out);
            }
        }
    }

    /// A batch is inserted, or it is time to look again.
    pub(super) fn wake(&mut self, index: usize, out: &mut Vec<LoadEvent>) {
        if let Phase::Inserting { rows, bytes, .. } = self.senders[index].phase {
            let full_at = self.knobs.write_buffer().full_at(self.tracker.used() + bytes, self.knobs.memory);
            let sender = &mut self.senders[index];
            let Some(channel) = &mut sender.channel else { return };
            let mut full = Vec::new();
            channel.add_batch(rows, bytes, full_at, &mut full);
            let load = channel.load();
            sender.rows_left -= rows;
            sender.bytes_left -= bytes;
            let span = sender.span;
            self.tracker.insert(bytes);
            self.totals.inserted += bytes;
            if let Some(line) = self.loads.get_mut(load) {
                line.rows += rows;
                line.bytes += bytes;
            }
            if let Some(span) = self.history.open_mut(span) {
                span.bytes += bytes;
            }
            out.push(LoadEvent::Inserted { load, rows, bytes });
            for tablet in full {
                self.flush(index, tablet, Why::Full { limit: full_at }, out);
            }
        }
        self.go_on(index, out);
    }

    /// Decides what a sender does next.
    pub(super) fn go_on(&mut self, index: usize, out: &mut Vec<LoadEvent>) {
        self.stop_waiting(index);
        let load = self.senders[index].load();
        if self.senders[index].is_idle() {
            return;
        }
        if self.senders[index].error.is_none() {
            self.senders[index].error = self.executor.error(load);
        }
        if self.senders[index].error.is_some() {
            self.abort(index, out);
            return;
        }
        self.relieve(index, out);
        if self.senders[index].error.is_some() {
            self.abort(index, out);
            return;
        }
        if self.write_inline(index, out) {
            return;
        }
        let all_in = self.senders[index].bytes_left == 0;
        if !all_in && self.tracker.must_wait(self.knobs.memory) {
            self.wait(index, Wait::Memory { used: self.tracker.used() }, out);
            return;
        }
        if all_in {
            self.close(index, out);
            return;
        }
        let (running, tablet) = self.executor.most_running(load);
        if self.knobs.running_max > 0 && u64::from(running) >= self.knobs.running_max {
            self.wait(index, Wait::Running { tablet, running }, out);
            return;
        }
        self.insert_next(index);
    }

    /// Flushes the largest MemTables while loads hold too much memory.
    fn relieve(&mut self, index: usize, out: &mut Vec<LoadEvent>) {
        let alone = !self.senders[index].overlaps();
        loop {
            let (need, used) = (self.tracker.need(self.knobs.memory), self.tracker.used());
            if need == 0 || (alone && !self.senders[index].todo.is_empty()) {
                return;
            }
            let mut largest: Option<(u64, usize, u32)> = None;
            for (at, sender) in self.senders.iter().enumerate() {
                let mine = at == index || (!alone && sender.overlaps());
                if let (true, Some(channel)) = (mine && !sender.aborted, &sender.channel)
                    && let Some(table) = channel.largest()
                    && largest.is_none_or(|(bytes, _, _)| table.bytes > bytes)
                {
                    largest = Some((table.bytes, at, table.tablet));
                }
            }
            let Some((_, owner, tablet)) = largest else { return };
            self.totals.by_pressure += 1;
            self.flush(owner, tablet, Why::Memory { need, used }, out);
            if self.knobs.fault == Fault::FlushTwice || self.senders[index].error.is_some() {
                return;
            }
        }
    }

    /// Inserts the next batch.
    fn insert_next(&mut self, index: usize) {
        let sender = &mut self.senders[index];
        let bytes = sender.bytes_left.min(self.knobs.batch_bytes.max(1));
        let rows = if bytes == sender.bytes_left {
            sender.rows_left
        } else {
            (u128::from(sender.rows_left) * u128::from(bytes) / u128::from(sender.bytes_left)) as u64
        };
        let takes = bytes.saturating_mul(1_000_000).div_ceil(self.knobs.insert_speed.max(1));
        sender.phase = Phase::Inserting { until: self.now + SimTime(takes.max(1)), rows, bytes };
        if sender.span == 0 {
            let load = sender.load();
            let place = Place::Sender(index as u32);
            self.senders[index].span = self.history.begin(place, What::Insert, self.now, (load, 0, 0));
        }
    }

    /// All is inserted: the rest is flushed, then the load becomes visible.
    fn close(&mut self, index: usize, out: &mut Vec<LoadEvent>) {
        self.end_span(index);
        if !self.senders[index].closing {
            self.senders[index].closing = true;
            for tablet in 0..self.senders[index].spec.tablets {
                self.flush(index, tablet, Why::Close, out);
            }
            if self.knobs.fault == Fault::EarlyVisible {
                self.publish(index);
            }
            self.go_on(index, out);
            return;
        }
        let flushes = self.executor.unfinished(self.senders[index].load());
        if flushes > 0 {
            self.wait(index, Wait::Close { flushes }, out);
            return;
        }
        self.publish(index);
        let (load, took) = self.leave(index, Fate::Committed);
        self.totals.committed += 1;
        let line = self.loads.get(load).copied();
        let (rows, bytes) = line.map_or((0, 0), |line| (line.rows, line.bytes));
        out.push(LoadEvent::Committed { load, rows, bytes, took });
        self.assign(out);
    }

    /// Makes the rowsets of a load visible, once.
    fn publish(&mut self, index: usize) {
        let now = self.now;
        let sender = &mut self.senders[index];
        let Some(channel) = sender.channel.as_ref().filter(|_| !sender.published) else { return };
        sender.published = true;
        for writer in channel.writers() {
            let tablet = writer.active.tablet;
            while self.tablets.len() <= tablet as usize {
                self.tablets.push(TabletLine { version: 1, rowsets: 0, rows: 0, bytes: 0, segments: 0 });
            }
            let line = &mut self.tablets[tablet as usize];
            let rowset = writer.rowset(line.version + 1, now);
            line.version = rowset.range.end;
            line.rowsets += 1;
            line.rows += rowset.rows;
            line.bytes += rowset.bytes;
            line.segments += u64::from(rowset.segments);
            self.totals.rows += rowset.rows;
            self.totals.bytes += rowset.bytes;
            self.visible.push_back(Visible { load: channel.load(), rowset: rowset.id, tablet });
            if self.visible.len() > VISIBLE_KEPT {
                self.visible.pop_front();
            }
        }
    }

    /// Gives a load up: queued flushes come back, running ones are waited for.
    fn abort(&mut self, index: usize, out: &mut Vec<LoadEvent>) {
        self.end_span(index);
        let load = self.senders[index].load();
        if !self.senders[index].aborted {
            self.senders[index].aborted = true;
            self.senders[index].todo.clear();
            for task in self.executor.cancel(load) {
                self.dropped(&task, out);
            }
            let mut active = (0, 0);
            if let Some(channel) = &mut self.senders[index].channel {
                for tablet in 0..channel.writers().len() as u32 {
                    if let Some(table) = channel.freeze(tablet, &mut self.next_table) {
                        active = (active.0 + table.rows, active.1 + table.bytes);
                    }
                }
            }
            self.tracker.release(active.1, Memory::Active);
            self.senders[index].lost_rows += active.0;
        }
        let flushes = self.executor.unfinished(load);
        if flushes > 0 {
            self.wait(index, Wait::Cancel { flushes }, out);
        } else if let Some((tablet, error)) = self.senders[index].error {
            let rows = self.loads.get(load).map_or(0, |line| line.rows);
            self.leave(index, Fate::Failed(tablet, error));
            self.totals.failed += 1;
            out.push(LoadEvent::Failed { load, error, tablet, rows });
            self.memory_came_back(out);
            self.assign(out);
        }
    }

    /// A load leaves its sender.
    fn leave(&mut self, index: usize, fate: Fate) -> (LoadId, SimTime) {
        let load = self.senders[index].load();
        self.executor.close(load);
        self.senders[index] = Sender::idle();
        let mut took = SimTime::ZERO;
        if let Some(line) = self.loads.get_mut(load) {
            line.fate = fate;
            line.ended = Some(self.now);
            took = self.now - line.began;
        }
        (load, took)
    }

    fn wait(&mut self, index: usize, why: Wait, out: &mut Vec<LoadEvent>) {
        self.end_span(index);
        let load = self.senders[index].load();
        let place = Place::Sender(index as u32);
        let span = self.history.begin(place, What::Wait(why), self.now, (load, 0, 0));
        let sender = &mut self.senders[index];
        (sender.phase, sender.span, sender.since) = (Phase::Waiting(why), span, self.now);
        out.push(LoadEvent::Waits { load, why });
    }

    /// Ends a wait, and counts it where a limit was the reason.
    fn stop_waiting(&mut self, index: usize) {
        let sender = &mut self.senders[index];
        let waited = match sender.phase {
            Phase::Waiting(why) => Some(matches!(why, Wait::Running { .. } | Wait::Memory { .. })),
            Phase::Polling { .. } => Some(true),
            Phase::Idle | Phase::Inserting { .. } | Phase::Writing => None,
        };
        if let Some(stalled) = waited {
            let (load, since) = (sender.load(), sender.since);
            sender.phase = Phase::Idle;
            self.end_span(index);
            if stalled {
                let stalled = (self.now - since).micros();
                self.totals.stalled_us += stalled;
                if let Some(line) = self.loads.get_mut(load) {
                    line.stalled += stalled;
                }
            }
        }
    }

    /// Ends the span of a sender.
    pub(super) fn end_span(&mut self, index: usize) {
        let span = core::mem::take(&mut self.senders[index].span);
        self.history.end(span, self.now);
    }

    /// A flush has ended or come back: whoever waited for that goes on.
    pub(super) fn memory_came_back(&mut self, out: &mut Vec<LoadEvent>) {
        for index in 0..self.senders.len() {
            let Phase::Waiting(why) = self.senders[index].phase else { continue };
            let load = self.senders[index].load();
            let failed = self.executor.error(load).is_some() && !self.senders[index].aborted;
            let goes_on = match why {
                Wait::Running { .. } => {
                    let (running, _) = self.executor.most_running(load);
                    let free = u64::from(running) < self.knobs.running_max || self.knobs.running_max == 0;
                    if free && !failed {
                        let since = self.senders[index].since;
                        let looks = (self.now - since).micros().div_ceil(POLL_US).max(1);
                        self.senders[index].phase =
                            Phase::Polling { until: since + SimTime(looks * POLL_US) };
                    }
                    failed
                }
                Wait::Memory { .. } => {
                    let hard = self.knobs.memory;
                    failed || !self.tracker.must_wait(hard) || self.can_relieve(index)
                }
                Wait::Close { .. } | Wait::Cancel { .. } => failed || self.executor.unfinished(load) == 0,
            };
            if goes_on {
                self.go_on(index, out);
            }
        }
    }

    /// Whether a waiting sender could flush something to relieve memory.
    fn can_relieve(&self, index: usize) -> bool {
        self.tracker.need(self.knobs.memory) > 0
            && self.tracker.used() > MemTracker::soft(self.knobs.memory)
            && self.senders.iter().enumerate().any(|(at, sender)| {
                (at == index || (self.senders[index].overlaps() && sender.overlaps()))
                    && sender.channel.as_ref().is_some_and(|channel| channel.largest().is_some())
            })
    }
}
