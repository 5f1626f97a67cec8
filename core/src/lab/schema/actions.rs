//! What is due, and what the streams do: DDL, new statements.

use super::command::Change;
use super::config::{Design, NodeId};
use super::old::FETCH;
use super::statement::{Snapshot, Sort, Statement};
use super::{DATABASE, DDLS_KEPT, DdlLine, Point, SPANS_KEPT, SchemaEvent, SchemaLab, SpanKind, SpanLine};
use crate::base::SimTime;
use crate::schema::{Ddl, ObjectId, SchemaError, SchemaVersion, TableKind, TablePlace, next_version};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Points of the curves that are kept.
const POINTS_KEPT: usize = 512;

/// What is due next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Up(NodeId),
    RefreshEnds(NodeId),
    RebuildEnds(NodeId),
    Look(NodeId),
    Refresh(NodeId),
    Free(NodeId),
    Recycle,
    Ddl,
    Statement(u64),
    NewStatement,
}

impl SchemaLab {
    pub(super) fn next_action(&self) -> Option<(SimTime, Action)> {
        let streams = [
            (self.ddl_at, Action::Ddl),
            (self.statement_at, Action::NewStatement),
            (self.recycle_at, Action::Recycle),
        ];
        let statements = self.statements.values().map(|one| (one.due, Action::Statement(one.id)));
        let nodes = self.nodes.iter().flat_map(|(&id, line)| {
            let old = id.design == Design::SchemaManager;
            let idle = line.refresh.is_none() && line.down.is_none();
            [
                line.down.map(|work| (work.until, Action::Up(id))),
                line.refresh.map(|work| (work.until, Action::RefreshEnds(id))),
                line.rebuild.map(|work| (work.until, Action::RebuildEnds(id))),
                (old && line.down.is_none()).then_some((line.old.look_at, Action::Look(id))),
                idle.then_some((line.refresh_at, Action::Refresh(id))),
                self.free_at(line).map(|at| (at, Action::Free(id))),
            ]
        });
        let due = streams.into_iter().chain(statements).chain(nodes.flatten());
        due.filter(|(at, _)| *at < SimTime::MAX).min()
    }

    pub(super) fn carry_out(&mut self, action: Action, out: &mut Vec<SchemaEvent>) {
        match action {
            Action::Ddl => {
                self.ddl_at = self.after("ddl-every");
                let change = Change::of_stream(self.rng.below(20));
                let table = self.rng.below(u64::from(self.next_table)) as u32;
                self.ddl(change, table, out);
            }
            Action::NewStatement => {
                self.statement_at = self.after("statement-every");
                self.new_statement(out);
            }
            Action::Statement(id) => {
                if let Some(statement) = self.statements.remove(&id) {
                    self.advance_statement(statement, out);
                }
            }
            Action::Refresh(node) => self.begin_refresh(node, out),
            Action::RefreshEnds(node) => self.end_refresh(node, out),
            Action::RebuildEnds(node) => self.end_rebuild(node, out),
            Action::Look(node) => self.look(node, out),
            Action::Free(node) => self.free_retired(node, out),
            Action::Recycle => {
                let every = self.knobs.secs("recycle-every");
                self.recycle_at = self.now + every;
                let before = self.now.saturating_since(self.knobs.secs("keep"));
                let old = self.versions.iter().rev().find(|(at, _)| *at <= before);
                if let Some((_, version)) = old.copied() {
                    self.recycle(version, out);
                }
            }
            Action::Up(node) => self.up(node),
        }
    }

    fn after(&mut self, every: &str) -> SimTime {
        let every = self.knobs.millis(every).micros();
        if every == 0 { SimTime::MAX } else { SimTime(self.now.micros() + self.rng.around(every, 50).max(1)) }
    }

    /// Streams that a knob switched on or off.
    pub(super) fn plan(&mut self) {
        let on = |every: i64, due: SimTime, now: SimTime| match every {
            0 => SimTime::MAX,
            _ if due == SimTime::MAX => now,
            _ => due,
        };
        self.ddl_at = on(self.knobs.get("ddl-every"), self.ddl_at, self.now);
        self.statement_at = on(self.knobs.get("statement-every"), self.statement_at, self.now);
        let every = self.knobs.secs("recycle-every");
        self.recycle_at = on(self.knobs.get("recycle-every"), self.recycle_at, self.now + every);
    }

