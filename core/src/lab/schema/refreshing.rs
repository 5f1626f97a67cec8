//! What a node does for itself: refresh, rebuild, recycling, going down and starting.

use super::config::{Design, NodeId};
use super::old::{FETCH, OldNode};
use super::{DOWN_CODE, NodeLine, SchemaEvent, SchemaLab, SpanKind, Work};
use crate::base::SimTime;
use crate::schema::{FreeRule, Node, SchemaKind, SchemaVersion};
use alloc::vec::Vec;

/// How long a node is down after it read freed memory, or was restarted, before it reads its schema.
const DOWN: SimTime = SimTime::from_secs(5);
/// A refresh that took too long.
const TIMEOUT_CODE: i32 = -4012;

impl SchemaLab {
    pub(super) fn begin_refresh(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        let every = self.knobs.millis("refresh-every");
        let every = if node.design == Design::SchemaManager { every.max(FETCH) } else { every };
        let (from, last) = (self.refreshed(node), self.history.last());
        let (rows, columns, bytes) = match node.design {
            _ if from >= last => (0, 0, 0),
            Design::Service => {
                let mut rows = 0;
                self.history.changes(from, last, |_| rows += 1);
                (rows, 0, 0)
            }
            Design::SchemaManager => self.old_rows(from),
        };
        let needs = rows * self.knobs.get("row-cost") as u64;
        let limit = self.knobs.secs("refresh-limit").micros();
        let now = self.now;
        let Some(line) = self.nodes.get_mut(&node) else { return };
        line.refresh_at = now + every;
        if from >= last {
            return;
        }
        line.fetched_at = now;
        let until = now + SimTime(needs.min(limit).max(1));
        let span = self.begin_span(SpanKind::Refresh, node, last.0 as u64);
        if let Some(line) = self.nodes.get_mut(&node) {
            line.refresh = Some(Work { until, span, rows, columns, bytes, fails: needs > limit });
        }
        out.push(SchemaEvent::RefreshBegan { node, rows });
    }

    pub(super) fn end_refresh(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        let Some(work) = self.nodes.get_mut(&node).and_then(|line| line.refresh.take()) else { return };
        self.end_span(work.span);
        let Some(span) = self.spans.back_mut() else { return };
        let (took, to) = (self.now.saturating_since(span.from), SchemaVersion(span.number));
        if work.fails {
            span.code = TIMEOUT_CODE;
        }
        let totals = self.totals_mut(node.design);
        totals.refresh_rows += work.rows;
        totals.refresh_columns += work.columns;
        totals.refresh_us += took.micros();
        if work.fails {
            totals.refreshes_failed += 1;
            let needs = SimTime(work.rows * self.knobs.get("row-cost") as u64);
            if let Some(line) = self.nodes.get_mut(&node) {
                line.refresh_at = self.now + FETCH;
            }
            out.push(SchemaEvent::RefreshFailed { node, rows: work.rows, needs });
            return;
        }
        let published = match node.design {
            Design::Service => {
                if let Some(line) = self.nodes.get_mut(&node) {
                    line.node.refresh(&self.history, to);
                }
                true
            }
            Design::SchemaManager => self.publish_old(node, to, work.bytes, out),
        };
        if published {
            self.totals_mut(node.design).refreshes += 1;
            out.push(SchemaEvent::Refreshed { node, to, rows: work.rows, columns: work.columns, took });
            self.begin_rebuild_if_due(node, out);
        }
        self.wake(node);
    }

    fn begin_rebuild_if_due(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        let Some(line) = self.nodes.get(&node).filter(|_| node.design == Design::Service) else { return };
        let used = |kind| line.node.names(kind).used().bytes() + line.node.ids(kind).used().bytes();
        let bytes: u64 = SchemaKind::ALL.into_iter().map(used).sum();
        // With nothing to gain a rebuild would follow the other without an end.
        if bytes > self.knobs.get("threshold") as u64 && line.dead_bytes() * 8 > bytes {
            self.begin_rebuild(node, out);
        }
    }

    pub(super) fn begin_rebuild(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        let before = self.history.rows();
        let Some(line) = self.nodes.get_mut(&node) else { return };
        let Ok(base) = line.node.begin_rebuild(&self.history) else { return };
        let rows = (self.history.rows() - before).total();
        let until = self.now + SimTime(rows * self.knobs.get("row-cost") as u64);
        let span = self.begin_span(SpanKind::Rebuild, node, base.0 as u64);
        if let Some(line) = self.nodes.get_mut(&node) {
            line.rebuild = Some(Work { until, span, rows, columns: 0, bytes: 0, fails: false });
        }
        out.push(SchemaEvent::RebuildBegan { node, base });
    }

    pub(super) fn end_rebuild(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        let Some(line) = self.nodes.get_mut(&node) else { return };
        let Some(work) = line.rebuild.take() else { return };
        let bytes_before = line.node.map_bytes();
        if line.node.end_rebuild(&self.history, self.now).is_ok() {
            let (generation, bytes) = (line.node.generation(), line.node.map_bytes());
            self.totals[Design::Service as usize].swaps += 1;
            out.push(SchemaEvent::Swapped { node, generation, bytes_before, bytes });
        }
        self.end_span(work.span);
        self.free_retired(node, out);
    }

