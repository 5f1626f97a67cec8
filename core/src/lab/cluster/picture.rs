//! The board of the cluster lab: nodes as lanes, messages between them, curves, rowset maps, figures.

use super::history::{LAG_CURVES, SpanLine, What};
use super::note::KINDS;
use super::{ClusterLab, FIRST_BACKEND, K, NoticeFate, tablet_id};
use crate::base::sort::sort_by_key;
use crate::base::{INFINITE_VERSION, SimTime, VersionRange};
use crate::cloud::SyncCause;
use crate::lab::drawn::{self, Bar, Packing, Samples};
use crate::view::board::{
    Arrow, Board, BoardWindow, Cell, Curve, Fact, ItemId, Key, Lane, Layer, Mark, Segment, Span, Strip, Tone,
    Unit,
};
use alloc::vec::Vec;

/// Numbers of items: kind in the upper bits.
pub(super) const ITEM_MESSAGE: u64 = 1 << 44;
pub(super) const ITEM_NODE: u64 = 2 << 44;
pub(super) const ITEM_TABLET: u64 = 3 << 44;
pub(super) const ITEM_QUERY: u64 = 4 << 44;
pub(super) const ITEM_LOAD: u64 = 5 << 44;
pub(super) const ITEM_CAUSE: u64 = 6 << 44;
pub(super) const ITEM_FAMILY: u64 = 7 << 44;
pub(super) const ITEM_NUMBER: u64 = (1 << 44) - 1;

/// With more tablets the lag is looked at once a point of the curves.
const LAGS_EACH_STEP: usize = 64;
/// Lanes of backends at most, but for those of one that is opened.
const LANES_MAX: u32 = 32;
/// Backends whose rowsets are drawn.
const DRAWN_MAX: usize = 8;

/// Word of a cause.
pub(super) const fn cause_key(cause: SyncCause) -> &'static str {
    match cause {
        SyncCause::FirstAccess => "cause-first",
        SyncCause::Query => "cause-query",
        SyncCause::LoadStart => "cause-load",
        SyncCause::Publish => "cause-publish",
        SyncCause::Compaction => "cause-compaction",
        SyncCause::CompactionBitmaps => "cause-bitmaps",
        SyncCause::Periodic | SyncCause::WarmUp | SyncCause::SchemaChange => "cause-periodic",
    }
}

/// Legend entry and tone of a span.
pub(super) const fn kind_of(what: &What) -> (&'static str, Tone) {
    match what {
        What::Query(_) => ("query", Tone::First),
        What::Load(_) => ("load", Tone::Second),
        What::Lock(_) => ("lock", Tone::Warn),
        What::Sync(..) => ("sync", Tone::Wait),
        What::Fetch(_) => ("fetch", Tone::Good),
        What::Lookups(..) => ("marks", Tone::Third),
        What::Job(_) => ("compaction", Tone::Fresh),
        What::Down => ("down", Tone::Bad),
        What::CutOff => ("unreachable", Tone::Bad),
        What::Unconverted(_) => ("unconverted", Tone::Ghost),
    }
}

fn bar(line: &SpanLine) -> Bar {
    let kind = kind_of(&line.what);
    Bar { id: ItemId(line.id), lane: line.node, from: line.from, until: line.until, kind }
}

fn label(line: &SpanLine) -> Vec<Cell> {
    match line.what {
        What::Query(id) | What::Load(id) | What::Lock(id) | What::Job(id) => [Cell::Id(id)].to_vec(),
        What::Sync(_, number)
        | What::Fetch(number)
        | What::Lookups(_, number)
        | What::Unconverted(number) => [Cell::Id(u64::from(number) + 1)].to_vec(),
        What::Down | What::CutOff => Vec::new(),
    }
}

/// How backends share lanes: so many neighbours each, but for one group whose backends have their own.
#[derive(Clone, Copy)]
struct Grouping {
    width: u32,
    open: Option<u32>,
}

impl Grouping {
    const fn is_own(self, backend: u32) -> bool {
        self.width == 1 || matches!(self.open, Some(open) if open == backend / self.width)
    }

    /// The lane of a node: that of the first of those that share it.
    const fn lane(self, node: u32) -> u32 {
        if node < FIRST_BACKEND || self.is_own(node - FIRST_BACKEND) {
            return node;
        }
        FIRST_BACKEND + (node - FIRST_BACKEND) / self.width * self.width
    }
}

impl ClusterLab {
    pub(super) fn begin_step(&mut self) {
        self.changed.clear();
        self.touched.clear();
        self.history.reach(self.time());
    }

