//! Events as sentences, and what a selected item is and why.

use super::command::{Change, SchemaEvent};
use super::config::{Design, KNOBS, NodeId};
use super::picture::{
    ITEM_CACHED, ITEM_DDL, ITEM_ID, ITEM_MEASURE, ITEM_NAME, ITEM_NODE, ITEM_NUMBER, ITEM_RECORD,
    ITEM_STATEMENT, ddl_item, node_cell, statement_item,
};
use super::statement::Statement;
use super::tables::{PER_NODE, names_of, pairs_text};
use super::{SchemaLab, SpanKind, SpanLine};
use crate::base::SimTime;
use crate::lab::board::{Kind, Value};
use crate::schema::{IdState, ObjectId, SchemaKind, SchemaVersion, old::HalvesState};
use crate::view::board::{Cell, ItemId, Key, Told, Unit};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Word of a change.
pub(super) const fn change_key(change: Change) -> &'static str {
    match change {
        Change::Create => "ddl-create",
        Change::Alter => "ddl-alter",
        Change::Rename => "ddl-rename",
        Change::Truncate => "ddl-truncate",
        Change::Drop => "ddl-drop",
        Change::CreateView => "ddl-create-view",
        Change::CreateIndex => "ddl-create-index",
        Change::DropIndex => "ddl-drop-index",
        Change::CreateUser => "ddl-create-user",
        Change::DropUser => "ddl-drop-user",
        Change::CreateDatabase => "ddl-create-database",
        Change::DropDatabase => "ddl-drop-database",
        Change::CreateTenant => "ddl-create-tenant",
        Change::DropTenant => "ddl-drop-tenant",
    }
}

fn version(version: SchemaVersion) -> Cell {
    Cell::Id(version.0.max(0) as u64)
}

fn count(number: u64) -> Cell {
    Cell::Number(number as i64)
}

fn object(id: Option<ObjectId>) -> Cell {
    id.map_or(Cell::word("no-object"), |id| Cell::Id(id.0 as u64))
}

const fn code_key(code: i32) -> &'static str {
    match code {
        -5627 => "code-eagain",
        -4138 => "code-recycled",
        -4016 => "code-freed",
        -4019 => "code-cache",
        -4242 => "code-down",
        -4018 => "code-no-slot",
        -4023 => "code-locked",
        -4002 => "code-invalid",
        -5019 => "code-no-table",
        -5020 => "code-table-exists",
        _ => "code-other",
    }
}

fn code(code: i32) -> Cell {
    let key = code_key(code);
    if key == "code-other" {
        return Cell::Word(Key::of(key), [Cell::Number(code.into())].to_vec());
    }
    Cell::word(key)
}

/// Word of a choice of a knob.
fn choice(key: &str) -> Cell {
    Cell::word(match key {
        "service" => "choice-service",
        "schema-manager" => "choice-schema-manager",
        "both" => "choice-both",
        "refresh" => "choice-refresh",
        "wait" => "choice-wait",
        "retry" => "choice-retry",
        "epochs" => "choice-epochs",
        "fixed-wait" => "choice-fixed-wait",
        "fill-holes" => "choice-fill-holes",
        "no-recheck" => "choice-no-recheck",
        "no-replay" => "choice-no-replay",
        "no-pivot" => "choice-no-pivot",
        _ => "choice-none",
    })
}

fn knob_value(place: usize, number: i64) -> Cell {
    match (KNOBS[place].input.kind, KNOBS[place].input.value(number)) {
        (Kind::Choice { of, .. }, Value::Choice(key)) => {
            let found = of.iter().find(|known| **known == key);
            found.map_or(Cell::Unknown, |key| choice(key))
        }
        (Kind::Number { unit: Unit::Bytes, .. }, _) => Cell::Bytes(number as u64),
        (Kind::Number { unit: Unit::PerMille, .. }, _) => Cell::PerMille(number),
        (Kind::Number { unit: Unit::Micros, .. }, _) => Cell::Time(SimTime(number as u64)),
        _ => Cell::Number(number),
    }
}

