//! Ten years of virtual time, a load a minute, under each policy:
//! `cargo bench -p tabletop-core --bench policy_years [-- YEARS]`.
//!
//! The scheduler looks every five minutes. A tablet that holds all of it must not outgrow its limit:
//! loads are small (320 GiB in ten years), and since a rowset an hour would reach the 20,000 versions
//! of the time-series policy in its third year, as in the reference, its table has two levels and a
//! threshold of six hours.

use std::hint::black_box;
use std::process::ExitCode;
use tabletop_core::base::SimTime;
use tabletop_core::compaction::Policy;
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{Knobs, Origin, TabletConfig, TabletLab, Workload};

const YEAR_S: u64 = 365 * 86_400;
/// What ten years of all policies may take, s of processor time: what a quiet machine's clock shows.
const BUDGET_S: f64 = 60.0;

fn config(policy: Policy) -> TabletConfig {
    let workload = Workload {
        load_every_ms: 60_000,
        load_bytes: 64 << 10,
        query_every_ms: 0,
        compact_every_ms: 300_000,
        ..Workload::default()
    };
    let knobs = Knobs { policy, levels: 2, time_threshold_s: 6 * 3_600, ..Knobs::default() };
    TabletConfig { origin: Origin::Fresh, knobs, workload }
}

/// Processor time of this thread, s; nothing where the system does not tell it.
fn on_processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<u64>().ok()? as f64 / 1e9)
}

#[expect(clippy::disallowed_types, reason = "a benchmark asks the wall clock")]
fn main() -> ExitCode {
    let years = std::env::args().skip(1).find_map(|argument| argument.parse::<u64>().ok()).unwrap_or(10);
    let (mut total, mut waited) = (0.0, 0.0);
    for policy in Policy::ALL {
        let (start, before) = (std::time::Instant::now(), on_processor());
        let mut lab = TabletLab::new(&config(policy), 16);
        let (mut steps, mut events) = (0_u64, Vec::new());
        while lab.next_at().is_some_and(|at| at <= SimTime::from_secs(years * YEAR_S)) {
            events.clear();
            lab.step(&mut events);
            steps += 1;
        }
        let clock = start.elapsed().as_secs_f64();
        let seconds = on_processor().zip(before).map_or(clock, |(now, before)| now - before);
        total += seconds;
        waited += clock - seconds;
        let rowsets = black_box(&lab).tablet().live_len();
        println!(
            "{:<16} {years} years, {steps} steps: {seconds:.2} s, {:.0} ns a step, {rowsets} rowsets, \
             write {:.2}, {} loads refused",
            policy.key(),
            seconds * 1e9 / steps as f64,
            lab.write_amplification() as f64 / 1_000.0,
            lab.refusals().1,
        );
    }
    let budget = BUDGET_S * years as f64 / 10.0;
    println!(
        "all policies: {total:.2} s of {budget:.0} s; {waited:.2} s more by the clock, waiting for a processor"
    );
    if total > budget { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
