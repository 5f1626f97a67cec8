//! What does the text an operator pasted say about a tablet?
//!
//! ```text
//! GET /api/compaction/show?tablet_id=…   status reply, every shape since December 2019, local and cloud
//! GET /api/meta/header/…                 tablet header: exact sizes, rows, creation times; no grouping
//! a RowsetMetaPB, or an array of them    single metas
//! select * from information_schema.rowsets    with its line of column names: |, tab or comma
//! [2-5] 3 DATA NONOVERLAPPING …          rowset texts, one per line
//!         |
//!         v  bytes -> json / table / lines -> Draft (as told) -> Imported (joined, named, checked)
//! ```
//!
//! Invariant *nothing invented*: a fact the text does not tell is marked in
//! [`RowsetMeta::unknown`], and whatever was repaired, assumed or left
//! out is a [`Note`] with its place. Damaged text loads as far as it makes sense: published
//! replies with a comma too many or a value missing, and text that ends anywhere behind its
//! first rowset. Everything else is an [`ImportError`] that names line, column, what was
//! expected, what was found and what to do.
//!
//! Hostile text costs linear time and bounded memory: at most [`TEXT_BYTES_MAX`] bytes,
//! [`ROWSETS_MAX`] rowsets, 64 brackets, [`NOTES_PER_KEY`] notes of a kind; nothing recurses.
//! The worst 50 MB found so far (commas, equal keys) take half a second natively; five million
//! fuzzed texts (`tests/imports/fuzz.rs`) gave no panic and no place outside the text.
//!
//! Times. [`Imported::epoch_unix_ms`] is the earliest known time of the text and
//! [`Imported::start_at`] the latest, so that a lab goes on where the cluster was seen last;
//! without any time both are 0. Times without a zone are read in the zone that another time of
//! the text tells, else in the one that its "never" gives away (`1970-01-01 08:00:00` is
//! UTC+8), else as UTC. A rowset whose creation is not told gets the time at which its stale
//! path was replaced, or `start_at`, and keeps its unknown bit.
//!
//! Source: Apache Doris, `get_compaction_status` (`be/src/olap/tablet.cpp`,
//! `be/src/cloud/cloud_tablet.cpp`), `gensrc/proto/olap_file.proto`. Differs: old spellings
//! (`versions`, `last cumu success time`, `DATE`) are read as what they meant.

mod document;
mod draft;
mod error;
mod header;
mod json;
mod note;
mod place;
mod rowset_text;
mod table;
mod time;

pub use error::{Expected, Found, ImportError};
pub use note::{NOTES_PER_KEY, Note, NoteKey, Severity};

use crate::base::{PathId, SimTime, Version, VersionRange};
use crate::rowset::{RowsetMeta, Unknown};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use draft::Draft;
use error::{Fault, Parse};
use note::Notes;
use serde::{Deserialize, Serialize};

/// Longer texts are refused.
pub const TEXT_BYTES_MAX: u32 = 64 << 20;
/// More rowsets, live and stale together, are refused.
pub const ROWSETS_MAX: u32 = 200_000;
/// The largest version: 2^53 − 1, so that a browser's numbers and every sum stay exact.
pub const VERSION_MAX: Version = (1 << 53) - 1;

/// A tablet as a text tells it. Becomes part of a stored run's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// What the text is.
    pub source: Source,
    /// The tablet's id.
    pub tablet_id: Option<u64>,
    /// Compaction policy in lower case: `size_based`, `time_series`, `num_based` or as told.
    pub policy: Option<String>,
    /// First version that cumulative compaction may still touch; −1 before it was ever set.
    pub cumulative_point: Option<Version>,
    /// `DUP_KEYS`, `UNIQUE_KEYS`, `AGG_KEYS`.
    pub keys_type: Option<String>,
    /// `PB_RUNNING`, `PB_NOTREADY`, ….
    pub state: Option<String>,
    /// Whether the tablet is unique-key merge-on-write.
    pub merge_on_write: Option<bool>,
    /// Live rowsets in version order, never empty, no range twice. Ids count from 1 in the
    /// order of ranges over all rowsets, live before stale.
    pub live: Vec<ImportedRowset>,
    /// Stale paths in the order of their ids, none empty.
    pub stale_paths: Vec<ImportedPath>,
    /// Stale rowsets in version order whose grouping is not told.
    pub stale_ungrouped: Vec<ImportedRowset>,
    /// Missing versions: as listed, or the gaps between live rowsets where nothing is listed.
    pub missing: Vec<VersionRange>,
    /// Unix time of [`SimTime::ZERO`] in milliseconds; 0 where no time is known.
    pub epoch_unix_ms: i64,
    /// The latest known time; zero where none is known.
    pub start_at: SimTime,
    /// The node's zone in minutes east of UTC, where the text tells it.
    pub zone_minutes: Option<i32>,
    /// Last success and failure times, statuses, numbers, as told.
    pub facts: Vec<Fact>,
    /// What was assumed, repaired, left out or not told, in the order of the text.
    pub notes: Vec<Note>,
}

