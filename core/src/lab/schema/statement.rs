//! Statements: a guard at one snapshot, names, work, schemas.

use super::config::{Behind, Design, NodeId};
use super::{SchemaEvent, SchemaLab, SpanKind};
use crate::base::SimTime;
use crate::schema::{
    Guard, GuardId, NameKey, ObjectId, ReaderTicket, SchemaError, SchemaKind, SchemaVersion, Source,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A statement polls for a newer version so often (the reference's 10 ms).
const POLL: SimTime = SimTime::from_millis(10);
/// And gives up after this long (the reference's 100 s).
const GIVE_UP: SimTime = SimTime::from_secs(100);
/// A statement that works for long uses its pointers again after so long.
const TOUCH: SimTime = SimTime::from_secs(300);

/// What sort of statement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Sort {
    /// Resolves names, then reads schemas.
    Query,
    /// Reads the schemas of all tables at an old snapshot, by id.
    Compaction,
}

/// Which snapshot a statement wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Snapshot {
    /// The one that its node has refreshed.
    Refreshed,
    /// This one.
    At(SchemaVersion),
    /// This one or a newer one: it follows a DDL of its own session.
    OrNewer(SchemaVersion),
}

/// What it does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Tries to open its guard.
    Open,
    /// Looks its names up.
    Resolve,
    /// Works, and uses what it resolved now and then.
    Work,
    /// Reads schemas and ends.
    Execute,
}

/// A statement that runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Statement {
    pub(super) id: u64,
    pub(super) node: NodeId,
    pub(super) sort: Sort,
    pub(super) phase: Phase,
    pub(super) due: SimTime,
    pub(super) began: SimTime,
    pub(super) span: u64,
    pub(super) waiting: Option<u64>,
    /// Snapshot it wants; the refreshed one where it says nothing.
    pub(super) wants: Option<SchemaVersion>,
    /// A newer one will do: it follows a DDL of its own session.
    pub(super) or_newer: bool,
    pub(super) at: SchemaVersion,
    pub(super) hold: SimTime,
    /// When its work ends.
    pub(super) ends: SimTime,
    pub(super) guard: Option<GuardId>,
    pub(super) reader: Option<ReaderTicket>,
    /// Generation of the old design's memory that its pointers lie in.
    pub(super) generation: u64,
    pub(super) names: Vec<String>,
    pub(super) answers: Vec<Option<ObjectId>>,
}

impl SchemaLab {
    /// Begins a statement; its guard is opened in the same step, if the node can.
    pub(super) fn begin(
        &mut self,
        node: NodeId,
        sort: Sort,
        wants: Snapshot,
        hold: SimTime,
        names: Vec<String>,
        out: &mut Vec<SchemaEvent>,
    ) {
        let id = self.next_statement;
        self.next_statement += 1;
        self.totals_mut(node.design).statements += 1;
        let (wants, or_newer) = match wants {
            Snapshot::Refreshed => (None, false),
            Snapshot::At(version) => (Some(version), false),
            Snapshot::OrNewer(version) => (Some(version), true),
        };
        let statement = Statement {
            id,
            node,
            sort,
            phase: Phase::Open,
            due: self.now,
            began: self.now,
            span: 0,
            waiting: None,
            wants,
            or_newer,
            at: SchemaVersion::ZERO,
            hold,
            ends: SimTime::ZERO,
            guard: None,
            reader: None,
            generation: 0,
            names,
            answers: Vec::new(),
        };
        self.advance_statement(statement, out);
    }

    /// Carries out what a statement does next, and keeps it unless it has ended.
    pub(super) fn advance_statement(&mut self, mut statement: Statement, out: &mut Vec<SchemaEvent>) {
        self.changed.push(super::picture::statement_item(statement.id));
        let done = match statement.phase {
            Phase::Open => self.open(&mut statement, out),
            Phase::Resolve => self.resolve(&mut statement, out),
            Phase::Work => self.work(&mut statement, out),
            Phase::Execute => self.execute_phase(&mut statement, out).map(|()| true),
        };
        match done {
            Ok(true) => self.end_spans(&statement),
            Ok(false) => {
                self.statements.insert(statement.id, statement);
            }
            Err(error) => self.fail(statement, &error, out),
        }
    }

