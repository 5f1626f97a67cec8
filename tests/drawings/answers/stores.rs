//! A store of views beside the backend.

use super::*;

pub(super) fn persisting() -> String {
    let columns =
        ["keys stored", "kB stored", "store reads", "rowsets sent", "first use", "warm ms", "p99 ms"];
    let mut table = Table::new(&columns);
    let mut all = Vec::new();
    let script = vec![at(30, ClusterCommand::RestartAll)];
    let mut row = |name: &str, knobs: Knobs| {
        let totals = play(&knobs, TableSpec { buckets: 12, ..PLAIN }, &script);
        let cells = [
            totals.store.keys_written.to_string(),
            (totals.store.bytes_written / 1_000).to_string(),
            totals.store.keys_read.to_string(),
            totals.syncs.iter().map(|count| count.rowsets).sum::<u64>().to_string(),
            of(&totals, SyncCause::FirstAccess).to_string(),
            ms(totals.warm.max()),
            ms(totals.queries.quantile(990)),
        ];
        table.row(name, &cells);
        all.push(totals);
    };
    row("not at all", dashboards());
    let stored = dashboards().choose(K::Sources, "store");
    row("every change", stored.clone().choose(K::Store, "every-change"));
    for seconds in [1, 5, 20] {
        let knobs = stored.clone().choose(K::Store, "periodically").with(K::StorePeriod, seconds * S);
        row(&format!("every {seconds} s"), knobs);
    }
    for ttl in [3, 10, 60] {
        let knobs = stored.clone().choose(K::Store, "periodically").with(K::StorePeriod, 5 * S);
        row(&format!("every 5 s, kept for {ttl} s"), knobs.with(K::StoreTtl, ttl * S));
    }
    let sent = |at: usize| -> u64 { all[at].syncs.iter().map(|count| count.rowsets).sum() };
    let keys = |at: usize| all[at].store.keys_written;
    assert!(sent(1) < sent(3) && sent(3) < sent(0) && keys(4) < keys(3) && keys(3) < keys(1));
    assert!(sent(5) == sent(0) && sent(7) == sent(3));
    let follows = format!(
        "**Q13.** At every change {} keys are stored and {} of {} rowsets are still sent; every second {} and \
         {}, every 5 s {} and {}, every 20 s {} and {}. What a period leaves out is sent by one incremental \
         sync, so staleness costs rowsets and never correctness. A few seconds lose little here; per change is \
         worth its writes only where restarts are frequent.\n\n\
         **Q15.** A store that is kept for less than the backend is away or than its period is of no use: kept \
         for 3 s all {} rowsets are sent, as without a store. From 10 s on it saves what it can ({} and {} sent). \
         Clean-up writes one key for each view that is dropped and loses only views that a sync would replace \
         anyway; the rehash time plus the time of a restart is a lower bound for a good lifetime.",
        keys(1),
        sent(1),
        sent(0),
        keys(2),
        sent(2),
        keys(3),
        sent(3),
        keys(4),
        sent(4),
        sent(5),
        sent(6),
        sent(7),
    );
    section(
        "Q13, Q15. Stored at every change or every so often, and for how long?",
        "12 tablets; all backends restart after 30 s.",
        &table.text,
        &follows,
    )
}
