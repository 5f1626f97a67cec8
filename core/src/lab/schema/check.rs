//! Invariants of the lab, tested from outside.

use super::SchemaLab;
use super::config::Design;
use crate::lab::Violation;
use crate::schema::{SchemaKind, check};
use alloc::format;
use alloc::string::ToString;

/// Invariants of a node, by the names that [`check::Broken::name`] gives.
const OF_NODE: &[&str] = &[
    "contiguous-suffix",
    "one-snapshot",
    "window-of-id",
    "nothing-lost",
    "pinned-stays",
    "sums",
    "guard-holds-history",
];

/// Of a map with so many names each is tested at each step,
const SMALL: u64 = 64;
/// of a larger one so many, in turns.
const TESTED: u64 = 16;

impl SchemaLab {
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        if let Some((statement, generation)) = self.freed {
            return Err(Violation {
                invariant: "freed-memory".to_string(),
                text: format!(
                    "statement {statement} read memory of generation {generation} after it was freed"
                ),
            });
        }
        if let Some((statement, name)) = &self.wrong {
            return Err(Violation {
                invariant: "one-snapshot".to_string(),
                text: format!("{name} meant two things to statement {statement}"),
            });
        }
        self.check_slots()?;
        self.nodes.iter().filter(|(id, _)| id.design == Design::Service).try_for_each(|(_, line)| {
            self.check_node(&line.node).map_err(|broken| Violation {
                invariant: OF_NODE.iter().find(|name| **name == broken.name()).unwrap_or(&"sums").to_string(),
                text: broken.to_string(),
            })
        })
    }

    fn check_node(&self, node: &crate::schema::Node) -> Result<(), check::Broken> {
        check::guards(node, &self.history)?;
        check::pins(node)?;
        for kind in SchemaKind::ALL {
            let names = node.names(kind).len() as u64;
            let every = if names <= SMALL { 1 } else { names.div_ceil(TESTED) };
            let turn = self.steps % every;
            let entries = (0..).zip(node.names(kind).entries());
            for (_, (_, entry)) in entries.filter(|(at, _)| at % every == turn) {
                check::holes(node, &self.history, kind, &entry)?;
                check::answers(node, &self.history, kind, &entry)?;
            }
            if self.steps.is_multiple_of(4 * every) {
                check::sums(node)?;
                check::lost(node, &self.history, kind)?;
                check::windows(node, &self.history, kind)?;
            }
        }
        Ok(())
    }

    /// References of slots are what running statements hold.
    fn check_slots(&self) -> Result<(), Violation> {
        for (id, line) in self.nodes.iter().filter(|(id, _)| id.design == Design::SchemaManager) {
            for (version, references) in line.old.slots.slots().iter().flatten() {
                let holds = |one: &&super::Statement| one.node == *id && one.at == *version;
                let held = self.statements.values().filter(holds).count();
                if held != *references as usize {
                    return Err(Violation {
                        invariant: "slot-references".to_string(),
                        text: format!(
                            "old node {}: slot {version} counts {references}, {held} hold it",
                            id.number
                        ),
                    });
                }
            }
        }
        Ok(())
    }
}
