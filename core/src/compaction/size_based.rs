//! Which rowsets does the size-based policy merge?
//!
//! ```text
//! candidates  [2-9]   [10-12]  [13]  [14]  [15]      level = largest power of two of the size
//! level        64 M     4 M     2 M   1 M   1 M      rest behind: 8 M, 4 M, 2 M, 1 M, 0
//!              drop     take ─────────────────▶      64 > 8: rewriting [2-9] would add too little
//! ```
//!
//! Small rowsets are merged among themselves until together they are of the level of the next
//! larger one; what reaches the promotion size goes over to base compaction.
//!
//! Source: Apache Doris, `SizeBasedCumulativeCompactionPolicy`,
//! `CloudSizeBasedCumulativeCompactionPolicy` (January 2026).

use super::facts::{total_bytes, total_score};
use super::runs::longest_empty;
use super::{Candidate, Config, Explanation, Fact, Keys, Pick, Ppm, Reason, Rule, TabletFacts};
use crate::base::VersionRange;
use alloc::vec::Vec;

/// From this size on, bytes, a rowset has a level.
const LEVEL_BYTES_MIN: u64 = 1_024;
/// In a schema change this many versions before the newest are left alone, and so is what is older.
const NEWEST_KEPT: i64 = 10;

/// The size from which a rowset belongs to base compaction: a share of the base, within limits.
pub fn promotion_bytes(base_bytes: u64, config: &Config) -> u64 {
    let share = config.promotion_ratio.of(base_bytes);
    // The upper limit first, as the reference tests them: it wins where the limits are crossed.
    if share >= config.promotion_bytes {
        config.promotion_bytes
    } else if share <= config.promotion_min_bytes {
        config.promotion_min_bytes
    } else {
        share
    }
}

/// The cloud's way of the same: limits are tested by strict comparison.
pub fn cloud_promotion_bytes(base_bytes: u64, config: &Config) -> u64 {
    let share = config.promotion_ratio.of(base_bytes);
    if share > config.promotion_bytes {
        config.promotion_bytes
    } else if share < config.promotion_min_bytes {
        config.promotion_min_bytes
    } else {
        share
    }
}

/// The class of a size: 0 below 1 KiB, else the largest power of two in it, at most that in half
/// the (largest) promotion size. Bytes.
pub fn level(bytes: u64, config: &Config) -> u64 {
    if bytes < LEVEL_BYTES_MIN {
        return 0;
    }
    power_below(bytes).min(power_below(config.promotion_bytes / 2))
}

const fn power_below(bytes: u64) -> u64 {
    match bytes.checked_ilog2() {
        Some(exponent) => 1 << exponent,
        None => 0,
    }
}

/// Picks among candidates in order of their end. O(n).
pub fn pick(candidates: &[&Candidate], facts: &TabletFacts, config: &Config) -> Pick {
    Picking::new(facts.promotion_bytes, facts, config).pick(candidates, None)
}

/// The cloud variant: promotion by the size of the base rowset, runs of empty rowsets on their own.
pub fn cloud_pick(candidates: &[&Candidate], facts: &TabletFacts, config: &Config) -> Pick {
    Picking::new(cloud_promotion_bytes(facts.base_bytes, config), facts, config)
        .pick(candidates, Some(&config.cloud))
}

struct Picking<'a> {
    promotion: u64,
    facts: &'a TabletFacts,
    config: &'a Config,
    why: Explanation,
    looked: u64,
    last_delete: Option<VersionRange>,
}

impl<'a> Picking<'a> {
    fn new(promotion: u64, facts: &'a TabletFacts, config: &'a Config) -> Self {
        let why = Explanation::of(Rule::LevelsMatch);
        Self { promotion, facts, config, why, looked: 0, last_delete: None }
    }

    fn pick(mut self, candidates: &[&Candidate], cloud: Option<&super::CloudConfig>) -> Pick {
        let collected = self.collect(candidates);
        let (score, bytes) = (total_score(collected.iter().copied()), total_bytes(collected.iter().copied()));
        self.why.facts.reserve_exact(8);
        self.why.fact(Fact::Candidates, self.looked);
        self.why.fact(Fact::Score, score);
        self.why.fact(Fact::MinScore, self.config.min_score);
        self.why.fact(Fact::MaxScore, self.config.max_score);
        self.why.fact(Fact::Bytes, bytes);
        self.why.fact(Fact::PromotionBytes, self.promotion);
        self.why.fact(Fact::MinBytes, self.config.min_bytes);
        if let Some(delete) = self.last_delete {
            self.why.fact(Fact::Version, delete.start.max(0) as u64);
        }
        if bytes >= self.promotion {
            return self.trimmed(Rule::PromotionReached, &collected, score);
        }
        if self.last_delete.is_some() {
            return match collected[..] {
                [alone] if !alone.is_overlapping() => self.left(Rule::NothingBeforeDelete, &collected),
                [] => self.left(Rule::NothingBeforeDelete, &collected),
                _ => self.trimmed(Rule::BeforeDelete, &collected, score),
            };
        }
        if let Some(cloud) = cloud.filter(|cloud| cloud.empty_rowsets && !collected.is_empty()) {
            let run = longest_empty(&collected);
            let count = run.len() as u64;
            self.why.fact(Fact::EmptyRowsets, count);
            if count >= cloud.empty_min_count.into()
                && Ppm::is_reached(cloud.empty_min_ratio, count, collected.len() as u64)
            {
                for rowset in collected[..run.start].iter().chain(&collected[run.end..]) {
                    self.why.reject(rowset, Reason::NotInRun);
                }
                self.looked = count;
                return self.done(Rule::EmptyRun, &collected[run], count);
            }
        }
        self.by_level(&collected, score, bytes, cloud)
    }

