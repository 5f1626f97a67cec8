//! How many steps of a cluster are played a second of processor time, checkers off, and how large it may be.
//!
//! `cargo bench -p tabletop-core --bench cluster`: one line a size; the best of the stretches counts. Memory is the
//! most that the process held so far. `-- large` plays the last size alone, so that its memory is its own.

use tabletop_core::base::SimTime;
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::{ClusterConfig, ClusterLab, K, Knobs, TableSpec};

/// Processor time of this process, ns: other work on the machine does not count.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Most memory that this process held, MiB.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default() / 1_024
}

/// Plays stretches and prints a line.
fn play(mut lab: ClusterLab, opened: u64, stretches: u64, stretch: SimTime) {
    let (mut events, mut steps, mut best, mut all) = (Vec::new(), 0_u64, 0, 0);
    for number in 1..=stretches {
        let (since, before) = (processor_time(), steps);
        // As a run is played: what is due is looked for once a step.
        while lab.step_by(SimTime(stretch.micros() * number), &mut events) {
            events.clear();
            steps += 1;
        }
        let took = (processor_time() - since).max(1);
        best = best.max((steps - before) * 1_000_000_000 / took);
        all += took;
    }
    println!(
        "{:>8} {:>8} {:>8} {steps:>12} {best:>12} {:>10} {:>8} {:>8}",
        lab.backends(),
        lab.tables(),
        lab.tablets(),
        all / 1_000_000,
        opened / 1_000_000,
        memory()
    );
}

fn main() {
    let only_large = std::env::args().any(|argument| argument == "large");
    println!(
        "{:>8} {:>8} {:>8} {:>12} {:>12} {:>10} {:>8} {:>8}",
        "backends", "tables", "tablets", "steps", "steps/s", "played ms", "open ms", "MiB"
    );
    for (backends, tables, buckets) in [(3, 1, 3), (3, 2, 12), (16, 16, 16), (32, 64, 32)] {
        if only_large {
            continue;
        }
        let mut knobs = Knobs::default().with(K::Backends, backends).with(K::MsServers, 256);
        knobs = knobs.with(K::LoadEvery, 20_000).with(K::QueryEvery, 5_000).choose(K::Notify, "pending");
        let table = TableSpec { buckets, merge_on_write: false };
        let config = ClusterConfig { knobs, tables: vec![table; tables], script: Vec::new() };
        play(ClusterLab::new(&config, 1), 0, 3, SimTime::from_secs(4));
    }
    // The scenario of a thousand backends and a million tablets.
    let since = processor_time();
    let start = ClusterLab::start("million").expect("a scenario of this lab");
    let lab = start.lab().expect("a scenario's own commands");
    play(lab, processor_time() - since, 5, SimTime::from_secs(1));
}
