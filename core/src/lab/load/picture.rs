//! The board of the load lab: senders, queues and threads over time; curves; facts.

use super::LoadLab;
use super::command::Wait;
use super::history::{Place, SpanLine, What};
use crate::base::SimTime;
use crate::base::sort::sort_by_key;
use crate::lab::drawn::{self, Bar, Packing, Samples};
use crate::view::board::{Board, BoardWindow, Cell, Curve, Fact, ItemId, Key, Lane, Mark, Tone, Unit};
use alloc::vec::Vec;

/// Numbers of items: kind in the upper bits.
pub(super) const ITEM_LOAD: u64 = 1 << 40;
pub(super) const ITEM_STORE: u64 = 2 << 40;
pub(super) const ITEM_TABLET: u64 = 3 << 40;
pub(super) const ITEM_UPGRADE: u64 = 4 << 40;
pub(super) const ITEM_SENDER: u64 = 5 << 40;
/// Mask of the number below the kind.
pub(super) const ITEM_NUMBER: u64 = (1 << 40) - 1;

const LANE_STORE: u32 = 1_000;
const LANES_PER_STORE: u32 = 100;
const LANE_READER: u32 = 5_000;
const LANE_BACKEND: u32 = 6_000;

const fn lane_of(place: Place) -> u32 {
    match place {
        Place::Sender(index) => index,
        Place::Queue(store) => LANE_STORE + store * LANES_PER_STORE,
        Place::Thread(store, thread) => LANE_STORE + store * LANES_PER_STORE + 1 + thread,
        Place::Reader => LANE_READER,
        Place::Backend(backend) => LANE_BACKEND + backend,
    }
}

/// Legend entry and tone of a span.
pub(super) const fn kind_of(what: &What) -> (&'static str, Tone) {
    match what {
        What::Insert => ("insert", Tone::First),
        What::Queued { .. } => ("queued", Tone::Ghost),
        What::Flush { error: Some(_), .. } => ("flush-failed", Tone::Bad),
        What::Flush { .. } => ("flush", Tone::Second),
        What::Wait(Wait::Running { .. }) => ("wait-running", Tone::Wait),
        What::Wait(Wait::Memory { .. }) => ("wait-memory", Tone::Warn),
        What::Wait(Wait::Close { .. }) => ("wait-close", Tone::Wait),
        What::Wait(Wait::Cancel { .. }) => ("wait-cancel", Tone::Bad),
        What::Read { .. } => ("reading", Tone::Third),
        What::Down { .. } => ("down", Tone::Bad),
    }
}

impl LoadLab {
    /// Everything a window shows.
    pub(super) fn picture(&self, window: &BoardWindow) -> Board {
        let until = window.until.min(self.now.max(window.from));
        let window = BoardWindow { until, ..window.clone() };
        let mut shown: Vec<&SpanLine> =
            self.history.spans().filter(|span| window.touches(span.from, span.until)).collect();
        sort_by_key(&mut shown, |span| (lane_of(span.place), span.from, span.id));
        let lanes = self.lanes();
        let packing = Packing::new(&window, &lanes);
        Board {
            now: self.now,
            from: window.from,
            until,
            lanes,
            spans: drawn::spans(&shown, &packing, |line| Some(bar(line)), |line| label(line)),
            arrows: Vec::new(),
            arrows_left_out: 0,
            marks: self.marks(&window),
            curves: self.curves(&window),
            tables: self.tables_of(&window),
            facts: self.facts(),
            strips: Vec::new(),
            changed: self.changed.clone(),
        }
    }