impl Imported {
    /// All rowsets: live, path by path, ungrouped.
    pub fn rowsets(&self) -> impl Iterator<Item = &ImportedRowset> {
        let members = self.stale_paths.iter().flat_map(|path| &path.members);
        self.live.iter().chain(members).chain(&self.stale_ungrouped)
    }

    /// The largest version of a live rowset; −1 without any.
    pub fn max_version(&self) -> Version {
        self.live.iter().map(|rowset| rowset.meta.range.end).max().unwrap_or(-1)
    }
}

/// What kind of text it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// A reply of `/api/compaction/show`.
    CompactionShow(ShowFlavor),
    /// A reply of `/api/meta/header/…`.
    MetaHeader,
    /// One or more rowset metas as JSON.
    RowsetMeta,
    /// Rowset texts, one per line or as a JSON array.
    RowsetLines,
    /// Rows of `information_schema.rowsets`.
    RowsetsTable,
}

/// Which shape of the status reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShowFlavor {
    /// December 2019: the key is `versions`, entries are a range and a number.
    Versions,
    /// No policy is told: until August 2020, `StarRocks`, early cloud builds, fragments.
    Plain,
    /// Shared-nothing since August 2020: tells the policy.
    Local,
    /// Cloud: tells the times spent on compaction.
    Cloud,
}

/// A rowset and the name it has in its cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRowset {
    /// Its facts; what is not told is marked there.
    pub meta: RowsetMeta,
    /// The id as printed: 48 hex digits, fewer where cut, or decimal in old versions.
    pub external_id: Option<String>,
}

/// A stale path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedPath {
    /// Its id; a new one where the text gives none of its own.
    pub id: PathId,
    /// When its newest member was replaced (before September 2025: written).
    pub time: Option<SimTime>,
    /// The same as printed.
    pub time_text: Option<String>,
    /// Its rowsets in version order.
    pub members: Vec<ImportedRowset>,
}

/// Something the text tells besides rowsets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The key as told.
    pub key: String,
    /// The value as told; empty for null.
    pub value: String,
    /// The same on the virtual clock, for times other than "never".
    pub time: Option<SimTime>,
}

/// A fact about a rowset that a text may leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowsetFact {
    /// Its size.
    Bytes,
    /// Its number of rows.
    Rows,
    /// When it was written.
    Created,
    /// Its number of segments.
    Segments,
    /// Whether segments overlap.
    Overlap,
    /// Whether it is a delete predicate.
    Kind,
}

impl RowsetFact {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Bytes, Self::Rows, Self::Created, Self::Segments, Self::Overlap, Self::Kind];

    /// Its bit.
    pub const fn bit(self) -> Unknown {
        match self {
            Self::Bytes => Unknown::BYTES,
            Self::Rows => Unknown::ROWS,
            Self::Created => Unknown::CREATED,
            Self::Segments => Unknown::SEGMENTS,
            Self::Overlap => Unknown::OVERLAP,
            Self::Kind => Unknown::KIND,
        }
    }
}

impl fmt::Display for RowsetFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "size",
            Self::Rows => "number of rows",
            Self::Created => "creation time",
            Self::Segments => "number of segments",
            Self::Overlap => "overlap of segments",
            Self::Kind => "data or delete",
        })
    }
}

/// Choices that a text cannot make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which tablet of several; names the tablet where the text does not. Without it the first.
    pub tablet_id: Option<u64>,
}

/// Reads a pasted text.
///
/// # Errors
///
/// Where it says nothing usable about a tablet; see [`ImportError`].
pub fn import(text: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    import_with(text, Options::default())
}

/// Reads a pasted text with choices made.
///
/// # Errors
///
/// As [`import`], and where the text is about other tablets than the chosen one.
pub fn import_with(text: impl AsRef<[u8]>, options: Options) -> Result<Imported, ImportError> {
    let text = text.as_ref();
    read(text, options).map_err(|Fault { at, expected, found }| {
        let (line, column) = place::Places::new(text).of(at);
        ImportError { line, column, expected, found }
    })
}

