//! What happened lately, for the picture: messages, spans, curves, queries, loads.

use super::command::NoticeFate;
use crate::base::{IdMap, SimTime, Version};
use crate::cloud::{Family, SyncCause};
use crate::kv::KvUse;
use crate::sim::Histogram;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Messages that are kept.
const MESSAGES_KEPT: usize = 3_000;
/// Spans that are kept.
const SPANS_KEPT: usize = 2_000;
/// Ended queries and loads that are kept.
const LINES_KEPT: usize = 300;
/// Points of the curves.
const POINTS_KEPT: usize = 1_200;
/// Backends with a lag curve of their own.
pub(super) const LAG_CURVES: usize = 3;

/// A message on its way, or that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MessageLine {
    pub(super) id: u64,
    pub(super) kind: u8,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) sent: SimTime,
    pub(super) at: Option<SimTime>,
    pub(super) lost: bool,
    pub(super) bytes: u64,
}

/// What a span on a node's lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    Query(u64),
    Load(u64),
    Lock(u64),
    Sync(SyncCause, u32),
    Fetch(u32),
    Lookups(u64, u32),
    Job(u64),
    Down,
    CutOff,
    /// The lazy commit of a table's newest version waits to be converted.
    Unconverted(u32),
}

/// Something that takes time on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpanLine {
    pub(super) id: u64,
    pub(super) node: u32,
    pub(super) what: What,
    pub(super) from: SimTime,
    pub(super) until: Option<SimTime>,
}

/// A query that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QueryLine {
    pub(super) id: u64,
    pub(super) table: u32,
    pub(super) version: Version,
    pub(super) began: SimTime,
    pub(super) took: SimTime,
    pub(super) waited: SimTime,
    pub(super) code: i32,
}

/// A load that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LoadLine {
    pub(super) id: u64,
    pub(super) table: u32,
    /// 0 for one that was given up.
    pub(super) version: Version,
    pub(super) began: SimTime,
    pub(super) took: SimTime,
    pub(super) held: SimTime,
    pub(super) lookups: u64,
}

/// One point of the curves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Point {
    pub(super) at: SimTime,
    pub(super) lag: [u32; LAG_CURVES],
    pub(super) rowsets: u64,
    pub(super) keys: u64,
    pub(super) slowest: u64,
}

/// What syncs for one cause came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncCount {
    /// Calls of `get_rowset`.
    pub calls: u64,
    /// Of those, answered without a rowset.
    pub empty: u64,
    /// Rowsets that came.
    pub rowsets: u64,
    /// Keys read for them.
    pub keys: u64,
    /// Bytes of keys and values read for them.
    pub bytes: u64,
    /// Time between request and answer applied, µs.
    pub waited_us: u64,
}

/// Causes in the order of [`Totals::syncs`].
pub const CAUSES: [SyncCause; 7] = [
    SyncCause::FirstAccess,
    SyncCause::Query,
    SyncCause::LoadStart,
    SyncCause::Publish,
    SyncCause::Compaction,
    SyncCause::CompactionBitmaps,
    SyncCause::Periodic,
];

/// Sums over the whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// By cause, in the order of [`CAUSES`].
    pub syncs: [SyncCount; CAUSES.len()],
    /// Keys of the meta-service by kind, in the order of [`Family::ALL`].
    pub kv: [KvUse; Family::ALL.len()],
    /// Calls of the meta-service.
    pub calls: u64,
    /// Queries answered, with their latency in µs.
    pub queries: Histogram,
    /// Time that they waited for syncs, µs.
    pub waited_us: u64,
    /// Queries planned again.
    pub again: u64,
    /// Queries that failed.
    pub queries_failed: u64,
    /// Loads committed, with how long they took in µs.
    pub loads: Histogram,
    /// Loads given up.
    pub loads_failed: u64,
    /// Times that the lock was held, µs.
    pub lock: Histogram,
    /// Times that loads waited for the lock, µs.
    pub lock_wait: Histogram,
    /// Look-ups of segments in rowsets inside the lock.
    pub lookups: u64,
    /// Notices by what became of them, in the order of [`NoticeFate::ALL`].
    pub notices: [u64; NoticeFate::ALL.len()],
    /// From commit to notice applied, µs.
    pub notice_lag: Histogram,
    /// Most that any backend remembered of loads under way, bytes of metas.
    pub pending_bytes: u64,
    /// Messages.
    pub messages: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Own stores: keys and bytes written and read.
    pub store: KvUse,
    /// Views that came from an own store.
    pub from_store: u64,
    /// Views that came from a peer.
    pub from_peer: u64,
    /// From a backend's start to the last first use of what it serves, µs.
    pub warm: Histogram,
    /// Compactions committed.
    pub jobs: u64,
    /// Compactions refused or given up.
    pub jobs_refused: u64,
    /// Largest version lag that a query met.
    pub lag_max: u64,
    /// Rowsets whose publish changed their meta.
    pub rewritten: u64,
    /// Lazy commits that were converted, in the order of [`Pusher`](super::Pusher).
    pub conversions: [u64; 4],
    /// Rows that such publishes read again.
    pub read_again: u64,
}

