//! Why a text was refused: where, what was expected, what stood there, what to do about it.

use alloc::format;
use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A text that says nothing usable about a tablet.
///
/// Its `Display` is one English sentence with all four facts; the page builds its own from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportError {
    /// Line, from 1. Lies inside the text.
    pub line: u32,
    /// Column in characters, from 1; at most one behind the last character of the line.
    pub column: u32,
    /// What could have stood there.
    pub expected: Expected,
    /// What stands there.
    pub found: Found,
}

/// What the importer was looking for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// Any text that names rowsets.
    Rowsets,
    /// One rowset as a status reply prints it.
    RowsetText,
    /// `[a-b]` with a not above b.
    Range,
    /// A version that fits: 0 to [`VERSION_MAX`](super::VERSION_MAX).
    Version,
    /// A number of segments.
    Segments,
    /// `DATA` or `DELETE`.
    Kind,
    /// One of the three overlap words.
    Overlap,
    /// `574.00 MB`, or `0`.
    Size,
    /// `level=0` to `level=255`.
    Level,
    /// `[100,101]`, the end of a rowset text.
    SegmentIds,
    /// `1 -> [0-1] -> [2-5]`.
    PathList,
    /// A whole number in this key.
    Integer,
    /// `YYYY-MM-DD hh:mm:ss`.
    Time,
    /// A text in quotes.
    Text,
    /// `[`.
    Array,
    /// `{`.
    Object,
    /// Any JSON value.
    Value,
    /// A key in quotes, or `}`.
    Key,
    /// `:` behind a key.
    Colon,
    /// `,` or the bracket that closes the list.
    CommaOrClose,
    /// `"` before the end of the line.
    ClosingQuote,
    /// A JSON escape such as `\n` or `\u00e9`.
    Escape,
    /// `start_version` and `end_version` in a rowset's meta.
    RowsetVersions,
    /// No more than 64 brackets inside each other.
    Depth,
    /// No more rowsets than this.
    RowsetsAtMost(u32),
    /// No more bytes than this.
    BytesAtMost(u32),
    /// As many cells as the table's first line has.
    Cells(u32),
    /// A table whose first line names `START_VERSION` and `END_VERSION`.
    TableColumns,
    /// This tablet.
    Tablet(u64),
}

/// What stands there instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// The first characters of it; control characters shown as `\n`, `\u{1b}`.
    Text(String),
    /// The end of the text, inside this key (empty: inside none).
    End {
        /// The outermost key that was being read.
        inside: String,
    },
    /// Only blanks.
    Nothing,
    /// A reply without a single rowset.
    NoRowsets,
    /// `/api/compaction/run_status`.
    RunStatus,
    /// `/api/compaction_score`.
    CompactionScore,
    /// Lines of `be.INFO` or `be.WARNING`, or an error shown to a client.
    BackendLog,
    /// A list of steps somebody wrote by hand.
    Steps,
    /// The backend does not hold the tablet: its words.
    TabletNotFound(String),
    /// Another refusal: its words.
    Refused(String),
    /// A web page.
    Html,
    /// A tablet header without rowset lists, as cloud mode prints it.
    HeaderWithoutRowsets,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rowsets => "a text that names rowsets",
            Self::RowsetText => r#"a rowset text like "[2-5] 3 DATA NONOVERLAPPING""#,
            Self::Range => "a version range like [2-5], its start not above its end",
            Self::Version => "a version from 0 to 9007199254740991",
            Self::Segments => "a number of segments",
            Self::Kind => "DATA or DELETE",
            Self::Overlap => "OVERLAPPING, NONOVERLAPPING or OVERLAP_UNKNOWN",
            Self::Size => "a size like 574.00 MB",
            Self::Level => "a level from level=0 to level=255",
            Self::SegmentIds => "segment ids like [100,101] or the end of the rowset text",
            Self::PathList => r#"a path like "1 -> [0-1] -> [2-5]""#,
            Self::Integer => "a whole number",
            Self::Time => "a time like 2026-01-02 08:09:56.930",
            Self::Text => "a text in quotes",
            Self::Array => "a list in [ ]",
            Self::Object => "an object in { }",
            Self::Value => "a value",
            Self::Key => "a key in quotes or }",
            Self::Colon => "a colon behind the key",
            Self::CommaOrClose => "a comma or the bracket that closes this list",
            Self::ClosingQuote => "the closing quote of this text",
            Self::Escape => r"an escape such as \n or \u00e9",
            Self::RowsetVersions => "start_version and end_version",
            Self::Depth => "at most 64 brackets inside each other",
            Self::TableColumns => "a first line that names START_VERSION and END_VERSION",
            Self::RowsetsAtMost(count) => return write!(f, "at most {count} rowsets"),
            Self::BytesAtMost(count) => return write!(f, "at most {count} bytes"),
            Self::Cells(count) => return write!(f, "{count} cells as in the table's first line"),
            Self::Tablet(tablet) => return write!(f, "tablet {tablet}"),
        })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if text.is_empty() => f.write_str("nothing more"),
            Self::Text(text) => write!(f, "`{text}`"),
            Self::End { inside } if inside.is_empty() => f.write_str("the end of the text"),
            Self::End { inside } => write!(f, "the end of the text inside \"{inside}\""),
            Self::Nothing => f.write_str("an empty text"),
            Self::NoRowsets => f.write_str("a reply without a rowset"),
            Self::RunStatus => f.write_str("a reply of /api/compaction/run_status"),
            Self::CompactionScore => f.write_str("a reply of /api/compaction_score"),
            Self::BackendLog => f.write_str("lines of a backend's log"),
            Self::Steps => f.write_str("a hand-written list of steps"),
            Self::TabletNotFound(words) => write!(f, "the backend's answer \"{words}\""),
            Self::Refused(words) => write!(f, "the refusal \"{words}\""),
            Self::Html => f.write_str("a web page"),
            Self::HeaderWithoutRowsets => f.write_str("a tablet header without rowset lists"),
        }
    }
}