    /// Adds to the curves how far backends are behind; says which tablets changed.
    pub(super) fn end_step(&mut self) {
        if self.lag_changed || !self.touched.is_empty() {
            let slot = self.history.slot(self.time());
            if self.tablets.len() <= LAGS_EACH_STEP || slot != self.lag_slot {
                self.lag = self.lags();
                (self.lag_changed, self.lag_slot) = (false, slot);
            }
        }
        self.history.point().lags(&self.lag);
        for (_, tablet) in &self.touched {
            self.changed.push(ItemId(ITEM_TABLET + u64::from(*tablet)));
        }
    }

    /// How many versions the first backends are behind, the most of the tablets each serves.
    fn lags(&self) -> [u32; LAG_CURVES] {
        let mut lags = [0; LAG_CURVES];
        for (home, lag) in (0..).zip(&mut lags) {
            for (tablet, held) in self.views.of_in_any_order(home) {
                if self.serving(tablet) == home {
                    let version = self.tables[self.table_of(tablet) as usize].version;
                    *lag = (*lag).max(held.view.behind(version).min(u32::MAX.into()) as u32);
                }
            }
        }
        lags
    }

    /// Everything a window shows.
    pub(super) fn picture(&self, window: &BoardWindow) -> Board {
        let until = window.until.min(self.time().max(window.from));
        let window = BoardWindow { until, ..window.clone() };
        let selected = self.selected_tablet(&window);
        let rows = self.grouping(&window);
        let lanes = self.lanes(rows);
        let mut arrows = self.arrows(&window, rows);
        Board {
            now: self.time(),
            from: window.from,
            until,
            spans: self.spans(&window, rows, &Packing::new(&window, &lanes)),
            lanes,
            arrows_left_out: drawn::thin(&mut arrows, &window),
            arrows,
            marks: self.marks(&window),
            curves: self.curves(&window),
            tables: self.tables_of(&window, selected),
            facts: self.facts(),
            strips: selected.map(|tablet| self.strip(tablet, &window)).into_iter().collect(),
            changed: self.changed.clone(),
        }
    }

    /// The tablet under the cursor; else the first.
    fn selected_tablet(&self, window: &BoardWindow) -> Option<u32> {
        let number = (window.selected.0 & ITEM_NUMBER) as u32;
        let is_tablet = window.selected.0 & !ITEM_NUMBER == ITEM_TABLET;
        let tablet = if is_tablet && (number as usize) < self.tablets.len() { number } else { 0 };
        (!self.tablets.is_empty()).then_some(tablet)
    }

    /// Which backends share a lane: more than 32 would be a page that nobody reads. The lane that is selected is
    /// opened.
    fn grouping(&self, window: &BoardWindow) -> Grouping {
        let width = (self.backends.len() as u32).div_ceil(LANES_MAX).max(1);
        let node = (window.selected.0 & ITEM_NUMBER) as u32;
        let is_backend = window.selected.0 & !ITEM_NUMBER == ITEM_NODE && node >= FIRST_BACKEND;
        Grouping { width, open: is_backend.then(|| (node - FIRST_BACKEND) / width) }
    }