/// An event as a sentence.
pub(super) fn told(event: &SchemaEvent) -> Told {
    match event {
        SchemaEvent::Ddl { version: at, change, table } => {
            let values = [Cell::word(change_key(*change)), Cell::Text(table.clone()), version(*at)];
            Told::new("told-ddl", values).about(ddl_item(*at))
        }
        SchemaEvent::DdlRefused { code: number, change, table } => {
            let values = [Cell::word(change_key(*change)), Cell::Text(table.clone()), code(*number)];
            Told::new("told-ddl-refused", values)
        }
        SchemaEvent::Began { statement, node: on, at } => {
            Told::new("told-began", [Cell::Id(*statement), node_cell(*on), version(*at)])
                .about(statement_item(*statement))
        }
        SchemaEvent::Waits { statement, node: on, wants, refreshed } => {
            let values = [Cell::Id(*statement), node_cell(*on), version(*wants), version(*refreshed)];
            Told::new("told-waits", values).about(statement_item(*statement))
        }
        SchemaEvent::Locked { statement, node: on, until } => {
            Told::new("told-locked", [Cell::Id(*statement), node_cell(*on), Cell::Time(*until)])
                .about(statement_item(*statement))
        }
        SchemaEvent::Removed { node: on } => Told::new("told-removed", [node_cell(*on)]),
        SchemaEvent::Resolved { statement, names, from_history, rows } => {
            let values = [
                Cell::Id(*statement),
                Cell::Number((*names).into()),
                Cell::Number((*from_history).into()),
                count(*rows),
            ];
            Told::new("told-resolved", values).about(statement_item(*statement))
        }
        SchemaEvent::Ended { statement, node: on, hits, misses, took } => {
            let values = [
                Cell::Id(*statement),
                node_cell(*on),
                Cell::Time(*took),
                Cell::Number((*hits).into()),
                Cell::Number((*misses).into()),
            ];
            Told::new("told-ended", values).about(statement_item(*statement))
        }
        SchemaEvent::Failed { statement, node: on, code: number, at } => {
            let values = [Cell::Id(*statement), node_cell(*on), code(*number), version(*at)];
            Told::new("told-failed", values).about(statement_item(*statement))
        }
        SchemaEvent::RefreshBegan { node: on, rows } => {
            Told::new("told-refresh-began", [node_cell(*on), count(*rows)])
        }
        SchemaEvent::Refreshed { node: on, to, rows, columns, took } => {
            let values = [node_cell(*on), version(*to), count(*rows), count(*columns), Cell::Time(*took)];
            Told::new("told-refreshed", values)
        }
        SchemaEvent::RefreshFailed { node: on, rows, needs } => {
            Told::new("told-refresh-failed", [node_cell(*on), count(*rows), Cell::Time(*needs)])
        }
        SchemaEvent::NoSlot { node: on, version: at } => {
            Told::new("told-no-slot", [node_cell(*on), version(*at)])
        }
        SchemaEvent::RebuildBegan { node: on, base } => {
            Told::new("told-rebuild", [node_cell(*on), version(*base)])
        }
        SchemaEvent::Swapped { node: on, generation, bytes_before, bytes } => {
            let sizes = [Cell::Bytes(*bytes_before), Cell::Bytes(*bytes)];
            let [before, after] = sizes;
            Told::new("told-swapped", [node_cell(*on), Cell::Id(*generation), before, after])
        }
        SchemaEvent::Freed { node: on, generation } => {
            Told::new("told-freed", [node_cell(*on), Cell::Id(*generation)])
        }
        SchemaEvent::Switched { node: on, state, bytes } => {
            const STATES: [(HalvesState, &str); 4] = [
                (HalvesState::Init, "halves-init"),
                (HalvesState::Prepare, "halves-prepare"),
                (HalvesState::Switching, "halves-switching"),
                (HalvesState::Over, "halves-over"),
            ];
            let word = STATES
                .iter()
                .find(|(known, _)| *known as u8 == *state)
                .map_or("halves-init", |state| state.1);
            Told::new("told-switched", [node_cell(*on), Cell::word(word), Cell::Bytes(*bytes)])
        }
        SchemaEvent::Recycled { to, removed } => Told::new("told-recycled", [version(*to), count(*removed)]),
        SchemaEvent::Crashed { node: on, statement, generation } => {
            let values = [node_cell(*on), Cell::Id(*statement), Cell::Id(*generation)];
            Told::new("told-crashed", values).about(statement_item(*statement))
        }
        SchemaEvent::Restarted { node: on, until } => {
            Told::new("told-restarted", [node_cell(*on), Cell::Time(*until)])
        }
        SchemaEvent::Wrong { statement, name, first, then } => {
            let values = [Cell::Id(*statement), Cell::Text(name.clone()), object(*first), object(*then)];
            Told::new("told-wrong", values).about(statement_item(*statement))
        }
        SchemaEvent::Turned { knob, value } => {
            let place = usize::from(*knob).min(KNOBS.len() - 1);
            let name = Cell::Text(KNOBS[place].input.key.to_string());
            Told::new("told-turned", [name, knob_value(place, *value)])
        }
    }
}

