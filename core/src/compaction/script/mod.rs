//! Which rowsets does a policy merge that somebody wrote just now?
//!
//! ```text
//! Question ──▶ host (an interpreter, or none) ──▶ Answer ──▶ checked ──▶ Selection
//!  rowsets, point, score, knobs, now      pick first..last, why      edges, gaps, predicates, visible
//! ```
//!
//! Core has no interpreter. It asks the [`Host`] that was installed once ([`install`]), like an
//! allocator a fact of the program, not of a run; without one every question is answered with
//! [`FaultKind::Missing`]. What a script answers is checked here, whatever it was written in: it can
//! choose badly, but not break a tablet.
//!
//! Invariant *one answer*: a host is a function of the question alone, so that a replay picks the
//! same. Only [`FaultKind::Time`] may differ from machine to machine, and says so.

use super::{Candidate, Config, Fact, LastSuccess, Pick, Reason, Rule, Selection, TabletFacts};
use crate::base::{RowsetId, SimTime, Version, VersionRange};
use crate::rowset::RowsetMeta;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use once_cell::race::OnceRef;
use serde::{Deserialize, Serialize};

/// Longest script, bytes: it is stored with every run that uses it.
pub const SCRIPT_BYTES_MAX: usize = 16 << 10;
/// Longest reason that a script may give, bytes; what is longer is cut.
pub const WHY_BYTES_MAX: usize = 400;
/// No suitable version.
const NONE_SUITABLE: i32 = -2000;

/// A rowset as a script sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptRowset {
    /// Its name.
    pub id: RowsetId,
    /// The versions it holds.
    pub range: VersionRange,
    /// Data and index, bytes; 0 where an import did not tell.
    pub bytes: u64,
    /// Rows; 0 where an import did not tell.
    pub rows: u64,
    /// Segment files.
    pub segments: u32,
    /// Whether a merge must treat them as separate runs.
    pub overlapping: bool,
    /// Compaction level (time-series policy).
    pub level: u8,
    /// When it was written.
    pub created_at: SimTime,
    /// Whether it carries a delete predicate.
    pub delete_predicate: bool,
    /// Whether compaction may take it: readers may ask for it, or the knob says otherwise.
    pub visible: bool,
}

impl ScriptRowset {
    /// A rowset of a tablet whose readers may ask for versions up to `visible`.
    pub const fn of(meta: &RowsetMeta, visible: Version) -> Self {
        Self {
            id: meta.id,
            range: meta.range,
            bytes: meta.bytes,
            rows: meta.rows,
            segments: meta.segments,
            overlapping: meta.is_overlapping(),
            level: meta.level,
            created_at: meta.created_at,
            delete_predicate: meta.delete_predicate,
            visible: meta.range.end <= visible,
        }
    }

    /// Compaction score: segments where they overlap, else 1.
    pub const fn score(&self) -> u64 {
        if self.overlapping { self.segments as u64 } else { 1 }
    }

    /// As the policies see it.
    const fn candidate(&self) -> Candidate {
        Candidate {
            id: self.id,
            range: self.range,
            bytes: self.bytes,
            data_bytes: self.bytes,
            segments: self.segments,
            overlap: crate::rowset::Overlap::Unknown,
            created_at: self.created_at,
            level: self.level,
            delete_predicate: self.delete_predicate,
            local: true,
        }
    }
}

/// All that a script sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its text.
    pub script: String,
    /// Whether the scheduler is in its base round, each tenth, or in a cumulative one.
    pub base_round: bool,
    /// Virtual time.
    pub now: SimTime,
    /// The tablet around the rowsets.
    pub facts: TabletFacts,
    /// The knobs.
    pub config: Config,
    /// All live rowsets, by version.
    pub rowsets: Vec<ScriptRowset>,
}

impl Question {
    /// The score of what lies at or above the cumulative point.
    pub fn score(&self) -> u64 {
        let above = self.rowsets.iter().filter(|rowset| rowset.range.start >= self.facts.point);
        above.map(ScriptRowset::score).sum()
    }
}

/// What a script answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The versions to merge, from the start of a rowset to the end of one; `None` for nothing.
    pub merge: Option<VersionRange>,
    /// Where the cumulative point is to be then; `None` leaves it, or puts it behind the merged
    /// rowset where it would lie inside.
    pub point: Option<Version>,
    /// The script's own reason.
    pub why: String,
}