    fn lanes(&self, rows: Grouping) -> Vec<Lane> {
        let lane = |id: u32, key: &'static str, values: Vec<Cell>, tone: Tone| {
            let item = ItemId(ITEM_NODE + u64::from(id));
            Lane { id, key: Key::of(key), values, depth: 0, tone, item }
        };
        let mut lanes = [
            lane(0, "node-client", Vec::new(), Tone::Plain),
            lane(1, "node-fe", Vec::new(), Tone::Plain),
            lane(2, "node-ms", Vec::new(), Tone::Plain),
        ]
        .to_vec();
        for (backend, line) in (0..).zip(&self.backends) {
            let tone = match (self.is_up(backend), line.is_cut) {
                (false, _) => Tone::Bad,
                (true, true) => Tone::Warn,
                (true, false) => Tone::Plain,
            };
            let (id, number) = (rows.lane(FIRST_BACKEND + backend), Cell::Id(u64::from(backend) + 1));
            if rows.is_own(backend) {
                lanes.push(lane(id, "node-be", [number].to_vec(), tone));
            } else if id == FIRST_BACKEND + backend {
                let last = (backend + rows.width).min(self.backends.len() as u32);
                lanes.push(lane(id, "node-bes", [number, Cell::Id(last.into())].to_vec(), tone));
            } else if let Some(shared) = lanes.last_mut() {
                // The worst that is so of any of them.
                if tone == Tone::Bad || shared.tone == Tone::Plain {
                    shared.tone = tone;
                }
            }
        }
        lanes
    }

    fn spans(&self, window: &BoardWindow, rows: Grouping, packing: &Packing) -> Vec<Span> {
        let mut lines: Vec<&SpanLine> =
            self.history.spans().filter(|span| window.touches(span.from, span.until)).collect();
        sort_by_key(&mut lines, |span| (rows.lane(span.node), span.from, span.id));
        let bar = |line: &&SpanLine| Some(Bar { lane: rows.lane(line.node), ..bar(line) });
        drawn::spans(&lines, packing, bar, |line| label(line))
    }

    fn arrows(&self, window: &BoardWindow, rows: Grouping) -> Vec<Arrow> {
        let shown = self.history.messages().filter(|line| window.touches(line.sent, line.at()));
        let arrow = |line: &super::MessageLine| {
            let (kind, tone) = KINDS[usize::from(line.kind) % KINDS.len()];
            Arrow {
                id: ItemId(ITEM_MESSAGE + line.id),
                from_lane: rows.lane(line.from),
                from_at: line.sent,
                to_lane: rows.lane(line.to),
                to_at: line.at().filter(|at| *at <= self.time()),
                kind: Key::of(kind),
                tone: if line.lost { Tone::Bad } else { tone },
                lost: line.lost,
                label: Vec::new(),
            }
        };
        shown.map(arrow).collect()
    }

    fn marks(&self, window: &BoardWindow) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut mark = |id: u64, at: SimTime, kind: &'static str, tone: Tone, label: Cell| {
            if window.touches(at, Some(at)) {
                let (id, lane, kind, label) = (ItemId(id), None, Key::of(kind), [label].to_vec());
                marks.push(Mark { id, lane, at, kind, tone, label });
            }
        };
        for line in &self.history.loads {
            let at = line.began + line.took;
            if line.version > 0 {
                mark(ITEM_LOAD + line.id, at, "committed", Tone::Good, Cell::Id(line.version as u64));
            } else {
                mark(ITEM_LOAD + line.id, at, "aborted", Tone::Bad, Cell::Id(line.id));
            }
        }
        for line in self.history.queries.iter().filter(|line| line.code != 0) {
            let label = Cell::Number(line.code.into());
            mark(ITEM_QUERY + line.id, line.began + line.took, "query-failed", Tone::Bad, label);
        }
        sort_by_key(&mut marks, |mark| mark.at);
        marks
    }

    fn curves(&self, window: &BoardWindow) -> Vec<Curve> {
        let spacing = self.history.spacing();
        let samples = Samples::new(self.history.points(), |point| point.at, window);
        let mut curves = Vec::new();
        let names = ["curve-lag-1", "curve-lag-2", "curve-lag-3"];
        for (at, key) in names.into_iter().enumerate().take(self.backends.len()) {
            curves.push(samples.most(key, Unit::Number, |point| point.lag[at].into()));
        }
        curves.push(samples.each_second("curve-rowsets", Unit::Number, spacing, |point| point.rowsets));
        curves.push(samples.each_second("curve-keys", Unit::Number, spacing, |point| point.keys));
        curves.push(samples.most("curve-slowest", Unit::Micros, |point| point.slowest as i64));
        curves
    }

    fn facts(&self) -> Vec<Fact> {
        let totals = &self.totals;
        let number = |value: u64| Cell::Number(value as i64);
        let time = |us: u64| Cell::Time(SimTime(us));
        let kv = totals.kv_all();
        let mut facts = [
            Fact::counted("fact-calls", number(totals.rowset_calls())),
            Fact::counted("fact-keys", number(kv.keys_read)),
            Fact::counted("fact-key-bytes", Cell::Bytes(kv.bytes_read)),
            Fact::counted("fact-messages", number(totals.messages)),
            Fact::counted("fact-bytes-sent", Cell::Bytes(totals.bytes_sent)),
            Fact::counted("fact-queries", number(totals.queries.count())),
            Fact::counted("fact-queries-failed", number(totals.queries_failed)),
            Fact::counted("fact-again", number(totals.again)),
            Fact::computed("fact-p50", time(totals.queries.quantile(500))),
            Fact::computed("fact-p95", time(totals.queries.quantile(950))),
            Fact::computed("fact-p99", time(totals.queries.quantile(990))),
            Fact::computed("fact-waited", Cell::PerMille(totals.waited_per_mille() as i64)),
            Fact::counted("fact-loads", number(totals.loads.count())),
            Fact::counted("fact-loads-failed", number(totals.loads_failed)),
            Fact::computed("fact-load-p50", time(totals.loads.quantile(500))),
            Fact::computed("fact-lock", time(totals.lock.sum())),
            Fact::computed("fact-lock-p95", time(totals.lock.quantile(950))),
            Fact::computed("fact-lock-wait", time(totals.lock_wait.sum())),
            Fact::counted("fact-lookups", number(totals.lookups)),
            Fact::counted("fact-applied", number(totals.notices_of(NoticeFate::Applied))),
            Fact::counted("fact-waiting", number(totals.notices_of(NoticeFate::Waits))),
            Fact::counted("fact-wasted", number(totals.wasted())),
            Fact::computed("fact-notice-lag", time(totals.notice_lag.quantile(950))),
            Fact::counted("fact-pool", number(self.pool.waiting() as u64)),
            Fact::counted("fact-desk", number(self.desk.waiting() as u64)),
            Fact::counted("fact-pending", Cell::Bytes(totals.pending_bytes)),
            Fact::counted("fact-store-keys", number(totals.store.keys_written)),
            Fact::counted("fact-store-bytes", Cell::Bytes(totals.store.bytes_written)),
            Fact::counted("fact-from-store", number(totals.from_store)),
            Fact::counted("fact-from-peer", number(totals.from_peer)),
            Fact::computed("fact-warm", time(totals.warm.max())),
            Fact::counted("fact-jobs", number(totals.jobs)),
            Fact::counted("fact-jobs-refused", number(totals.jobs_refused)),
            Fact::given("fact-ms-call", time(self.knobs.get(K::MsCall))),
            Fact::given("fact-lookup", time(self.knobs.get(K::Lookup))),
        ]
        .to_vec();
        if totals.rewritten > 0 {
            facts.push(Fact::counted("fact-rewritten", number(totals.rewritten)));
            facts.push(Fact::counted("fact-older", number(totals.notices_of(NoticeFate::OlderMeta))));
        }
        let (itself, pushed) = totals.converted();
        if itself + pushed > 0 {
            facts.push(Fact::counted("fact-converted", number(itself)));
            facts.push(Fact::counted("fact-pushed", number(pushed)));
        }
        for fact in &mut facts {
            let is_failure = ["fact-queries-failed", "fact-loads-failed"].contains(&&*fact.key);
            if is_failure && fact.value != Cell::Number(0) {
                fact.tone = Tone::Bad;
            }
        }
        facts
    }

    /// Rowset maps of a tablet: the meta-service above, each backend, and what its last sync was sent.
    fn strip(&self, tablet: u32, window: &BoardWindow) -> Strip {
        let newest = self.tables[self.table_of(tablet) as usize].version.max(1) as u64;
        let end = newest + 1;
        let (from, until) = window.stretch("rowsets", end);
        let item = ItemId(ITEM_TABLET + u64::from(tablet));
        let segment = |range: VersionRange, tone: Tone| Segment {
            id: item,
            from: range.start.max(0) as u64,
            until: (range.end.min(newest as i64).max(0) as u64) + 1,
            tone,
            label: [Cell::Id(range.start.max(0) as u64)].to_vec(),
        };
        let inside = |segment: &Segment| segment.from < until && segment.until > from;
        let stored = self.ms.peek_rowsets(tablet_id(tablet));
        let segments =
            stored.iter().map(|rowset| segment(rowset.meta.range, Tone::First)).filter(inside).collect();
        let mut layers = [Layer { key: Key::of("layer-ms"), values: Vec::new(), segments }].to_vec();
        for backend in (0..self.backends.len() as u32).take(DRAWN_MAX) {
            let Some(held) = self.views.get(backend, tablet) else { continue };
            let values = [Cell::Id(u64::from(backend) + 1)].to_vec();
            let known = |id| stored.iter().any(|rowset| rowset.meta.id == id);
            let live = held.view.live();
            let segments = live
                .map(|meta| segment(meta.range, if known(meta.id) { Tone::Second } else { Tone::Ghost }))
                .filter(inside)
                .collect();
            layers.push(Layer { key: Key::of("layer-be"), values: values.clone(), segments });
            let ranges = held
                .sent
                .ranges()
                .iter()
                .map(|range| range.range)
                .filter(|range| range.start <= newest as i64);
            let segments: Vec<Segment> = ranges
                .map(|range| VersionRange::new(range.start, range.end.min(INFINITE_VERSION)))
                .map(|range| segment(range, Tone::Warn))
                .filter(inside)
                .collect();
            if !segments.is_empty() {
                layers.push(Layer { key: Key::of("layer-sync"), values, segments });
            }
        }
        let values = [Cell::Id(u64::from(tablet) + 1)].to_vec();
        Strip { key: Key::of("rowsets"), values, unit: Unit::Id, from, until, end, grid: 0, layers }
    }
}
