//! What was assumed, repaired, left out or not told: an import that changes anything says so.

use super::RowsetFact;
use crate::base::sort::sort_by_key;
use crate::base::{PathId, Version, VersionRange};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Notes of one key beyond this many are only counted.
pub const NOTES_PER_KEY: u32 = 8;

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The picture may differ from the cluster.
    Warning,
}

/// One remark about the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// How much it matters.
    pub severity: Severity,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What it is about, with its numbers: the page words it in its own language.
    pub key: NoteKey,
    /// The same in English.
    pub text: String,
}

/// What a note is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoteKey {
    /// The text ends inside an element; what came before is taken.
    TextEnds {
        /// The outermost key that was being read.
        inside: String,
        /// Rowsets read before.
        rowsets: u32,
    },
    /// Lines before the reply were skipped.
    LeadingText,
    /// Text behind the reply was skipped.
    TrailingText,
    /// A comma too many.
    ExtraComma,
    /// A comma too few.
    MissingComma,
    /// A key without a value: taken as not told.
    MissingValue(String),
    /// A key without quotes.
    UnquotedKey,
    /// Bytes that are not UTF-8 were replaced.
    InvalidUtf8,
    /// A key stands twice; the first one counts.
    DuplicateKey(String),
    /// A key the importer does not know; not taken over.
    UnknownKey(String),
    /// A line that names no rowset; not taken over.
    IgnoredLine,
    /// An ellipsis stands where rowsets were left out.
    Elided,
    /// `DATE`, a known misprint of the documentation, is read as `DATA`.
    DateReadAsData,
    /// A rowset id that is shorter than its 48 digits.
    CutId {
        /// Digits found.
        digits: u32,
    },
    /// Sizes are printed with two decimals.
    RoundedSizes {
        /// How many of them.
        rowsets: u32,
    },
    /// A fact is not told.
    NotTold {
        /// Which fact.
        fact: RowsetFact,
        /// For how many rowsets, live and stale.
        rowsets: u32,
    },
    /// A time says "never" (the epoch), or nothing.
    NoTimes,
    /// Times carry no zone and none can be told from the text: read as UTC.
    ZoneAssumedUtc,
    /// Times without a zone are read in a zone that the text gives away.
    ZoneFromText {
        /// East of UTC.
        minutes: i32,
    },
    /// A time that cannot be read: taken as not told.
    UnreadableTime(String),
    /// The node has not chosen a policy yet.
    PolicyNotChosen,
    /// The number-based policy was removed from Doris in October 2022.
    NumberBasedPolicy,
    /// A policy with an unknown name.
    UnknownPolicy(String),
    /// The cumulative point lies inside a live rowset.
    PointInsideRowset {
        /// The point.
        point: Version,
        /// The rowset.
        rowset: VersionRange,
    },
    /// A version range that no live rowset covers.
    Missing(VersionRange),
    /// The reply lists other missing versions than its rowsets leave open.
    MissingDiffers(VersionRange),
    /// A range printed backwards (crossing rowsets do that); not taken over.
    ReversedMissing {
        /// First number.
        start: Version,
        /// Second number.
        end: Version,
    },
    /// The same range stands twice; the first one counts.
    DuplicateRowset(VersionRange),
    /// Two live rowsets share versions.
    LiveOverlap(VersionRange, VersionRange),
    /// Two rowsets share versions and neither contains the other.
    Crossing(VersionRange, VersionRange),
    /// A path whose members do not follow each other.
    PathGap {
        /// The path.
        path: PathId,
        /// A member.
        left: VersionRange,
        /// The next one.
        right: VersionRange,
    },
    /// A stale path without members; left out.
    EmptyPath,
    /// A path id stands twice or is missing; a new one was given.
    PathRenumbered(PathId),
    /// A path member is not among `stale_rowsets`: only its range is known.
    MemberWithoutRowset(VersionRange),
    /// Stale rowsets that no path lists.
    StaleWithoutPath {
        /// How many.
        rowsets: u32,
    },
    /// A header does not store how stale rowsets belong together.
    StaleNotGrouped {
        /// How many.
        rowsets: u32,
    },
    /// Delete marks are not taken over.
    DeleteBitmapIgnored {
        /// Entries.
        entries: u32,
    },
    /// `inc_rs_metas` repeats rowsets and is ignored.
    IncrementalIgnored {
        /// How many.
        rowsets: u32,
    },
    /// A rowset in a state other than `VISIBLE`.
    RowsetState(String),
    /// The text holds rows of other tablets too.
    OtherTablets {
        /// The one that was taken.
        taken: u64,
        /// Others, at most ten.
        others: Vec<u64>,
        /// How many others.
        count: u32,
    },
    /// The same tablet's rows of another backend were left out.
    OtherBackends {
        /// Rows.
        rows: u32,
    },
    /// More notes of one key than are listed.
    More {
        /// [`NoteKey::name`] of them.
        name: String,
        /// How many more.
        count: u32,
    },
}

