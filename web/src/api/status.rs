//! A tablet as a backend's status page prints it.
//!
//! Source: Apache Doris, be/src/olap/tablet.cpp (`get_compaction_status`, January 2026), with what
//! a tablet by itself knows: no statuses and no times of past compactions.

use core::fmt::Write;
use tabletop_core::base::SimTime;
use tabletop_core::rowset::{Overlap, RowsetMeta, Unknown};
use tabletop_core::tablet::Tablet;
use tabletop_core::version_graph::{StalePath, VersionTracker};

/// The document, indented by four.
pub(super) fn document(tablet: &Tablet, epoch_unix_ms: i64, zone_minutes: i32) -> String {
    let newest = tablet.max_version().end;
    let missing = tablet.missed_ranges(newest).map(|range| range.to_string());
    let paths = dated(tablet, epoch_unix_ms).stale_path_document(zone_minutes);
    let mut text = String::from("{\n");
    let _ = writeln!(text, "    \"cumulative point\": {},", tablet.point());
    list(&mut text, "rowsets", tablet.live().map(rowset));
    list(&mut text, "missing_rowsets", missing);
    list(&mut text, "stale_rowsets", tablet.stale().map(|stale| rowset(&stale.meta)));
    let _ = write!(text, "    \"stale version path\": {}\n}}\n", paths.replace('\n', "\n    "));
    text
}

/// The same stale paths with times from 1970 on: virtual time 0 is the run's own epoch.
fn dated(tablet: &Tablet, epoch_unix_ms: i64) -> VersionTracker {
    let epoch = SimTime::from_millis(u64::try_from(epoch_unix_ms).unwrap_or(0));
    let paths = tablet.stale_paths().map(|path| {
        StalePath::new(path.id, path.members.iter().map(|&(range, at)| (range, at + epoch)).collect())
    });
    let mut tracker = VersionTracker::new();
    tracker.construct_with_paths(&[], paths.collect());
    tracker
}

fn list(text: &mut String, key: &str, items: impl Iterator<Item = String>) {
    let items: Vec<_> = items.map(|item| format!("\n        \"{item}\"")).collect();
    let end = if items.is_empty() { "" } else { "\n    " };
    let _ = writeln!(text, "    \"{key}\": [{}{end}],", items.join(","));
}

/// `[2-5] 1 DATA NONOVERLAPPING 0200…0003 12.00 MB`; what is not known is printed as a backend
/// would that knew zero.
fn rowset(meta: &RowsetMeta) -> String {
    let kind = if meta.delete_predicate { "DELETE" } else { "DATA" };
    let overlap = match meta.overlap {
        Overlap::Unknown => "OVERLAP_UNKNOWN",
        Overlap::Overlapping => "OVERLAPPING",
        Overlap::NonOverlapping => "NONOVERLAPPING",
    };
    let size = if meta.unknown.has(Unknown::BYTES) { "0".to_owned() } else { size(meta.bytes) };
    let level = if meta.level > 0 { format!(" level={}", meta.level) } else { String::new() };
    format!("{} {} {kind} {overlap} 02{:030x}{:016x} {size}{level}", meta.range, meta.segments, 0, meta.id.0)
}

/// Two decimals and a unit of 1,024, as the reference prints it; bare `0` for nothing.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    if bytes == 0 {
        return "0".to_owned();
    }
    let unit = ((bytes.ilog2() / 10) as usize).min(UNITS.len() - 1);
    let hundredths = (u128::from(bytes) * 100) >> (10 * unit);
    format!("{}.{:02} {}", hundredths / 100, hundredths % 100, UNITS[unit])
}
