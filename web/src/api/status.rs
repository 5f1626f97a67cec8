//! A tablet as a backend's status page prints it.
//!
//! Source: Apache Doris, be/src/olap/tablet.cpp (`get_compaction_status`, January 2026), with what
//! a tablet by itself knows: no statuses and no times of past compactions.

use core::fmt::Write;
use std::collections::BTreeMap;
use tabletop_core::base::{RowsetId, SimTime};
use tabletop_core::rowset::{Overlap, RowsetMeta, Unknown};
use tabletop_core::tablet::Tablet;
use tabletop_core::version_graph::{StalePath, VersionTracker};

/// What rowsets are called in their cluster: 48 hex digits, or as told.
pub(super) type Names = BTreeMap<RowsetId, String>;

/// The number behind a name that [`document`] made up itself.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("02")?.trim_start_matches('0');
    (name.len() == 48).then(|| u64::from_str_radix(digits, 16).ok())?
}

/// The document, indented by four.
pub(super) fn document(tablet: &Tablet, names: &Names, epoch_unix_ms: i64, zone_minutes: i32) -> String {
    let newest = tablet.max_version().end;
    let missing = tablet.missed_ranges(newest).map(|range| range.to_string());
    let paths = dated(tablet, epoch_unix_ms).stale_path_document(zone_minutes);
    let mut text = String::from("{\n");
    let _ = writeln!(text, "    \"cumulative point\": {},", tablet.point());
    list(&mut text, "rowsets", tablet.live().map(|meta| rowset(meta, names)));
    list(&mut text, "missing_rowsets", missing);
    list(&mut text, "stale_rowsets", tablet.stale().map(|stale| rowset(&stale.meta, names)));
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
fn rowset(meta: &RowsetMeta, names: &Names) -> String {
    let kind = if meta.delete_predicate { "DELETE" } else { "DATA" };
    let overlap = match meta.overlap {
        Overlap::Unknown => "OVERLAP_UNKNOWN",
        Overlap::Overlapping => "OVERLAPPING",
        Overlap::NonOverlapping => "NONOVERLAPPING",
    };
    let size = if meta.unknown.has(Unknown::BYTES) { "0".to_owned() } else { size(meta.bytes) };
    let level = if meta.level > 0 { format!(" level={}", meta.level) } else { String::new() };
    let name = names.get(&meta.id).cloned().unwrap_or_else(|| format!("02{:046x}", meta.id.0));
    format!("{} {} {kind} {overlap} {name} {size}{level}", meta.range, meta.segments)
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
