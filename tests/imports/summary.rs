//! One compact summary per sample; the table is `summaries.txt`, read it like a drawing.

use crate::samples;
use expect_test::expect_file;
use std::fmt::Write as _;
use tabletop_core::import::{Imported, ImportedRowset, Severity, import};
use tabletop_core::rowset::{Overlap, Unknown};

/// `[2-5]x3o` is a rowset of three overlapping segments; `n` nonoverlapping, `?` not told, `D` a
/// delete predicate.
fn rowset(rowset: &ImportedRowset) -> String {
    let meta = &rowset.meta;
    let overlap = match meta.overlap {
        Overlap::Unknown => "",
        Overlap::Overlapping => "o",
        Overlap::NonOverlapping => "n",
    };
    let delete = if meta.delete_predicate { "D" } else { "" };
    let told = |fact: Unknown, text: String| {
        if meta.unknown.has(fact) { "?".into() } else { text }
    };
    let segments = told(Unknown::SEGMENTS, meta.segments.to_string());
    let bytes = told(Unknown::BYTES, meta.bytes.to_string());
    let level = if meta.level > 0 { format!("/L{}", meta.level) } else { String::new() };
    format!("{}{}x{segments}{overlap}{delete}/{bytes}{level}", meta.id, meta.range)
}

/// The first two and the last.
fn rowsets(list: &[ImportedRowset]) -> String {
    match list {
        [first, second, .., newest] if list.len() > 3 => {
            format!("{} {} … {}", rowset(first), rowset(second), rowset(newest))
        }
        _ => list.iter().map(rowset).collect::<Vec<_>>().join(" "),
    }
}

pub(crate) fn summary(imported: &Imported) -> String {
    let mut text = String::new();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let _ = writeln!(
        text,
        "  {:?}, tablet {}, policy {}, keys {}, mow {}, state {}, point {}",
        imported.source,
        or_dash(imported.tablet_id.map(|tablet| tablet.to_string())),
        or_dash(imported.policy.clone()),
        or_dash(imported.keys_type.clone()),
        or_dash(imported.merge_on_write.map(|is_on| is_on.to_string())),
        or_dash(imported.state.clone()),
        or_dash(imported.cumulative_point.map(|point| point.to_string())),
    );
    let _ = writeln!(text, "  live {}: {}", imported.live.len(), rowsets(&imported.live));
    for path in &imported.stale_paths {
        let time = or_dash(path.time.map(|time| time.to_string()));
        let _ = writeln!(text, "  {} at {time}, {}: {}", path.id, path.members.len(), rowsets(&path.members));
    }
    if !imported.stale_ungrouped.is_empty() {
        let _ = writeln!(
            text,
            "  stale {}: {}",
            imported.stale_ungrouped.len(),
            rowsets(&imported.stale_ungrouped)
        );
    }
    if !imported.missing.is_empty() {
        let _ = writeln!(text, "  missing {:?}", imported.missing);
    }
    let (epoch, zone) = (imported.epoch_unix_ms, or_dash(imported.zone_minutes.map(|zone| zone.to_string())));
    let _ = writeln!(
        text,
        "  epoch {epoch}, starts at {}, zone {zone}, {} facts",
        imported.start_at,
        imported.facts.len()
    );
    for note in &imported.notes {
        let sign = if note.severity == Severity::Warning { '!' } else { '.' };
        let _ = writeln!(text, "  {sign} {}:{} {}", note.line, note.column, note.text);
    }
    text
}

#[test]
fn every_sample_loads_or_says_what_it_is() {
    let mut text = String::new();
    for (name, bytes) in samples::all() {
        let _ = writeln!(text, "{name}");
        match import(&bytes) {
            Ok(imported) => text.push_str(&summary(&imported)),
            Err(error) => {
                let _ = writeln!(text, "  ERROR {error}");
            }
        }
        text.push('\n');
    }
    expect_file!["summaries.txt"].assert_eq(&text);
}

#[test]
fn an_import_survives_its_encoding() {
    for (name, bytes) in samples::all() {
        let Ok(imported) = import(&bytes) else { continue };
        let stored = postcard::to_allocvec(&imported).expect("encodes");
        assert_eq!(postcard::from_bytes::<Imported>(&stored).as_ref(), Ok(&imported), "{name}");
    }
}

/// May 2020: a reader asks for `[0-25913]`, the rowsets end at 25909 and 25919, nothing is missing.
#[test]
fn the_incident_of_2020_has_no_boundary_at_25913_and_misses_nothing() {
    let imported = import(samples::read("compaction_show/05-issue-minus230-2020-05-12.json")).expect("loads");
    assert_eq!((imported.live.len(), imported.cumulative_point), (22, Some(25_920)));
    assert!(imported.missing.is_empty());
    assert!(imported.live.iter().all(|rowset| rowset.meta.range.end != 25_913));
    assert_eq!(imported.live[21].meta.range.to_string(), "[25910-25919]");
}