macro_rules! faults {
    ($($(#[$item:meta])* $variant:ident = $key:literal,)*) => {
        /// What is wrong with a script, or with its answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum FaultKind { $($(#[$item])* $variant,)* }

        impl FaultKind {
            /// All, in the order in which they are encoded.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Names it to a page that speaks other languages.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }
        }
    };
}

faults! {
    /// There is no interpreter in this program.
    Missing = "missing",
    /// It is longer than [`SCRIPT_BYTES_MAX`].
    TooLong = "too-long",
    /// It cannot be read.
    Syntax = "syntax",
    /// It failed while it ran.
    Run = "run",
    /// It took more steps than it may.
    Steps = "steps",
    /// It took too much time by the wall clock. Another machine may see it end.
    Time = "time",
    /// A text, a list or a call grew beyond its limit.
    Size = "size",
    /// It ended with a value that is no answer.
    Answer = "answer",
    /// The range begins or ends where no rowset does. Numbers: the range.
    Edges = "edges",
    /// Rowsets of the range leave a gap. Numbers: the first missing version.
    Gap = "gap",
    /// A delete predicate would be lost. Numbers: its version.
    Delete = "delete",
    /// A version that readers may not ask for yet. Numbers: it, and the visible one.
    Invisible = "invisible",
    /// One rowset that does not overlap. Numbers: the range.
    Alone = "alone",
    /// The point would lie inside a rowset, or outside the tablet. Numbers: it.
    Point = "point",
}

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// Line in the script, from 1; 0 where there is none.
    pub line: u32,
    /// Column in characters, from 1; 0 where there is none.
    pub column: u32,
    /// Numbers of the kind; 0 for none.
    pub numbers: [i64; 2],
    /// What the interpreter says, in English; empty where the kind says it all.
    pub text: String,
}

impl Fault {
    /// A fault of the script as a whole.
    pub const fn of(kind: FaultKind, numbers: [i64; 2]) -> Self {
        Self { kind, line: 0, column: 0, numbers, text: String::new() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: ", self.line, self.column)?;
        }
        let ([a, b], text) = (self.numbers, &self.text);
        match self.kind {
            FaultKind::Missing if !text.is_empty() => write!(
                f,
                "The part that runs scripts could not be loaded ({text}). Nothing was changed; try again when \
                 the server answers."
            ),
            FaultKind::Missing => {
                f.write_str("This program was built without the script part; run it where there is one.")
            }
            FaultKind::TooLong => {
                write!(f, "The script has {a} bytes, {b} are the most. Make it shorter.")
            }
            FaultKind::Syntax => write!(f, "{text}. Nothing was changed; correct it and apply it again."),
            FaultKind::Run | FaultKind::Answer => write!(f, "{text}"),
            FaultKind::Steps => write!(f, "Stopped after {a} steps: does a loop never end?"),
            FaultKind::Time => write!(
                f,
                "Stopped after {a} ms of this machine's time. Another machine may come to another end, so \
                 this run cannot be repeated; make the script do less."
            ),
            FaultKind::Size => write!(f, "{text}. Keep texts, lists and calls smaller."),
            FaultKind::Edges => {
                write!(f, "[{a}-{b}] does not begin and end where live rowsets do. Choose whole rowsets.")
            }
            FaultKind::Gap => write!(f, "Version {a} is missing, so what lies around it cannot be merged."),
            FaultKind::Delete => write!(
                f,
                "Version {a} is a delete predicate: merge it together with all rowsets before it, or it would \
                 be lost to them."
            ),
            FaultKind::Invisible => {
                write!(f, "Version {a} is not visible yet (visible: {b}). Leave it out: `rowset.visible`.")
            }
            FaultKind::Alone => {
                write!(f, "[{a}-{b}] is one rowset whose segments do not overlap: nothing to merge.")
            }
            FaultKind::Point => {
                write!(f, "The point {a} would lie inside a rowset or outside the tablet.")
            }
        }
    }
}

impl core::error::Error for Fault {}

/// An interpreter.
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// Whether a script can be read.
    pub check: fn(&str) -> Result<(), Fault>,
    /// What it answers.
    pub answer: fn(&Question) -> Result<Answer, Fault>,
}

static HOST: OnceRef<'static, Host> = OnceRef::new();

/// Gives the program its interpreter, once for all runs. Whether there was none before.
pub fn install(host: &'static Host) -> bool {
    HOST.set(host).is_ok()
}

/// Whether a script may be set.
///
/// # Errors
/// It is too long, cannot be read, or there is nothing to read it.
pub fn check(script: &str) -> Result<(), Fault> {
    if script.len() > SCRIPT_BYTES_MAX {
        return Err(Fault::of(FaultKind::TooLong, [script.len() as i64, SCRIPT_BYTES_MAX as i64]));
    }
    let host = HOST.get().ok_or(Fault::of(FaultKind::Missing, [0; 2]))?;
    (host.check)(script)
}

