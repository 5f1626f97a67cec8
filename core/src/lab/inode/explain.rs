//! Events as sentences, and what a selected item is and why.

use super::check::name_of;
use super::command::{InodeEvent, Outcome, Purpose};
use super::config::{K, KNOBS};
use super::picture::{ITEM_CHUNK, ITEM_LANE, ITEM_LINE, parts, purpose_key, store_key};
use super::side::What;
use super::words::WORDS;
use super::{FILE, InodeLab};
use crate::base::SimTime;
use crate::inode::{EmptyFile, Geometry, JobEnd, Skip, visible, window};
use crate::lab::board::{Kind, Value};
use crate::view::board::{Cell, ItemId, Key, Told};
use alloc::format;
use alloc::vec::Vec;
use core::ops::ControlFlow;

const fn side_cell(side: u8) -> Cell {
    Cell::word(if side == 0 { "side-monolithic" } else { "side-split" })
}

fn number(value: u64) -> Cell {
    Cell::Number(value as i64)
}

const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Good => "outcome-good",
        Outcome::Refused => "outcome-refused",
        Outcome::GivenUp => "outcome-given-up",
    }
}

const fn skip_key(skip: Skip) -> &'static str {
    match skip {
        Skip::NotLeader => "skip-not-leader",
        Skip::NotFound => "skip-not-found",
        Skip::Unlinked => "skip-unlinked",
        Skip::Empty => "skip-empty",
        Skip::NotNeeded => "skip-not-needed",
    }
}

/// Key of the word of a knob.
fn input_word(key: &str) -> Key {
    let found = WORDS.iter().find(|word| word.key.strip_prefix("input-") == Some(key));
    Key::of(found.map_or("", |word| word.key))
}

/// A duration to the microsecond: most of what happens here takes less than a millisecond.
const fn micros(time: SimTime) -> Cell {
    Cell::Number(time.micros() as i64)
}

/// An event as a sentence.
pub(super) fn told(event: &InodeEvent) -> Told {
    match *event {
        InodeEvent::Called { call, purpose } => {
            Told::new("told-called", [Cell::Id(call), Cell::word(purpose_key(purpose))])
        }
        InodeEvent::Served { side, call: 0, read, written, took } => {
            Told::new("told-commit", [side_cell(side), Cell::Bytes(read), Cell::Bytes(written), micros(took)])
        }
        InodeEvent::Served { side, call, read, written, took } => Told::new(
            "told-served",
            [side_cell(side), Cell::Id(call), Cell::Bytes(read), Cell::Bytes(written), micros(took)],
        ),
        InodeEvent::Lost { side, call } => Told::new("told-lost", [side_cell(side), Cell::Id(call)]),
        InodeEvent::TimedOut { side, call, attempt } => {
            Told::new("told-timed-out", [side_cell(side), Cell::Id(call), number(attempt.into())])
        }
        InodeEvent::Streamed { side, call, messages, bytes } => Told::new(
            "told-streamed",
            [side_cell(side), Cell::Id(call), number(messages), Cell::Bytes(bytes)],
        ),
        InodeEvent::StreamBroke { side, call } => {
            Told::new("told-stream-broke", [side_cell(side), Cell::Id(call)])
        }
        InodeEvent::Ended { side, call, outcome, took } => Told::new(
            "told-ended",
            [side_cell(side), Cell::Id(call), Cell::word(outcome_key(outcome)), micros(took)],
        ),
        InodeEvent::Compacting { side, chunks, infos } => {
            Told::new("told-compacting", [side_cell(side), number(chunks), number(infos)])
        }
        InodeEvent::Skipped { side, why } => {
            Told::new("told-skipped", [side_cell(side), Cell::word(skip_key(why))])
        }
        InodeEvent::Compacted { side, end } => {
            let end = match end {
                JobEnd::Committed => "end-committed",
                JobEnd::AllSkipped => "end-all-skipped",
                JobEnd::Refused => "end-refused",
            };
            Told::new("told-compacted", [side_cell(side), Cell::word(end)])
        }
        InodeEvent::Filled { infos } => Told::new("told-filled", [number(infos)]),
        InodeEvent::Turned { knob, value } => {
            let Some(knob) = KNOBS.get(usize::from(knob)) else { return Told::new("told-turned", []) };
            let value = match (knob.input.value(value), knob.input.kind) {
                (Value::Switch(on), _) => Cell::word(if on { "choice-on" } else { "choice-off" }),
                (Value::Choice(_), Kind::Choice { of, .. }) => {
                    let place = usize::try_from(value).unwrap_or_default();
                    Cell::Word(
                        Key::of(
                            ["choice-none", "choice-get", "choice-put", "choice-commit"]
                                [place.min(of.len() - 1)],
                        ),
                        Vec::new(),
                    )
                }
                _ => Cell::Number(value),
            };
            Told::new("told-turned", [Cell::Word(input_word(knob.input.key), Vec::new()), value])
        }
    }
}

impl InodeLab {
    /// What an item is, and why.
    pub(super) fn explanation(&self, of: ItemId) -> Vec<Told> {
        let (kind, side, at) = parts(of);
        match kind {
            ITEM_LINE => self.explain_line(side, at),
            ITEM_CHUNK => self.explain_chunk(side, at),
            ITEM_LANE => self.explain_lane(side, at),
            _ => Vec::new(),
        }
    }

