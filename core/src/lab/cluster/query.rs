//! A query: its version, its scans, its answer.

use super::history::{QueryLine, What, keep};
use super::note::{Note, Request, Then, Tick, Waiter};
use super::place::Few;
use super::{CLIENT, ClusterEvent, ClusterLab, FE, K, check, node_of, table_id};
use crate::base::{SimTime, Version};
use crate::cloud::retry_delay;
use alloc::format;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What one backend scans for a query.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Part {
    backend: u32,
    tablets: Few,
    /// Tablets whose view is not right yet.
    left: usize,
    began: SimTime,
    /// How long it waited for views.
    waited: SimTime,
    code: i32,
    done: bool,
}

/// A query under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Query {
    table: u32,
    began: SimTime,
    version: Version,
    attempt: u32,
    parts: Vec<Part>,
    waited: SimTime,
    code: i32,
}

impl ClusterLab {
    pub(super) fn query_due(&mut self, turns: u32, out: &mut Vec<ClusterEvent>) {
        if turns != self.turns {
            return;
        }
        let every = self.knobs.get(K::QueryEvery);
        if !self.tables.is_empty() {
            let table = self.work.below(self.tables.len() as u64) as u32;
            self.query(table, out);
        }
        let next = SimTime(self.work.around(every, 50).max(1));
        self.sim.after(CLIENT, next, Note::Tick(Tick::QueryDue(turns)));
    }

    pub(super) fn query(&mut self, table: u32, out: &mut Vec<ClusterEvent>) {
        let (query, began) = (self.id(), self.time());
        let line = Query {
            table,
            began,
            version: -1,
            attempt: 0,
            parts: Vec::new(),
            waited: SimTime::ZERO,
            code: 0,
        };
        self.queries.insert(query, line);
        self.history.begin(CLIENT.0, What::Query(query), began);
        out.push(ClusterEvent::Asked { query, table });
        self.send(CLIENT, FE, Note::Query(query));
    }

    /// The frontend plans: it needs the version first.
    pub(super) fn plan(&mut self, query: u64, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.queries.get(&query) else { return };
        let table = line.table;
        if self.knobs.is_on(K::VersionCache) {
            let version = self.tables[table as usize].heard;
            self.version_known(query, version, out);
        } else {
            self.ask(FE, Request::Version(table_id(table)), Then::Query(query));
        }
    }

    pub(super) fn version_known(&mut self, query: u64, version: Version, out: &mut Vec<ClusterEvent>) {
        let Some(table) = self.queries.get(&query).map(|line| line.table) else { return };
        let heard = &mut self.tables[table as usize].heard;
        *heard = (*heard).max(version);
        let Some(homes) = self.homes(table, out) else {
            self.end_query(query, 0, out);
            return;
        };
        let now = self.time();
        let part = |(backend, tablets): (u32, Few)| Part {
            backend,
            left: tablets.len(),
            tablets,
            began: now,
            waited: SimTime::ZERO,
            code: 0,
            done: false,
        };
        let parts: Vec<Part> = homes.into_iter().map(part).collect();
        let backends: Vec<u32> = parts.iter().map(|part| part.backend).collect();
        if let Some(line) = self.queries.get_mut(&query) {
            line.version = version;
            line.parts = parts;
            line.code = 0;
        }
        for backend in backends {
            self.send(FE, node_of(backend), Note::Scan(query));
        }
    }

    fn part(&mut self, query: u64, backend: u32) -> Option<&mut Part> {
        let line = self.queries.get_mut(&query)?;
        line.parts.iter_mut().find(|part| part.backend == backend)
    }

    /// A backend makes the views right that a query scans.
    pub(super) fn scan(&mut self, backend: u32, query: u64, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.queries.get(&query) else { return };
        let (version, attempt) = (line.version, line.attempt);
        let Some(part) = self.part(query, backend) else { return };
        part.began = now;
        let tablets = part.tablets.clone();
        for tablet in tablets {
            let held = self.views.get(backend, tablet);
            let lag = held.map_or(0, |held| held.view.behind(version));
            self.totals.lag_max = self.totals.lag_max.max(lag);
            self.want(backend, tablet, Waiter::Scan { query, attempt, version }, out);
        }
    }

