//! Tablets that move; all designs on four days.

use super::*;

/// What a design changes.
type Design = fn(Knobs) -> Knobs;

pub(super) fn moving() -> String {
    let columns = [
        "get_rowset",
        "load starts",
        "publishes",
        "look-ups",
        "lock p95 ms",
        "lock wait ms",
        "load p95 ms",
        "failed",
    ];
    let mut table = Table::new(&columns);
    let mut all = Vec::new();
    for every in [0, 10_000, 3_000, 1_000, 300, 100] {
        for (name, sync, sources) in [("sync", 1, "ms"), ("no sync", 0, "ms"), ("no sync, peer", 0, "peer")] {
            let knobs = upserts()
                .choose(K::Notify, "pending")
                .choose(K::Sources, sources)
                .with(K::LoadEvery, 200 * MS)
                .with(K::QueryEvery, 2 * S)
                .with(K::LoadSegments, 4)
                .with(K::LoadSync, sync)
                .with(K::MoveEvery, every * MS);
            let totals = play(&knobs, UPSERTS, &vec![]);
            let row = [
                totals.rowset_calls().to_string(),
                of(&totals, SyncCause::LoadStart).to_string(),
                of(&totals, SyncCause::Publish).to_string(),
                totals.lookups.to_string(),
                ms(totals.lock.quantile(950)),
                ms(totals.lock_wait.sum()),
                ms(totals.loads.quantile(950)),
                totals.loads_failed.to_string(),
            ];
            let when = if every == 0 { "never".to_owned() } else { format!("every {every} ms") };
            table.row(&format!("moves {when}, {name}"), &row);
            all.push((every, totals));
        }
    }
    let pairs = || all.chunks(3).map(|three| (three[0].0, &three[0].1, &three[1].1));
    let slower = |sync: &Totals, none: &Totals| none.loads.quantile(950) > sync.loads.quantile(950) * 3 / 2;
    let turns = pairs().find(|(_, sync, none)| slower(sync, none)).map(|(every, ..)| every);
    let turns = turns.expect("it turns somewhere");
    let (_, home, home_none) = pairs().next().expect("no moves");
    let (_, worst, worst_none) = pairs().find(|(every, ..)| *every == turns).expect("found above");
    assert!(home_none.rowset_calls() * 10 < home.rowset_calls());
    let follows = format!(
        "**Q16.** With tablets at home and commits told, leaving the sync out saves nearly every call ({} \
         instead of {}) and publish pays {} look-ups where it paid {}; a load's p95 is {} ms instead of {}.\n\n\
         **Q17.** It turns when a tablet moves every {} ms among six, about once in {} loads of the table: then \
         {} publishes sync inside the lock and look keys up {} times ({} with the sync at load start), the lock \
         is held {} ms at p95 ({}), and the loads behind it wait {} ms in all ({}). A load's p95 is {} ms against \
         {}. A peer's memory does not help: what publish pays is the look-ups.\n\n\
         **Q5.** With the sync at load start the rate of moves hardly changes the calls ({} to {}); without it \
         they grow with it ({} to {}), and the results above hold up to the rate of Q17. Restarts are the rows \
         of Q2: a backend away for less than `rehash_tablet_after_be_dead_seconds` comes back to tablets that a \
         secondary served meanwhile, and its own view is behind by those loads.",
        home_none.rowset_calls(),
        home.rowset_calls(),
        home_none.lookups,
        home.lookups,
        ms(home_none.loads.quantile(950)),
        ms(home.loads.quantile(950)),
        turns,
        (turns + 100) / 200,
        of(worst_none, SyncCause::Publish),
        worst_none.lookups,
        worst.lookups,
        ms(worst_none.lock.quantile(950)),
        ms(worst.lock.quantile(950)),
        ms(worst_none.lock_wait.sum()),
        ms(worst.lock_wait.sum()),
        ms(worst_none.loads.quantile(950)),
        ms(worst.loads.quantile(950)),
        home.rowset_calls(),
        all[15].1.rowset_calls(),
        home_none.rowset_calls(),
        all[16].1.rowset_calls(),
    );
    section(
        "Q5, Q16, Q17. Tablets that move: when does leaving out the sync at load start turn?",
        "Merge-on-write, told; 6 tablets, loads of 4 segments every 200 ms, a query every 2 s; a tablet moves \
         as often as said.",
        &table.text,
        &follows,
    )
}

