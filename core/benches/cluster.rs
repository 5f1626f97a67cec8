//! How many steps of a cluster are played a second of processor time, checkers off.
//!
//! `cargo bench -p tabletop-core --bench cluster`: one line a size; the best of three stretches counts.

use tabletop_core::base::SimTime;
use tabletop_core::lab::Lab;
use tabletop_core::lab::cluster::{ClusterConfig, ClusterLab, K, Knobs, TableSpec};

/// Processor time of this process, ns: other work on the machine does not count.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn main() {
    println!("{:>8} {:>8} {:>12} {:>12} {:>10}", "backends", "tablets", "steps", "steps/s", "seconds");
    for (backends, tables, buckets) in [(3, 1, 3), (3, 2, 12), (16, 16, 16), (32, 64, 32)] {
        let mut knobs = Knobs::default().with(K::Backends, backends).with(K::MsServers, 256);
        knobs = knobs.with(K::LoadEvery, 20_000).with(K::QueryEvery, 5_000).choose(K::Notify, "pending");
        let table = TableSpec { buckets, merge_on_write: false };
        let config = ClusterConfig { knobs, tables: vec![table; tables], script: Vec::new() };
        let mut lab = ClusterLab::new(&config, 1);
        let (mut events, mut steps, mut best, mut all) = (Vec::new(), 0_u64, 0, 0);
        for stretch in 1..=3 {
            let (since, before) = (processor_time(), steps);
            while lab.next_at().is_some_and(|at| at <= SimTime::from_secs(stretch * 4)) {
                lab.step(&mut events);
                events.clear();
                steps += 1;
            }
            let took = (processor_time() - since).max(1);
            best = best.max((steps - before) * 1_000_000_000 / took);
            all += took;
        }
        let tablets = tables as u32 * buckets;
        println!("{backends:>8} {tablets:>8} {steps:>12} {best:>12} {:>10}", all / 1_000_000_000);
    }
}
