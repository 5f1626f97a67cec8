//! What happened lately, for the picture: messages, spans, curves, queries, loads.

use super::command::NoticeFate;
use crate::base::sort::sort_by_key;
use crate::base::{IdMap, SimTime, Version};
use crate::cloud::{Family, SyncCause};
use crate::kv::KvUse;
use crate::sim::{Histogram, Sent};
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

/// A message on its way, or that was. One is written with every message, so it is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MessageLine {
    pub(super) id: u64,
    pub(super) sent: SimTime,
    /// When it arrives; `SimTime::MAX` while the link is cut.
    at: SimTime,
    pub(super) from: u32,
    pub(super) to: u32,
    bytes: u32,
    pub(super) kind: u8,
    pub(super) lost: bool,
}

impl MessageLine {
    /// One that was sent just now. Of more than 4 GiB so many are told.
    pub(super) fn new(sent: &Sent, now: SimTime, (from, to): (u32, u32), kind: u8, bytes: u64) -> Self {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let mut line = Self { id: sent.id, sent: now, at: SimTime::MAX, from, to, bytes, kind, lost: false };
        line.travels(sent.at, sent.lost);
        line
    }

    fn travels(&mut self, at: Option<SimTime>, lost: bool) {
        (self.at, self.lost) = (at.unwrap_or(SimTime::MAX), lost);
    }

    /// When it arrives, or is lost; nothing while the link is cut.
    pub(super) fn at(&self) -> Option<SimTime> {
        (self.at < SimTime::MAX).then_some(self.at)
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.into()
    }
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

impl Point {
    fn merge(&mut self, later: &Self) {
        self.lags(&later.lag);
        self.rowsets += later.rowsets;
        self.keys += later.keys;
        self.slowest = self.slowest.max(later.slowest);
    }

    /// Backends are so far behind: the most in its slot counts.
    pub(super) fn lags(&mut self, lag: &[u32; LAG_CURVES]) {
        if self.lag != *lag {
            for (most, new) in self.lag.iter_mut().zip(lag) {
                *most = (*most).max(*new);
            }
        }
    }
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
    /// What syncs for a cause came to, to add to it.
    pub(super) fn syncs_for(&mut self, cause: SyncCause) -> &mut SyncCount {
        let at = CAUSES.iter().position(|known| *known == cause);
        &mut self.syncs[at.expect("backends sync for these causes only")]
    }

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

/// Spans that did not end, found by what they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Open {
    places: Vec<Option<OpenSpan>>,
    free: Vec<u32>,
    /// By [`mark`]: the place of the first span of it that is open.
    first: IdMap<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct OpenSpan {
    line: SpanLine,
    /// The place of the next one of the same mark.
    next: Option<u32>,
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
    fn at(&mut self, place: u32) -> Option<&mut OpenSpan> {
        self.places.get_mut(place as usize)?.as_mut()
    }

    fn insert(&mut self, line: SpanLine) {
        let mark = mark(line.node, line.what);
        let span = Some(OpenSpan { line, next: None });
        let place = if let Some(place) = self.free.pop() {
            self.places[place as usize] = span;
            place
        } else {
            self.places.push(span);
            self.places.len() as u32 - 1
        };
        let Some(before) = self.first.insert(mark, place) else { return };
        // The first stays that; this one comes behind the last.
        self.first.insert(mark, before);
        let mut last = before;
        while let Some(span) = self.at(last) {
            let Some(next) = span.next else {
                span.next = Some(place);
                return;
            };
            last = next;
        }
    }

    /// Takes the first of those out that are this.
    fn remove(&mut self, node: u32, what: What) -> Option<SpanLine> {
        let mark = mark(node, what);
        let (mut before, mut place) = (None, *self.first.get(&mark)?);
        loop {
            let span = self.at(place)?;
            if (span.line.node, span.line.what) == (node, what) {
                break;
            }
            (before, place) = (Some(place), span.next?);
        }
        let OpenSpan { line, next } = self.places[place as usize].take()?;
        self.free.push(place);
        match (before.and_then(|before| self.at(before)), next) {
            (Some(before), next) => before.next = next,
            (None, Some(next)) => {
                self.first.insert(mark, next);
            }
            (None, None) => {
                self.first.remove(&mark);
            }
        }
        Some(line)
    }

    /// All of them, in the order in which they began. O(n log n).
    fn in_order(&self) -> impl Iterator<Item = &SpanLine> {
        let mut all: Vec<&SpanLine> = self.places.iter().flatten().map(|span| &span.line).collect();
        sort_by_key(&mut all, |line| line.id);
        all.into_iter()
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
            self.messages[place].travels(at, lost);
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

    /// The last point, where a moment lies in its slot.
    fn covering(&self, at: SimTime) -> Option<&Point> {
        self.points.last().filter(|last| at.0.wrapping_sub(last.at.0) < self.spacing)
    }

    /// Where the slot of a moment begins. Mostly it is that of the last point, and nothing is divided.
    pub(super) fn slot(&self, at: SimTime) -> SimTime {
        match self.covering(at) {
            Some(last) => last.at,
            None => SimTime(at.0 / self.spacing * self.spacing),
        }
    }

    /// A step begins: the last point is that of its slot from here on.
    pub(super) fn reach(&mut self, at: SimTime) {
        if self.covering(at).is_none() {
            self.add_point(Point { at, ..Point::default() });
        }
    }

    #[cold]
    fn add_point(&mut self, point: Point) {
        let at = self.slot(point.at);
        match self.points.last_mut() {
            Some(last) if last.at == at => last.merge(&point),
            _ => self.points.push(Point { at, ..point }),
        }
        if self.points.len() > POINTS_KEPT {
            self.spacing *= 2;
            for point in core::mem::take(&mut self.points) {
                self.add_point(point);
            }
        }
    }

    /// The point of the step under way.
    pub(super) fn point(&mut self) -> &mut Point {
        self.points.last_mut().expect("a step has begun")
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    pub(super) const fn spacing(&self) -> u64 {
        self.spacing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    /// Of spans that are alike the first ends first.
    #[test]
    fn open_spans_are_found_as_in_a_list() {
        let mut rng = Rng::new(7);
        let (mut open, mut list, mut most) = (Open::default(), Vec::<SpanLine>::new(), 0);
        for id in 1..20_000 {
            let node = rng.below(3) as u32;
            let what = match rng.below(4) {
                0 => What::Down,
                1 => What::Query(rng.below(5)),
                2 => What::Sync(CAUSES[rng.below(7) as usize], rng.below(3) as u32),
                _ => What::Lookups(rng.below(2), rng.below(2) as u32),
            };
            if rng.below(100) < 49 {
                let line = SpanLine { id, node, what, from: SimTime(id), until: None };
                open.insert(line);
                list.push(line);
                most = most.max(list.len());
            } else {
                let at = list.iter().position(|line| (line.node, line.what) == (node, what));
                assert_eq!(open.remove(node, what).map(|line| line.id), at.map(|at| list.remove(at).id));
            }
            if id % 500 == 0 {
                assert!(open.in_order().map(|line| line.id).eq(list.iter().map(|line| line.id)), "{id}");
                assert_eq!(open.places.len(), most, "places are used again");
            }
        }
    }
}
