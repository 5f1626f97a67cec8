//! What syncs cost and what saves them: first queries, restarts, causes.

use super::*;

pub(super) fn queries_wait() -> String {
    let mut table = Table::new(USUAL);
    let quiet = play(&dashboards().with(K::LoadEvery, 0), PLAIN, &vec![]);
    table.row("no load at all", &usual(&quiet));
    let (mut busy, mut saved) = ([Totals::default(), Totals::default()], Vec::new());
    for every in [2_000, 500, 200] {
        busy = [("today", "off"), ("told", "pending")].map(|(name, notify)| {
            let knobs = dashboards().with(K::LoadEvery, every * MS).choose(K::Notify, notify);
            let totals = play(&knobs, PLAIN, &vec![]);
            table.row(&format!("a load every {every} ms, {name}"), &usual(&totals));
            totals
        });
        let [today, told] = &busy;
        assert!(today.rowset_calls() > 10 * told.rowset_calls() && told.waited_per_mille() <= 5);
        saved.push(times(today.rowset_calls(), told.rowset_calls()));
    }
    let [today, told] = &busy;
    let keys = |totals: &Totals| totals.kv_all().keys_read;
    let follows = format!(
        "**Q1.** Each load makes the next query of every tablet that it touched wait for one `get_rowset`. With \
         a load every 200 ms, p50 rises from {} ms to {} ms and p99 from {} ms to {} ms; {} ‰ of all query time \
         is waiting for syncs. The rarer the loads, the less of it: what is paid is paid per load and tablet, \
         not per query.\n\n\
         **Q6.** Telling the backend what a commit changed leaves {} calls of {} at the busiest rate ({} times \
         fewer; {} and {} times at the two slower ones) and {} keys read of {}; waiting falls to {} ‰. What is \
         left are first uses and syncs before compactions. The pending cache held at most {} bytes. It expires \
         with its transaction; at these rates nothing came near.",
        ms(quiet.queries.quantile(500)),
        ms(today.queries.quantile(500)),
        ms(quiet.queries.quantile(990)),
        ms(today.queries.quantile(990)),
        today.waited_per_mille(),
        told.rowset_calls(),
        today.rowset_calls(),
        saved[2],
        saved[0],
        saved[1],
        keys(told),
        keys(today),
        told.waited_per_mille(),
        told.pending_bytes,
    );
    section(
        "Q1, Q6. What does the first query after a load pay, and what does telling a commit save?",
        "A query every 100 ms over six tablets; loads as often as said.",
        &table.text,
        &follows,
    )
}

pub(super) fn restarts() -> String {
    let kill = |backend| ClusterCommand::Kill { backend };
    let start = |backend| ClusterCommand::Start { backend };
    let one = vec![at(20, kill(0)), at(22, start(0))];
    let rolling = (0..3).flat_map(|be| {
        let second = 20 + 8 * u64::from(be);
        [at(second, kill(be)), at(second + 2, start(be))]
    });
    let all = vec![at(20, ClusterCommand::RestartAll)];
    let away = vec![at(20, kill(0)), at(40, start(0))];
    let cases: [(&str, Script); 4] = [
        ("one restarts", one),
        ("rolling", rolling.collect()),
        ("all at once", all),
        ("one away for 20 s", away),
    ];
    let columns = ["first uses", "rowsets sent", "keys read", "from store", "from peer", "p99 ms", "warm ms"];
    let mut table = Table::new(&columns);
    let mut sent = Vec::new();
    for (case, script) in cases {
        for (name, sources) in [
            ("meta-service", "ms"),
            ("own store", "store"),
            ("peer", "peer"),
            ("store, peer", "store-peer"),
            ("peer, store", "peer-store"),
        ] {
            let stores = if sources.contains("store") { "every-change" } else { "off" };
            let knobs = told().choose(K::Sources, sources).choose(K::Store, stores);
            let totals = play(&knobs, TableSpec { buckets: 24, ..PLAIN }, &script);
            let first = &totals.syncs[0];
            let cells = [
                first.calls.to_string(),
                first.rowsets.to_string(),
                first.keys.to_string(),
                totals.from_store.to_string(),
                totals.from_peer.to_string(),
                ms(totals.queries.quantile(990)),
                ms(totals.warm.max()),
            ];
            table.row(&format!("{case}: {name}"), &cells);
            sent.push(first.rowsets);
        }
    }
    // Five sources for each case, in the order of the table.
    assert!(sent[2] < sent[0] && sent[1] == sent[2] && sent[12] == sent[10] && sent[11] < sent[10]);
    let follows = format!(
        "**Q2.** One restarted backend fetches all its tablets again: {} rowsets beside the {} of the first \
         uses that no design saves. A rolling restart sends {}, because each backend's tablets are first used \
         elsewhere and then at home again; all at once sends {}. In each case it is over with one use of each \
         tablet.\n\n\
         **Q14.** While one backend is away its tablets are served elsewhere, so a peer's memory and the own \
         store save the same rowsets here ({} of {} are left); the peer's view is the newer one, so less has to \
         follow. When all stop together no peer remembers anything: a peer alone saves nothing ({} sent), the \
         own store nearly all ({}). So: peer first, then store, and the meta-service last; it is never worse \
         than either alone. It flips where moves go to backends that never held the tablet and its source is \
         dead: then only the meta-service is left.",
        sent[0] - sent[11],
        sent[11],
        sent[5],
        sent[10],
        sent[2],
        sent[0],
        sent[12],
        sent[11],
    );
    section(
        "Q2, Q14. What does a restart cost, and which source of views helps?",
        "24 tablets, 500 ms between loads, telling on; calls, rowsets and keys of first uses only.",
        &table.text,
        &follows,
    )
}