    fn open(&mut self, statement: &mut Statement, out: &mut Vec<SchemaEvent>) -> Result<bool, SchemaError> {
        let id = statement.node;
        if statement.or_newer && statement.wants.is_some_and(|wants| wants <= self.refreshed(id)) {
            statement.wants = None;
        }
        let Some(line) = self.nodes.get_mut(&id) else { return Err(SchemaError::GuardClosed) };
        let opened = match id.design {
            Design::Service => {
                let node = &mut line.node;
                let opened = match statement.sort {
                    Sort::Query => node.open_guard(&self.history, statement.wants),
                    Sort::Compaction => {
                        let at = statement.wants.unwrap_or(node.refreshed());
                        node.open_compaction(&self.history, at)
                    }
                };
                opened.map(|guard| {
                    statement.guard = Some(guard);
                    statement.reader = Some(node.enter());
                    statement.at = node.guard(guard).map_or(SchemaVersion::ZERO, Guard::version);
                })
            }
            Design::SchemaManager => match line.old.locked_until {
                until if self.now < until => {
                    self.wait_for_lock(statement, until, out);
                    return Ok(false);
                }
                _ => self.open_old(statement),
            },
        };
        match opened {
            Ok(()) => {
                self.end_wait(statement);
                let (number, at) = (statement.id, statement.at);
                statement.span = self.begin_span(SpanKind::Statement(statement.sort), id, number);
                statement.phase = Phase::Resolve;
                statement.due = self.now + self.knobs.millis("pause");
                out.push(SchemaEvent::Began { statement: number, node: id, at });
                self.note_stale(statement);
                Ok(false)
            }
            Err(error @ SchemaError::SchemaEagain { .. }) => self.wait_for_version(statement, error, out),
            Err(error) => Err(error),
        }
    }

    fn wait_for_lock(&mut self, statement: &mut Statement, until: SimTime, out: &mut Vec<SchemaEvent>) {
        let (number, node) = (statement.id, statement.node);
        let waits = (until - self.now).micros();
        let totals = self.totals_mut(node.design);
        totals.locked += 1;
        totals.lock_us += waits;
        if statement.waiting.is_none() {
            statement.waiting = Some(self.begin_span(SpanKind::Wait, node, number));
        }
        statement.due = until;
        out.push(SchemaEvent::Locked { statement: number, node, until });
    }

    /// Refreshes, waits or is told to retry, as the knob says.
    fn wait_for_version(
        &mut self,
        statement: &mut Statement,
        error: SchemaError,
        out: &mut Vec<SchemaEvent>,
    ) -> Result<bool, SchemaError> {
        let gives_up = statement.began + GIVE_UP;
        let behind = self.knobs.behind();
        if self.now >= gives_up || behind == Behind::Retry {
            return Err(error);
        }
        let (number, node) = (statement.id, statement.node);
        if statement.waiting.is_none() {
            let refreshed = self.refreshed(node);
            let wants = statement.wants.unwrap_or(refreshed);
            statement.waiting = Some(self.begin_span(SpanKind::Wait, node, number));
            self.totals_mut(node.design).waits += 1;
            out.push(SchemaEvent::Waits { statement: number, node, wants, refreshed });
        }
        if behind == Behind::Refresh {
            self.ask_for_refresh(node);
        }
        // It polls; nothing can be new to it before a refresh ends, which wakes it at its next poll.
        statement.due = gives_up;
        Ok(false)
    }

    /// Statements that wait for a node poll again.
    pub(super) fn wake(&mut self, node: NodeId) {
        let now = self.now.micros();
        let waits = |one: &&mut Statement| one.node == node && one.phase == Phase::Open;
        for one in self.statements.values_mut().filter(waits) {
            let polls = (now - one.began.micros()).div_ceil(POLL.micros());
            one.due = one.due.min(SimTime(one.began.micros() + polls * POLL.micros()));
        }
    }

    fn end_wait(&mut self, statement: &mut Statement) {
        if let Some(span) = statement.waiting.take() {
            let waited = self.now.saturating_since(statement.began).micros();
            self.totals_mut(statement.node.design).waited_us += waited;
            self.end_span(span);
        }
    }

    /// Whether a list of so many whole snapshots would have served it (`TiDB`, 16 by default).
    fn note_stale(&mut self, statement: &Statement) {
        if statement.wants.is_some() && statement.at < self.history.last() {
            let kept = self.versions.len().saturating_sub(self.knobs.get("snapshots") as usize);
            let oldest = self.versions.get(kept).map_or(SchemaVersion::ZERO, |(_, version)| *version);
            let totals = self.totals_mut(statement.node.design);
            totals.stale += 1;
            totals.stale_missed += u64::from(statement.at < oldest);
        }
    }

    fn resolve(
        &mut self,
        statement: &mut Statement,
        out: &mut Vec<SchemaEvent>,
    ) -> Result<bool, SchemaError> {
        let before = self.history.rows();
        let mut from_history = 0;
        for name in statement.names.clone() {
            let (id, source) = self.look_up(statement, &name)?;
            from_history += u32::from(source == Source::History);
            statement.answers.push(id);
        }
        if let (Some(reader), Some(line)) = (statement.reader.take(), self.nodes.get_mut(&statement.node)) {
            line.node.leave(reader);
        }
        let rows = (self.history.rows() - before).total();
        let totals = self.totals_mut(statement.node.design);
        totals.from_history += u64::from(from_history);
        totals.lookup_rows += rows;
        let cost = SimTime(rows * self.knobs.get("row-cost") as u64);
        statement.phase = Phase::Work;
        statement.ends = self.now + cost + statement.hold;
        statement.due = statement.ends.min(self.now + TOUCH);
        let names = statement.names.len() as u32;
        out.push(SchemaEvent::Resolved { statement: statement.id, names, from_history, rows });
        Ok(false)
    }

