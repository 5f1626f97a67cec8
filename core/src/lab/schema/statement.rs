//! Statements: a guard at one snapshot, names, work, schemas.

use super::config::Design;
use super::{SchemaEvent, SchemaLab, SpanKind};
use crate::base::SimTime;
use crate::schema::{
    GuardId, NameKey, ObjectId, ReaderTicket, SchemaError, SchemaKind, SchemaVersion, Source,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A statement polls for a newer version so often (the reference's 10 ms).
const POLL: SimTime = SimTime::from_millis(10);
/// And gives up after this long (the reference's 100 s).
const GIVE_UP: SimTime = SimTime::from_secs(100);

/// What sort of statement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Sort {
    /// Resolves names, then reads schemas.
    Query,
    /// Reads the schemas of all tables at an old snapshot, by id.
    Compaction,
}

/// What it does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Tries to open its guard.
    Open,
    /// Looks its names up.
    Resolve,
    /// Reads schemas and ends.
    Execute,
}

/// A statement that runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Statement {
    pub(super) id: u64,
    pub(super) node: u32,
    pub(super) sort: Sort,
    pub(super) phase: Phase,
    pub(super) due: SimTime,
    pub(super) began: SimTime,
    pub(super) span: u64,
    pub(super) waiting: Option<u64>,
    /// Snapshot it wants; the refreshed one where it says nothing.
    pub(super) wants: Option<SchemaVersion>,
    pub(super) at: SchemaVersion,
    pub(super) hold: SimTime,
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
        node: u32,
        sort: Sort,
        wants: Option<SchemaVersion>,
        hold: SimTime,
        names: Vec<String>,
        out: &mut Vec<SchemaEvent>,
    ) {
        let id = self.next_statement;
        self.next_statement += 1;
        self.totals.statements += 1;
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
            at: SchemaVersion::ZERO,
            hold,
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
        let place = statement.node as usize;
        let opened = match self.design {
            Design::Service => {
                let node = &mut self.nodes[place].node;
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
                    statement.at = node.guard(guard).map_or(SchemaVersion::ZERO, |guard| guard.version());
                })
            }
            Design::SchemaManager => self.open_old(statement),
        };
        match opened {
            Ok(()) => {
                self.end_wait(statement);
                statement.span =
                    self.begin_span(SpanKind::Statement(statement.sort), statement.node, statement.id);
                statement.phase = Phase::Resolve;
                statement.due = SimTime(self.now.micros() + self.knobs.millis("pause").micros());
                out.push(SchemaEvent::Began {
                    statement: statement.id,
                    node: statement.node,
                    at: statement.at,
                });
                self.note_stale(statement);
                Ok(false)
            }
            Err(error @ (SchemaError::SchemaEagain { .. } | SchemaError::Eagain { .. }))
                if self.now.saturating_since(statement.began) < GIVE_UP =>
            {
                if statement.waiting.is_none() {
                    let refreshed = self.refreshed(place);
                    let wants = statement.wants.unwrap_or(refreshed);
                    let (id, node) = (statement.id, statement.node);
                    statement.waiting = Some(self.begin_span(SpanKind::Wait, node, id));
                    self.totals.waits += 1;
                    out.push(SchemaEvent::Waits { statement: id, node, wants, refreshed });
                    let _ = error;
                }
                statement.due = SimTime(self.now.micros() + POLL.micros());
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn end_wait(&mut self, statement: &mut Statement) {
        if let Some(span) = statement.waiting.take() {
            self.totals.waited_us += self.now.saturating_since(statement.began).micros();
            self.end_span(span);
        }
    }

    /// Whether a list of so many whole snapshots would have served it (`TiDB`, 16 by default).
    fn note_stale(&mut self, statement: &Statement) {
        if statement.wants.is_some() && statement.at < self.history.last() {
            self.totals.stale += 1;
            let newest = self.versions.iter().rev().take(self.knobs.get("snapshots") as usize);
            let oldest = newest.last().map_or(SchemaVersion::ZERO, |(_, version)| *version);
            if statement.at < oldest {
                self.totals.stale_missed += 1;
            }
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
        if let Some(reader) = statement.reader.take() {
            self.nodes[statement.node as usize].node.leave(reader);
        }
        let rows = (self.history.rows() - before).total();
        self.totals.lookups += statement.names.len() as u64;
        self.totals.from_history += u64::from(from_history);
        let cost = rows * self.knobs.get("row-cost") as u64;
        statement.phase = Phase::Execute;
        statement.due = SimTime(self.now.micros() + cost + statement.hold.micros());
        let names = statement.names.len() as u32;
        out.push(SchemaEvent::Resolved { statement: statement.id, names, from_history, rows });
        Ok(false)
    }

    /// What a name means to a statement: in both designs a question at its snapshot.
    fn look_up(
        &mut self,
        statement: &Statement,
        name: &str,
    ) -> Result<(Option<ObjectId>, Source), SchemaError> {
        let key = NameKey { tenant: ObjectId::SYS, parent: super::DATABASE, name };
        let place = statement.node as usize;
        match (self.design, statement.guard) {
            (Design::Service, Some(guard)) => {
                let node = &mut self.nodes[place].node;
                match statement.reader {
                    Some(reader) => node.id_of_through(&self.history, reader, guard, SchemaKind::Table, key),
                    None => node.id_of(&self.history, guard, SchemaKind::Table, key),
                }
            }
            (Design::Service, None) => Err(SchemaError::GuardClosed),
            (Design::SchemaManager, _) => {
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
        if let Some(guard) = statement.guard {
            let node = &mut self.nodes[statement.node as usize].node;
            let ids: Vec<ObjectId> = match statement.sort {
                Sort::Query => statement.answers.iter().flatten().copied().collect(),
                Sort::Compaction => node.guard(guard).map_or_else(Vec::new, |guard| guard.tables()),
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
        self.totals.ended += 1;
        let took = self.now.saturating_since(statement.began);
        let (statement, node) = (statement.id, statement.node);
        out.push(SchemaEvent::Ended { statement, node, hits, misses, took });
        Ok(())
    }

    /// Closes the guard or gives the slot back; old maps may be freed then.
    pub(super) fn let_go(&mut self, statement: &mut Statement, out: &mut Vec<SchemaEvent>) {
        let node = &mut self.nodes[statement.node as usize];
        if let Some(reader) = statement.reader.take() {
            node.node.leave(reader);
        }
        if let Some(guard) = statement.guard.take() {
            let _ = node.node.close_guard(guard);
        }
        if self.design == Design::SchemaManager && statement.at > SchemaVersion::ZERO {
            let _ = node.old.slots.release(statement.at);
        }
        self.free_retired(statement.node, out);
    }

    fn fail(&mut self, mut statement: Statement, error: &SchemaError, out: &mut Vec<SchemaEvent>) {
        self.totals.failed += 1;
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

    fn end_spans(&mut self, statement: &Statement) {
        self.end_span(statement.span);
        if let Some(span) = statement.waiting {
            self.end_span(span);
        }
    }
}
