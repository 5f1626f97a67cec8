//! Events as sentences, and what a selected item is and why.

use super::LoadLab;
use super::command::{Flush, LoadEvent, Wait, Why};
use super::config::KNOBS;
use super::history::{Fate, SpanLine, What};
use super::picture::{ITEM_LOAD, ITEM_NUMBER, ITEM_SENDER, ITEM_STORE, ITEM_TABLET, ITEM_UPGRADE, kind_of};
use crate::base::SimTime;
use crate::lab::board::{Kind, Value};
use crate::load::{FlushError, LoadId, MemTracker};
use crate::view::board::{Cell, ItemId, Key, Told, Unit};
use alloc::string::String;
use alloc::vec::Vec;

fn load_cell(load: LoadId) -> Cell {
    Cell::Id(load.0)
}

fn about(load: LoadId) -> ItemId {
    ItemId(ITEM_LOAD + load.0)
}

fn store_cell(store: u32) -> Cell {
    Cell::Id(u64::from(store) + 1)
}

fn rows(rows: u64) -> Cell {
    Cell::Number(rows as i64)
}

fn why_cell(why: Why) -> Cell {
    match why {
        Why::Full { limit } => Cell::Word(Key::of("why-full"), [Cell::Bytes(limit)].to_vec()),
        Why::Memory { need, used } => {
            Cell::Word(Key::of("why-memory"), [Cell::Bytes(need), Cell::Bytes(used)].to_vec())
        }
        Why::Close => Cell::word("why-close"),
    }
}

fn wait_cell(why: Wait) -> Cell {
    let (key, values) = match why {
        Wait::Running { tablet, running } => {
            ("because-running", [Cell::Id(tablet.into()), Cell::Number(running.into())].to_vec())
        }
        Wait::Memory { used } => ("because-memory", [Cell::Bytes(used)].to_vec()),
        Wait::Close { flushes } => ("because-close", [Cell::Number(flushes.into())].to_vec()),
        Wait::Cancel { flushes } => ("because-cancel", [Cell::Number(flushes.into())].to_vec()),
    };
    Cell::Word(Key::of(key), values)
}

fn error_cell(error: FlushError) -> Cell {
    match error {
        FlushError::Disk { store } => Cell::Word(Key::of("error-disk"), [store_cell(store)].to_vec()),
        FlushError::TooManySegments { limit } => {
            Cell::Word(Key::of("error-segments"), [Cell::Number(limit.into())].to_vec())
        }
        FlushError::Cancelled => Cell::word("error-cancelled"),
    }
}

/// A knob's value: of a choice its word, of a switch on or off.
fn knob_cell(place: usize, number: i64) -> Cell {
    let Some(knob) = KNOBS.get(place) else { return Cell::Unknown };
    match (knob.input.kind, knob.input.value(number)) {
        (Kind::Number { unit, .. }, _) => match unit {
            Unit::Bytes => Cell::Bytes(number as u64),
            Unit::BytesPerSecond => Cell::BytesPerSecond(number as u64),
            Unit::PerMille => Cell::PerMille(number),
            _ => Cell::Number(number),
        },
        (Kind::Choice { of, .. }, _) => {
            let key = of.get(number.max(0) as usize).copied().unwrap_or_default();
            Cell::Word(choice(key), Vec::new())
        }
        (_, Value::Switch(on)) => Cell::word(if on { "choice-on" } else { "choice-off" }),
        (_, _) => Cell::Text(String::new()),
    }
}

fn choice(key: &str) -> Key {
    Key::of(match key {
        "alternating" => "choice-alternating",
        "overlapped" => "choice-overlapped",
        "leak-memory" => "choice-leak-memory",
        "flush-twice" => "choice-flush-twice",
        "early-visible" => "choice-early-visible",
        "newest-first" => "choice-newest-first",
        _ => "choice-none",
    })
}

fn flush_told(key: &'static str, flush: &Flush, more: impl IntoIterator<Item = Cell>) -> Told {
    let mut values = [
        load_cell(flush.load),
        Cell::Id(flush.tablet.into()),
        Cell::Bytes(flush.bytes),
        store_cell(flush.store),
    ]
    .to_vec();
    values.extend(more);
    Told::new(key, values).about(ItemId(flush.span)).about(about(flush.load))
}