impl NoteKey {
    /// A stable name, for a table of translations.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TextEnds { .. } => "text_ends",
            Self::LeadingText => "leading_text",
            Self::TrailingText => "trailing_text",
            Self::ExtraComma => "extra_comma",
            Self::MissingComma => "missing_comma",
            Self::MissingValue(_) => "missing_value",
            Self::UnquotedKey => "unquoted_key",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::DuplicateKey(_) => "duplicate_key",
            Self::UnknownKey(_) => "unknown_key",
            Self::IgnoredLine => "ignored_line",
            Self::Elided => "elided",
            Self::DateReadAsData => "date_read_as_data",
            Self::CutId { .. } => "cut_id",
            Self::RoundedSizes { .. } => "rounded_sizes",
            Self::NotTold { .. } => "not_told",
            Self::NoTimes => "no_times",
            Self::ZoneAssumedUtc => "zone_assumed_utc",
            Self::ZoneFromText { .. } => "zone_from_text",
            Self::UnreadableTime(_) => "unreadable_time",
            Self::PolicyNotChosen => "policy_not_chosen",
            Self::NumberBasedPolicy => "number_based_policy",
            Self::UnknownPolicy(_) => "unknown_policy",
            Self::PointInsideRowset { .. } => "point_inside_rowset",
            Self::Missing(_) => "missing",
            Self::MissingDiffers(_) => "missing_differs",
            Self::ReversedMissing { .. } => "reversed_missing",
            Self::DuplicateRowset(_) => "duplicate_rowset",
            Self::LiveOverlap(..) => "live_overlap",
            Self::Crossing(..) => "crossing",
            Self::PathGap { .. } => "path_gap",
            Self::EmptyPath => "empty_path",
            Self::PathRenumbered(_) => "path_renumbered",
            Self::MemberWithoutRowset(_) => "member_without_rowset",
            Self::StaleWithoutPath { .. } => "stale_without_path",
            Self::StaleNotGrouped { .. } => "stale_not_grouped",
            Self::DeleteBitmapIgnored { .. } => "delete_bitmap_ignored",
            Self::IncrementalIgnored { .. } => "incremental_ignored",
            Self::RowsetState(_) => "rowset_state",
            Self::OtherTablets { .. } => "other_tablets",
            Self::OtherBackends { .. } => "other_backends",
            Self::More { .. } => "more",
        }
    }

    /// Warnings are those after which the picture may differ from the cluster.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::UnknownKey(_)
            | Self::DateReadAsData
            | Self::CutId { .. }
            | Self::RoundedSizes { .. }
            | Self::NotTold { .. }
            | Self::NoTimes
            | Self::ZoneAssumedUtc
            | Self::ZoneFromText { .. }
            | Self::PolicyNotChosen
            | Self::NumberBasedPolicy
            | Self::MemberWithoutRowset(_)
            | Self::StaleNotGrouped { .. }
            | Self::DeleteBitmapIgnored { .. }
            | Self::IncrementalIgnored { .. }
            | Self::LeadingText => Severity::Info,
            _ => Severity::Warning,
        }
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextEnds { inside, rowsets } if inside.is_empty() => {
                write!(f, "the text ends before the reply does; {} read before", Count(*rowsets))
            }
            Self::TextEnds { inside, rowsets } => {
                write!(f, "the text ends inside \"{inside}\"; {} read before", Count(*rowsets))
            }
            Self::LeadingText => f.write_str("the lines before the reply were skipped"),
            Self::TrailingText => f.write_str("the text behind the reply was skipped"),
            Self::ExtraComma => f.write_str("a comma too many was skipped"),
            Self::MissingComma => f.write_str("a comma is missing; read as if it stood here"),
            Self::MissingValue(key) => write!(f, "\"{key}\" has no value; taken as not told"),
            Self::UnquotedKey => f.write_str("keys without quotes were read as keys"),
            Self::InvalidUtf8 => f.write_str("bytes that are not UTF-8 were replaced"),
            Self::DuplicateKey(key) => write!(f, "\"{key}\" stands twice; the first one counts"),
            Self::UnknownKey(key) => write!(f, "\"{key}\" is not known and was not taken over"),
            Self::IgnoredLine => f.write_str("a line that names no rowset was skipped"),
            Self::Elided => f.write_str("rowsets were left out here by whoever copied the text"),
            Self::DateReadAsData => f.write_str("DATE, a misprint in the documentation, was read as DATA"),
            Self::CutId { digits } => {
                write!(f, "a rowset id of {digits} instead of 48 digits was kept as it is")
            }
            Self::RoundedSizes { rowsets } => {
                write!(f, "printed sizes are rounded to two decimals: {}", Count(*rowsets))
            }
            Self::NotTold { fact, rowsets } => write!(f, "{fact}: not told for {}", Count(*rowsets)),
            Self::NoTimes => f.write_str("no time is told; the clock starts at zero"),
            Self::ZoneAssumedUtc => f.write_str("times carry no zone and were read as UTC"),
            Self::ZoneFromText { minutes } => {
                let (sign, east) = if *minutes < 0 { ('-', -minutes) } else { ('+', *minutes) };
                let (hours, rest) = (east / 60, east % 60);
                write!(
                    f,
                    "times without a zone were read as UTC{sign}{hours:02}:{rest:02}, told elsewhere in the text"
                )
            }
            Self::UnreadableTime(time) => write!(f, "the time \"{time}\" cannot be read; taken as not told"),
            Self::PolicyNotChosen => f.write_str("the node had not chosen a compaction policy yet"),
            Self::NumberBasedPolicy => f.write_str("the number-based policy was removed from Doris in 2022"),
            Self::UnknownPolicy(policy) => write!(f, "the compaction policy \"{policy}\" is not known"),
            Self::PointInsideRowset { point, rowset } => {
                write!(f, "the cumulative point {point} lies inside the rowset {rowset}")
            }
            Self::Missing(range) => write!(f, "no live rowset covers {range}"),
            Self::MissingDiffers(range) => {
                write!(f, "{range} is listed as missing on one side only: reply or rowsets")
            }
            Self::ReversedMissing { start, end } => {
                write!(f, "the missing range [{start}-{end}] runs backwards and was left out")
            }
            Self::DuplicateRowset(range) => write!(f, "{range} stands twice; the first one counts"),
            Self::LiveOverlap(a, b) => write!(f, "the live rowsets {a} and {b} share versions"),
            Self::Crossing(a, b) => write!(f, "{a} and {b} cross: neither contains the other"),
            Self::PathGap { path, left, right } => {
                write!(f, "stale path {path} leads from {left} to {right}, which do not follow each other")
            }
            Self::EmptyPath => f.write_str("a stale path without rowsets was left out"),
            Self::PathRenumbered(path) => write!(f, "a stale path without an id of its own became {path}"),
            Self::MemberWithoutRowset(range) => {
                write!(f, "{range} of a stale path is not in \"stale_rowsets\": only its versions are known")
            }
            Self::StaleWithoutPath { rowsets } => {
                write!(f, "in \"stale_rowsets\" but in no stale path: {}", Count(*rowsets))
            }
            Self::StaleNotGrouped { rowsets } => {
                write!(f, "a header does not store which stale rowsets belong together: {}", Count(*rowsets))
            }
            Self::DeleteBitmapIgnored { entries } => {
                write!(f, "the delete bitmap was not taken over (entries: {entries})")
            }
            Self::IncrementalIgnored { rowsets } => {
                write!(f, "inc_rs_metas repeats rowsets and was ignored: {}", Count(*rowsets))
            }
            Self::RowsetState(state) => write!(f, "the rowset is {state}, not VISIBLE"),
            Self::OtherTablets { taken, others, count } => {
                write!(f, "tablet {taken} was taken; also in the text ({count}):")?;
                others.iter().try_for_each(|tablet| write!(f, " {tablet}"))?;
                if others.len() < *count as usize { f.write_str(" …") } else { Ok(()) }
            }
            Self::OtherBackends { rows } => {
                write!(f, "rows of the same tablet on other backends were left out: {rows}")
            }
            Self::More { name, count } => write!(f, "{count} more notes of the kind {name}"),
        }
    }
}

