//! What happened, kept for drawing: spans by lane, curves, loads.

use super::command::{Wait, Why};
use super::config::LoadSpec;
use crate::base::{SimTime, SortedMap};
use crate::load::{FlushError, LoadId};
use crate::rowset::limit::Scanned;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Ended spans that are kept.
const SPANS_KEPT: usize = 2_048;
/// Points of the curves that are kept.
const POINTS_KEPT: usize = 512;
/// Ended loads that are kept.
const LOADS_KEPT: usize = 64;
/// Ended reads that are kept.
const READS_KEPT: usize = 32;

/// Where a span is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Place {
    /// The thread of a load.
    Sender(u32),
    /// The queue of a directory.
    Queue(u32),
    /// A thread of a directory.
    Thread(u32, u32),
    /// A read.
    Reader,
    /// A backend that is restarted.
    Backend(u32),
}

/// What a span is, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    /// Rows are inserted.
    Insert,
    /// A MemTable waits in a queue.
    Queued { why: Why, ahead: u32 },
    /// A MemTable is written; how many share the disk, and how long it was queued.
    Flush { why: Why, sharing: u32, waited: SimTime, error: Option<FlushError> },
    /// A load does not insert.
    Wait(Wait),
    /// A read; what it did, and what the other setting of the statistic would have done.
    Read { limit: u64, counts: bool, did: Scanned, other: Scanned },
    /// A backend is down.
    Down { upgrade: u64, metas: u64 },
}

/// Something that took time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpanLine {
    pub(super) id: u64,
    pub(super) place: Place,
    pub(super) what: What,
    pub(super) from: SimTime,
    pub(super) until: Option<SimTime>,
    pub(super) load: LoadId,
    pub(super) tablet: u32,
    pub(super) bytes: u64,
}

/// Spans that go on, and the last ones that ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct History {
    open: SortedMap<u64, SpanLine>,
    ended: VecDeque<SpanLine>,
    next: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { open: SortedMap::default(), ended: VecDeque::new(), next: 1 }
    }
}

impl History {
    /// Begins a span.
    pub(super) fn begin(
        &mut self,
        place: Place,
        what: What,
        from: SimTime,
        (load, tablet, bytes): (LoadId, u32, u64),
    ) -> u64 {
        let id = self.next;
        self.next += 1;
        self.open.insert(id, SpanLine { id, place, what, from, until: None, load, tablet, bytes });
        id
    }

    /// A span that goes on.
    pub(super) fn open_mut(&mut self, id: u64) -> Option<&mut SpanLine> {
        self.open.get_mut(&id)
    }

    /// Ends a span.
    pub(super) fn end(&mut self, id: u64, now: SimTime) {
        if let Some(mut span) = self.open.remove(&id) {
            span.until = Some(now);
            self.ended.push_back(span);
            if self.ended.len() > SPANS_KEPT {
                self.ended.pop_front();
            }
        }
    }

    /// All spans that are kept, ended ones first.
    pub(super) fn spans(&self) -> impl Iterator<Item = &SpanLine> {
        self.ended.iter().chain(self.open.values())
    }

    /// A span by its id.
    pub(super) fn span(&self, id: u64) -> Option<&SpanLine> {
        self.open.get(&id).or_else(|| self.ended.iter().find(|span| span.id == id))
    }
}

/// One point of the curves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Point {
    pub(super) at: SimTime,
    /// Largest memory since the point before.
    pub(super) memory: u64,
    /// Longest queue since the point before.
    pub(super) queue: u64,
    /// Bytes inserted since the point before.
    pub(super) inserted: u64,
    /// Bytes flushed since the point before.
    pub(super) flushed: u64,
}

/// Curves with an even spacing that grows with the run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Trace {
    points: Vec<Point>,
    spacing: u64,
}

impl Default for Trace {
    fn default() -> Self {
        Self { points: Vec::new(), spacing: 100_000 }
    }
}

impl Trace {
    /// Adds what a step changed.
    pub(super) fn add(&mut self, step: Point) {
        let slot = SimTime(step.at.micros() / self.spacing * self.spacing);
        match self.points.last_mut() {
            Some(last) if last.at == slot => join(last, &step),
            _ => self.points.push(Point { at: slot, ..step }),
        }
        if self.points.len() > POINTS_KEPT {
            self.spacing *= 2;
            let points = core::mem::take(&mut self.points);
            for point in points {
                self.add(point);
            }
        }
    }

    /// All points, in order.
    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    /// Microseconds between two points.
    pub(super) const fn spacing(&self) -> u64 {
        self.spacing
    }
}

fn join(into: &mut Point, step: &Point) {
    into.memory = into.memory.max(step.memory);
    into.queue = into.queue.max(step.queue);
    into.inserted += step.inserted;
    into.flushed += step.flushed;
}

/// How a load stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fate {
    /// It runs.
    Running,
    /// It is visible.
    Committed,
    /// It failed.
    Failed(u32, FlushError),
}

/// A load that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoadLine {
    pub(super) id: LoadId,
    pub(super) spec: LoadSpec,
    pub(super) fate: Fate,
    pub(super) arrived: SimTime,
    pub(super) began: SimTime,
    pub(super) ended: Option<SimTime>,
    /// Rows inserted.
    pub(super) rows: u64,
    /// Bytes inserted.
    pub(super) bytes: u64,
    /// How long it inserted nothing because of a limit, µs.
    pub(super) stalled: u64,
    /// MemTables flushed.
    pub(super) flushes: u64,
}

/// Loads that run and the last that ended, by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Loads(VecDeque<LoadLine>);

impl Loads {
    /// A load began.
    pub(super) fn push(&mut self, line: LoadLine) {
        self.0.push_back(line);
        if self.0.len() > LOADS_KEPT
            && let Some(oldest) = self.0.iter().position(|line| line.fate != Fate::Running)
        {
            self.0.remove(oldest);
        }
    }

    /// A load.
    pub(super) fn get(&self, id: LoadId) -> Option<&LoadLine> {
        self.0.iter().find(|line| line.id == id)
    }

    /// A load, to change it.
    pub(super) fn get_mut(&mut self, id: LoadId) -> Option<&mut LoadLine> {
        self.0.iter_mut().find(|line| line.id == id)
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &LoadLine> {
        self.0.iter()
    }
}

/// A read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ReadLine {
    pub(super) id: u64,
    pub(super) limit: u64,
    pub(super) counts: bool,
    pub(super) began: SimTime,
    pub(super) until: SimTime,
    pub(super) did: Scanned,
    pub(super) other: Scanned,
    pub(super) span: u64,
}

/// Puts an ended read behind the others and forgets the oldest where there are too many.
pub(super) fn keep_read(reads: &mut VecDeque<ReadLine>, read: ReadLine) {
    reads.push_back(read);
    if reads.len() > READS_KEPT {
        reads.pop_front();
    }
}