/// One event.
pub(super) fn told(event: &LoadEvent) -> Told {
    match *event {
        LoadEvent::Arrived { load, ahead } => {
            Told::new("event-arrived", [load_cell(load), Cell::Number(ahead.into())]).about(about(load))
        }
        LoadEvent::Began { load, sender, tablets } => Told::new(
            "event-began",
            [load_cell(load), Cell::Number(i64::from(sender) + 1), Cell::Number(tablets.into())],
        )
        .about(about(load)),
        LoadEvent::Inserted { load, rows: count, bytes } => {
            Told::new("event-inserted", [load_cell(load), rows(count), Cell::Bytes(bytes)]).about(about(load))
        }
        LoadEvent::Queued { flush, why, ahead, segment } => flush_told(
            "event-queued",
            &flush,
            [why_cell(why), Cell::Number(ahead.into()), Cell::Id(segment.into())],
        ),
        LoadEvent::Started { flush, thread: Some(thread), waited } => {
            flush_told("event-started", &flush, [Cell::Number(i64::from(thread) + 1), Cell::Time(waited)])
        }
        LoadEvent::Started { flush, thread: None, .. } => flush_told("event-inline", &flush, []),
        LoadEvent::Flushed { flush, took } => flush_told("event-flushed", &flush, [Cell::Time(took)]),
        LoadEvent::FlushFailed { flush, error } => {
            flush_told("event-flush-failed", &flush, [error_cell(error)])
        }
        LoadEvent::Dropped { flush } => flush_told("event-dropped", &flush, []),
        LoadEvent::Waits { load, why } => {
            Told::new("event-waits", [load_cell(load), wait_cell(why)]).about(about(load))
        }
        LoadEvent::Committed { load, rows: count, bytes, took } => {
            Told::new("event-committed", [load_cell(load), rows(count), Cell::Bytes(bytes), Cell::Time(took)])
                .about(about(load))
        }
        LoadEvent::Failed { load, error, tablet, rows: count } => Told::new(
            "event-failed",
            [load_cell(load), Cell::Id(tablet.into()), error_cell(error), rows(count)],
        )
        .about(about(load)),
        LoadEvent::Armed { store, after } => {
            Told::new("event-armed", [store_cell(store), Cell::Number(after.into())])
                .about(ItemId(ITEM_STORE + u64::from(store)))
        }
        LoadEvent::ReadBegan { read, limit } => Told::new("event-read", [Cell::Id(read), rows(limit)]),
        LoadEvent::ReadDone { read, delivered, rows: count, raw_rows_read, took, other_rows } => Told::new(
            "event-read-done",
            [
                Cell::Id(read),
                rows(delivered),
                rows(count),
                Cell::Time(took),
                rows(raw_rows_read),
                rows(other_rows),
            ],
        ),
        LoadEvent::UpgradeBegan { upgrade, backends, together } => Told::new(
            "event-upgrade",
            [Cell::Id(upgrade), Cell::Number(backends.into()), Cell::Number(together.into())],
        )
        .about(ItemId(ITEM_UPGRADE + upgrade)),
        LoadEvent::BackendDown { upgrade, backend, metas } => {
            Told::new("event-down", [Cell::Id(u64::from(backend) + 1), rows(metas)])
                .about(ItemId(ITEM_UPGRADE + upgrade))
        }
        LoadEvent::BackendUp { upgrade, backend, down } => {
            Told::new("event-up", [Cell::Id(u64::from(backend) + 1), Cell::Time(down)])
                .about(ItemId(ITEM_UPGRADE + upgrade))
        }
        LoadEvent::Upgraded { upgrade, took, unreadable, unwritable } => Told::new(
            "event-upgraded",
            [Cell::Id(upgrade), Cell::Time(took), Cell::Time(unreadable), Cell::Time(unwritable)],
        )
        .about(ItemId(ITEM_UPGRADE + upgrade)),
        LoadEvent::Turned { knob, from, to } => {
            let place = usize::from(knob);
            Told::new(
                "event-turned",
                [Cell::Word(input(place), Vec::new()), knob_cell(place, from), knob_cell(place, to)],
            )
        }
    }
}

