//! Events as sentences, and what a selected item is and why.

use super::command::{ClusterEvent, Evicted, NoticeFate, Passed, Pusher, Source};
use super::config::KNOBS;
use super::history::{CAUSES, What};
use super::note::KINDS;
use super::picture::{
    ITEM_CAUSE, ITEM_FAMILY, ITEM_LOAD, ITEM_MESSAGE, ITEM_NODE, ITEM_NUMBER, ITEM_QUERY, ITEM_TABLET,
    cause_key, kind_of,
};
use super::tables::node_cell;
use super::{ClusterLab, FIRST_BACKEND, tablet_id};
use crate::base::{INFINITE_VERSION, SimTime, Version, VersionRange};
use crate::cloud::{Family, JobKind, MissedCumulative, SyncCursor, calc_sync_versions};
use crate::lab::board::{Kind, Value};
use crate::view::board::{Cell, ItemId, Key, Told, Unit};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

fn nth(place: u32) -> Cell {
    Cell::Id(u64::from(place) + 1)
}

fn tablet_item(tablet: u32) -> ItemId {
    ItemId(ITEM_TABLET + u64::from(tablet))
}

fn version_cell(version: Version) -> Cell {
    Cell::Id(version.max(0) as u64)
}

fn range_cell(range: VersionRange) -> Cell {
    if range.end >= INFINITE_VERSION {
        Cell::Text(format!("[{}-∞)", range.start))
    } else {
        Cell::Text(format!("[{}-{}]", range.start, range.end))
    }
}

const fn fate_key(fate: NoticeFate) -> &'static str {
    match fate {
        NoticeFate::Applied => "fate-applied",
        NoticeFate::Waits => "fate-waits",
        NoticeFate::Obsolete => "fate-obsolete",
        NoticeFate::Unknown => "fate-unknown",
        NoticeFate::OutOfOrder => "fate-disorder",
        NoticeFate::Lost => "fate-lost",
        NoticeFate::OlderMeta => "fate-older",
    }
}

const fn job_key(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Base => "choice-base",
        JobKind::Full => "choice-full",
        JobKind::EmptyCumulative => "job-empty",
        _ => "choice-cumulative",
    }
}

/// A key of the lab's words that is made at run time.
fn key(prefix: &str, rest: &str, otherwise: &'static str) -> Key {
    let words = super::words::WORDS;
    let found = words.iter().find(|word| word.key.strip_prefix(prefix) == Some(rest));
    Key::of(found.map_or(otherwise, |word| word.key))
}

/// A knob's value: of a choice its word, of a switch on or off.
fn knob_cell(place: usize, number: i64) -> Cell {
    let Some(knob) = KNOBS.get(place) else { return Cell::Unknown };
    match (knob.input.kind, knob.input.value(number)) {
        (Kind::Number { unit: Unit::Bytes, .. }, _) => Cell::Bytes(number as u64),
        (Kind::Number { unit: Unit::Micros, .. }, _) => Cell::Time(SimTime(number as u64)),
        (Kind::Number { unit: Unit::PerMille, .. }, _) => Cell::PerMille(number),
        (Kind::Number { unit: Unit::BytesPerSecond, .. }, _) => Cell::BytesPerSecond(number as u64),
        (_, Value::Choice(choice)) => Cell::Word(key("choice-", &choice, "choice-off"), Vec::new()),
        (_, Value::Switch(on)) => Cell::word(if on { "choice-on" } else { "choice-off" }),
        _ => Cell::Number(number),
    }
}