impl SchemaLab {
    /// What a selected item is, and why.
    pub(super) fn explanation(&self, item: ItemId) -> Vec<Told> {
        let number = item.0 & ITEM_NUMBER;
        let (place, below) = (number / PER_NODE, number % PER_NODE);
        let on = self.nodes.keys().copied().find(|id| id.place() == place);
        match item.0 - number {
            0 => {
                let all = self.spans.iter().chain(self.open_spans.values());
                all.filter(|line| line.id == number).flat_map(|line| self.span_told(line)).collect()
            }
            ITEM_STATEMENT => {
                self.statements.get(&number).map_or_else(Vec::new, |one| self.statement_told(one))
            }
            ITEM_DDL => self.ddl_told(SchemaVersion(number as i64)),
            ITEM_NODE => {
                let node = self.nodes.keys().copied().find(|id| id.place() == number);
                node.map_or_else(Vec::new, |id| self.node_told(id))
            }
            ITEM_NAME => on.map_or_else(Vec::new, |id| self.name_told(id, below as usize)),
            ITEM_ID => on.map_or_else(Vec::new, |id| self.id_told(id, ObjectId(below as i64))),
            ITEM_CACHED => on.map_or_else(Vec::new, |id| self.cached_told(id, below as usize)),
            ITEM_MEASURE => self.measure_told(number as usize),
            ITEM_RECORD => self.record_told(number),
            _ => Vec::new(),
        }
    }

    fn span_told(&self, line: &SpanLine) -> Vec<Told> {
        let took = line.until.unwrap_or(self.now).saturating_since(line.from);
        let number = Cell::Id(line.number.max(0) as u64);
        let key = match line.kind {
            SpanKind::Statement(super::Sort::Query) => "explain-statement",
            SpanKind::Statement(super::Sort::Compaction) => "explain-compaction",
            SpanKind::Wait => "explain-wait",
            SpanKind::Refresh => match line.node.design {
                Design::Service => "explain-refresh",
                Design::SchemaManager => "explain-old-refresh",
            },
            SpanKind::Rebuild => "explain-rebuild",
            SpanKind::Down => "explain-down",
        };
        let mut told = [Told::new(key, [number, node_cell(line.node), Cell::Time(took)])].to_vec();
        if line.code != 0 {
            told.push(Told::new("explain-error", [code(line.code), Cell::Number(line.code.into())]));
        }
        let running = self.statements.get(&(line.number.max(0) as u64));
        if let (SpanKind::Statement(_), None, Some(one)) = (line.kind, line.until, running) {
            told.extend(self.statement_told(one));
        }
        told
    }

    fn statement_told(&self, one: &Statement) -> Vec<Told> {
        let values = [Cell::Id(one.id), version(one.at), version(self.history.last())];
        let mut told = [Told::new("explain-snapshot", values)].to_vec();
        for (name, id) in one.names.iter().zip(&one.answers) {
            told.push(Told::new("explain-means", [Cell::Text(name.clone()), object(*id), version(one.at)]));
        }
        let line = self.nodes.get(&one.node);
        if let Some(guard) = line.zip(one.guard).and_then(|(line, guard)| line.node.guard(guard)) {
            told.push(Told::new("explain-holds", [count(guard.handles().len() as u64)]));
        }
        told
    }

    fn ddl_told(&self, at: SchemaVersion) -> Vec<Told> {
        let Some(line) = self.ddls.iter().find(|line| line.version == at) else { return Vec::new() };
        let seen = self.nodes.keys().filter(|&&id| self.refreshed(id) >= at).count();
        [
            Told::new(
                "told-ddl",
                [Cell::word(change_key(line.change)), Cell::Text(line.table.clone()), version(at)],
            ),
            Told::new("explain-seen", [count(seen as u64), count(self.nodes.len() as u64)]),
        ]
        .to_vec()
    }

    fn node_told(&self, id: NodeId) -> Vec<Told> {
        let Some(line) = self.nodes.get(&id) else { return Vec::new() };
        let refreshed = [node_cell(id), version(self.refreshed(id)), version(self.history.last())];
        let mut told = [Told::new("explain-node", refreshed)].to_vec();
        match id.design {
            Design::Service => {
                let used = line.node.names(SchemaKind::Table).used();
                let arena =
                    [Cell::Bytes(used.live_bytes), Cell::Bytes(used.dead_bytes), count(used.dead_blocks)];
                told.push(Told::new("explain-arena", arena));
                let readers = line.node.readers().len() as u64;
                told.push(Told::new(
                    "explain-retired",
                    [count(line.node.retired().len() as u64), count(readers)],
                ));
            }
            Design::SchemaManager => {
                let held = line.old.slots.slots().iter().flatten().filter(|slot| slot.1 > 0).count();
                let bytes = [Cell::Bytes(line.old.halves.live()), Cell::Bytes(line.old.halves.dead())];
                let [in_use, dead] = bytes;
                told.push(Told::new("explain-halves", [count(held as u64), in_use, dead]));
            }
        }
        told
    }