    /// Uses what it resolved: in the old design a pointer into memory that nobody counts.
    fn work(&mut self, statement: &mut Statement, out: &mut Vec<SchemaEvent>) -> Result<bool, SchemaError> {
        if self.now >= statement.ends {
            return self.execute_phase(statement, out).map(|()| true);
        }
        if statement.node.design == Design::SchemaManager {
            self.test_pointer(statement)?;
        }
        statement.due = statement.ends.min(self.now + TOUCH);
        Ok(false)
    }

    /// What a name means to a statement: in both designs a question at its snapshot.
    fn look_up(
        &mut self,
        statement: &Statement,
        name: &str,
    ) -> Result<(Option<ObjectId>, Source), SchemaError> {
        let key = NameKey { tenant: ObjectId::SYS, parent: super::DATABASE, name };
        let Some(line) = self.nodes.get_mut(&statement.node) else { return Err(SchemaError::GuardClosed) };
        match (statement.node.design, statement.guard) {
            (Design::Service, Some(guard)) => {
                self.totals[0].probes += 1;
                self.totals[0].lookups += 1;
                let node = &mut line.node;
                match statement.reader {
                    Some(reader) => node.id_of_through(&self.history, reader, guard, SchemaKind::Table, key),
                    None => node.id_of(&self.history, guard, SchemaKind::Table, key),
                }
            }
            (Design::Service, None) => Err(SchemaError::GuardClosed),
            (Design::SchemaManager, _) => {
                self.totals[1].probes += 2;
                self.totals[1].lookups += 1;
                self.test_pointer(statement)?;
                // A slot is a whole copy of its version: what it answers is what was true then.
                Ok((self.copied(key, statement.at), Source::Map))
            }
        }
    }

    fn execute_phase(
        &mut self,
        statement: &mut Statement,
        out: &mut Vec<SchemaEvent>,
    ) -> Result<(), SchemaError> {
        let (mut hits, mut misses) = (0, 0);
        for (name, first) in statement.names.clone().into_iter().zip(statement.answers.clone()) {
            let (then, _) = self.look_up(statement, &name)?;
            if then != first {
                self.wrong = Some((statement.id, name.clone()));
                out.push(SchemaEvent::Wrong { statement: statement.id, name, first, then });
            }
        }
        if let (Some(guard), Some(line)) = (statement.guard, self.nodes.get_mut(&statement.node)) {
            let node = &mut line.node;
            let ids: Vec<ObjectId> = match statement.sort {
                Sort::Query => statement.answers.iter().flatten().copied().collect(),
                Sort::Compaction => node.guard(guard).map_or_else(Vec::new, Guard::tables),
            };
            for id in ids {
                match node.schema(&self.history, guard, SchemaKind::Table, id)? {
                    Some((_, true)) => hits += 1,
                    Some((_, false)) => misses += 1,
                    None => {
                        self.wrong = Some((statement.id, alloc::format!("id {id}")));
                    }
                }
            }
        }
        self.let_go(statement, out);
        let took = self.now.saturating_since(statement.began);
        let (number, node) = (statement.id, statement.node);
        let totals = self.totals_mut(node.design);
        totals.ended += 1;
        totals.took_us += took.micros();
        totals.work_us += statement.hold.micros();
        out.push(SchemaEvent::Ended { statement: number, node, hits, misses, took });
        Ok(())
    }

    /// Closes the guard or gives the slot back; old maps may be freed then.
    pub(super) fn let_go(&mut self, statement: &mut Statement, out: &mut Vec<SchemaEvent>) {
        let hold = SimTime(self.knobs.get("lock-hold") as u64);
        let Some(line) = self.nodes.get_mut(&statement.node) else { return };
        if let Some(reader) = statement.reader.take() {
            line.node.leave(reader);
        }
        if let Some(guard) = statement.guard.take() {
            let _ = line.node.close_guard(guard);
        }
        if statement.node.design == Design::SchemaManager && statement.at > SchemaVersion::ZERO {
            let _ = line.old.slots.release(statement.at);
            line.old.locked_until = line.old.locked_until.max(self.now) + hold;
        }
        self.free_retired(statement.node, out);
    }

    fn fail(&mut self, mut statement: Statement, error: &SchemaError, out: &mut Vec<SchemaEvent>) {
        self.totals_mut(statement.node.design).failed += 1;
        let (id, node) = (statement.id, statement.node);
        let at = statement.wants.unwrap_or(statement.at);
        out.push(SchemaEvent::Failed { statement: id, node, code: error.code(), at });
        self.let_go(&mut statement, out);
        self.end_spans(&statement);
        self.mark_failed(&statement, error.code());
        if let SchemaError::FreedMemory { generation } = *error {
            self.crash(node, id, generation, out);
        }
    }

    pub(super) fn end_spans(&mut self, statement: &Statement) {
        self.end_span(statement.span);
        if let Some(span) = statement.waiting {
            self.end_span(span);
        }
    }
}