/// One event.
pub(super) fn told(event: &ClusterEvent) -> Told {
    let query_item = |id| ItemId(ITEM_QUERY + id);
    let load_item = |id| ItemId(ITEM_LOAD + id);
    let node_item = |backend: u32| ItemId(ITEM_NODE + u64::from(FIRST_BACKEND + backend));
    match *event {
        ClusterEvent::Created { table, buckets } => {
            Told::new("event-created", [nth(table), Cell::Number(buckets.into())])
        }
        ClusterEvent::CreatedMany { first, tables, buckets } => {
            let values = [nth(first), Cell::Number(tables.into()), Cell::Number(buckets.into())];
            Told::new("event-created-many", values)
        }
        ClusterEvent::Asked { query, table } => {
            Told::new("event-asked", [Cell::Id(query), nth(table)]).about(query_item(query))
        }
        ClusterEvent::Answered { query, version, took, waited } => Told::new(
            "event-answered",
            [Cell::Id(query), version_cell(version), Cell::Time(took), Cell::Time(waited)],
        )
        .about(query_item(query)),
        ClusterEvent::Again { query, code: 0, attempt } => {
            Told::new("event-again-down", [Cell::Id(query), Cell::Number(attempt.into())])
                .about(query_item(query))
        }
        ClusterEvent::Again { query, code, attempt } => {
            let values = [Cell::Id(query), Cell::Number(attempt.into()), Cell::Number(code.into())];
            Told::new("event-again", values).about(query_item(query))
        }
        ClusterEvent::Failed { query, code } => {
            Told::new("event-failed", [Cell::Id(query), Cell::Number(code.into())]).about(query_item(query))
        }
        ClusterEvent::Began { load, table } => {
            Told::new("event-began", [Cell::Id(load), nth(table)]).about(load_item(load))
        }
        ClusterEvent::Committed { load, table, version, took } => Told::new(
            "event-committed",
            [Cell::Id(load), nth(table), version_cell(version), Cell::Time(took)],
        )
        .about(load_item(load)),
        ClusterEvent::Aborted { load } => Told::new("event-aborted", [Cell::Id(load)]).about(load_item(load)),
        ClusterEvent::Unlocked { load, held, lookups } => {
            Told::new("event-unlocked", [Cell::Id(load), Cell::Time(held), Cell::Number(lookups as i64)])
                .about(load_item(load))
        }
        ClusterEvent::SyncBegan { backend, tablet, cause } => {
            Told::new("event-sync", [nth(backend), nth(tablet), Cell::word(cause_key(cause))])
                .about(tablet_item(tablet))
        }
        ClusterEvent::Synced { backend, tablet, rowsets, version, took, .. } => Told::new(
            "event-synced",
            [
                nth(backend),
                nth(tablet),
                Cell::Number(rowsets as i64),
                version_cell(version),
                Cell::Time(took),
            ],
        )
        .about(tablet_item(tablet)),
        ClusterEvent::Restored { backend, tablet, source, version } => {
            let from = Cell::word(match source {
                Source::Store => "from-store",
                Source::Peer => "from-peer",
            });
            Told::new("event-restored", [nth(backend), nth(tablet), from, version_cell(version)])
                .about(tablet_item(tablet))
        }
        ClusterEvent::Noticed { backend, tablet, version, fate } => Told::new(
            "event-noticed",
            [nth(backend), nth(tablet), version_cell(version), Cell::word(fate_key(fate))],
        )
        .about(tablet_item(tablet)),
        ClusterEvent::JobBegan { job, backend, tablet, kind, range } => Told::new(
            "event-job",
            [Cell::Id(job), nth(backend), nth(tablet), Cell::word(job_key(kind)), range_cell(range)],
        )
        .about(tablet_item(tablet)),
        ClusterEvent::JobRefused { job, tablet } => {
            Told::new("event-job-refused", [Cell::Id(job), nth(tablet)]).about(tablet_item(tablet))
        }
        ClusterEvent::JobEvicted { job, backend, tablet, by, why } => {
            let told = match why {
                Evicted::LeaseOver => "event-job-lease-over",
                Evicted::Expired => "event-job-expired",
                Evicted::ByFull => "event-job-evicted",
            };
            Told::new(told, [Cell::Id(job), nth(backend), nth(tablet), Cell::Id(by)])
                .about(tablet_item(tablet))
        }
        ClusterEvent::JobLate { job, backend, tablet } => {
            Told::new("event-job-late", [Cell::Id(job), nth(backend), nth(tablet)]).about(tablet_item(tablet))
        }
        ClusterEvent::Rewrote { load, tablet, rows } => {
            Told::new("event-rewrote", [Cell::Id(load), nth(tablet), Cell::Number(rows as i64)])
                .about(load_item(load))
        }
        ClusterEvent::Converted { table, version, by, after } => {
            let by = Cell::word(match by {
                Pusher::Itself => "pusher-itself",
                Pusher::Version => "pusher-version",
                Pusher::Sync => "pusher-sync",
                Pusher::Commit => "pusher-commit",
            });
            Told::new("event-converted", [nth(table), version_cell(version), Cell::Time(after), by])
        }
        ClusterEvent::JobDone { job, tablet, range, point } if range.is_empty() => {
            Told::new("event-job-empty", [Cell::Id(job), nth(tablet), version_cell(point)])
                .about(tablet_item(tablet))
        }
        ClusterEvent::JobPassed { job, backend, tablet, why } => {
            let why = Cell::word(match why {
                Passed::CountedAlready => "passed-counted",
                Passed::PointMoved => "passed-point",
                Passed::NotNext => "passed-next",
            });
            Told::new("event-job-passed", [Cell::Id(job), nth(backend), nth(tablet), why])
                .about(tablet_item(tablet))
        }
        ClusterEvent::JobDone { job, tablet, range, point } => {
            Told::new("event-job-done", [Cell::Id(job), nth(tablet), range_cell(range), version_cell(point)])
                .about(tablet_item(tablet))
        }
        ClusterEvent::Moved { tablet, from, to } => {
            Told::new("event-moved", [nth(tablet), nth(from), nth(to)]).about(tablet_item(tablet))
        }
        ClusterEvent::Killed { backend } => {
            Told::new("event-killed", [nth(backend)]).about(node_item(backend))
        }
        ClusterEvent::Started { backend } => {
            Told::new("event-started", [nth(backend)]).about(node_item(backend))
        }
        ClusterEvent::Warm { backend, took } => {
            Told::new("event-warm", [nth(backend), Cell::Time(took)]).about(node_item(backend))
        }
        ClusterEvent::Cut { backend, on: true } => {
            Told::new("event-cut", [nth(backend)]).about(node_item(backend))
        }
        ClusterEvent::Cut { backend, on: false } => {
            Told::new("event-mended", [nth(backend)]).about(node_item(backend))
        }
        ClusterEvent::Turned { knob, from, to } => {
            let place = usize::from(knob);
            let name = KNOBS.get(place).map_or("", |knob| knob.input.key);
            let name = Cell::Word(key("input-", name, "input-notify"), Vec::new());
            Told::new("event-turned", [name, knob_cell(place, from), knob_cell(place, to)])
        }
    }
}

