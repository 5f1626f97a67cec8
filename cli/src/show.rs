//! Imports what a cluster prints and draws it as text.

use std::fmt::{self, Write as _};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use tabletop_core::draw;
use tabletop_core::import::{self, ImportError, Imported, ImportedRowset, Options, RowsetFact, Severity};
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{TabletLab, scenarios};
use tabletop_core::rowset::Overlap;
use tabletop_core::view::tablet::TabletWindow;

/// Why nothing is shown.
#[derive(Debug)]
pub enum ShowError {
    /// The file cannot be read.
    Read(PathBuf, std::io::Error),
    /// The text is no tablet.
    Import(PathBuf, ImportError),
    /// The tablet cannot be written as JSON.
    Json(serde_json::Error),
}

impl fmt::Display for ShowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(file, error) => write!(f, "{}: {error}", file.display()),
            Self::Import(file, error) => write!(f, "{}: {error}", file.display()),
            Self::Json(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ShowError {}

/// Imports `file` (`-` is standard input) and returns what to print.
///
/// # Errors
///
/// Where the file cannot be read or says nothing about a tablet.
pub fn show(file: &Path, tablet_id: Option<u64>, json: bool) -> Result<String, ShowError> {
    let read = |error| ShowError::Read(file.into(), error);
    // One byte more than allowed is enough to be refused for it.
    let limit = u64::from(import::TEXT_BYTES_MAX) + 1;
    let mut text = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut text).map_err(read)?;
    } else {
        std::fs::File::open(file).map_err(read)?.take(limit).read_to_end(&mut text).map_err(read)?;
    }
    let imported = import::import_with(&text, Options { tablet_id });
    let imported = imported.map_err(|error| ShowError::Import(file.into(), error))?;
    if json {
        let mut text = serde_json::to_string_pretty(&imported).map_err(ShowError::Json)?;
        text.push('\n');
        return Ok(text);
    }
    let (facts, rowsets, notes) = (facts_text(&imported), rowsets_text(&imported), notes_text(&imported));
    Ok(format!("{facts}\n{}\n{rowsets}\n{notes}", drawing(imported)))
}

/// What the text told besides rowsets, one fact per line.
pub fn facts_text(imported: &Imported) -> String {
    let mut text = format!("source: {:?}\n", imported.source);
    let mut line = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "{key}: {value}");
        }
    };
    line("tablet", imported.tablet_id.map(|tablet| tablet.to_string()));
    line("policy", imported.policy.clone());
    line("keys", imported.keys_type.clone());
    line("merge-on-write", imported.merge_on_write.map(|is_on| is_on.to_string()));
    line("state", imported.state.clone());
    line("cumulative point", imported.cumulative_point.map(|point| point.to_string()));
    line("newest version", Some(imported.max_version().to_string()));
    let stale = imported.rowsets().count() - imported.live.len();
    line(
        "rowsets",
        Some(format!(
            "{} live, {stale} stale, {} stale paths",
            imported.live.len(),
            imported.stale_paths.len()
        )),
    );
    if !imported.missing.is_empty() {
        let missing: Vec<_> = imported.missing.iter().take(20).map(ToString::to_string).collect();
        line("missing", Some(missing.join(" ")));
    }
    for fact in imported.facts.iter().filter(|fact| !fact.value.is_empty()) {
        line(&fact.key, Some(fact.value.clone()));
    }
    text
}

/// Notes, one per line, warnings first.
pub fn notes_text(imported: &Imported) -> String {
    let mut notes: Vec<_> = imported.notes.iter().collect();
    notes.sort_by_key(|note| core::cmp::Reverse(note.severity));
    let mut text = String::new();
    for note in notes {
        let severity = if note.severity == Severity::Warning { "warning" } else { "note" };
        let _ = writeln!(text, "{severity}: line {}, column {}: {}", note.line, note.column, note.text);
    }
    text
}

/// The tablet as the page draws it in text.
pub fn drawing(imported: Imported) -> String {
    let lab = TabletLab::new(&scenarios::imported(imported), 0);
    draw::tablet::draw(&lab.view(&TabletWindow::ALL))
}

/// Live rowsets and stale paths, one row each.
pub fn rowsets_text(imported: &Imported) -> String {
    let mut text = String::from("live\n");
    imported.live.iter().for_each(|rowset| draw_rowset(&mut text, rowset));
    for path in &imported.stale_paths {
        let _ = write!(text, "stale {}", path.id);
        let _ = path.time_text.as_ref().map(|time| write!(text, "  {time}"));
        text.push('\n');
        path.members.iter().for_each(|rowset| draw_rowset(&mut text, rowset));
    }
    if !imported.stale_ungrouped.is_empty() {
        text.push_str("stale, not grouped\n");
        imported.stale_ungrouped.iter().for_each(|rowset| draw_rowset(&mut text, rowset));
    }
    text
}

fn draw_rowset(text: &mut String, rowset: &ImportedRowset) {
    let meta = &rowset.meta;
    let told =
        |fact: RowsetFact, value: String| if meta.unknown.has(fact.bit()) { "?".into() } else { value };
    let kind = if meta.delete_predicate { "DELETE" } else { "DATA" };
    let overlap = match meta.overlap {
        Overlap::Unknown => "unknown",
        Overlap::Overlapping => "overlapping",
        Overlap::NonOverlapping => "nonoverlapping",
    };
    let row = format!(
        "  {:<6}{:<20}{:>5} segments  {:<7}{:<15}{:>14}",
        meta.id.to_string(),
        meta.range.to_string(),
        told(RowsetFact::Segments, meta.segments.to_string()),
        told(RowsetFact::Kind, kind.into()),
        told(RowsetFact::Overlap, overlap.into()),
        told(RowsetFact::Bytes, format!("{} B", meta.bytes)),
    );
    let _ = writeln!(text, "{}  {}", row, rowset.external_id.as_deref().unwrap_or_default());
}