    fn name_told(&self, id: NodeId, at: usize) -> Vec<Told> {
        let Some(line) = self.nodes.get(&id) else { return Vec::new() };
        let entries = names_of(&line.node);
        let Some((kind, entry)) = entries.get(at) else { return Vec::new() };
        let name = Cell::Text(entry.name.clone());
        let mut told =
            [Told::new("explain-name", [name.clone(), Cell::Text(pairs_text(entry)), node_cell(id)])]
                .to_vec();
        told.push(if entry.complete {
            Told::new("explain-complete", [])
        } else {
            let oldest = entry.pairs.last().map_or(SchemaVersion::ZERO, |pair| pair.version);
            Told::new("explain-suffix", [version(oldest)])
        });
        let events = self.history.events(*kind, entry.key(), line.node.refreshed());
        let mut text = String::new();
        for pair in events.iter().take(16) {
            text.push_str(&match pair.id {
                Some(id) => alloc::format!("[{} {id}]", pair.version),
                None => alloc::format!("[{} –]", pair.version),
            });
        }
        told.push(Told::new("explain-events", [Cell::Text(text)]));
        if crate::schema::check::holes(&line.node, &self.history, *kind, entry).is_err() {
            told.push(Told::new("explain-hole", [name]));
        }
        told
    }

    fn id_told(&self, on: NodeId, id: ObjectId) -> Vec<Told> {
        let Some(line) = self.nodes.get(&on) else { return Vec::new() };
        let at = line.node.refreshed();
        let known = SchemaKind::ALL.into_iter().find(|kind| line.node.ids(*kind).window(id).is_some());
        let state = match line.node.ids(known.unwrap_or(SchemaKind::Table)).lookup(id, at) {
            IdState::Version(seen) => version(seen),
            IdState::NotExist => Cell::word("no-object"),
            IdState::Miss => Cell::Unknown,
        };
        [Told::new("explain-id", [Cell::Id(id.0 as u64), state, version(at)])].to_vec()
    }

    /// What a figure of both designs is made of.
    fn measure_told(&self, at: usize) -> Vec<Told> {
        let measures = self.measures();
        let Some((key, [service, old])) = measures.get(at) else { return Vec::new() };
        let values = [Cell::word(key), service.clone(), old.clone()];
        let cost = |key| Cell::Time(SimTime(self.knobs.get(key) as u64));
        let why = match *key {
            "measure-lookup" => {
                Told::new("explain-lookup", [Cell::Number(self.knobs.get("probe")), cost("row-cost")])
            }
            "measure-locked" | "measure-lock" => {
                Told::new("explain-lock", [cost("lock-hold"), cost("copy-cost")])
            }
            "measure-refreshes" | "measure-given-up" | "measure-refresh" | "measure-rows"
            | "measure-columns" => Told::new("explain-rows", [cost("row-cost")]),
            "measure-live" | "measure-dead" | "measure-most" => Told::new("explain-memory", []),
            "measure-crashes" => Told::new("explain-crashes", []),
            _ => Told::new("explain-time", []),
        };
        [Told::new("explain-measure", values), why].to_vec()
    }

    fn cached_told(&self, on: NodeId, at: usize) -> Vec<Told> {
        let cached = self.nodes.get(&on).and_then(|line| line.node.cache().entries().nth(at));
        let Some((key, cached)) = cached else { return Vec::new() };
        let values =
            [Cell::Id(key.id.0 as u64), version(key.version), count(cached.schema.columns.len() as u64)];
        let mut told = [Told::new("explain-cached", values)].to_vec();
        told.push(if cached.pins > 0 {
            Told::new("explain-pinned", [Cell::Number(cached.pins.into())])
        } else {
            Told::new("explain-unpinned", [Cell::Bytes(cached.bytes)])
        });
        told
    }

    fn record_told(&self, number: u64) -> Vec<Told> {
        let mut at = 0;
        let mut told = Vec::new();
        self.history.all_records(SchemaKind::Table, |id, when, record| {
            if at == number {
                let values = [Cell::Id(id.0 as u64), Cell::Text(record.name), version(when)];
                told.push(Told::new(if record.deleted { "explain-gone" } else { "explain-record" }, values));
            }
            at += 1;
        });
        if !told.is_empty() && self.history.recycled() > SchemaVersion::ZERO {
            told.push(Told::new("explain-recycled", [version(self.history.recycled())]));
        }
        told
    }
}
