//! What each policy makes of the same day of loads.

use expect_test::expect_file;
use std::fmt::Write;
use tabletop_core::base::{Digest, SimTime};
use tabletop_core::compaction::Policy;
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::scenarios::{WORKLOADS, workload};
use tabletop_core::lab::tablet::{Knobs, Origin, TabletConfig, TabletEvent, TabletLab};

/// What a day left behind.
struct Day {
    lab: TabletLab,
    /// Digest of all loads: versions, bytes, moments.
    loads: Digest,
    /// Live rowsets at their most.
    longest: u64,
    /// Stale bytes at their most.
    stale: u64,
    /// Space amplification, the mean of what it was at each load, in thousandths.
    space: u64,
}

fn play(policy: Policy, key: &str, hours: u64) -> Day {
    let workload = workload(key).expect("a standard workload");
    let knobs = Knobs { policy, ..Knobs::default() };
    let mut lab = TabletLab::new(&TabletConfig { origin: Origin::Fresh, knobs, workload }, 0x5eed_0042);
    let (mut loads, mut longest, mut stale, mut events) = (Digest::default(), 0, 0, Vec::new());
    let (mut spaces, mut count) = (0, 0_u64);
    while lab.next_at().is_some_and(|at| at <= SimTime::from_secs(hours * 3_600)) {
        events.clear();
        lab.step(&mut events);
        for event in &events {
            if let TabletEvent::Loaded { version, bytes, delete, .. } = *event {
                spaces += lab.space_amplification();
                count += 1;
                for word in [lab.now().micros(), version as u64, bytes, u64::from(delete)] {
                    loads.word(word);
                }
            }
        }
        longest = longest.max(lab.tablet().live_len() as u64);
        stale = stale.max(lab.tablet().stale_bytes());
    }
    assert_eq!(lab.check(), Ok(()), "{} on {key}", policy.key());
    Day { lab, loads, longest, stale, space: spaces / count.max(1) }
}

fn thousandths(value: u64) -> String {
    format!("{}.{:02}", value / 1_000, value % 1_000 / 10)
}

#[test]
fn policies_over_standard_workloads() {
    let mut text = String::from(
        "A day of virtual time. write: bytes written for a byte loaded; space: bytes on disk for a byte of\n\
         live rowsets, mean over the loads; most: live rowsets at their most; path: rowsets of a read at\n\
         the newest version; stale: at its most, in MiB; saves of the meta, and what they were one by one.\n",
    );
    for key in WORKLOADS {
        let _ = write!(
            text,
            "\n{key:<18}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>9}{:>6}{:>6}{:>7}{:>7}\n",
            "write", "space", "rowsets", "most", "score", "path", "stale", "-230", "-235", "saves", "before"
        );
        let mut first = None;
        for policy in Policy::ALL {
            let Day { lab, loads, longest, stale, space } = play(policy, key, 24);
            assert_eq!(*first.get_or_insert(loads), loads, "{key}: {} saw other loads", policy.key());
            let mut metrics = Vec::new();
            lab.metrics(&mut metrics);
            let of = |name: &str| {
                let column = TabletLab::METRICS.iter().position(|known| *known == name);
                metrics[column.unwrap_or_else(|| panic!("no metric {name}"))]
            };
            let _ = writeln!(
                text,
                "  {:<16}{:>8}{:>8}{:>8}{longest:>8}{:>8}{:>8}{:>9}{:>6}{:>6}{:>7}{:>7}",
                policy.key(),
                thousandths(lab.write_amplification()),
                thousandths(space),
                of("live_rowsets"),
                of("compaction_score"),
                of("path_len"),
                stale >> 20,
                of("already_merged"),
                of("too_many_versions"),
                of("meta_saves"),
                of("meta_saves_one_by_one"),
            );
        }
    }
    expect_file!["./policies.txt"].assert_eq(&text);
}
