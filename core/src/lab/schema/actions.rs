//! What is due, and what commands do.

use super::command::Change;
use super::config::{Design, KNOBS};
use super::old::OldNode;
use super::statement::{Sort, Statement};
use super::{
    DATABASE, DDLS_KEPT, DdlLine, NodeLine, SPANS_KEPT, SchemaCommand, SchemaEvent, SchemaLab, SpanKind,
    SpanLine, Work,
};
use crate::base::SimTime;
use crate::lab::Rejection;
use crate::lab::board::{InputError, Kind};
use crate::schema::{
    Ddl, Node, ObjectId, SchemaError, SchemaKind, SchemaVersion, TableKind, TablePlace, next_version,
};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How long a node is down after it read freed memory, or was restarted, before it reads its schema.
const DOWN: SimTime = SimTime::from_secs(5);
/// The old design fetches a new version at most once a second; a failed refresh is tried again then.
const RETRY: SimTime = SimTime::from_secs(1);
/// Points of the curves that are kept.
const POINTS_KEPT: usize = 512;

/// What is due next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Up(usize),
    RefreshEnds(usize),
    RebuildEnds(usize),
    Look(usize),
    Refresh(usize),
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
        let nodes = self.nodes.iter().enumerate().flat_map(|(at, line)| {
            let old = self.design == Design::SchemaManager;
            let idle = line.refresh.is_none() && line.down.is_none();
            [
                line.down.map(|work| (work.until, Action::Up(at))),
                line.refresh.map(|work| (work.until, Action::RefreshEnds(at))),
                line.rebuild.map(|work| (work.until, Action::RebuildEnds(at))),
                (old && line.down.is_none()).then_some((line.old.look_at, Action::Look(at))),
                idle.then_some((line.refresh_at, Action::Refresh(at))),
            ]
        });
        let due = streams.into_iter().chain(statements).chain(nodes.flatten());
        due.filter(|(at, _)| *at < SimTime::MAX).min()
    }

    pub(super) fn carry_out(&mut self, action: Action, out: &mut Vec<SchemaEvent>) {
        match action {
            Action::Ddl => {
                self.ddl_at = self.after("ddl-every");
                let change = Change::of([1, 1, 1, 1, 0, 2, 3, 4][self.rng.below(8) as usize]);
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
            Action::Refresh(place) => self.begin_refresh(place, out),
            Action::RefreshEnds(place) => self.end_refresh(place, out),
            Action::RebuildEnds(place) => self.end_rebuild(place, out),
            Action::Look(place) => self.look(place, out),
            Action::Recycle => {
                let every = self.knobs.secs("recycle-every");
                self.recycle_at = SimTime(self.now.micros().saturating_add(every.micros()));
                let before = self.now.saturating_since(self.knobs.secs("keep"));
                let old = self.versions.iter().rev().find(|(at, _)| *at <= before);
                if let Some((_, version)) = old.copied() {
                    self.recycle(version, out);
                }
            }
            Action::Up(place) => self.up(place, out),
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
        self.recycle_at = on(self.knobs.get("recycle-every"), self.recycle_at, self.now);
    }

    fn new_statement(&mut self, out: &mut Vec<SchemaEvent>) {
        let node = self.rng.below(self.nodes.len() as u64) as usize;
        let names = (0..3).map(|_| format!("t{}", self.rng.below(u64::from(self.next_table)))).collect();
        let hold = SimTime(self.rng.around(self.knobs.millis("hold").micros(), 50));
        let fresh = self.rng.below(1_000) < self.knobs.get("fresh") as u64;
        let stale = self.knobs.get("stale") as u64;
        let wants = if fresh {
            Some(self.history.last())
        } else if stale > 0 {
            let back = self.rng.below(stale + 1);
            Some(self.version_back(node, back))
        } else {
            None
        };
        if self.nodes[node].down.is_some() {
            self.totals.statements += 1;
            self.totals.failed += 1;
            let (statement, node) = (self.next_statement, node as u32);
            self.next_statement += 1;
            let at = wants.unwrap_or_default();
            out.push(SchemaEvent::Failed { statement, node, code: -4242, at });
            return;
        }
        self.begin(node as u32, Sort::Query, wants, hold, names, out);
    }

    /// The version so many versions before the one a node has refreshed.
    fn version_back(&self, node: usize, back: u64) -> SchemaVersion {
        let refreshed = self.refreshed(node);
        let known = self.versions.iter().rev().map(|(_, version)| *version).filter(|at| *at <= refreshed);
        known.take(back as usize + 1).last().unwrap_or(refreshed)
    }

    pub(super) fn begin_span(&mut self, kind: SpanKind, node: u32, number: u64) -> u64 {
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
    pub(super) fn ddl(&mut self, change: Change, table: u32, out: &mut Vec<SchemaEvent>) {
        let version = next_version(self.history.last(), self.now.micros() as i64);
        let table = format!("t{table}");
        let place =
            |table: &str| TablePlace { tenant: "sys".into(), database: "d".into(), table: table.into() };
        let renamed = format!("{table}_r");
        let id = ObjectId(self.next_object);
        let at = place(&table);
        let ddl = match change {
            Change::Create => Ddl::CreateTable {
                at,
                id,
                kind: TableKind::Base,
                columns: (0..4).map(|column| format!("c{column}")).collect(),
                partitions: Vec::new(),
                attrs: Vec::new(),
            },
            Change::Alter => Ddl::AddColumn { at, column: format!("v{version}") },
            Change::Rename => Ddl::RenameTable { at, to_database: "d".into(), to: renamed.clone() },
            Change::Truncate => Ddl::TruncateTable { at, id },
            Change::Drop => Ddl::DropTable { at },
        };
        let mut done = self.history.execute(version, &ddl);
        if change == Change::Rename && done == Err(SchemaError::TableNotExist) {
            let back = Ddl::RenameTable { at: place(&renamed), to_database: "d".into(), to: table.clone() };
            done = self.history.execute(version, &back);
        }
        if let Err(error) = done {
            out.push(SchemaEvent::DdlRefused { code: error.code(), change, table });
            return;
        }
        self.next_object += 1;
        self.totals.ddls += 1;
        self.versions.push_back((self.now, version));
        self.ddls.push_back(DdlLine { version, at: self.now, change, table: table.clone() });
        if self.ddls.len() > DDLS_KEPT {
            self.ddls.pop_front();
        }
        if self.versions.len() > 8 * DDLS_KEPT {
            self.versions.pop_front();
        }
        self.changed.push(super::picture::ddl_item(version));
        out.push(SchemaEvent::Ddl { version, change, table });
    }

    fn begin_refresh(&mut self, place: usize, out: &mut Vec<SchemaEvent>) {
        let every = self.knobs.millis("refresh-every").micros();
        self.nodes[place].refresh_at = SimTime(self.now.micros() + every);
        let from = self.refreshed(place);
        if from >= self.history.last() {
            return;
        }
        let (rows, columns) = match self.design {
            Design::Service => {
                let mut rows = 0;
                self.history.changes(from, self.history.last(), |_| rows += 1);
                (rows, 0)
            }
            Design::SchemaManager => self.old_rows(from),
        };
        let needs = rows * self.knobs.get("row-cost") as u64;
        let limit = self.knobs.secs("refresh-limit").micros();
        let span = self.begin_span(SpanKind::Refresh, place as u32, self.history.last().0 as u64);
        let until = SimTime(self.now.micros() + needs.min(limit).max(1));
        self.nodes[place].refresh = Some(Work { until, span, rows, columns, fails: needs > limit });
        out.push(SchemaEvent::RefreshBegan { node: place as u32, rows });
    }

    fn end_refresh(&mut self, place: usize, out: &mut Vec<SchemaEvent>) {
        let Some(work) = self.nodes[place].refresh.take() else { return };
        self.end_span(work.span);
        let span = self.spans.back().copied();
        let node = place as u32;
        let took = self.now.saturating_since(span.map_or(self.now, |span| span.from));
        self.totals.refresh_rows += work.rows;
        self.totals.refresh_columns += work.columns;
        self.totals.refresh_us += took.micros();
        if work.fails {
            self.totals.refreshes_failed += 1;
            if let Some(span) = self.spans.back_mut() {
                span.code = -4012;
            }
            let needs = SimTime(work.rows * self.knobs.get("row-cost") as u64);
            self.nodes[place].refresh_at = SimTime(self.now.micros() + RETRY.micros());
            out.push(SchemaEvent::RefreshFailed { node, rows: work.rows, needs });
            return;
        }
        let to = span.map_or(SchemaVersion::ZERO, |span| SchemaVersion(span.number));
        match self.design {
            Design::Service => {
                self.nodes[place].node.refresh(&self.history, to);
                self.begin_rebuild_if_due(place, out);
            }
            Design::SchemaManager => {
                if !self.publish_old(place, to, out) {
                    return;
                }
            }
        }
        self.totals.refreshes += 1;
        out.push(SchemaEvent::Refreshed { node, to, rows: work.rows, columns: work.columns, took });
    }

    fn begin_rebuild_if_due(&mut self, place: usize, out: &mut Vec<SchemaEvent>) {
        let node = &self.nodes[place].node;
        let used = |kind: SchemaKind| node.names(kind).used().bytes() + node.ids(kind).used().bytes();
        let bytes: u64 = SchemaKind::ALL.into_iter().map(used).sum();
        let dead = |kind: SchemaKind| node.names(kind).used().dead_bytes + node.ids(kind).used().dead_bytes;
        let dead: u64 = SchemaKind::ALL.into_iter().map(dead).sum();
        // With nothing to gain a rebuild would follow the other without an end.
        if bytes > self.knobs.get("threshold") as u64 && dead * 8 > bytes {
            self.begin_rebuild(place, out);
        }
    }

    fn begin_rebuild(&mut self, place: usize, out: &mut Vec<SchemaEvent>) {
        let before = self.history.rows();
        let Ok(base) = self.nodes[place].node.begin_rebuild(&self.history) else { return };
        let rows = (self.history.rows() - before).total();
        let span = self.begin_span(SpanKind::Rebuild, place as u32, base.0 as u64);
        let until = SimTime(self.now.micros() + rows * self.knobs.get("row-cost") as u64);
        self.nodes[place].rebuild = Some(Work { until, span, rows, columns: 0, fails: false });
        out.push(SchemaEvent::RebuildBegan { node: place as u32, base });
    }

    fn end_rebuild(&mut self, place: usize, out: &mut Vec<SchemaEvent>) {
        let Some(work) = self.nodes[place].rebuild.take() else { return };
        self.end_span(work.span);
        let node = &mut self.nodes[place].node;
        let bytes_before = node.map_bytes();
        if node.end_rebuild(&self.history, self.now).is_ok() {
            let (generation, bytes) = (node.generation(), node.map_bytes());
            out.push(SchemaEvent::Swapped { node: place as u32, generation, bytes_before, bytes });
        }
        self.free_retired(place as u32, out);
    }

    /// Frees maps that were swapped out, as the knob says.
    pub(super) fn free_retired(&mut self, node: u32, out: &mut Vec<SchemaEvent>) {
        let rule = self.knobs.free_rule();
        let freed = self.nodes[node as usize].node.free_retired(rule, self.now);
        out.extend(freed.into_iter().map(|generation| SchemaEvent::Freed { node, generation }));
    }

    fn recycle(&mut self, to: SchemaVersion, out: &mut Vec<SchemaEvent>) {
        let naive = self.knobs.naive();
        let refreshed = (0..self.nodes.len()).map(|place| self.refreshed(place)).min();
        let guards = self.nodes.iter().filter_map(|line| line.node.oldest_guard()).min();
        let guards = guards.filter(|_| !naive.no_hold).unwrap_or(SchemaVersion::MAX);
        let operations = self.nodes.iter().map(|line| line.node.operations_from()).min();
        let slots = self.nodes.iter().filter_map(|line| line.old.slots.recycle_version()).min();
        let to = to.min(refreshed.unwrap_or_default()).min(guards).min(slots.unwrap_or(SchemaVersion::MAX));
        let operations = match self.design {
            Design::Service => operations.unwrap_or_default(),
            Design::SchemaManager => to,
        };
        let recycled = self.history.recycle(to, operations, !naive.no_pivot);
        if recycled.removed > 0 {
            self.totals.recycled += recycled.removed;
            out.push(SchemaEvent::Recycled { to: recycled.effective, removed: recycled.removed });
        }
    }

    /// A node is gone: its statements fail, and it starts again.
    pub(super) fn crash(&mut self, node: u32, statement: u64, generation: u64, out: &mut Vec<SchemaEvent>) {
        self.totals.crashes += 1;
        self.freed = Some((statement, generation));
        out.push(SchemaEvent::Crashed { node, statement, generation });
        self.restart(node, out);
    }

    fn restart(&mut self, node: u32, out: &mut Vec<SchemaEvent>) {
        let lost: Vec<u64> =
            self.statements.values().filter(|one| one.node == node).map(|one| one.id).collect();
        for id in lost {
            if let Some(mut statement) = self.statements.remove(&id) {
                self.totals.failed += 1;
                out.push(SchemaEvent::Failed { statement: id, node, code: -4242, at: statement.at });
                self.let_go(&mut statement, out);
                self.end_span(statement.span);
                self.mark_failed(&statement, -4242);
            }
        }
        let place = node as usize;
        for work in [self.nodes[place].refresh.take(), self.nodes[place].rebuild.take()].into_iter().flatten()
        {
            self.end_span(work.span);
        }
        if let Some(work) = self.nodes[place].down.take() {
            self.end_span(work.span);
        }
        // The service reads current rows and is there; the old design reads all when it refreshes.
        let before = self.history.rows();
        let fresh = self.fresh_node(true);
        let rows = (self.history.rows() - before).total();
        let cost = if self.design == Design::Service { rows * self.knobs.get("row-cost") as u64 } else { 0 };
        let until = SimTime(self.now.micros() + DOWN.micros() + cost);
        self.nodes[place] = fresh;
        let span = self.begin_span(SpanKind::Down, node, 0);
        self.nodes[place].down = Some(Work { until, span, rows, columns: 0, fails: false });
        out.push(SchemaEvent::Restarted { node, until });
    }

    fn up(&mut self, place: usize, _out: &mut Vec<SchemaEvent>) {
        if let Some(work) = self.nodes[place].down.take() {
            self.end_span(work.span);
        }
        self.nodes[place].refresh_at = self.now;
    }

    /// A node that starts: from the current rows, or from nothing.
    pub(super) fn fresh_node(&self, from_rows: bool) -> NodeLine {
        let (config, naive) = (self.knobs.node(), self.knobs.naive());
        let node = if from_rows {
            Node::restarted(config, naive, &self.history)
        } else {
            Node::loaded(config, naive, &self.history)
        };
        let old = OldNode::new(self.knobs.secs("period"));
        NodeLine { node, old, refresh: None, refresh_at: self.now, rebuild: None, down: None }
    }

    pub(super) fn allows(&self, command: &SchemaCommand) -> Result<(), Rejection> {
        let refuse = |key: &str, code: i32, numbers: Vec<i64>, text: String| {
            Err(Rejection { code, key: key.to_string(), numbers, text })
        };
        match *command {
            SchemaCommand::Statement { node, .. }
            | SchemaCommand::Compact { node, .. }
            | SchemaCommand::Refresh { node }
            | SchemaCommand::Rebuild { node }
            | SchemaCommand::Restart { node } => {
                let Some(line) = (node as usize).checked_sub(1).and_then(|at| self.nodes.get(at)) else {
                    let nodes = self.nodes.len() as i64;
                    let text = format!("there is no node {node}, only {nodes}; turn the knob `nodes` first");
                    return refuse("no-node", 0, [i64::from(node), nodes].to_vec(), text);
                };
                if line.down.is_some() && !matches!(command, SchemaCommand::Restart { .. }) {
                    let text = format!("node {node} is down; wait until it has started");
                    return refuse("node-down", -4242, [i64::from(node)].to_vec(), text);
                }
                let rebuilds = matches!(command, SchemaCommand::Rebuild { .. });
                if rebuilds && (line.rebuild.is_some() || self.design == Design::SchemaManager) {
                    let text = format!("node {node} is rebuilding already, or has no maps to rebuild");
                    return refuse("busy", SchemaError::Busy.code(), [i64::from(node)].to_vec(), text);
                }
                let refreshes = matches!(command, SchemaCommand::Refresh { .. });
                if refreshes
                    && (line.refresh.is_some() || self.refreshed(node as usize - 1) >= self.history.last())
                {
                    let text = format!("node {node} is refreshing already, or knows the newest version");
                    return refuse("nothing-new", 0, [i64::from(node)].to_vec(), text);
                }
                Ok(())
            }
            SchemaCommand::Turn { knob, value } => {
                let Some(knob) = KNOBS.get(usize::from(knob)) else {
                    return Err(InputError::Unknown { key: knob.to_string() }.into());
                };
                let (min, max) = match knob.input.kind {
                    Kind::Number { min, max, .. } => (min, max),
                    Kind::Choice { of, .. } => (0, of.len() as i64 - 1),
                    Kind::Switch { .. } | Kind::Text { .. } => (0, 1),
                };
                if !(min..=max).contains(&value) {
                    return Err(InputError::Range { input: knob.input.key, value, min, max }.into());
                }
                let nodes = self.nodes.len() as i64;
                if knob.input.key == "nodes" && value < nodes {
                    let text = format!("{nodes} nodes are there; nodes are added, not taken away");
                    return refuse("fewer-nodes", 0, [nodes].to_vec(), text);
                }
                Ok(())
            }
            SchemaCommand::Ddl { .. } | SchemaCommand::Recycle => Ok(()),
        }
    }

    pub(super) fn obey(&mut self, command: &SchemaCommand, out: &mut Vec<SchemaEvent>) {
        let hold = |ms: u32| SimTime::from_millis(ms.into());
        match *command {
            SchemaCommand::Ddl { change, table } => self.ddl(change, table, out),
            SchemaCommand::Statement { node, table, back, hold_ms } => {
                let wants = self.version_back(node as usize - 1, back.into());
                let names = [format!("t{table}")].to_vec();
                self.begin(node - 1, Sort::Query, Some(wants), hold(hold_ms), names, out);
            }
            SchemaCommand::Compact { node, back, hold_ms } => {
                let wants = self.version_back(node as usize - 1, back.into());
                self.begin(node - 1, Sort::Compaction, Some(wants), hold(hold_ms), Vec::new(), out);
            }
            SchemaCommand::Refresh { node } => self.begin_refresh(node as usize - 1, out),
            SchemaCommand::Rebuild { node } => self.begin_rebuild(node as usize - 1, out),
            SchemaCommand::Recycle => self.recycle(self.history.last(), out),
            SchemaCommand::Restart { node } => self.restart(node - 1, out),
            SchemaCommand::Turn { knob, value } => {
                self.knobs.set(knob.into(), value);
                out.push(SchemaEvent::Turned { knob, value });
                self.plan();
                while (self.nodes.len() as i64) < self.knobs.get("nodes") {
                    let node = self.fresh_node(true);
                    self.nodes.push(node);
                }
                let (config, naive) = (self.knobs.node(), self.knobs.naive());
                for line in &mut self.nodes {
                    line.node.set_config(config);
                    line.node.set_naive(naive);
                }
            }
        }
    }

    /// A point of the curves, at most one for each stretch of time.
    pub(super) fn note(&mut self) {
        let (live, dead) = self.memory();
        let behind = (0..self.nodes.len()).map(|place| {
            let refreshed = self.refreshed(place);
            self.versions.iter().rev().take_while(|(_, version)| *version > refreshed).count() as i64
        });
        let point = [live as i64, dead as i64, behind.max().unwrap_or(0)];
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
                at: TablePlace { tenant: "sys".into(), database: "d".into(), table: format!("t{table}") },
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
