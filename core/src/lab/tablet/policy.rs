//! What the chosen policy would merge now, by hand and by itself.
//!
//! Differs from the reference: one tablet has nobody to compete with, so the scheduler asks the
//! policy in every round instead of ranking tablets by their score first. Only base compaction under
//! the time-series policy needs its score: without a delete predicate it is never worth while.

use super::command::{Idle, Kind};
use super::config::Knobs;
use super::{TabletEvent, TabletLab};
use crate::base::{RowsetId, Version, VersionRange};
use crate::compaction::cumulative_point::calculate;
use crate::compaction::size_based::promotion_bytes;
use crate::compaction::{
    Candidate, LastSuccess, Pick, Policy, Reason, Rule, Selection, TabletFacts, base, score,
};
use crate::rowset::RowsetMeta;
use crate::tablet::{ApplyOptions, Compaction};
use alloc::vec::Vec;

impl TabletLab {
    /// The tablet as the policy sees it: with a point, a promotion size and what is visible.
    pub(super) fn facts(&self, knobs: &Knobs) -> TabletFacts {
        let mut facts = self.tablet.facts();
        if !knobs.compact_invisible {
            facts.visible = self.visible();
        }
        // Ranking tablets by score stores the promotion size before every pick.
        if matches!(knobs.policy, Policy::SizeBased | Policy::Own)
            && let Some(first) = self.tablet.live().next()
        {
            facts.promotion_bytes = promotion_bytes(first.bytes, &knobs.compaction());
        }
        if facts.point < 0 {
            let all: Vec<Candidate> = self.tablet.live().map(Candidate::of).collect();
            let (point, _) = calculate(knobs.policy, &all, &facts, &knobs.compaction(), self.now);
            facts.point = point.unwrap_or(-1);
        }
        facts
    }

    /// What a compaction of this kind would take now, and why; nothing has changed.
    pub fn selection(&self, kind: Kind) -> Selection {
        self.select(kind, &self.knobs)
    }

    fn select(&self, kind: Kind, knobs: &Knobs) -> Selection {
        let (facts, config) = (self.facts(knobs), knobs.compaction());
        let of = |pick: Pick, none: i32| {
            let code = if pick.inputs.is_empty() { none } else { 0 };
            Selection { code, pick, point: None, last: self.last }
        };
        match kind {
            Kind::Cumulative | Kind::Base if knobs.policy == Policy::Own => {
                self.select_own(kind, &facts, config)
            }
            Kind::Cumulative => {
                let above: Vec<Candidate> = self.tablet.candidates_from(facts.point.max(0)).collect();
                knobs.policy.select(&above, &facts, &config, self.last, self.now)
            }
            Kind::Base => {
                let deletes = |meta: &RowsetMeta| meta.delete_predicate;
                if knobs.policy == Policy::TimeSeries
                    && !self.tablet.live().take_while(|meta| meta.range.start < facts.point).any(deletes)
                {
                    return of(Pick::none(Rule::NothingDue), -808);
                }
                let below: Vec<Candidate> = self.tablet.candidates_below(facts.point).collect();
                of(knobs.policy.pick_base(&below, &facts, &config, self.now), -808)
            }
            Kind::Full | Kind::Chosen => {
                let all: Vec<Candidate> = self.tablet.live().map(Candidate::of).collect();
                of(base::full(&all), -2008)
            }
        }
    }

    /// The same by hand: limits that only save work are no wall. One rowset that does not overlap
    /// still gains nothing.
    pub(super) fn select_by_hand(&self, kind: Kind) -> Selection {
        let selection = self.selection(kind);
        self.select_eagerly(kind, &selection).unwrap_or(selection)
    }

    /// What a selection that takes nothing would take without the limits that only save work; `None`
    /// where that is nothing either, or they are not what holds it back.
    pub(super) fn select_eagerly(&self, kind: Kind, selection: &Selection) -> Option<Selection> {
        // A script sees the limits and decides about them itself.
        let own = self.knobs.policy == Policy::Own;
        if own || !selection.pick.inputs.is_empty() || selection.point.is_some() {
            return None;
        }
        let mut knobs = self.knobs.clone();
        match kind {
            Kind::Cumulative => knobs.min_score = 0,
            Kind::Base => knobs.base_min_rowsets = 1,
            Kind::Full | Kind::Chosen => return None,
        }
        let eager = self.select(kind, &knobs);
        (eager.pick.inputs.len() > 1 || eager.pick.score > 1).then_some(eager)
    }

    /// The score of the tablet as its policy counts it: cumulative, base.
    pub fn scores(&self) -> (u64, u64) {
        let (facts, config) = (self.facts(&self.knobs), self.knobs.compaction());
        let all: Vec<Candidate> = self.tablet.live().map(Candidate::of).collect();
        let policy = self.knobs.policy;
        (score::cumulative(policy, &all, &facts, &config, self.now).0, score::base(policy, &all, &facts))
    }

