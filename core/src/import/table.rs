//! Texts in lines: `information_schema.rowsets`, and bare rowset texts.
//!
//! ```text
//! | BACKEND_ID | ROWSET_ID | TABLET_ID | … | START_VERSION | END_VERSION | …     mysql's frame or not
//! 10113 | 020000…a941 | 27234 | … | 0 | 1 | …                                   or tabs, or commas
//! ```

use super::draft::{Draft, RawRowset};
use super::error::{Expected, Fault, Parse, kept};
use super::json::Text;
use super::note::{NoteKey, Notes};
use super::{VERSION_MAX, rowset_text};
use crate::base::{Version, VersionRange};
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// Other tablets are told apart up to this many.
const TABLETS_MAX: usize = 10_000;

/// Columns that are read.
#[derive(Clone, Copy)]
enum Column {
    Backend,
    Rowset,
    Tablet,
    Rows,
    Segments,
    Start,
    End,
    IndexBytes,
    DataBytes,
    Created,
}

impl Column {
    const ALL: [(&'static str, Self); 10] = [
        ("BACKEND_ID", Self::Backend),
        ("ROWSET_ID", Self::Rowset),
        ("TABLET_ID", Self::Tablet),
        ("ROWSET_NUM_ROWS", Self::Rows),
        ("NUM_SEGMENTS", Self::Segments),
        ("START_VERSION", Self::Start),
        ("END_VERSION", Self::End),
        ("INDEX_DISK_SIZE", Self::IndexBytes),
        ("DATA_DISK_SIZE", Self::DataBytes),
        ("CREATION_TIME", Self::Created),
    ];
}

/// Whether a line names the columns.
pub(super) fn is_head(line: &[u8]) -> bool {
    let upper = line[..line.len().min(2_000)].to_ascii_uppercase();
    super::contains(&upper, b"START_VERSION")
        && super::contains(&upper, b"END_VERSION")
        && !upper.starts_with(b"\"")
}

/// Lines with their offsets, blanks around them dropped.
fn lines(text: &[u8], from: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = from;
    text[from..].split_inclusive(|&byte| byte == b'\n').map(move |line| {
        let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = at + blanks;
        at += line.len();
        (start, line.trim_ascii())
    })
}

/// Reads bare rowset texts, one per line; quotes and commas around them are allowed.
pub(super) fn read_lines(text: &[u8], from: usize, draft: &mut Draft, notes: &mut Notes) -> Parse<()> {
    for (mut at, mut line) in lines(text, from) {
        if let Some(rest) = line.strip_prefix(b"\"") {
            (at, line) = (at + 1, rest);
        }
        line = line.strip_suffix(b",").unwrap_or(line).trim_ascii_end();
        line = line.strip_suffix(b"\"").unwrap_or(line);
        if matches!(line, [] | [b'{' | b'}' | b'[' | b']']) {
            continue;
        }
        if !super::is_rowset_line(line) {
            let key =
                if line.iter().all(|&byte| byte == b'.') { NoteKey::Elided } else { NoteKey::IgnoredLine };
            notes.add(at, key);
            continue;
        }
        draft.check_room(text, at)?;
        let value = String::from_utf8_lossy(line);
        if matches!(value, Cow::Owned(_)) {
            notes.add(at, NoteKey::InvalidUtf8);
        }
        let rowset = rowset_text::rowset(text, &Text { at, value }, notes)?;
        draft.live.push(rowset);
    }
    Ok(())
}

/// The layout that the first line gives.
struct Head {
    separator: u8,
    columns: Vec<Option<Column>>,
}

impl Head {
    fn new(at: usize, line: &[u8]) -> Parse<Self> {
        let separator = [b'|', b'\t'].into_iter().find(|byte| line.contains(byte)).unwrap_or(b',');
        let mut head = Self { separator, columns: Vec::new() };
        for (_, name) in head.cells(at, line) {
            let named = Column::ALL.iter().find(|(column, _)| column.as_bytes().eq_ignore_ascii_case(name));
            head.columns.push(named.map(|(_, column)| *column));
        }
        let has = |wanted: fn(&Column) -> bool| head.columns.iter().flatten().any(wanted);
        if has(|column| matches!(column, Column::Start)) && has(|column| matches!(column, Column::End)) {
            return Ok(head);
        }
        Err(Fault::unexpected(line, 0, Expected::TableColumns)).map_err(|fault| Fault { at, ..fault })
    }

    /// Cells with their offsets.
    fn cells<'a>(&self, at: usize, line: &'a [u8]) -> Vec<(usize, &'a [u8])> {
        let framed = line.strip_prefix(b"|").filter(|_| self.separator == b'|');
        let (at, line) =
            framed.map_or((at, line), |inner| (at + 1, inner.strip_suffix(b"|").unwrap_or(inner)));
        let mut start = at;
        let cell = |cell: &'a [u8]| {
            let blanks = cell.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let place = (start + blanks).min(start + cell.len());
            start += cell.len() + 1;
            (place, unquoted(cell.trim_ascii()))
        };
        line.split(|&byte| byte == self.separator).map(cell).collect()
    }
}

/// CSV exports quote their cells.
fn unquoted(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(cell)
}

/// `4 rows in set (0.02 sec)`.
fn is_row_count(line: &[u8]) -> bool {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && line[digits..].starts_with(b" row")
}