/// `1 rowset`, `2 rowsets`.
struct Count(u32);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rowset{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// Notes while their places are byte offsets.
#[derive(Debug, Default)]
pub(super) struct Notes {
    listed: Vec<(usize, NoteKey)>,
    counts: BTreeMap<&'static str, (u32, usize)>,
}

impl Notes {
    /// Takes a note, or counts it where there are enough of its kind.
    pub(super) fn add(&mut self, at: usize, key: NoteKey) {
        let (count, last) = self.counts.entry(key.name()).or_default();
        *count = count.saturating_add(1);
        *last = at;
        if *count <= NOTES_PER_KEY {
            self.listed.push((at, key));
        }
    }

    /// Takes a note unless one of its kind exists.
    pub(super) fn add_once(&mut self, at: usize, key: NoteKey) {
        if !self.counts.contains_key(key.name()) {
            self.add(at, key);
        }
    }

    /// All notes in the order of the text, with what was only counted.
    pub(super) fn finish(mut self, text: &[u8]) -> Vec<Note> {
        for (name, (count, last)) in self.counts {
            if count > NOTES_PER_KEY {
                let key = NoteKey::More { name: name.to_string(), count: count - NOTES_PER_KEY };
                self.listed.push((last, key));
            }
        }
        sort_by_key(&mut self.listed, |(at, _)| *at);
        let mut places = super::place::Places::new(text);
        let place = |(at, key): (usize, NoteKey)| {
            let (line, column) = places.of(at);
            Note { severity: key.severity(), line, column, text: key.to_string(), key }
        };
        self.listed.into_iter().map(place).collect()
    }
}