    /// What the scheduler does in its round.
    pub(super) fn compact_by_policy(&mut self, kind: Kind, out: &mut Vec<TabletEvent>) {
        self.ready_point(out);
        let selection = self.selection(kind);
        if let Some(fault) = selection.pick.why.fault {
            out.push(TabletEvent::ScriptFailed { kind, fault });
        } else if selection.pick.inputs.is_empty() && selection.point.is_none() {
            self.last = selection.last;
            out.push(TabletEvent::CompactionIdle { kind, why: Idle::of(&selection) });
        } else {
            self.carry_out_selection(kind, &selection, out);
        }
    }

    /// Calculates the point of a tablet that has none yet.
    pub(super) fn ready_point(&mut self, out: &mut Vec<TabletEvent>) {
        if self.tablet.point() < 0 {
            let point = self.facts(&self.knobs).point;
            moved(self.tablet.point(), point, false, out);
            self.tablet.set_point(point);
        }
    }

    pub(super) fn carry_out_selection(
        &mut self,
        kind: Kind,
        selection: &Selection,
        out: &mut Vec<TabletEvent>,
    ) {
        if self.knobs.policy == Policy::Own && kind != Kind::Full {
            return self.carry_out_own(selection, out);
        }
        if !selection.pick.inputs.is_empty() {
            self.merge(kind, &selection.pick, out);
        }
        if let Some(point) = selection.point {
            moved(self.tablet.point(), point, true, out);
            self.tablet.save_point(point);
        }
    }

    /// Carries out a pick whose inputs are live.
    pub(super) fn merge(&mut self, kind: Kind, pick: &Pick, out: &mut Vec<TabletEvent>) {
        let compaction = match kind {
            Kind::Cumulative => Compaction::Cumulative,
            Kind::Base => Compaction::Base,
            Kind::Full => Compaction::Full,
            Kind::Chosen => Compaction::Manual,
        };
        self.merge_as(kind, compaction, pick, out);
    }

    /// The same, with a rule for the point.
    pub(super) fn merge_as(
        &mut self,
        kind: Kind,
        compaction: Compaction,
        pick: &Pick,
        out: &mut Vec<TabletEvent>,
    ) {
        let facts = self.facts(&self.knobs);
        self.tablet.set_promotion_bytes(facts.promotion_bytes);
        let output = self.take_rowset_id();
        let config = self.knobs.compaction();
        let options = ApplyOptions {
            compaction,
            policy: self.knobs.policy,
            config: &config,
            facts: &facts,
            output,
            keep_stale: self.keeps_stale(),
        };
        let applied = match self.tablet.apply(pick, &options, self.now) {
            Ok(applied) => applied,
            Err(error) => panic!("inputs were taken from the live rowsets just now: {error}"),
        };
        let range = applied.output.range;
        self.bytes_merged += applied.output.bytes;
        self.changed.push(output);
        self.changed.extend(pick.inputs.iter().map(|(id, _)| *id));
        let now_ms = (self.now.micros() / 1_000).max(1);
        match kind {
            Kind::Base => self.last.base_ms = now_ms,
            Kind::Cumulative if self.knobs.policy == Policy::TimeSeries && applied.output.segments == 0 => {}
            Kind::Cumulative => self.last.cumulative_ms = now_ms,
            Kind::Full => self.last = LastSuccess { cumulative_ms: now_ms, base_ms: now_ms },
            Kind::Chosen => {}
        }
        out.push(TabletEvent::Compacted {
            kind,
            inputs: pick.inputs.len() as u32,
            range,
            output,
            path: applied.modified.stale_path,
            bytes: applied.output.bytes,
        });
        moved(applied.point.0, applied.point.1, false, out);
        self.sweep_by_size(out);
    }

    /// Rowsets that a user chose, as a pick.
    pub(super) fn picked_by_hand(inside: &[&RowsetMeta]) -> Pick {
        let inputs: Vec<(RowsetId, VersionRange)> = inside.iter().map(|meta| (meta.id, meta.range)).collect();
        let score = inside.iter().map(|meta| meta.score()).sum();
        Pick { score, looked: inputs.len() as u64, inputs, ..Pick::none(Rule::ByHand) }
    }
}

pub(super) fn moved(from: Version, to: Version, past_delete: bool, out: &mut Vec<TabletEvent>) {
    if from != to {
        out.push(TabletEvent::PointMoved { from, to, past_delete });
    }
}

impl Idle {
    /// Why a selection takes nothing.
    pub(super) fn of(selection: &Selection) -> Self {
        use crate::compaction::Fact;
        let why = &selection.pick.why;
        let value = |fact| why.value(fact).unwrap_or(0).max(0) as u64;
        let invisible = why.rejected.iter().filter(|run| matches!(run.reason, Reason::Invisible { .. }));
        Self {
            rule: why.rule,
            code: selection.code,
            candidates: value(Fact::Candidates),
            score: value(Fact::Score),
            invisible: invisible.map(|run| u64::from(run.count)).sum(),
        }
    }
}
