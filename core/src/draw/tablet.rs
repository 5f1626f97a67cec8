//! A tablet as text.
//!
//! ```text
//! live       [0-1][2-------5][6]
//! stale #1        [2][3-4][5]
//! missing
//! cp                         ^6
//! read q1         2 rowsets, 1 stale: version 4
//! ```

use super::columns::{Columns, pad};
use crate::base::sort::{sort, sort_by_key};
use crate::base::{Version, VersionRange};
use crate::view::tablet::{ReadState, ReadView, TabletView};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Ends of rowsets that are drawn at most; what lies to their left is cut off.
const VERTICES_MAX: usize = 48;
/// Stale paths drawn at most; the newest stay.
const PATHS_MAX: usize = 24;
/// Column at which pictures begin.
const MARGIN: usize = 11;

/// The drawing, lines ended by `\n`.
pub fn draw(view: &TabletView) -> String {
    let (first, hidden) = window(view);
    let live = &view.live[hidden..];
    let mut paths: Vec<_> = view.stale.iter().filter(|path| path.range.end >= first).collect();
    sort_by_key(&mut paths, |path| path.id);
    let older = paths.len().saturating_sub(PATHS_MAX);
    let paths = &paths[older..];
    let cut = |range: VersionRange| {
        (range.end >= first).then(|| VersionRange::new(range.start.max(first), range.end))
    };
    let gaps: Vec<VersionRange> = view.missing.iter().filter_map(|gap| cut(gap.range)).collect();
    let ranges: Vec<VersionRange> = live
        .iter()
        .chain(paths.iter().flat_map(|path| &path.members))
        .filter_map(|brick| cut(brick.range))
        .chain(gaps.iter().copied())
        .collect();
    let columns = Columns::new(&ranges, first);
    let mut out = String::new();
    if hidden > 0 {
        push(&mut out, &format!("           {hidden} older rowsets to the left"));
    }
    line(&mut out, "live", &columns, live.iter().map(|brick| brick.range));
    for path in paths {
        let members = path.members.iter().map(|brick| brick.range).filter(|range| range.end >= first);
        line(&mut out, &format!("stale {}", path.id), &columns, members);
    }
    if older > 0 {
        push(&mut out, &format!("           {older} older stale paths above"));
    }
    if !gaps.is_empty() {
        line(&mut out, "missing", &columns, gaps.into_iter());
    }
    if let Some((point, _)) = view.point {
        let mut text = String::from("cp");
        pad(&mut text, MARGIN + columns.at(point));
        text += &format!("^{point}");
        push(&mut out, &text);
    }
    for read in view.reads.iter().take(4) {
        push(&mut out, &read_line(read));
    }
    out
}

/// First version drawn, and how many live rowsets end before it: the newest vertices stay.
fn window(view: &TabletView) -> (Version, usize) {
    let members = view.stale.iter().flat_map(|path| &path.members);
    let mut ends: Vec<Version> = view.live.iter().chain(members).map(|brick| brick.range.end).collect();
    sort(&mut ends);
    ends.dedup();
    let first = match ends.len().checked_sub(VERTICES_MAX + 1) {
        Some(index) => ends[index] + 1,
        None => 0,
    };
    (first, view.live.partition_point(|brick| brick.range.end < first))
}

fn line(out: &mut String, head: &str, columns: &Columns, ranges: impl Iterator<Item = VersionRange>) {
    // Ranges that share versions, as an import may bring them, go to lines of their own.
    let mut lines: Vec<(Version, String)> = Vec::new();
    for range in ranges {
        let free = lines.iter().position(|(end, _)| *end < range.start);
        let index = free.unwrap_or_else(|| {
            lines.push((Version::MIN, String::new()));
            lines.len() - 1
        });
        columns.write(&mut lines[index].1, range);
        lines[index].0 = range.end;
    }
    for (index, (_, text)) in lines.into_iter().enumerate() {
        let mut full = String::from(if index == 0 { head } else { "  crossing" });
        pad(&mut full, MARGIN);
        full.push_str(&text);
        push(out, &full);
    }
}

fn push(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn read_line(read: &ReadView) -> String {
    let mut text = format!("read {}", read.id);
    pad(&mut text, MARGIN);
    match &read.state {
        ReadState::Waiting { captures_at } => {
            text += &(format!("version {}, captures at {captures_at}", read.version));
        }
        ReadState::Served { path } => {
            let stale = path.iter().filter(|stop| stop.row > 0).count();
            text += &format!("version {}: {} rowsets, {stale} stale", read.version, path.len());
        }
        ReadState::Failed { code, stuck_at, inside, missing, .. } => {
            text += &(format!("version {}: {code}, no way on from {}", read.version, stuck_at.0));
            if let Some(inside) = inside {
                text += &(format!(", it lies inside {inside}"));
            }
            if let Some(gap) = missing.first() {
                text += &(format!(", {gap} is missing"));
            }
        }
    }
    text
}

/// The next automatic compaction in one line, a line for each run of rowsets that stays out, and
/// where the point goes. Versions, not columns: it stands below a drawing of any width.
pub fn next(view: &TabletView) -> String {
    let mut out = String::new();
    let mut add = |head: &str, text: &str| {
        let mut line = String::from(head);
        pad(&mut line, MARGIN);
        push(&mut out, &(line + text));
    };
    let (policy, rule) = (view.why.policy.key(), view.why.rule.key());
    match &view.pick {
        Some(pick) => add(
            "next",
            &format!("{}  {} rowsets, score {}: {policy}, {rule}", pick.range, pick.inputs.len(), pick.score),
        ),
        None => add("next", &format!("nothing: {policy}, {rule}")),
    }
    for stays in &view.why.rejected {
        add("  stays", &format!("{}  {}: {}", stays.run.range, stays.run.count, stays.run.reason.key()));
    }
    if let Some(point) = view.why.point {
        add("  point", &format!("moves to {point}"));
    }
    out
}

/// Numbers of the tablet, one `name value` line each.
pub fn facts(view: &TabletView) -> String {
    let totals = &view.totals;
    let mut out = String::new();
    let mut fact = |name: &str, value: u64| push(&mut out, &format!("{name:<16} {value}"));
    fact("live rowsets", totals.live);
    fact("live bytes", totals.live_bytes);
    fact("stale rowsets", totals.stale);
    fact("stale bytes", totals.stale_bytes);
    fact("path length", totals.path_len);
    fact("reads served", totals.served);
    fact("reads -230", totals.already_merged);
    fact("vertices", totals.vertices);
    fact("orphans", totals.orphans);
    fact("leaked", totals.leaked);
    out
}