/// Reads the rows of one tablet on one backend.
pub(super) fn read(
    text: &[u8],
    from: usize,
    asked: Option<u64>,
    draft: &mut Draft,
    notes: &mut Notes,
) -> Parse<()> {
    let mut rows = lines(text, from).filter(|(_, line)| !line.is_empty() && line[0] != b'+');
    let Some((head_at, head_line)) = rows.next() else { return Ok(()) };
    let head = Head::new(head_at, head_line)?;
    let mut taken = asked;
    let mut backend = None;
    let mut others = BTreeSet::new();
    let mut other_backends = 0_u32;
    for (at, line) in rows {
        let cells = head.cells(at, line);
        if cells.len() != head.columns.len() {
            if at + line.len() == text.len() && cells.len() > 1 {
                draft.is_cut = true;
                let rowsets = draft.rowsets() as u32;
                notes.add(text.len(), NoteKey::TextEnds { inside: String::new(), rowsets });
                break;
            }
            if cells.len() == 1 {
                if !is_row_count(line) {
                    notes.add(at, NoteKey::IgnoredLine);
                }
                continue;
            }
            return Err(Fault::unexpected(text, at, Expected::Cells(head.columns.len() as u32)));
        }
        let row = Row::new(text, &head, &cells)?;
        taken = taken.or(row.tablet);
        if row.tablet.is_some() && row.tablet != taken {
            if others.len() < TABLETS_MAX {
                others.extend(row.tablet);
            }
            continue;
        }
        if row.backend != *backend.get_or_insert(row.backend) {
            other_backends = other_backends.saturating_add(1);
            continue;
        }
        draft.check_room(text, at)?;
        let mut rowset = row.rowset;
        rowset.at = at;
        rowset.created = match row.created {
            Some((at, words)) => draft.time(at, words, notes),
            None => None,
        };
        draft.live.push(rowset);
    }
    if let Some(asked) = asked.filter(|_| draft.live.is_empty() && !others.is_empty()) {
        let listed: Vec<_> = others.iter().take(5).map(|tablet| alloc::format!("{tablet}")).collect();
        let found = super::Found::Text(kept(&alloc::format!("tablets {}", listed.join(" ")), 100));
        return Err(Fault { at: head_at, expected: Expected::Tablet(asked), found });
    }
    draft.tablet_id = taken;
    if let Some(taken) = taken.filter(|_| !others.is_empty()) {
        let count = others.len() as u32;
        let others = others.into_iter().take(10).collect();
        notes.add(head_at, NoteKey::OtherTablets { taken, others, count });
    }
    if other_backends > 0 {
        notes.add(head_at, NoteKey::OtherBackends { rows: other_backends });
    }
    Ok(())
}

/// One row as told.
struct Row<'a> {
    tablet: Option<u64>,
    backend: Option<u64>,
    created: Option<(usize, &'a str)>,
    rowset: RawRowset,
}

impl<'a> Row<'a> {
    fn new(text: &[u8], head: &Head, cells: &[(usize, &'a [u8])]) -> Parse<Self> {
        let at = cells.first().map_or(0, |(at, _)| *at);
        let (mut start, mut end) = ((at, 0), (at, 0));
        let (mut data, mut index) = (None, None);
        let mut row = Row {
            tablet: None,
            backend: None,
            created: None,
            rowset: RawRowset::new(at, VersionRange::single(0)),
        };
        for (column, &(at, cell)) in head.columns.iter().zip(cells) {
            let number = || number(text, at, cell);
            match column {
                Some(Column::Backend) => row.backend = number()?,
                Some(Column::Tablet) => row.tablet = number()?,
                Some(Column::Rows) => row.rowset.rows = number()?,
                Some(Column::Segments) => {
                    let segments = number()?.map(u32::try_from).transpose();
                    row.rowset.segments =
                        segments.map_err(|_| Fault::unexpected(text, at, Expected::Segments))?;
                }
                Some(Column::Start) => start = (at, version(text, at, cell)?),
                Some(Column::End) => end = (at, version(text, at, cell)?),
                Some(Column::DataBytes) => data = number()?,
                Some(Column::IndexBytes) => index = number()?,
                Some(Column::Rowset) => {
                    let id = core::str::from_utf8(cell).ok().filter(|id| !id.is_empty() && *id != "NULL");
                    row.rowset.id = id.map(|id| kept(id, 64));
                }
                Some(Column::Created) => {
                    row.created =
                        core::str::from_utf8(cell).ok().filter(|time| *time != "NULL").map(|time| (at, time));
                }
                None => {}
            }
        }
        row.rowset.range = VersionRange::new(start.1, end.1);
        if row.rowset.range.is_empty() {
            return Err(Fault::unexpected(text, start.0.min(end.0), Expected::Range));
        }
        row.rowset.bytes = data.map(|data| index.unwrap_or(0).saturating_add(data));
        Ok(row)
    }
}

/// A number, or `NULL`.
fn number(text: &[u8], at: usize, cell: &[u8]) -> Parse<Option<u64>> {
    if cell.eq_ignore_ascii_case(b"NULL") {
        return Ok(None);
    }
    let number = core::str::from_utf8(cell).ok().and_then(|cell| cell.parse().ok());
    number.map(Some).ok_or_else(|| Fault::unexpected(text, at, Expected::Integer))
}

fn version(text: &[u8], at: usize, cell: &[u8]) -> Parse<Version> {
    let version = core::str::from_utf8(cell).ok().and_then(|cell| cell.parse().ok());
    let version = version.filter(|version| (0..=VERSION_MAX).contains(version));
    version.ok_or_else(|| Fault::unexpected(text, at, Expected::Version))
}