    /// The same statement on the node of one number, in each design that runs.
    fn new_statement(&mut self, out: &mut Vec<SchemaEvent>) {
        let number = 1 + self.rng.below(self.knobs.get("nodes") as u64) as u32;
        let names: Vec<String> =
            (0..3).map(|_| format!("t{}", self.rng.below(u64::from(self.next_table)))).collect();
        let hold = SimTime(self.rng.around(self.knobs.millis("hold").micros(), 50));
        let fresh = self.rng.below(1_000) < self.knobs.get("fresh") as u64;
        let back = self.rng.below(self.knobs.get("stale") as u64 + 1);
        let stale = self.knobs.get("stale") > 0;
        let designs: Vec<Design> = self.designs().collect();
        for design in designs {
            let node = NodeId { design, number };
            let wants = match (fresh, stale) {
                (true, _) => Snapshot::OrNewer(self.history.last()),
                (false, true) => Snapshot::At(self.version_back(node, back)),
                (false, false) => Snapshot::Refreshed,
            };
            if self.nodes.get(&node).is_some_and(|line| line.down.is_none()) {
                self.begin(node, Sort::Query, wants, hold, names.clone(), out);
                continue;
            }
            let totals = self.totals_mut(design);
            totals.statements += 1;
            totals.failed += 1;
            let statement = self.next_statement;
            self.next_statement += 1;
            let at = self.history.last();
            out.push(SchemaEvent::Failed { statement, node, code: super::DOWN_CODE, at });
        }
    }

    /// A node is to refresh as soon as it can: the old design at most once a second.
    pub(super) fn ask_for_refresh(&mut self, node: NodeId) {
        let Some(line) = self.nodes.get_mut(&node) else { return };
        let soonest = match node.design {
            Design::Service => self.now,
            Design::SchemaManager => self.now.max(line.fetched_at + FETCH),
        };
        line.refresh_at = line.refresh_at.min(soonest);
    }

    /// The version so many versions before the one a node has refreshed.
    pub(super) fn version_back(&self, node: NodeId, back: u64) -> SchemaVersion {
        let refreshed = self.refreshed(node);
        let known = self.versions.iter().rev().map(|(_, version)| *version).filter(|at| *at <= refreshed);
        known.take(back as usize + 1).last().unwrap_or(refreshed)
    }

    pub(super) fn begin_span(&mut self, kind: SpanKind, node: NodeId, number: u64) -> u64 {
        let id = self.next_span;
        self.next_span += 1;
        let number = number as i64;
        let line = SpanLine { id, kind, node, from: self.now, until: None, number, code: 0 };
        self.open_spans.insert(id, line);
        id
    }

    pub(super) fn end_span(&mut self, id: u64) {
        if let Some(mut line) = self.open_spans.remove(&id) {
            line.until = Some(self.now);
            self.spans.push_back(line);
            if self.spans.len() > SPANS_KEPT {
                self.spans.pop_front();
            }
        }
    }

    pub(super) fn mark_failed(&mut self, statement: &Statement, code: i32) {
        let span = if statement.span > 0 { statement.span } else { statement.waiting.unwrap_or(0) };
        if let Some(line) = self.spans.iter_mut().rev().find(|line| line.id == span) {
            line.code = code;
        }
    }

    /// Carries one DDL out, on the table of a number, under whatever name it has.
    pub(super) fn ddl(&mut self, change: Change, number: u32, out: &mut Vec<SchemaEvent>) {
        let version = next_version(self.history.last(), self.now.micros() as i64);
        let table = format!("t{number}");
        let (mut ddl, name) = self.ddl_of(change, number);
        let mut done = self.history.execute(version, &ddl);
        if change == Change::Rename && done == Err(SchemaError::TableNotExist) {
            ddl = Ddl::RenameTable { at: place(&renamed(&table)), to_database: "d".into(), to: table };
            done = self.history.execute(version, &ddl);
        }
        if let Err(error) = done {
            out.push(SchemaEvent::DdlRefused { code: error.code(), change, table: name });
            return;
        }
        self.next_object += 1;
        self.ddls_done += 1;
        self.versions.push_back((self.now, version));
        self.ddls.push_back(DdlLine { version, at: self.now, change, table: name.clone() });
        if self.ddls.len() > DDLS_KEPT {
            self.ddls.pop_front();
        }
        if self.versions.len() > 8 * DDLS_KEPT {
            self.versions.pop_front();
            self.versions_before += 1;
        }
        self.changed.push(super::picture::ddl_item(version));
        out.push(SchemaEvent::Ddl { version, change, table: name });
    }

