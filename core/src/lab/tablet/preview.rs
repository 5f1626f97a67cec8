//! What would a compaction of each kind do, if it were given now?
//!
//! ```text
//! live [0-46][47][48]x49[50][51][52]        x delete version
//! cumulative  \____/  takes 47, 48: they lie before the delete version; 49..52 stay behind it
//! ```
//!
//! Invariant *what is shown is what happens*: the command of the same kind takes exactly these
//! rowsets (`tests/labs/previews.rs`), limits that only save work set aside as it does; where the
//! scheduler would wait, `waits` says by which rule.

use super::{Kind, TabletLab};
use crate::rowset::{RowsetMeta, Unknown};
use crate::view::tablet::{InputView, PreviewView, WaitView};
use alloc::vec::Vec;

/// Inputs told one by one at most; their ranges are told of all.
const INPUTS_MAX: usize = 48;

impl TabletLab {
    /// What [`super::TabletCommand::CompactPick`] of a kind would do now, and why. Changes nothing;
    /// cost linear in the live rowsets.
    pub fn preview(&self, kind: Kind) -> PreviewView {
        let own = self.selection(kind);
        let eager = self.select_eagerly(kind, &own);
        let waits =
            eager.is_some().then(|| WaitView { rule: own.pick.why.rule, facts: own.pick.why.facts.clone() });
        let selection = eager.unwrap_or(own);
        let (pick, why) = self.told(&selection, &self.axis());
        let known = |meta: &RowsetMeta| (!meta.unknown.has(Unknown::BYTES)).then_some(meta.bytes);
        let mut bytes = Some(0_u64);
        let mut inputs = Vec::new();
        for meta in selection.pick.inputs.iter().filter_map(|input| self.tablet.live_at(input.1)) {
            bytes = bytes.zip(known(meta)).map(|(sum, more)| sum.saturating_add(more));
            if inputs.len() < INPUTS_MAX {
                inputs.push(InputView {
                    range: meta.range,
                    heat: self.heat(meta),
                    bytes: known(meta),
                    score: meta.score(),
                });
            }
        }
        PreviewView { pick, inputs, bytes, why, waits }
    }
}