impl ClusterLab {
    /// What an item is, why, and what was weighed against it.
    pub(super) fn explanation(&self, item: ItemId) -> Vec<Told> {
        let number = item.0 & ITEM_NUMBER;
        match item.0 & !ITEM_NUMBER {
            0 => self.span_told(number),
            ITEM_MESSAGE => self.message_told(number),
            ITEM_NODE => self.node_told(number as u32),
            ITEM_TABLET => self.tablet_told(number as u32),
            ITEM_QUERY => self.query_told(number),
            ITEM_LOAD => self.load_told(number),
            ITEM_CAUSE => self.cause_told(number as usize),
            ITEM_FAMILY => self.family_told(number as usize),
            _ => Vec::new(),
        }
    }

    fn span_told(&self, id: u64) -> Vec<Told> {
        let Some(span) = self.history.spans().find(|span| span.id == id) else { return Vec::new() };
        let took = Cell::Time(span.until.unwrap_or(self.time()) - span.from);
        let (kind, _) = kind_of(&span.what);
        let values = [Cell::word(kind), node_cell(span.node), Cell::Time(span.from), took];
        let mut told = [Told::new("explain-span", values)].to_vec();
        match span.what {
            What::Query(query) => told.extend(self.query_told(query)),
            What::Load(load) => told.extend(self.load_told(load)),
            What::Lock(load) => {
                told.push(Told::new("explain-lock", [Cell::Id(load)]));
                told.extend(self.load_told(load));
            }
            What::Sync(cause, tablet) => {
                told.push(Told::new("explain-sync", [nth(tablet), Cell::word(cause_key(cause))]));
                told.extend(self.tablet_told(tablet));
            }
            What::Fetch(tablet) => told.push(Told::new("explain-fetch", [nth(tablet)])),
            What::Lookups(load, tablet) => {
                told.push(Told::new("explain-marks", [Cell::Id(load), nth(tablet)]));
            }
            What::Job(job) => told.push(Told::new("explain-job", [Cell::Id(job)])),
            What::Down => told.push(Told::new("explain-down", [])),
            What::CutOff => told.push(Told::new("explain-cut", [])),
            What::Unconverted(table) => told.push(Told::new("explain-unconverted", [nth(table)])),
        }
        told
    }

    fn message_told(&self, id: u64) -> Vec<Told> {
        let Some(line) = self.history.messages().find(|line| line.id == id) else { return Vec::new() };
        let (kind, _) = KINDS[usize::from(line.kind) % KINDS.len()];
        let values = [Cell::word(kind), node_cell(line.from), node_cell(line.to), Cell::Bytes(line.bytes())];
        let mut told = [Told::new("explain-message", values)].to_vec();
        match (line.at(), line.lost) {
            (_, true) => told.push(Told::new("explain-lost", [])),
            (Some(at), false) => {
                told.push(Told::new("explain-latency", [Cell::Time(line.sent), Cell::Time(at - line.sent)]));
            }
            (None, false) => told.push(Told::new("explain-held", [])),
        }
        told
    }

    fn node_told(&self, node: u32) -> Vec<Told> {
        let totals = &self.totals;
        match node {
            0 => [Told::new("explain-client", [Cell::Number(totals.queries.count() as i64)])].to_vec(),
            1 => [Told::new("explain-fe", [Cell::Number(self.pool.waiting() as i64)])].to_vec(),
            2 => {
                let values = [Cell::Number(totals.calls as i64), Cell::Number(self.desk.waiting() as i64)];
                [Told::new("explain-ms", values)].to_vec()
            }
            _ => {
                let backend = node - FIRST_BACKEND;
                let Some(line) = self.backends.get(backend as usize) else { return Vec::new() };
                let serves = self.served_by(backend);
                let values = [
                    nth(backend),
                    Cell::Number(serves as i64),
                    Cell::Number(self.views.count(backend) as i64),
                ];
                let mut told = [Told::new("explain-be", values)].to_vec();
                if !self.is_up(backend) {
                    told.push(Told::new("explain-down", []));
                }
                if line.is_cut {
                    told.push(Told::new("explain-cut", []));
                }
                told
            }
        }
    }

