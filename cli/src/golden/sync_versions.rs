//! `calc_sync_versions`: what a backend has not seen yet.

use super::case::{CaseError, Verdict, compare, parse};
use super::json::{Span, range, span};
use serde::Deserialize;
use tabletop_core::cloud::{SyncCursor, SyncRule, calc_sync_versions};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    /// Base, cumulative count, point and full count, each of the request before the stored one, and the
    /// versions asked for.
    #[serde(rename = "in")]
    input: [i64; 10],
    ranges: Vec<Span>,
    /// By the older rule; unit tests do not have it.
    ranges_without_full: Option<Vec<Span>>,
}

pub(super) fn run(line: &str) -> Result<Verdict, CaseError> {
    let case: Case = parse(line)?;
    let [be_base, ms_base, be_cumulative, ms_cumulative, be_point, ms_point, be_full, ms_full, start, end] =
        case.input;
    let be = SyncCursor { base: be_base, cumulative: be_cumulative, full: be_full, point: be_point };
    let ms = SyncCursor { base: ms_base, cumulative: ms_cumulative, full: ms_full, point: ms_point };
    let got = |rule| -> Vec<Span> {
        let ranges = calc_sync_versions(&be, &ms, range((start, end)), rule);
        ranges.into_iter().map(|found| span(found.range)).collect()
    };
    let outcome = compare(&case.ranges, &got(SyncRule::Newest)).or_else(|| {
        let older = case.ranges_without_full.as_ref()?;
        compare(older, &got(SyncRule::WithoutFull))
    });
    Ok(outcome.map_or(Verdict::Same, |(expected, got)| {
        Verdict::Differs(format!("{}: expected {expected}, got {got}", case.id))
    }))
}