    /// The rowsets of one tablet's scan are captured; when all are, the scan begins.
    pub(super) fn capture(&mut self, backend: u32, tablet: u32, query: u64, attempt: u32, version: Version) {
        if self.queries.get(&query).is_none_or(|line| line.attempt != attempt) {
            return;
        }
        let code = self.captured(backend, tablet, version);
        let (now, each) = (self.time(), self.micros(K::Scan));
        let Some(part) = self.part(query, backend) else { return };
        part.left = part.left.saturating_sub(1);
        if part.code == 0 {
            part.code = code;
        }
        if part.left > 0 || part.done {
            return;
        }
        part.done = true;
        part.waited = now - part.began;
        let (code, tablets) = (part.code, part.tablets.len() as u64);
        let node = node_of(backend);
        if code == 0 {
            let takes = SimTime(each.0 * tablets);
            self.sim.after(node, takes, Note::Tick(Tick::ScanEnds { query, backend, attempt }));
        } else {
            self.send(node, FE, Note::Scanned { query, backend, attempt, code });
        }
    }

    /// Captures, and holds what was captured against all loads up to the version.
    fn captured(&mut self, backend: u32, tablet: u32, version: Version) -> i32 {
        let Some(held) = self.views.get(backend, tablet) else { return -230 };
        let behind = self.makes("read-behind") && held.view.max_version() < version;
        let shown = if behind { held.view.max_version() } else { version };
        let rows = match held.view.rows(shown) {
            Ok(rows) => rows,
            Err(error) => return error.code(),
        };
        let right = self.tablets.rows_at(tablet, version);
        if rows != right {
            let text = format!(
                "backend {} reads {rows} rows of tablet {} at version {version}; {right} were loaded",
                backend + 1,
                tablet + 1
            );
            self.wrong.get_or_insert((check::READS, text));
        }
        0
    }

    /// A part is done, or failed with a code.
    pub(super) fn scanned(
        &mut self,
        query: u64,
        backend: u32,
        attempt: u32,
        code: i32,
        out: &mut Vec<ClusterEvent>,
    ) {
        let Some(line) = self.queries.get_mut(&query).filter(|line| line.attempt == attempt) else { return };
        let Some(at) = line.parts.iter().position(|part| part.backend == backend) else { return };
        let part = line.parts.remove(at);
        line.waited = line.waited.max(part.waited);
        if code != 0 {
            line.code = code;
        }
        if !line.parts.is_empty() {
            return;
        }
        match line.code {
            0 => {
                self.send(FE, CLIENT, Note::QueryDone(query));
            }
            code => self.plan_again(query, code, out),
        }
    }

    /// A backend died under a query.
    pub(super) fn part_lost(&mut self, query: u64, backend: u32, out: &mut Vec<ClusterEvent>) {
        let lost =
            self.queries.get(&query).filter(|line| line.parts.iter().any(|part| part.backend == backend));
        if lost.is_some() {
            self.plan_again(query, 0, out);
        }
    }

    fn plan_again(&mut self, query: u64, code: i32, out: &mut Vec<ClusterEvent>) {
        let Some(line) = self.queries.get_mut(&query) else { return };
        line.attempt += 1;
        line.parts.clear();
        let attempt = line.attempt;
        match retry_delay(attempt - 1, self.sim.rng()) {
            Some(delay) => {
                self.totals.again += 1;
                out.push(ClusterEvent::Again { query, code, attempt });
                self.sim.after(FE, delay, Note::Tick(Tick::PlanAgain(query)));
            }
            None => self.end_query(query, if code == 0 { -1 } else { code }, out),
        }
    }

    fn end_query(&mut self, query: u64, code: i32, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.queries.remove(&query) else { return };
        self.history.end(CLIENT.0, What::Query(query), now);
        self.totals.queries_failed += 1;
        let code = if code == 0 { -1 } else { code };
        out.push(ClusterEvent::Failed { query, code });
        let Query { table, began, version, waited, .. } = line;
        let took = now - began;
        keep(&mut self.history.queries, QueryLine { id: query, table, version, began, took, waited, code });
    }

    /// The client has its rows.
    pub(super) fn query_done(&mut self, query: u64, out: &mut Vec<ClusterEvent>) {
        let now = self.time();
        let Some(line) = self.queries.remove(&query) else { return };
        self.history.end(CLIENT.0, What::Query(query), now);
        let Query { table, began, version, waited, .. } = line;
        let took = now - began;
        self.totals.queries.add(took.micros());
        self.totals.waited_us += waited.micros();
        let point = self.history.point();
        point.slowest = point.slowest.max(took.micros());
        out.push(ClusterEvent::Answered { query, version, took, waited });
        keep(
            &mut self.history.queries,
            QueryLine { id: query, table, version, began, took, waited, code: 0 },
        );
    }

    /// Queries under way, with table, version and start.
    pub(super) fn open_queries(&self) -> impl Iterator<Item = (u64, u32, Version, SimTime)> {
        self.queries.iter().map(|(id, line)| (*id, line.table, line.version, line.began))
    }
}