impl Totals {
    /// Lazy commits that the meta-service converted by itself, and those that a call had to.
    pub fn converted(&self) -> (u64, u64) {
        let [itself, pushed @ ..] = self.conversions;
        (itself, pushed.iter().sum())
    }

    /// Calls of `get_rowset`, all causes.
    pub fn rowset_calls(&self) -> u64 {
        self.syncs.iter().map(|count| count.calls).sum()
    }

    /// Keys and bytes of all kinds.
    pub fn kv_all(&self) -> KvUse {
        self.kv.iter().fold(KvUse::NOTHING, |sum, one| sum + *one)
    }

    /// Notices with one fate.
    pub const fn notices_of(&self, fate: NoticeFate) -> u64 {
        self.notices[fate as usize]
    }

    /// Of 1,000 µs that queries took, so many were waits for syncs.
    pub fn waited_per_mille(&self) -> u64 {
        self.waited_us.saturating_mul(1_000).checked_div(self.queries.sum()).unwrap_or(0)
    }

    /// Notices that brought nothing.
    pub fn wasted(&self) -> u64 {
        let fates = [
            NoticeFate::Obsolete,
            NoticeFate::Unknown,
            NoticeFate::OutOfOrder,
            NoticeFate::Lost,
            NoticeFate::OlderMeta,
        ];
        fates.into_iter().map(|fate| self.notices_of(fate)).sum()
    }
}

/// Spans that did not end, in the order in which they began, found by what they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Open {
    spans: IdMap<OpenSpan>,
    /// By [`mark`]: the first span of it that is open.
    first: IdMap<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct OpenSpan {
    line: SpanLine,
    /// The next one of the same mark; 0 for none.
    next: u64,
}

/// A number that tells spans apart, mostly.
const fn mark(node: u32, what: What) -> u64 {
    let (kind, number, tablet) = match what {
        What::Query(id) => (0, id, 0),
        What::Load(id) => (1, id, 0),
        What::Lock(id) => (2, id, 0),
        What::Sync(cause, tablet) => (3, cause as u64, tablet),
        What::Fetch(tablet) => (4, 0, tablet),
        What::Lookups(id, tablet) => (5, id, tablet),
        What::Job(id) => (6, id, 0),
        What::Down => (7, 0, 0),
        What::CutOff => (8, 0, 0),
        What::Unconverted(table) => (9, 0, table),
    };
    let place = (node as u64) << 36 | (tablet as u64) << 4 | kind;
    place ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Open {
    fn insert(&mut self, line: SpanLine) {
        let (id, mark) = (line.id, mark(line.node, line.what));
        self.spans.insert(id, OpenSpan { line, next: 0 });
        let Some(first) = self.first.get(&mark) else {
            self.first.insert(mark, id);
            return;
        };
        let mut last = *first;
        while let Some(span) = self.spans.get_mut(&last) {
            if span.next == 0 {
                span.next = id;
                return;
            }
            last = span.next;
        }
    }

    /// Takes the first of those out that are this.
    fn remove(&mut self, node: u32, what: What) -> Option<SpanLine> {
        let mark = mark(node, what);
        let (mut before, mut at) = (0, *self.first.get(&mark)?);
        loop {
            let span = self.spans.get(&at)?;
            let next = span.next;
            if (span.line.node, span.line.what) != (node, what) {
                (before, at) = (at, next);
                continue;
            }
            match (self.spans.get_mut(&before), next) {
                (Some(before), _) => before.next = next,
                (None, 0) => {
                    self.first.remove(&mark);
                }
                (None, _) => {
                    self.first.insert(mark, next);
                }
            }
            return self.spans.remove(&at).map(|span| span.line);
        }
    }

    fn in_order(&self) -> impl Iterator<Item = &SpanLine> {
        self.spans.iter().map(|(_, span)| &span.line)
    }
}

/// What is kept for the picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct History {
    messages: VecDeque<MessageLine>,
    open: Open,
    ended: VecDeque<SpanLine>,
    next: u64,
    pub(super) queries: VecDeque<QueryLine>,
    pub(super) loads: VecDeque<LoadLine>,
    points: Vec<Point>,
    spacing: u64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            messages: VecDeque::new(),
            open: Open::default(),
            ended: VecDeque::new(),
            next: 1,
            queries: VecDeque::new(),
            loads: VecDeque::new(),
            points: Vec::new(),
            spacing: 100_000,
        }
    }
}