    /// Candidates up to a delete version.
    fn collect<'c>(&mut self, candidates: &[&'c Candidate]) -> Vec<&'c Candidate> {
        let mut collected: Vec<&Candidate> = Vec::with_capacity(candidates.len());
        for (at, &rowset) in candidates.iter().enumerate() {
            if rowset.delete_predicate && !self.config.allow_delete {
                self.last_delete = Some(rowset.range);
                self.why.reject(rowset, Reason::Delete);
                if !collected.is_empty() {
                    self.why.reject_all(&candidates[at + 1..], Reason::BehindDelete);
                    break;
                }
                self.looked = 0;
                continue;
            }
            let kept_from = self.facts.newest_start.saturating_sub(NEWEST_KEPT);
            if !self.facts.running && rowset.range.end < kept_from {
                self.why.reject(rowset, Reason::OldInSchemaChange);
                continue;
            }
            self.looked += 1;
            collected.push(rowset);
        }
        collected
    }

    fn by_level(
        mut self,
        collected: &[&Candidate],
        score: u64,
        bytes: u64,
        cloud: Option<&super::CloudConfig>,
    ) -> Pick {
        let (mut left, mut score_left, mut bytes_left) = (collected, score, bytes);
        let before = self.why.rejected.len();
        while let [first, rest @ ..] = left {
            let behind = bytes_left.saturating_sub(first.bytes);
            let (own, others) = (level(first.bytes, self.config), level(behind, self.config));
            if own <= others {
                break;
            }
            self.why.reject(first, Reason::LevelAbove { level: own, rest: others });
            (left, score_left, bytes_left) = (rest, score_left - first.score(), behind);
        }
        if left.is_empty() && !collected.is_empty() {
            if cloud.is_some_and(|cloud| cloud.prioritize_query && self.facts.keys != Keys::Duplicate) {
                self.why.rejected.truncate(before);
                return self.trimmed(Rule::QueryFirst, collected, score);
            }
            if score >= self.config.max_score {
                self.why.rejected.truncate(before);
                return self.too_many(collected, score);
            }
        }
        if left.is_empty() {
            let rule = if collected.is_empty() { Rule::NoCandidates } else { Rule::LevelsFall };
            return self.done(rule, &[], score_left);
        }
        if bytes_left < self.config.min_bytes {
            if score_left < self.config.min_score {
                return self.left(Rule::TooLittle, left);
            }
        } else if let [alone] = left
            && !alone.is_overlapping()
        {
            return self.left(Rule::SingleRowset, left);
        }
        self.trimmed(Rule::LevelsMatch, left, score_left)
    }

    /// Levels fall all the way, and the score forbids to wait for more.
    fn too_many(mut self, collected: &[&Candidate], score: u64) -> Pick {
        let largest = collected.iter().map(|rowset| rowset.score()).max().unwrap_or(0);
        let place = collected.iter().position(|rowset| rowset.score() == largest).filter(|_| largest > 1);
        match place {
            Some(at) => {
                for rowset in collected[..at].iter().chain(&collected[at + 1..]) {
                    self.why.reject(rowset, Reason::NotInRun);
                }
                self.done(Rule::LargestScore, &collected[at..=at], largest)
            }
            None => self.trimmed(Rule::AllAtMaxScore, collected, score),
        }
    }

    /// Cuts off from the back what is above the maximum, but for one.
    fn trimmed(mut self, rule: Rule, inputs: &[&Candidate], score: u64) -> Pick {
        let (mut inputs, mut score) = (inputs, score);
        let all = inputs;
        while let [rest @ .., last] = inputs
            && !rest.is_empty()
            && score > self.config.max_score
        {
            score -= last.score();
            inputs = rest;
        }
        for rowset in &all[inputs.len()..] {
            self.why.reject(rowset, Reason::OverMaxScore { max: self.config.max_score });
        }
        self.done(rule, inputs, score)
    }

    fn left(mut self, rule: Rule, left: &[&Candidate]) -> Pick {
        let reason = if rule == Rule::TooLittle { Reason::NotDue } else { Reason::Alone };
        self.why.reject_all(left, reason);
        self.done(rule, &[], 0)
    }

    fn done(mut self, rule: Rule, inputs: &[&Candidate], score: u64) -> Pick {
        self.why.rule = rule;
        let mut pick = Pick {
            inputs: Vec::new(),
            score,
            looked: self.looked,
            last_delete: self.last_delete,
            why: self.why,
        };
        pick.take(inputs.iter().copied());
        pick
    }
}