/// Word of a knob.
fn input(place: usize) -> Key {
    let key = KNOBS.get(place).map_or("", |knob| knob.input.key);
    let words = super::words::WORDS;
    let found = words.iter().find(|word| word.key.strip_prefix("input-") == Some(key));
    Key::of(found.map_or("input-bytes", |word| word.key))
}

impl LoadLab {
    /// What an item is, why, and what was weighed against it.
    pub(super) fn explanation(&self, item: ItemId) -> Vec<Told> {
        let number = item.0 & ITEM_NUMBER;
        match item.0 & !ITEM_NUMBER {
            0 => self.history.span(number).map_or_else(Vec::new, |span| self.span_told(span)),
            ITEM_LOAD => self.load_told(LoadId(number)),
            ITEM_STORE => self.store_told(number as u32),
            ITEM_TABLET => self.tablet_told(number as usize),
            ITEM_UPGRADE => self.upgrade_told(number),
            ITEM_SENDER => match self.senders.get(number as usize).map(super::Sender::load) {
                Some(load) if load.0 > 0 => self.load_told(load),
                _ => [Told::new("explain-idle", [Cell::Number(number as i64 + 1)])].to_vec(),
            },
            _ => Vec::new(),
        }
    }

    fn span_told(&self, span: &SpanLine) -> Vec<Told> {
        let took = Cell::Time(span.until.unwrap_or(self.now) - span.from);
        let tablet = Cell::Id(span.tablet.into());
        let store = store_cell(self.store_of(span.tablet));
        let (kind, _) = kind_of(&span.what);
        let mut told = [Told::new("explain-span", [Cell::word(kind), Cell::Time(span.from), took])].to_vec();
        match span.what {
            What::Insert => told.push(
                Told::new(
                    "explain-insert",
                    [
                        load_cell(span.load),
                        Cell::Bytes(span.bytes),
                        Cell::BytesPerSecond(self.knobs.insert_speed),
                    ],
                )
                .about(about(span.load)),
            ),
            What::Queued { why, ahead } => {
                let values = [load_cell(span.load), tablet, Cell::Bytes(span.bytes), store, why_cell(why)];
                told.push(Told::new("explain-memtable", values).about(about(span.load)));
                told.push(Told::new("explain-queue", [Cell::Number(ahead.into())]));
            }
            What::Flush { why, sharing, waited, error } => {
                let values = [load_cell(span.load), tablet, Cell::Bytes(span.bytes), store, why_cell(why)];
                told.push(Told::new("explain-memtable", values).about(about(span.load)));
                told.push(Told::new(
                    "explain-flush",
                    [
                        Cell::Number(sharing.into()),
                        Cell::BytesPerSecond(self.knobs.speed(self.store_of(span.tablet))),
                        Cell::BytesPerSecond(self.knobs.thread_speed),
                        Cell::Time(waited),
                    ],
                ));
                if let Some(error) = error {
                    told.push(Told::new("explain-poison", [error_cell(error)]));
                }
            }
            What::Wait(why) => {
                told.push(
                    Told::new("explain-wait", [load_cell(span.load), wait_cell(why)]).about(about(span.load)),
                );
                if matches!(why, Wait::Memory { .. }) {
                    let hard = self.knobs.memory;
                    told.push(Told::new(
                        "explain-limits",
                        [
                            Cell::Bytes(MemTracker::safe(hard)),
                            Cell::Bytes(MemTracker::soft(hard)),
                            Cell::Bytes(hard),
                        ],
                    ));
                }
            }
            What::Read { limit, counts, did, other } => {
                let key = if counts { "explain-read-counted" } else { "explain-read-fault" };
                told.push(Told::new(
                    key,
                    [
                        rows(limit),
                        rows(did.rows),
                        rows(did.rounds),
                        rows(other.rows),
                        rows(did.raw_rows_read),
                    ],
                ));
            }
            What::Down { upgrade, metas } => told.push(
                Told::new("explain-down", [Cell::Id(upgrade), rows(metas)])
                    .about(ItemId(ITEM_UPGRADE + upgrade)),
            ),
        }
        told
    }