pub(super) fn causes() -> String {
    let columns = [
        "first use",
        "query",
        "load start",
        "publish",
        "compaction",
        "bitmaps",
        "periodic",
        "all",
        "keys read",
    ];
    let mut table = Table::new(&columns);
    let idle = Knobs::default().with(K::SyncIdle, 20 * S);
    let cases = [
        ("dashboards", dashboards(), PLAIN),
        ("dashboards, told", told(), PLAIN),
        ("upserts", upserts(), UPSERTS),
        ("upserts, told", upserts().choose(K::Notify, "pending"), UPSERTS),
        ("idle after 20 s", idle.with(K::LoadEvery, 15 * S), PLAIN),
    ];
    let mut keys = String::new();
    let mut empties = Vec::new();
    for (name, knobs, spec) in cases {
        let totals = play_for(&knobs, spec, &vec![], 120);
        let mut cells: Vec<String> =
            totals.syncs.iter().map(|count| format!("{}/{}", count.calls, count.empty)).collect();
        let empty: u64 = totals.syncs.iter().map(|count| count.empty).sum();
        cells.push(format!("{}/{empty}", totals.rowset_calls()));
        cells.push(totals.kv_all().keys_read.to_string());
        table.row(name, &cells);
        let _ = write!(keys, "- {name}:");
        for (used, family) in totals.kv.iter().zip(Family::ALL).filter(|(used, _)| used.keys_read > 0) {
            let _ = write!(keys, " {} {},", family.name(), used.keys_read);
        }
        keys.pop();
        keys.push('\n');
        let starts = CAUSES.iter().position(|cause| *cause == SyncCause::LoadStart).expect("it is counted");
        empties.push((totals.rowset_calls(), empty, totals.syncs[starts], of(&totals, SyncCause::Periodic)));
    }
    let [plain, _, upserts, upserts_told, idle] = empties[..] else { panic!("{empties:?}") };
    assert!(plain.1 == 0 && upserts.1 > 0 && upserts_told.1 * 10 > upserts_told.0 * 9);
    let follows = format!(
        "Keys read by all calls, by kind:\n\n{keys}\n\
         **Q3.** On tables without merge-on-write none of the {} calls is empty: a query asks only when it \
         needs a newer version. Of merge-on-write {} of {} are; once commits are told, {} of {}. A load start \
         of that kind reads {} keys and no rowset.\n\n\
         **Q4.** Queries cause the calls of plain tables, load starts those of merge-on-write ones ({} of {}). \
         Publishes skip theirs while version and counts have not moved; syncs before the bitmaps of a \
         compaction follow the compactions. The periodic thread is seen only where tablets idle ({} of {} calls \
         with the idle time set to 20 s and a load every 15 s).",
        plain.0,
        upserts.1,
        upserts.0,
        upserts_told.1,
        upserts_told.0,
        times(upserts_told.2.keys, upserts_told.2.calls),
        upserts.2.calls,
        upserts.0,
        idle.3,
        idle.0,
    );
    section(
        "Q3, Q4. Which causes make the calls, and how many of them bring nothing?",
        "Two minutes; calls / of those empty, by cause. `upserts` is a merge-on-write table.",
        &table.text,
        &follows,
    )
}