    /// Where a tablet stands on the backend that serves it, and what a sync would bring, range by range.
    fn tablet_told(&self, tablet: u32) -> Vec<Told> {
        if tablet as usize >= self.tablets.len() {
            return Vec::new();
        }
        let line = self.tablets.place(tablet);
        let home = self.serving(tablet);
        let there = self.ms.peek_stats(tablet_id(tablet)).map_or(SyncCursor::NEW, |stats| stats.cursor);
        let version = self.tables[line.table as usize].version;
        let text = |cursor: SyncCursor| Cell::Text(format!("{cursor}"));
        let values = [nth(tablet), nth(line.table), nth(home), version_cell(version), text(there)];
        let mut told = [Told::new("explain-tablet", values).about(tablet_item(tablet))].to_vec();
        let Some(held) = self.views.get(home, tablet) else {
            told.push(Told::new("explain-uncached", [nth(home)]));
            return told;
        };
        let view = &held.view;
        told.push(Told::new(
            "explain-view",
            [version_cell(view.max_version()), text(view.cursor()), Cell::Number(view.live_len() as i64)],
        ));
        let asked = VersionRange::new(view.max_version() + 1, INFINITE_VERSION);
        for range in calc_sync_versions(&view.cursor(), &there, asked, self.ms.rule()) {
            let because = range.because;
            if because.base {
                told.push(Told::new("explain-missed-base", [range_cell(range.range)]));
            }
            match because.cumulative {
                Some(MissedCumulative::BetweenPoints) => {
                    told.push(Told::new("explain-missed-one", [range_cell(range.range)]));
                }
                Some(MissedCumulative::FromPoint) => {
                    told.push(Told::new("explain-missed-many", [range_cell(range.range)]));
                }
                None => {}
            }
            if because.asked {
                told.push(Told::new("explain-asked", [range_cell(range.range)]));
            }
        }
        told
    }

    fn query_told(&self, query: u64) -> Vec<Told> {
        if let Some(line) = self.history.queries.iter().find(|line| line.id == query) {
            let values = [
                Cell::Id(query),
                nth(line.table),
                version_cell(line.version),
                Cell::Time(line.took),
                Cell::Time(line.waited),
            ];
            let mut told = [Told::new("explain-query", values)].to_vec();
            if line.code != 0 {
                told.push(Told::new("explain-query-failed", [Cell::Number(line.code.into())]));
            }
            return told;
        }
        let open = self.open_queries().find(|(id, ..)| *id == query);
        let told = open.map(|(_, table, _, began)| {
            Told::new("explain-query-open", [Cell::Id(query), nth(table), Cell::Time(self.time() - began)])
        });
        told.into_iter().chain(core::iter::once(Told::new("explain-query-way", []))).collect()
    }

    fn load_told(&self, load: u64) -> Vec<Told> {
        if let Some(line) = self.history.loads.iter().find(|line| line.id == load) {
            let values = [Cell::Id(load), nth(line.table), version_cell(line.version), Cell::Time(line.took)];
            let told = if line.version > 0 { "explain-load" } else { "explain-load-aborted" };
            let mut told = [Told::new(told, values)].to_vec();
            if line.held > SimTime::ZERO {
                let values = [Cell::Time(line.held), Cell::Number(line.lookups as i64)];
                told.push(Told::new("explain-held-lock", values));
            }
            return told;
        }
        [Told::new("explain-load-way", [Cell::Id(load)])].to_vec()
    }

    fn cause_told(&self, at: usize) -> Vec<Told> {
        let (Some(count), Some(cause)) = (self.totals.syncs.get(at), CAUSES.get(at)) else {
            return Vec::new();
        };
        let share = count.empty.saturating_mul(1_000).checked_div(count.calls).unwrap_or(0);
        let values =
            [Cell::word(cause_key(*cause)), Cell::Number(count.calls as i64), Cell::PerMille(share as i64)];
        [Told::new("explain-cause", values)].to_vec()
    }

    fn family_told(&self, at: usize) -> Vec<Told> {
        let (Some(used), Some(family)) = (self.totals.kv.get(at), Family::ALL.get(at)) else {
            return Vec::new();
        };
        let name = Cell::Text(family.name().to_string());
        let values = [name, Cell::Number(used.keys_read as i64), Cell::Number(used.keys_written as i64)];
        [Told::new("explain-family", values)].to_vec()
    }
}