fn read(text: &[u8], options: Options) -> Parse<Imported> {
    if text.len() > TEXT_BYTES_MAX as usize {
        let found = Found::Text(alloc::format!("{} bytes", text.len()));
        return Err(Fault { at: 0, expected: Expected::BytesAtMost(TEXT_BYTES_MAX), found });
    }
    let text = text.trim_ascii_end();
    let mark = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let start = mark + text[mark..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut draft = Draft::default();
    if start == text.len() {
        return Err(Fault { at: start, expected: Expected::Rowsets, found: Found::Nothing });
    }
    let (source, notes) = match shape(text, start)? {
        Shape::Json(at) => {
            let mut reader = json::Reader::new(text, at);
            if at > start {
                reader.notes.add(start, NoteKey::LeadingText);
            }
            let source = document::read(&mut reader, &mut draft)?;
            (source, core::mem::take(&mut reader.notes))
        }
        Shape::Table(at) => {
            let mut notes = Notes::default();
            // mysql draws a line above the head.
            if at > start && text[start] != b'+' {
                notes.add(start, NoteKey::LeadingText);
            }
            table::read(text, at, options.tablet_id, &mut draft, &mut notes)?;
            (Source::RowsetsTable, notes)
        }
        Shape::Lines => {
            let mut notes = Notes::default();
            table::read_lines(text, start, &mut draft, &mut notes)?;
            (Source::RowsetLines, notes)
        }
    };
    if let Some(asked) = options.tablet_id
        && let Some(told) = draft.tablet_id.filter(|told| *told != asked)
    {
        let found = Found::Text(alloc::format!("tablet {told}"));
        return Err(Fault { at: start, expected: Expected::Tablet(asked), found });
    }
    draft.tablet_id = draft.tablet_id.or(options.tablet_id);
    draft.finish(text, source, notes)
}

/// What the first characters promise.
enum Shape {
    Json(usize),
    Table(usize),
    Lines,
}

/// Lines looked at for the beginning of a reply.
const LEADING_LINES_MAX: usize = 200;

/// Finds the reply among what was copied with it (a prompt, HTTP headers, a code fence).
fn shape(text: &[u8], start: usize) -> Parse<Shape> {
    let refuse = |at, found| Err(Fault { at, expected: Expected::Rowsets, found });
    let mut has_lines = false;
    let mut at = start;
    for line in text[start..].split_inclusive(|&byte| byte == b'\n').take(LEADING_LINES_MAX) {
        let line_at = at;
        at += line.len();
        let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let line = line.trim_ascii();
        if line.first() == Some(&b'{') {
            return Ok(Shape::Json(line_at + blanks));
        }
        if is_rowset_line(line) {
            has_lines = true;
            break;
        }
        if line.first() == Some(&b'[')
            && line[1..].trim_ascii_start().first().is_none_or(|byte| b"\"{[]".contains(byte))
        {
            return Ok(Shape::Json(line_at + blanks));
        }
        if table::is_head(line) {
            return Ok(Shape::Table(line_at));
        }
        if is_log(line) {
            return refuse(line_at, Found::BackendLog);
        }
        let head = line[..line.len().min(200)].to_ascii_lowercase();
        if contains(&head, b"tablet not found") || contains(&head, b"tablet not exist") {
            let words = String::from_utf8_lossy(&line[..line.len().min(200)]);
            return refuse(line_at, Found::TabletNotFound(error::kept(&words, 100)));
        }
        if head.starts_with(b"<!doctype") || head.starts_with(b"<html") {
            return refuse(line_at, Found::Html);
        }
    }
    if has_lines { Ok(Shape::Lines) } else { Err(Fault::unexpected(text, start, Expected::Rowsets)) }
}

/// Whether a line holds a rowset text, bare or as an array's element.
fn is_rowset_line(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let Some(rest) = line.strip_prefix(b"[") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && rest.get(digits) == Some(&b'-')
}

/// `W0512 18:59:28.431733 …`, or an error's words.
fn is_log(line: &[u8]) -> bool {
    let head = &line[..line.len().min(400)];
    let is_glog = head.len() > 8
        && matches!(head[0], b'I' | b'W' | b'E' | b'F')
        && head[1..5].iter().all(u8::is_ascii_digit)
        && head[5] == b' ';
    is_glog
        || [&b"missed_versions"[..], b"version_graph", b"already has been merged"]
            .iter()
            .any(|words| contains(head, words))
}

/// Whether `words` occur in a short text.
fn contains(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}
