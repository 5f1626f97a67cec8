//! A policy that the user wrote: what its script is asked, and what comes of its answer.
//!
//! The script belongs to the run: [`TabletCommand::SetScript`](super::TabletCommand::SetScript) puts
//! it there, so replays, forks, undo and files carry it. A fault in it ends the round it happened in;
//! loads, readers and sweeps go on.

use super::policy::moved;
use super::{Kind, TabletEvent, TabletLab};
use crate::compaction::script::{self, Fault, Question, ScriptRowset};
use crate::compaction::{Config, Policy, Selection, TabletFacts};
use crate::lab::Rejection;
use crate::tablet::Compaction;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl TabletLab {
    /// The script of the policy of one's own; empty before one was set.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// Takes a script, and makes it the policy.
    pub(super) fn set_script(&mut self, text: &str, out: &mut Vec<TabletEvent>) -> Result<(), Rejection> {
        script::check(text).map_err(|fault| refused(&fault))?;
        self.script = String::from(text);
        self.knobs.policy = Policy::Own;
        out.push(TabletEvent::ScriptSet { bytes: text.len() as u32, digest: super::digest_of(text) });
        Ok(())
    }

    /// What the script would merge now; nothing has changed.
    pub(super) fn select_own(&self, kind: Kind, facts: &TabletFacts, config: Config) -> Selection {
        let question = Question {
            script: self.script.clone(),
            base_round: kind == Kind::Base,
            now: self.now,
            facts: *facts,
            config,
            rowsets: self.tablet.live().map(|meta| ScriptRowset::of(meta, facts.visible)).collect(),
        };
        script::select(&question, self.last)
    }

    /// Carries out what the script chose. Which compaction that is, its range decides, not its round.
    pub(super) fn carry_out_own(&mut self, selection: &Selection, out: &mut Vec<TabletEvent>) {
        let (before, pick) = (self.tablet.point(), &selection.pick);
        let point = selection.point.unwrap_or(before);
        if let Some(range) = pick.range() {
            let kind = if range.start < before { Kind::Base } else { Kind::Cumulative };
            self.merge_as(kind, Compaction::Own(point), pick, out);
        } else {
            moved(before, point, false, out);
            self.tablet.save_point(point);
        }
        let said = &pick.why.said;
        if !said.is_empty() {
            out.push(TabletEvent::ScriptSaid { text: said.clone() });
        }
    }
}

/// A fault as the refusal of a command: line, column, kind, its numbers.
pub(super) fn refused(fault: &Fault) -> Rejection {
    let [a, b] = fault.numbers;
    Rejection {
        code: 0,
        key: "script".to_string(),
        numbers: [fault.line.into(), fault.column.into(), fault.kind as i64, a, b].to_vec(),
        text: fault.to_string(),
    }
}