    fn lanes(&self) -> Vec<Lane> {
        let mut lanes = Vec::new();
        let mut lane = |place: Place, key: &'static str, number: u32, depth: u8, tone: Tone, item: u64| {
            let values = [Cell::Number(i64::from(number) + 1)].to_vec();
            let id = lane_of(place);
            lanes.push(Lane { id, key: Key::of(key), values, depth, tone, item: ItemId(item) });
        };
        let used = |place: &dyn Fn(Place) -> Option<u32>| {
            self.history.spans().filter_map(|span| place(span.place)).max()
        };
        for index in 0..self.senders.len().max(1) as u32 {
            lane(Place::Sender(index), "lane-sender", index, 0, Tone::Plain, ITEM_SENDER + u64::from(index));
        }
        for store in 0..self.disks.len() as u32 {
            let slow = self.knobs.slow_store == u64::from(store) + 1;
            let broken = self.armed[store as usize].is_some();
            let tone = if broken {
                Tone::Bad
            } else if slow {
                Tone::Warn
            } else {
                Tone::Plain
            };
            let item = ITEM_STORE + u64::from(store);
            lane(Place::Queue(store), "lane-queue", store, 0, tone, item);
            let most = used(&|place| match place {
                Place::Thread(of, thread) if of == store => Some(thread),
                _ => None,
            });
            for thread in 0..=most.unwrap_or(0) {
                lane(Place::Thread(store, thread), "lane-thread", thread, 1, tone, item);
            }
        }
        if used(&|place| (place == Place::Reader).then_some(0)).is_some() {
            lane(Place::Reader, "lane-reader", 0, 0, Tone::Plain, 0);
        }
        let backends = used(&|place| match place {
            Place::Backend(backend) => Some(backend),
            _ => None,
        });
        for backend in 0..backends.map_or(0, |last| last + 1) {
            lane(Place::Backend(backend), "lane-backend", backend, 0, Tone::Plain, 0);
        }
        lanes
    }

    fn marks(&self, window: &BoardWindow) -> Vec<Mark> {
        let mut marks = Vec::new();
        for line in self.loads.iter() {
            let Some(at) = line.ended.filter(|at| window.touches(*at, Some(*at))) else { continue };
            let committed = line.fate == super::history::Fate::Committed;
            marks.push(Mark {
                id: ItemId(ITEM_LOAD + line.id.0),
                lane: None,
                at,
                kind: Key::of(if committed { "committed" } else { "failed" }),
                tone: if committed { Tone::Good } else { Tone::Bad },
                label: [Cell::Id(line.id.0)].to_vec(),
            });
        }
        sort_by_key(&mut marks, |mark| mark.at);
        marks
    }

    fn curves(&self, window: &BoardWindow) -> Vec<Curve> {
        let spacing = self.trace.spacing();
        let samples = Samples::new(self.trace.points(), |point| point.at, window);
        let memory = samples.most("curve-memory", Unit::Bytes, |point| point.memory as i64);
        [
            Curve { limit: Some(self.knobs.memory as i64), ..memory },
            samples.most("curve-queue", Unit::Number, |point| point.queue as i64),
            samples.each_second("curve-inserted", Unit::BytesPerSecond, spacing, |point| point.inserted),
            samples.each_second("curve-flushed", Unit::BytesPerSecond, spacing, |point| point.flushed),
        ]
        .to_vec()
    }

    fn facts(&self) -> Vec<Fact> {
        let totals = &self.totals;
        let mut facts = [
            Fact::counted("fact-visible-rows", Cell::Number(self.visible_rows() as i64)),
            Fact::counted("fact-memory", Cell::Bytes(self.tracker.used())),
            Fact::counted("fact-peak", Cell::Bytes(totals.peak)),
            Fact::counted("fact-queue", Cell::Number(self.executor.queued() as i64)),
            Fact::counted("fact-inserted", Cell::Bytes(totals.inserted)),
            Fact::counted("fact-flushed", Cell::Bytes(totals.flushed)),
            Fact::counted("fact-flushes", Cell::Number(totals.flushes as i64)),
            Fact::counted("fact-by-pressure", Cell::Number(totals.by_pressure as i64)),
            Fact::counted("fact-dropped", Cell::Number(totals.dropped as i64)),
            Fact::counted("fact-stalled", Cell::Time(SimTime(totals.stalled_us))),
            Fact::counted("fact-committed", Cell::Number(totals.committed as i64)),
            Fact::counted("fact-failed", Cell::Number(totals.failed as i64)),
            Fact::given("fact-insert-speed", Cell::BytesPerSecond(self.knobs.insert_speed)),
            Fact::given("fact-disk-speed", Cell::BytesPerSecond(self.knobs.disk_speed)),
        ]
        .to_vec();
        if totals.failed > 0
            && let Some(fact) = facts.iter_mut().find(|fact| &*fact.key == "fact-failed")
        {
            fact.tone = Tone::Bad;
        }
        facts
    }
}

fn bar(line: &SpanLine) -> Bar {
    let kind = kind_of(&line.what);
    Bar { id: ItemId(line.id), lane: lane_of(line.place), from: line.from, until: line.until, kind }
}

fn label(line: &SpanLine) -> Vec<Cell> {
    match line.what {
        What::Read { did, .. } => [Cell::Number(did.rows as i64)].to_vec(),
        What::Down { metas, .. } => [Cell::Number(metas as i64)].to_vec(),
        What::Wait(_) => Vec::new(),
        What::Insert => [Cell::Id(line.load.0), Cell::Bytes(line.bytes)].to_vec(),
        What::Queued { .. } | What::Flush { .. } => {
            [Cell::Id(line.tablet.into()), Cell::Bytes(line.bytes)].to_vec()
        }
    }
}