    fn explain_line(&self, at: usize, id: u64) -> Vec<Told> {
        let Some(side) = self.sides.get(at) else { return Vec::new() };
        let Some(line) = side.lines.iter().find(|line| line.id == id) else { return Vec::new() };
        let store = Cell::word(store_key(side));
        let took = line.until.map_or(Cell::Unknown, |until| micros(until.saturating_since(line.from)));
        let lost = |lost| Cell::word(if lost { "was-lost" } else { "was-sent" });
        match line.what {
            What::Call { call, purpose, outcome, .. } => {
                let ended =
                    outcome.map_or(Cell::word("outcome-open"), |outcome| Cell::word(outcome_key(outcome)));
                let mut told = [Told::new(
                    "explain-call",
                    [store, Cell::Id(call), Cell::word(purpose_key(purpose)), ended, took],
                )]
                .to_vec();
                let monolithic = side.layout() == crate::inode::Layout::Monolithic;
                told.push(Told::new(
                    match (purpose, monolithic) {
                        (Purpose::Write | Purpose::Truncate, true) => "why-write-monolithic",
                        (Purpose::Write | Purpose::Truncate, false) => "why-write-split",
                        (Purpose::Read, true) => "why-read-monolithic",
                        (Purpose::Read, false) => "why-read-split",
                        (Purpose::Lookup, true) => "why-lookup-monolithic",
                        (Purpose::Lookup, false) => "why-lookup-split",
                    },
                    [],
                ));
                told
            }
            What::Work { used, coded, .. } => [
                Told::new(
                    "explain-work",
                    [
                        store,
                        number(used.keys_read),
                        Cell::Bytes(used.bytes_read),
                        number(used.keys_written),
                        Cell::Bytes(used.bytes_written),
                        Cell::Bytes(coded),
                    ],
                ),
                Told::new(
                    "why-work",
                    [
                        took,
                        Cell::BytesPerSecond(self.knobs.get(K::ReadSpeed)),
                        Cell::BytesPerSecond(self.knobs.get(K::WriteSpeed)),
                        Cell::BytesPerSecond(self.knobs.get(K::CodecSpeed)),
                        number(self.knobs.get(K::KeyCost)),
                    ],
                ),
            ]
            .to_vec(),
            What::Compaction => [Told::new("explain-compaction", [store, took])].to_vec(),
            What::Request { call, lost: gone } => {
                [Told::new("explain-request", [Cell::Id(call), lost(gone)])].to_vec()
            }
            What::Response { call, bytes, lost: gone } => {
                [Told::new("explain-response", [Cell::Id(call), Cell::Bytes(bytes), lost(gone)])].to_vec()
            }
            What::Page { call, messages, bytes, resent } => [Told::new(
                "explain-page",
                [Cell::Id(call), number(messages), Cell::Bytes(bytes), lost(resent)],
            )]
            .to_vec(),
        }
    }

    fn explain_chunk(&self, at: usize, index: u64) -> Vec<Told> {
        let Some(side) = self.sides.get(at) else { return Vec::new() };
        let Ok(list) = side.list(index) else { return Vec::new() };
        let mut rows = 0;
        let visited = side.store.aside(|store| {
            store.visit_rows(FILE, Some(index), &mut |_| {
                rows += 1;
                ControlFlow::Continue(())
            })
        });
        if visited.is_err() {
            return Vec::new();
        }
        let nodes = visible(&list, window(Geometry::DEFAULT, side.length, index, EmptyFile::Nothing));
        let threshold = self.knobs.get(K::Threshold);
        let start = Geometry::DEFAULT.start(index);
        let why = if start >= side.length {
            Told::new("why-behind-end", [Cell::Bytes(side.length)])
        } else if list.len() as u64 > threshold {
            Told::new("why-too-many", [number(list.len() as u64), number(threshold)])
        } else if list.iter().any(|info| info.end() > side.length) {
            Told::new("why-cut-off", [Cell::Bytes(side.length)])
        } else {
            Told::new("why-not-chosen", [number(list.len() as u64), number(threshold)])
        };
        let what = [
            Cell::word(store_key(side)),
            Cell::Id(index),
            number(list.len() as u64),
            number(rows),
            number(nodes.len() as u64),
        ];
        let order = match name_of(side.layout()) {
            "split" => "why-order-ids",
            _ => "why-order-commit",
        };
        [Told::new("explain-chunk", what), Told::new(order, []), why].to_vec()
    }

    fn explain_lane(&self, at: usize, place: u64) -> Vec<Told> {
        let Some(side) = self.sides.get(at) else { return Vec::new() };
        let store = Cell::word(store_key(side));
        let told = match place {
            0 => Told::new(
                "explain-client",
                [store, number(self.knobs.get(K::RpcTimeout)), number(self.knobs.get(K::IdleTimeout))],
            ),
            1 => Told::new("explain-server", [store, number(side.queue.len() as u64)]),
            _ => Told::new("explain-lane-compaction", [store]),
        };
        let layout = match name_of(side.layout()) {
            "monolithic" => "why-layout-monolithic",
            "split" => "why-layout-split",
            _ => "why-layout-sequenced",
        };
        let keys = format!("{}:{}", FILE.fs, FILE.ino);
        [told, Told::new(layout, [Cell::Text(keys)])].to_vec()
    }
}