/// What a script selects, and why; a fault selects nothing and stands in the explanation.
pub fn select(question: &Question, last: LastSuccess) -> Selection {
    let answer =
        HOST.get().ok_or(Fault::of(FaultKind::Missing, [0; 2])).and_then(|host| (host.answer)(question));
    let mut selection =
        Selection { code: NONE_SUITABLE, pick: Pick::none(Rule::OwnLeaves), point: None, last };
    let all: Vec<Candidate> = question.rowsets.iter().map(ScriptRowset::candidate).collect();
    let checked = answer.and_then(|answer| {
        let inputs = checked(question, &answer)?;
        Ok((answer, inputs))
    });
    let pick = &mut selection.pick;
    pick.looked = all.len() as u64;
    pick.why.fact(Fact::Candidates, all.len() as u64);
    match checked {
        Ok((answer, (inputs, point))) => {
            let inside = question.rowsets.get(inputs.clone()).unwrap_or_default();
            pick.score = inside.iter().map(ScriptRowset::score).sum();
            pick.take(all.get(inputs.clone()).unwrap_or_default());
            if !inputs.is_empty() {
                selection.code = 0;
                pick.why.rule = Rule::OwnPick;
                pick.why.fact(Fact::Score, pick.score);
                let bytes = inside.iter().fold(0, |sum: u64, rowset| sum.saturating_add(rowset.bytes));
                pick.why.fact(Fact::Bytes, bytes);
            }
            pick.why.said = shortened(answer.why);
            for (at, rowset) in all.iter().enumerate() {
                if !inputs.contains(&at) {
                    pick.why.reject(rowset, Reason::NotInRun);
                }
            }
            selection.point = (point != question.facts.point).then_some(point);
        }
        Err(fault) => {
            pick.why.rule = Rule::OwnFailed;
            pick.why.reject_all(&all.iter().collect::<Vec<_>>(), Reason::NotInRun);
            pick.why.fault = Some(fault);
        }
    }
    selection
}

/// The places of what an answer merges, and the point behind it. O(n).
fn checked(question: &Question, answer: &Answer) -> Result<(core::ops::Range<usize>, Version), Fault> {
    let (rowsets, before) = (&question.rowsets, question.facts.point);
    let Some(range) = answer.merge else {
        let point = answer.point.unwrap_or(before);
        return if point == before {
            Ok((0..0, point))
        } else {
            placed(rowsets, None, point).map(|p| (0..0, p))
        };
    };
    let edges = Fault::of(FaultKind::Edges, [range.start, range.end]);
    let first = rowsets.iter().position(|rowset| rowset.range.start == range.start).ok_or(edges.clone())?;
    let last = rowsets.iter().rposition(|rowset| rowset.range.end == range.end).ok_or(edges.clone())?;
    let inside = rowsets.get(first..=last).filter(|inside| !inside.is_empty()).ok_or(edges)?;
    for pair in inside.windows(2) {
        let next = pair[0].range.end.saturating_add(1);
        if pair[1].range.start != next {
            return Err(Fault::of(FaultKind::Gap, [next, 0]));
        }
    }
    if let Some(delete) = inside.iter().find(|rowset| first > 0 && rowset.delete_predicate) {
        return Err(Fault::of(FaultKind::Delete, [delete.range.start, 0]));
    }
    if let Some(hidden) = inside.iter().find(|rowset| !rowset.visible) {
        return Err(Fault::of(FaultKind::Invisible, [hidden.range.end, question.facts.visible]));
    }
    if let [alone] = inside
        && !alone.overlapping
    {
        return Err(Fault::of(FaultKind::Alone, [range.start, range.end]));
    }
    let behind = range.end.saturating_add(1);
    let stays = if range.start < before && before < behind { behind } else { before };
    let point = answer.point.unwrap_or(stays);
    if point != before {
        placed(rowsets, Some(range), point)?;
    }
    Ok((first..last + 1, point))
}

/// A point at which a rowset begins, or that follows the newest one, once `merged` is one rowset.
fn placed(rowsets: &[ScriptRowset], merged: Option<VersionRange>, point: Version) -> Result<Version, Fault> {
    let inside = merged.is_some_and(|range| range.start < point && point <= range.end);
    let begins = rowsets.binary_search_by_key(&point, |rowset| rowset.range.start).is_ok();
    let follows = rowsets.last().is_some_and(|newest| newest.range.end.saturating_add(1) == point);
    let fault = Fault::of(FaultKind::Point, [point, 0]);
    if !inside && (begins || follows) { Ok(point) } else { Err(fault) }
}

/// Cut behind a whole character.
fn shortened(mut why: String) -> String {
    if why.len() > WHY_BYTES_MAX {
        let end = (0..=WHY_BYTES_MAX).rev().find(|&at| why.is_char_boundary(at)).unwrap_or(0);
        why.truncate(end);
        why = format!("{why}…");
    }
    why
}

#[cfg(test)]
mod tests;