    fn load_told(&self, load: LoadId) -> Vec<Told> {
        let Some(line) = self.loads.get(load) else {
            let waits = self.waiting.iter().position(|(id, _, _)| *id == load);
            return waits.map_or_else(Vec::new, |ahead| {
                [Told::new("event-arrived", [load_cell(load), Cell::Number(ahead as i64)])].to_vec()
            });
        };
        let took = line.ended.unwrap_or(self.now) - line.began;
        let mut told = [Told::new(
            "explain-load",
            [
                load_cell(load),
                Cell::Bytes(line.spec.bytes),
                rows(line.spec.rows),
                Cell::Number(line.spec.tablets.into()),
                Cell::Word(choice(super::config::DESIGNS[line.spec.design as usize]), Vec::new()),
            ],
        )]
        .to_vec();
        told.push(Told::new(
            "explain-load-time",
            [
                Cell::Time(line.arrived),
                Cell::Time(line.began - line.arrived),
                Cell::Time(took),
                Cell::Time(SimTime(line.stalled)),
                Cell::Number(line.flushes as i64),
            ],
        ));
        told.push(match line.fate {
            Fate::Running => Told::new("explain-running", [Cell::Bytes(line.bytes)]),
            Fate::Committed => Told::new("explain-committed", []),
            Fate::Failed(tablet, error) => {
                Told::new("explain-failed", [Cell::Id(tablet.into()), error_cell(error)])
            }
        });
        told
    }

    fn store_told(&self, store: u32) -> Vec<Told> {
        let (Some(disk), Some(queue)) =
            (self.disks.get(store as usize), self.executor.stores().get(store as usize))
        else {
            return Vec::new();
        };
        let values = [
            store_cell(store),
            Cell::BytesPerSecond(self.knobs.speed(store)),
            Cell::Number(self.knobs.threads as i64),
            Cell::Number(disk.len() as i64),
            Cell::Number(queue.queue().len() as i64),
        ];
        let mut told = [Told::new("explain-directory", values)].to_vec();
        if let Some(Some(after)) = self.armed.get(store as usize) {
            told.push(Told::new("event-armed", [store_cell(store), Cell::Number((*after).into())]));
        }
        told
    }

    fn tablet_told(&self, tablet: usize) -> Vec<Told> {
        let Some(line) = self.tablets.get(tablet) else { return Vec::new() };
        let values = [
            Cell::Id(tablet as u64),
            Cell::Id(line.version as u64),
            rows(line.rows),
            Cell::Number(line.rowsets as i64),
            store_cell(self.store_of(tablet as u32)),
        ];
        [Told::new("explain-tablet", values)].to_vec()
    }

    fn upgrade_told(&self, upgrade: u64) -> Vec<Told> {
        let Some(job) = self.upgraded.iter().chain(&self.upgrades).find(|job| job.id == upgrade) else {
            return Vec::new();
        };
        let spec = &job.spec;
        let one = SimTime(spec.restart_ms * 1_000 + spec.metas * spec.meta_us);
        [
            Told::new(
                "explain-upgrade",
                [
                    Cell::Id(upgrade),
                    Cell::Number(spec.backends.into()),
                    Cell::Number(spec.together.into()),
                    Cell::Number(spec.replicas.into()),
                ],
            ),
            Told::new(
                "explain-restart",
                [
                    Cell::Time(SimTime(spec.restart_ms * 1_000)),
                    rows(spec.metas),
                    Cell::Time(SimTime(spec.meta_us)),
                    Cell::Time(one),
                ],
            ),
            Told::new(
                "explain-outage",
                [Cell::Time(SimTime(job.unreadable_us)), Cell::Time(SimTime(job.unwritable_us))],
            ),
        ]
        .to_vec()
    }
}
