//! Which commands are allowed, and what they do.

use super::config::{Design, KNOBS, NodeId};
use super::statement::{Snapshot, Sort};
use super::{DOWN_CODE, NodeLine, SchemaCommand, SchemaEvent, SchemaLab};
use crate::base::SimTime;
use crate::lab::Rejection;
use crate::lab::board::Knob;
use crate::schema::SchemaError;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl SchemaLab {
    /// Nodes of a number, one for each design that runs.
    fn of_number(&self, number: u32) -> Vec<NodeId> {
        self.designs().map(|design| NodeId { design, number }).collect()
    }

    pub(super) fn allows(&self, command: &SchemaCommand) -> Result<(), Rejection> {
        match *command {
            SchemaCommand::Statement { node, .. }
            | SchemaCommand::Compact { node, .. }
            | SchemaCommand::Refresh { node }
            | SchemaCommand::Rebuild { node }
            | SchemaCommand::Restart { node } => self.allows_on(node, command),
            SchemaCommand::Turn { knob, value } => Ok(Knob::test(KNOBS, knob.into(), value)?),
            SchemaCommand::Ddl { .. } | SchemaCommand::Recycle => Ok(()),
        }
    }

    fn allows_on(&self, number: u32, command: &SchemaCommand) -> Result<(), Rejection> {
        let ids = self.of_number(number);
        let lines: Vec<(NodeId, &NodeLine)> =
            ids.into_iter().filter_map(|id| Some((id, self.nodes.get(&id)?))).collect();
        if lines.is_empty() {
            let nodes = self.knobs.get("nodes");
            let text = format!("there is no node {number}, only {nodes}; turn the knob `nodes` first");
            return refuse("no-node", 0, [i64::from(number), nodes].to_vec(), text);
        }
        let numbers = [i64::from(number)].to_vec();
        let restarts = matches!(command, SchemaCommand::Restart { .. });
        if !restarts && lines.iter().all(|(_, line)| line.down.is_some()) {
            let text = format!("node {number} is down; wait until it has started");
            return refuse("node-down", DOWN_CODE, numbers, text);
        }
        let can_rebuild = |(id, line): &(NodeId, &NodeLine)| {
            id.design == Design::Service && line.rebuild.is_none() && line.down.is_none()
        };
        if matches!(command, SchemaCommand::Rebuild { .. }) && !lines.iter().any(can_rebuild) {
            let text = format!("node {number} is rebuilding already, or has no maps to rebuild");
            return refuse("busy", SchemaError::Busy.code(), numbers, text);
        }
        let can_refresh = |&(id, line): &(NodeId, &NodeLine)| {
            line.down.is_none() && line.refresh.is_none() && self.refreshed(id) < self.history.last()
        };
        if matches!(command, SchemaCommand::Refresh { .. }) && !lines.iter().any(can_refresh) {
            let text = format!("node {number} is refreshing already, or knows the newest version");
            return refuse("nothing-new", 0, numbers, text);
        }
        Ok(())
    }

    pub(super) fn obey(&mut self, command: &SchemaCommand, out: &mut Vec<SchemaEvent>) {
        let hold = |ms: u32| SimTime::from_millis(ms.into());
        match *command {
            SchemaCommand::Ddl { change, table } => self.ddl(change, table, out),
            SchemaCommand::Statement { node, table, back, hold_ms } => {
                for id in self.up_of_number(node) {
                    let wants = self.version_back(id, back.into());
                    let names = [format!("t{table}")].to_vec();
                    self.begin(id, Sort::Query, Snapshot::At(wants), hold(hold_ms), names, out);
                }
            }
            SchemaCommand::Compact { node, back, hold_ms } => {
                for id in self.up_of_number(node) {
                    let wants = self.version_back(id, back.into());
                    self.begin(id, Sort::Compaction, Snapshot::At(wants), hold(hold_ms), Vec::new(), out);
                }
            }
            SchemaCommand::Refresh { node } => {
                for id in self.up_of_number(node) {
                    if self.nodes.get(&id).is_some_and(|line| line.refresh.is_none()) {
                        self.begin_refresh(id, out);
                    }
                }
            }
            SchemaCommand::Rebuild { node } => {
                self.begin_rebuild(NodeId { design: Design::Service, number: node }, out);
            }
            SchemaCommand::Recycle => self.recycle(self.history.last(), out),
            SchemaCommand::Restart { node } => {
                for id in self.of_number(node) {
                    self.restart(id, out);
                }
            }
            SchemaCommand::Turn { knob, value } => {
                self.knobs.set(knob.into(), value);
                out.push(SchemaEvent::Turned { knob, value });
                self.plan();
                self.fit_nodes(out);
                let (config, naive) = (self.knobs.node(), self.knobs.naive());
                for line in self.nodes.values_mut() {
                    line.node.set_config(config);
                    line.node.set_naive(naive);
                }
            }
        }
    }

    fn up_of_number(&self, number: u32) -> Vec<NodeId> {
        let up = |id: &NodeId| self.nodes.get(id).is_some_and(|line| line.down.is_none());
        self.of_number(number).into_iter().filter(up).collect()
    }
}

fn refuse(key: &str, code: i32, numbers: Vec<i64>, text: String) -> Result<(), Rejection> {
    Err(Rejection { code, key: key.to_string(), numbers, text })
}