/// Adds a line and forgets the oldest where there are too many.
pub(super) fn keep<T>(lines: &mut VecDeque<T>, line: T) {
    lines.push_back(line);
    if lines.len() > LINES_KEPT {
        lines.pop_front();
    }
}

impl History {
    pub(super) fn message(&mut self, line: MessageLine) {
        self.messages.push_back(line);
        if self.messages.len() > MESSAGES_KEPT {
            self.messages.pop_front();
        }
    }

    /// A message that was held back is on its way, or lost with its sender.
    pub(super) fn travels(&mut self, id: u64, at: Option<SimTime>, lost: bool) {
        // Ids are counted up as messages are sent.
        if let Ok(place) = self.messages.binary_search_by_key(&id, |line| line.id) {
            let line = &mut self.messages[place];
            (line.at, line.lost) = (at, lost);
        }
    }

    /// Messages by their sending.
    pub(super) fn messages(&self) -> impl DoubleEndedIterator<Item = &MessageLine> {
        self.messages.iter()
    }

    pub(super) fn begin(&mut self, node: u32, what: What, from: SimTime) {
        let id = self.next;
        self.next += 1;
        self.open.insert(SpanLine { id, node, what, from, until: None });
    }

    pub(super) fn end(&mut self, node: u32, what: What, now: SimTime) {
        let Some(mut span) = self.open.remove(node, what) else { return };
        span.until = Some(now);
        self.ended.push_back(span);
        if self.ended.len() > SPANS_KEPT {
            self.ended.pop_front();
        }
    }

    /// Ends all that a node was at.
    pub(super) fn end_all(&mut self, node: u32, now: SimTime) {
        let of_node = self.open.in_order().filter(|span| span.node == node);
        let all: Vec<What> = of_node.map(|span| span.what).collect();
        for what in all {
            self.end(node, what, now);
        }
    }

    pub(super) fn spans(&self) -> impl Iterator<Item = &SpanLine> {
        self.ended.iter().chain(self.open.in_order())
    }

    /// Where the slot of a moment begins. Mostly it is that of the last point, and nothing is divided.
    pub(super) fn slot(&self, at: SimTime) -> SimTime {
        match self.points.last() {
            Some(last) if at.0.wrapping_sub(last.at.0) < self.spacing => last.at,
            _ => SimTime(at.0 / self.spacing * self.spacing),
        }
    }

    /// Adds what a step changed.
    pub(super) fn add(&mut self, step: &Point) {
        let slot = self.slot(step.at);
        match self.points.last_mut() {
            Some(last) if last.at == slot => {
                for (lag, new) in last.lag.iter_mut().zip(step.lag) {
                    *lag = (*lag).max(new);
                }
                last.rowsets += step.rowsets;
                last.keys += step.keys;
                last.slowest = last.slowest.max(step.slowest);
            }
            _ => self.points.push(Point { at: slot, ..*step }),
        }
        if self.points.len() > POINTS_KEPT {
            self.spacing *= 2;
            for point in &core::mem::take(&mut self.points) {
                self.add(point);
            }
        }
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    pub(super) const fn spacing(&self) -> u64 {
        self.spacing
    }
}
