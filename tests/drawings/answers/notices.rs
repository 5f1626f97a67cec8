//! Telling a commit: by whom, how late, out of order, lost.

use super::*;

pub(super) fn notifying() -> String {
    let columns =
        ["load p50 ms", "notice p95 ms", "applied", "waited", "wasted", "messages", "kB sent", "get_rowset"];
    let mut table = Table::new(&columns);
    let mut all = Vec::new();
    let fast = told().with(K::LoadEvery, 60 * MS).with(K::Latency, 5 * MS).with(K::QueryEvery, 300 * MS);
    let mut row = |name: &str, knobs: Knobs| {
        let totals = play_for(&knobs, PLAIN, &vec![], 30);
        let cells = [
            ms(totals.loads.quantile(500)),
            ms(totals.notice_lag.quantile(950)),
            totals.notices_of(NoticeFate::Applied).to_string(),
            totals.notices_of(NoticeFate::Waits).to_string(),
            totals.wasted().to_string(),
            totals.messages.to_string(),
            (totals.bytes_sent / 1_000).to_string(),
            totals.rowset_calls().to_string(),
        ];
        table.row(name, &cells);
        all.push(totals);
    };
    row("nobody is told", fast.clone().choose(K::Notify, "off"));
    for threads in [1, 4, 16] {
        row(&format!("frontend, {threads} threads"), fast.clone().with(K::NotifyThreads, threads));
    }
    row("backend, through the frontend", fast.clone().choose(K::CommitBy, "forward"));
    row("backend, to all", fast.clone().choose(K::CommitBy, "broadcast"));
    row("frontend, whole metas to all", fast.clone().with(K::NoticeMeta, 1));
    let [off, one, four, sixteen, forward, broadcast, whole] = &all[..] else { panic!("seven designs") };
    let load = |totals: &Totals| totals.loads.quantile(500);
    assert!(all.iter().all(|totals| load(totals) == load(off)), "telling is not in the commit's way");
    assert!(one.notice_lag.quantile(950) > 3 * four.notice_lag.quantile(950));
    assert!(broadcast.wasted() > 10 * four.wasted() && whole.wasted() > 10 * four.wasted());
    let lag = |totals: &Totals| ms(totals.notice_lag.quantile(950));
    let follows = format!(
        "**Q8.** Nothing is added to a commit: {} ms at p50 with and without. One thread falls behind at this \
         rate (a notice arrives {} ms after its commit at p95, and {} `get_rowset` of {} come back); four do \
         not ({} ms), sixteen are no faster ({} ms). It flips with the rate: a thread carries one notice per \
         message time.\n\n\
         **Q9.** A backend that tells all needs {} messages less than the frontend and is earliest ({} ms), but \
         wastes {} notices on backends that do not serve the tablet, where the frontend wastes {}. Through the \
         frontend one more hop is paid ({} ms). With three backends the broadcast is cheap; its waste grows with \
         their number, the frontend's does not.\n\n\
         **Q12.** In part: the whole meta with its delete bitmap to every backend sends {} kB where the changed \
         fields alone send {}, and saves no further call here, since the loading backend already has the meta. \
         What bitmaps alone would save a merge-on-write read is not modelled apart.",
        ms(load(off)),
        lag(one),
        one.rowset_calls(),
        off.rowset_calls(),
        lag(four),
        lag(sixteen),
        four.messages.saturating_sub(broadcast.messages),
        lag(broadcast),
        broadcast.wasted(),
        four.wasted(),
        lag(forward),
        whole.bytes_sent / 1_000,
        four.bytes_sent / 1_000,
    );
    section(
        "Q8, Q9, Q12. Who tells, with how many threads, and what goes along?",
        "30 s; a load every 60 ms, a query every 300 ms; notices are on the way 5 ms.",
        &table.text,
        &follows,
    )
}

pub(super) fn disorder() -> String {
    let columns =
        ["applied", "waited", "obsolete", "disorder", "lost", "get_rowset", "remembered B", "p95 ms"];
    let mut table = Table::new(&columns);
    let mut all = Vec::new();
    for (late, loss) in [(0, 0), (50, 0), (200, 0), (0, 50), (0, 200), (100, 100)] {
        for order in ["only-next", "extend", "pending"] {
            let knobs = told()
                .choose(K::Notify, order)
                .with(K::LoadEvery, 200 * MS)
                .with(K::QueryEvery, 2 * S)
                .with(K::LateBy, S / 2)
                .with(K::NoticeLate, late)
                .with(K::NoticeLoss, loss);
            let totals = play(&knobs, PLAIN, &vec![]);
            let fate = |fate| totals.notices_of(fate).to_string();
            let cells = [
                fate(NoticeFate::Applied),
                fate(NoticeFate::Waits),
                fate(NoticeFate::Obsolete),
                fate(NoticeFate::OutOfOrder),
                fate(NoticeFate::Lost),
                totals.rowset_calls().to_string(),
                totals.pending_bytes.to_string(),
                ms(totals.queries.quantile(950)),
            ];
            table.row(&format!("{late} ‰ late, {loss} ‰ lost, {order}"), &cells);
            all.push(totals);
        }
    }
    let restarts: Script = (0..3)
        .flat_map(|backend| {
            let second = 15 + 12 * u64::from(backend);
            [at(second, ClusterCommand::Kill { backend }), at(second + 2, ClusterCommand::Start { backend })]
        })
        .collect();
    let often = told().with(K::LoadEvery, 200 * MS);
    let (calm, torn) = (play(&often, PLAIN, &vec![]), play(&often, PLAIN, &restarts));
    let wasted = |at: usize| all[at].notices_of(NoticeFate::OutOfOrder);
    let late = all[0].notices_of(NoticeFate::Applied) * 50 / 1_000;
    assert!(wasted(4) == 0 && wasted(3) > 2 * late && all[7].rowset_calls() < all[6].rowset_calls());
    assert!(torn.rowset_calls() <= calm.rowset_calls());
    let follows = format!(
        "**Q7.** In memory is enough. The same loads with each of three backends killed once call `get_rowset` \
         {} times, not more often than an undisturbed minute ({}): what a restart loses between load and commit \
         is fetched with the tablet's first use, which comes after a restart anyway.\n\n\
         **Q10.** Accepting only the next version wastes far more than was late: with 50 ‰ late {} of {} notices \
         came in disorder, since each gap refuses all that follow until a sync closes it. One disorder does \
         waste all that follow. Remembering and extending wastes none of them ({} waited and were applied) and \
         leaves {} calls of {}; the pending map does the same with the same memory. When notices are *lost* \
         rather than late, nothing closes the gap but a sync: all three orders make the same calls ({} at 50 ‰), \
         and remembering only costs bytes.",
        torn.rowset_calls(),
        calm.rowset_calls(),
        wasted(3),
        all[3].notices_of(NoticeFate::Applied) + wasted(3),
        all[4].notices_of(NoticeFate::Waits),
        all[4].rowset_calls(),
        all[3].rowset_calls(),
        all[9].rowset_calls(),
    );
    assert!(
        all[9].rowset_calls() == all[10].rowset_calls() && all[9].rowset_calls() == all[11].rowset_calls()
    );
    section(
        "Q7, Q10. Out of order and lost: what is wasted, what is remembered?",
        "A load every 200 ms, a query every 2 s; late notices come 500 ms later.",
        &table.text,
        &follows,
    )
}
