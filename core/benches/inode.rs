//! Chunk lists: appends to short and long ones, scans, what is seen of overlapping writes.
//! `cargo bench -p tabletop-core --bench inode`

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use tabletop_core::inode::stream::{RowStream, bytes_of};
use tabletop_core::inode::{
    Attributes, ChunkChange, ChunkInfo, Geometry, InodeKey, InodeStore, Keys, Layout, Modify, bench_lists,
    visible,
};
use tabletop_core::kv::{MemKv, PageLimit};

const FILE: InodeKey = InodeKey { fs: 1, ino: 100 };
const CHUNK: u64 = Geometry::DEFAULT.chunk_size;

fn modify(id: u64) -> Modify {
    let info = ChunkInfo::written(id, 4_096 * (id % 16_384), 4_096);
    Modify { changes: vec![ChunkChange::append(0, vec![info])], ..Modify::default() }
}

/// A file with so many infos, a row each where there are rows.
fn store(layout: Layout, infos: u64) -> InodeStore<MemKv> {
    let mut store = InodeStore::new(MemKv::new(), Keys::default(), layout);
    store.insert(FILE, Attributes { length: CHUNK, atime: 0, nlink: 1 }, 1).expect("it is new");
    if layout == Layout::Monolithic {
        let add = (1..=infos).map(|id| modify(id).changes[0].add[0]).collect();
        let changes = vec![ChunkChange::append(0, add)];
        store.modify(FILE, &Modify { changes, ..Modify::default() }, 2).expect("an append");
    } else {
        for id in 1..=infos {
            store.modify(FILE, &modify(id), id).expect("an append");
        }
    }
    store
}

fn appends(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append");
    for (layout, name) in [(Layout::Split, "split"), (Layout::Sequenced, "sequenced")] {
        for infos in [1_000_u64, 1_000_000] {
            let mut store = store(layout, infos);
            let mut id = infos;
            // It grows while it is measured, which is the point: no append costs more than the first.
            group.bench_function(format!("{name}/{infos}"), |bencher| {
                bencher.iter(|| {
                    id += 1;
                    store.modify(FILE, &modify(id), id).expect("an append")
                });
            });
        }
    }
    for infos in [1_000_u64, 10_000, 100_000, 1_000_000] {
        let start = store(Layout::Monolithic, infos);
        group.bench_function(format!("monolithic/{infos}"), |bencher| {
            // Always an append to a list of this length.
            bencher.iter_batched_ref(
                || start.clone(),
                |store| store.modify(FILE, &modify(infos + 1), infos + 1).expect("an append"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn scans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scan");
    let store = store(Layout::Split, 1_000_000);
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("1,000,000 lists in pages of 64 kB", |bencher| {
        bencher.iter(|| {
            let mut stream = RowStream::new(store.keys(), FILE);
            let (mut bytes, mut most) = (0, 0);
            loop {
                let limit = PageLimit { keys: u64::MAX, bytes: 64_000 };
                let page = stream.page(&store, limit, |row| bytes += bytes_of(&row));
                most = most.max(page.bytes);
                if page.done {
                    break;
                }
            }
            assert!(most < 65_000, "{most} bytes in one page");
            black_box(bytes)
        });
    });
    group.finish();
}

fn overlapping(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("visible");
    for (name, list) in &bench_lists::all() {
        group.bench_function(format!("100,000 infos, {name}"), |bencher| {
            bencher.iter_batched(
                || (),
                |()| visible(black_box(list), Some((0, CHUNK - 1))),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(2));
    targets = overlapping, appends, scans
}
criterion_main!(benches);