    /// The DDL of a change, and the name of what it changes.
    fn ddl_of(&self, change: Change, number: u32) -> (Ddl, String) {
        let table = format!("t{number}");
        let at = place(&table);
        let id = ObjectId(self.next_object);
        let tenant = || "sys".to_string();
        let create = |at: TablePlace, kind| Ddl::CreateTable {
            at,
            id,
            kind,
            columns: (0..4).map(|column| format!("c{column}")).collect(),
            partitions: Vec::new(),
            attrs: Vec::new(),
        };
        let column = format!("v{}", self.history.last());
        let other = |letter: char| format!("{letter}{number}");
        match change {
            Change::Create => (create(at, TableKind::Base), table),
            Change::Alter => (Ddl::AddColumn { at, column }, table),
            Change::Rename => (Ddl::RenameTable { at, to_database: "d".into(), to: renamed(&table) }, table),
            Change::Truncate => (Ddl::TruncateTable { at, id }, table),
            Change::Drop => (Ddl::DropTable { at }, table),
            Change::CreateView => (create(place(&other('v')), TableKind::View), other('v')),
            Change::CreateIndex => (Ddl::CreateIndex { at, index: other('i'), id }, other('i')),
            Change::DropIndex => (Ddl::DropIndex { at: place(""), index: other('i') }, other('i')),
            Change::CreateUser => (Ddl::CreateUser { tenant: tenant(), user: other('u'), id }, other('u')),
            Change::DropUser => (Ddl::DropUser { tenant: tenant(), user: other('u') }, other('u')),
            Change::CreateDatabase => {
                (Ddl::CreateDatabase { tenant: tenant(), database: other('d'), id }, other('d'))
            }
            Change::DropDatabase => {
                (Ddl::DropDatabase { tenant: tenant(), database: other('d') }, other('d'))
            }
            Change::CreateTenant => (Ddl::CreateTenant { tenant: other('m'), id }, other('m')),
            Change::DropTenant => (Ddl::DropTenant { tenant: other('m') }, other('m')),
        }
    }

    /// A point of the curves, at most one for each moment.
    pub(super) fn note(&mut self) {
        let mut point: Point = [0; 5];
        for design in [Design::Service, Design::SchemaManager] {
            let (live, dead) = self.memory(design);
            let totals = self.totals_mut(design);
            totals.most = totals.most.max(live + dead);
            point[2 * design as usize] = live as i64;
            point[2 * design as usize + 1] = dead as i64;
        }
        let behind = self.nodes.keys().map(|&node| {
            let refreshed = self.refreshed(node);
            self.versions.iter().rev().take_while(|(_, version)| *version > refreshed).count() as i64
        });
        point[4] = behind.max().unwrap_or(0);
        if self.points.len() >= POINTS_KEPT {
            let mut keep = false;
            self.points.retain(|_| {
                keep = !keep;
                keep
            });
        }
        match self.points.last_mut() {
            Some((at, last)) if *at == self.now => *last = point,
            Some((_, last)) if *last == point => {}
            _ => self.points.push((self.now, point)),
        }
    }

    /// The database and tables of the start, one version each.
    pub(super) fn populate(&mut self, tables: u32, columns: u32) {
        let ddl = Ddl::CreateDatabase { tenant: "sys".into(), database: "d".into(), id: DATABASE };
        let _ = self.history.execute(SchemaVersion(8), &ddl);
        for table in 0..tables {
            let ddl = Ddl::CreateTable {
                at: place(&format!("t{table}")),
                id: ObjectId(self.next_object),
                kind: TableKind::Base,
                columns: (0..columns).map(|column| format!("c{column}")).collect(),
                partitions: Vec::new(),
                attrs: Vec::new(),
            };
            let version = next_version(self.history.last(), 0);
            if self.history.execute(version, &ddl).is_ok() {
                self.next_object += 1;
                self.versions.push_back((SimTime::ZERO, version));
            }
        }
        self.next_table = tables.max(1);
    }
}

fn place(table: &str) -> TablePlace {
    TablePlace { tenant: "sys".into(), database: "d".into(), table: table.into() }
}

fn renamed(table: &str) -> String {
    format!("{table}_r")
}