impl ImportError {
    /// What the operator can do next; empty where the place says it all.
    pub const fn advice(&self) -> &'static str {
        match &self.found {
            Found::Text(_) if !matches!(self.expected, Expected::Rowsets) => "",
            Found::End { .. } => "no rowset was reached: fetch it again and paste the whole reply",
            Found::Text(_) | Found::Nothing | Found::NoRowsets => {
                "paste the reply of GET /api/compaction/show?tablet_id=… or of GET /api/meta/header/…"
            }
            Found::RunStatus => {
                "it says whether a compaction runs; GET /api/compaction/show?tablet_id=… lists the rowsets"
            }
            Found::CompactionScore => {
                "it names tablets; call GET /api/compaction/show?tablet_id=… for one of them"
            }
            Found::BackendLog => {
                "a log names versions, not rowsets; call GET /api/compaction/show?tablet_id=… for its tablet"
            }
            Found::Steps => "paste one reply of GET /api/compaction/show?tablet_id=…, or one rowset per line",
            Found::TabletNotFound(_) => "ask a backend that holds a replica: SHOW TABLET … names them",
            Found::Refused(_) => "repeat the call, or ask another replica's backend",
            Found::Html => "ask the backend's web server port (8040) directly",
            Found::HeaderWithoutRowsets => {
                "cloud mode prints none; use GET /api/compaction/show?tablet_id=… or information_schema.rowsets"
            }
        }
    }
}

impl ImportError {
    /// The same without the place.
    pub fn said(&self) -> String {
        let Self { expected, found, .. } = self;
        let advice = self.advice();
        let then = if advice.is_empty() { "" } else { "; " };
        format!("expected {expected}, found {found}{then}{advice}")
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.said())
    }
}

impl core::error::Error for ImportError {}

/// A refusal whose place is still a byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Byte offset into the text.
    pub(super) at: usize,
    /// What was expected there.
    pub(super) expected: Expected,
    /// What stands there.
    pub(super) found: Found,
}

/// Result of reading a piece.
pub(super) type Parse<T> = Result<T, Fault>;

impl Fault {
    /// Something else stands at `at`.
    pub(super) fn unexpected(text: &[u8], at: usize, expected: Expected) -> Self {
        Self { at, expected, found: Found::Text(excerpt(text, at)) }
    }

    /// The text ends.
    pub(super) const fn end(at: usize, expected: Expected) -> Self {
        Self { at, expected, found: Found::End { inside: String::new() } }
    }

    /// Whether reading stopped because there is no more text.
    pub(super) const fn is_end(&self) -> bool {
        matches!(self.found, Found::End { .. })
    }
}

/// The characters at `at`, up to 32 or a line's end, made printable.
fn excerpt(text: &[u8], at: usize) -> String {
    let rest = text.get(at..).unwrap_or_default();
    let head = &rest[..rest.len().min(128)];
    let line = match head.iter().position(|&byte| byte == b'\n') {
        Some(end) if end > 0 => &head[..end],
        _ => head,
    };
    let words = String::from_utf8_lossy(line);
    let mut shown = String::new();
    let mut chars = words.trim_end_matches(['\r', ' ', '\u{fffd}']).chars();
    for char in chars.by_ref().take(32) {
        push_printable(&mut shown, char);
        if char == '\n' {
            return shown;
        }
    }
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Control characters as escapes: a pasted text must not steer a terminal.
fn push_printable(into: &mut String, char: char) {
    if char.is_control() { into.extend(char.escape_default()) } else { into.push(char) }
}

/// At most `limit` characters of a text that will be stored, control characters as escapes.
pub(super) fn kept(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (count, char) in text.chars().enumerate() {
        if count == limit {
            shown.push('…');
            break;
        }
        push_printable(&mut shown, char);
    }
    shown
}
