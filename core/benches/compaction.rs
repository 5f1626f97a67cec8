//! Picks over a long tablet: `cargo bench -p tabletop-core --bench compaction`.
//!
//! "rising" is 10,000 rowsets of one version whose sizes let the size-based policy take all;
//! "falling" makes it look at every level and drop all. `tablet` includes reading the candidates out
//! of the live map.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use tabletop_core::base::{Rng, RowsetId, SimTime, Version, VersionRange};
use tabletop_core::compaction::{Candidate, Config, LastSuccess, Policy, TabletFacts, score};
use tabletop_core::rowset::RowsetMeta;
use tabletop_core::tablet::{Keying, Tablet};

const ROWSETS: Version = 10_000;

fn rowset(version: Version, bytes: u64) -> RowsetMeta {
    let range = VersionRange::single(version);
    RowsetMeta { bytes, segments: 1, ..RowsetMeta::empty(RowsetId(version as u64), range, SimTime::ZERO) }
}

fn pick(c: &mut Criterion) {
    let mut group = c.benchmark_group("pick");
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1)).sample_size(20);
    let mut rng = Rng::new(16);
    let config = Config { max_score: 100_000, ..Config::default() };
    let now = SimTime::from_secs(7_200);
    let loads: Vec<_> = (2..ROWSETS + 2).map(|version| rowset(version, rng.around(8 << 10, 90))).collect();
    let rising: Vec<_> = loads.iter().map(Candidate::of).collect();
    let falling: Vec<_> = (0..ROWSETS as u64)
        .map(|at| Candidate {
            bytes: if at < 40 { 1 << (30 - at.min(19)) } else { 0 },
            ..rising[at as usize]
        })
        .collect();
    let facts = TabletFacts { point: 2, promotion_bytes: 128 << 20, ..TabletFacts::default() };
    for (name, rowsets) in [("rising", &rising), ("falling", &falling)] {
        for policy in Policy::ALL {
            group.bench_function(format!("{}, {name}/{ROWSETS}", policy.key()), |b| {
                let refs: Vec<_> = rowsets.iter().collect();
                b.iter(|| black_box(policy.pick(&refs, &facts, &config, now).score));
            });
        }
    }
    let mut all = vec![RowsetMeta::empty(RowsetId(1), VersionRange::new(0, 1), SimTime::ZERO)];
    all.extend(&loads);
    let mut tablet = Tablet::create(&all, Keying::ById);
    tablet.set_point(2);
    tablet.set_promotion_bytes(128 << 20);
    group.bench_function(format!("size_based, tablet/{ROWSETS}"), |b| {
        b.iter(|| {
            let rowsets: Vec<_> = tablet.candidates_from(2).collect();
            let facts = tablet.facts();
            let last = LastSuccess::default();
            black_box(Policy::SizeBased.select(&rowsets, &facts, &config, last, now).pick.score)
        });
    });
    group.bench_function(format!("size_based, score/{ROWSETS}"), |b| {
        b.iter(|| black_box(score::cumulative(Policy::SizeBased, &rising, &facts, &config, now)));
    });
}

criterion_group!(benches, pick);
criterion_main!(benches);