    /// When maps that wait for a fixed time are due; by epochs a leaving reader frees them.
    pub(super) fn free_at(&self, line: &NodeLine) -> Option<SimTime> {
        let FreeRule::FixedWait(wait) = self.knobs.free_rule() else { return None };
        let waiting = line.node.retired().iter().filter(|old| old.freed_at.is_none());
        waiting.map(|old| old.swapped_at + wait).min()
    }

    /// Frees maps that were swapped out, as the knob says.
    pub(super) fn free_retired(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        let rule = self.knobs.free_rule();
        let Some(line) = self.nodes.get_mut(&node) else { return };
        let freed = line.node.free_retired(rule, self.now);
        out.extend(freed.into_iter().map(|generation| SchemaEvent::Freed { node, generation }));
    }

    /// History up to a version goes, as far as no node, guard or slot needs it.
    pub(super) fn recycle(&mut self, to: SchemaVersion, out: &mut Vec<SchemaEvent>) {
        let naive = self.knobs.naive();
        let mut to = to;
        let mut operations = SchemaVersion::MAX;
        for (&id, line) in &self.nodes {
            to = to.min(self.refreshed(id));
            let needed = match id.design {
                Design::Service => {
                    operations = operations.min(line.node.operations_from());
                    line.node.oldest_guard().filter(|_| !naive.no_hold)
                }
                Design::SchemaManager => {
                    operations = operations.min(line.old.refreshed);
                    line.old.slots.recycle_version()
                }
            };
            to = to.min(needed.unwrap_or(SchemaVersion::MAX));
        }
        let before = self.history.recycled();
        let recycled = self.history.recycle(to, operations, !naive.no_pivot);
        if recycled.effective > before {
            self.recycled += recycled.removed;
            out.push(SchemaEvent::Recycled { to: recycled.effective, removed: recycled.removed });
        }
    }

    /// A node is gone: its statements fail, and it starts again.
    pub(super) fn crash(
        &mut self,
        node: NodeId,
        statement: u64,
        generation: u64,
        out: &mut Vec<SchemaEvent>,
    ) {
        self.totals_mut(node.design).crashes += 1;
        self.freed = Some((statement, generation));
        out.push(SchemaEvent::Crashed { node, statement, generation });
        self.restart(node, out);
    }

    /// Whatever a node was doing ends.
    fn abandon(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        let lost: Vec<u64> =
            self.statements.values().filter(|one| one.node == node).map(|one| one.id).collect();
        for id in lost {
            if let Some(mut statement) = self.statements.remove(&id) {
                self.totals_mut(node.design).failed += 1;
                let at = statement.wants.unwrap_or(statement.at);
                out.push(SchemaEvent::Failed { statement: id, node, code: DOWN_CODE, at });
                self.let_go(&mut statement, out);
                self.end_spans(&statement);
                self.mark_failed(&statement, DOWN_CODE);
            }
        }
        let Some(line) = self.nodes.get_mut(&node) else { return };
        let works = [line.refresh.take(), line.rebuild.take(), line.down.take()];
        for work in works.into_iter().flatten() {
            self.end_span(work.span);
        }
    }

    pub(super) fn restart(&mut self, node: NodeId, out: &mut Vec<SchemaEvent>) {
        self.abandon(node, out);
        // The service reads current rows and is there; the old design reads all when it refreshes.
        let before = self.history.rows();
        let mut fresh = self.fresh_node(true);
        let rows = (self.history.rows() - before).total();
        let rows = if node.design == Design::Service { rows } else { 0 };
        let until = self.now + DOWN + SimTime(rows * self.knobs.get("row-cost") as u64);
        let span = self.begin_span(SpanKind::Down, node, 0);
        fresh.down = Some(Work { until, span, rows, columns: 0, bytes: 0, fails: false });
        self.nodes.insert(node, fresh);
        out.push(SchemaEvent::Restarted { node, until });
    }

    pub(super) fn up(&mut self, node: NodeId) {
        let now = self.now;
        let Some(line) = self.nodes.get_mut(&node) else { return };
        line.refresh_at = now;
        if let Some(work) = line.down.take() {
            self.end_span(work.span);
        }
    }

    /// Nodes are what the knobs say: those that are too many go, new ones start.
    pub(super) fn fit_nodes(&mut self, out: &mut Vec<SchemaEvent>) {
        let wanted: Vec<NodeId> = self.knobs.node_ids().collect();
        let there: Vec<NodeId> = self.nodes.keys().copied().collect();
        for node in there.into_iter().filter(|node| !wanted.contains(node)) {
            self.abandon(node, out);
            self.nodes.remove(&node);
            out.push(SchemaEvent::Removed { node });
        }
        for node in wanted {
            if !self.nodes.contains_key(&node) {
                let fresh = self.fresh_node(true);
                self.nodes.insert(node, fresh);
            }
        }
    }

    /// A node that starts: from the current rows, or from all records.
    pub(super) fn fresh_node(&self, from_rows: bool) -> NodeLine {
        let (config, naive) = (self.knobs.node(), self.knobs.naive());
        let node = if from_rows {
            Node::restarted(config, naive, &self.history)
        } else {
            Node::loaded(config, naive, &self.history)
        };
        let mut old = OldNode::new(self.knobs.secs("period"));
        old.look_at = self.now + super::old::LOOK;
        let (refresh_at, fetched_at) = (self.now, SimTime::ZERO);
        NodeLine { node, old, refresh: None, refresh_at, fetched_at, rebuild: None, down: None }
    }
}