pub(super) fn together() -> String {
    let designs: [(&str, Design); 6] = [
        ("today", |knobs| knobs),
        ("told", |knobs| knobs.choose(K::Notify, "pending")),
        ("told, whole metas", |knobs| knobs.choose(K::Notify, "pending").with(K::NoticeMeta, 1)),
        ("told, no sync at start", |knobs| knobs.choose(K::Notify, "pending").with(K::LoadSync, 0)),
        ("store", |knobs| knobs.choose(K::Store, "every-change").choose(K::Sources, "peer-store")),
        ("told, store, no sync at start", |knobs| {
            let knobs = knobs.choose(K::Notify, "pending").with(K::LoadSync, 0);
            knobs.choose(K::Store, "every-change").choose(K::Sources, "peer-store")
        }),
    ];
    let rolling: Script = (0..3)
        .flat_map(|backend| {
            let second = 15 + 12 * u64::from(backend);
            [at(second, ClusterCommand::Kill { backend }), at(second + 3, ClusterCommand::Start { backend })]
        })
        .collect();
    let nightly = Knobs::default().with(K::LoadEvery, 20 * S).with(K::QueryEvery, 300 * MS);
    let nightly = nightly.with(K::LoadBytes, 200_000_000).with(K::LoadSegments, 4).with(K::Write, 5 * S);
    let days: [(&str, Knobs, TableSpec, Script); 4] = [
        ("dashboards", dashboards(), PLAIN, vec![]),
        ("nightly", nightly, PLAIN, vec![]),
        ("upserts", upserts(), UPSERTS, vec![]),
        ("rolling upgrade", dashboards(), PLAIN, rolling),
    ];
    let mut columns = USUAL.to_vec();
    columns.extend(["lock ms", "look-ups", "wasted", "stored"]);
    let mut table = Table::new(&columns);
    let mut best = String::new();
    for (day, knobs, spec, script) in days {
        let mut work = None;
        let mut least: Option<(&str, u64, u64)> = None;
        let mut today = 0;
        for (name, design) in designs {
            let totals = play(&design(knobs.clone()), spec, &script);
            let mut row = usual(&totals);
            row.extend([
                ms(totals.lock.sum()),
                totals.lookups.to_string(),
                totals.wasted().to_string(),
                totals.store.keys_written.to_string(),
            ]);
            table.row(&format!("{day}: {name}"), &row);
            let (calls, waits) = (totals.rowset_calls(), totals.waited_per_mille());
            if name == "today" {
                today = calls;
            }
            if least.is_none_or(|(_, fewest, _)| calls < fewest) {
                least = Some((name, calls, waits));
            }
            // What is asked of every design is the same, up to what is under way at the end.
            let asked = totals.queries.count() + totals.queries_failed;
            let first = *work.get_or_insert(asked);
            assert!(
                asked.abs_diff(first) <= 3,
                "{day}, {name}: {asked} queries, {first} in the first design"
            );
        }
        let (name, calls, waits) = least.expect("six designs");
        assert!(calls < today);
        let _ = writeln!(
            best,
            "- {day}: *{name}* first reaches the fewest calls, {calls} of {today}; {waits} ‰ of query time waits. \
             The lower bound, one first use of each of six tablets, is 6."
        );
    }
    let follows = format!(
        "**Q18.**\n\n{best}\n\
         The store pays for itself only on days with restarts; whole metas to every backend never do with \
         tablets at home. What remains above the lower bound are syncs before compactions and notices that \
         came after the query that needed them."
    );
    section(
        "Q18. Which combination for which day?",
        "All designs over the same loads, queries and restarts of four days.",
        &table.text,
        &follows,
    )
}
