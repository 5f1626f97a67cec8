//! Column updates: a publish changes the meta after it was written and before it is told.

use super::*;
use tabletop_core::lab::Violation;
use tabletop_core::lab::timeline::Timeline;

/// Plays until an invariant breaks: when, which, and what was so.
fn first_violation(knobs: &Knobs) -> Option<(SimTime, Violation)> {
    let config = ClusterConfig { knobs: knobs.clone(), tables: vec![UPSERTS], script: vec![] };
    let mut run: Timeline<ClusterLab> = Timeline::new(config, SEED);
    run.set_checkers(true);
    run.advance(SimTime::from_secs(60), u64::MAX);
    run.violation().map(|(_, violation)| (run.now(), violation.clone()))
}

pub(super) fn updates() -> String {
    let columns = [
        "metas changed",
        "rows read again",
        "applied",
        "older",
        "get_rowset",
        "keys read",
        "kB sent",
        "query p95 ms",
        "wait ‰",
        "lock p95 ms",
    ];
    let mut table = Table::new(&columns);
    let work = |share: i64| {
        upserts()
            .with(K::LoadEvery, 200 * MS)
            .with(K::Write, 200 * MS)
            .with(K::QueryEvery, 200 * MS)
            .with(K::ColumnShare, share)
    };
    let designs = [
        ("nobody is told", "off", "published"),
        ("what the publish made", "pending", "published"),
        ("as written, older refused", "pending", "refuse"),
        ("as written, completed", "pending", "complete"),
    ];
    let mut all = Vec::new();
    for share in [0, 100, 300, 1_000] {
        for (name, notify, taken) in designs {
            let knobs = work(share).choose(K::Notify, notify).choose(K::ColumnNotice, taken);
            let totals = play(&knobs, UPSERTS, &vec![]);
            let row = [
                totals.rewritten.to_string(),
                totals.read_again.to_string(),
                totals.notices_of(NoticeFate::Applied).to_string(),
                totals.notices_of(NoticeFate::OlderMeta).to_string(),
                totals.rowset_calls().to_string(),
                totals.kv_all().keys_read.to_string(),
                (totals.bytes_sent / 1_000).to_string(),
                ms(totals.queries.quantile(950)),
                totals.waited_per_mille().to_string(),
                ms(totals.lock.quantile(950)),
            ];
            table.row(&format!("{share} ‰, {name}"), &row);
            all.push(totals);
        }
    }
    let at = |share: usize, design: usize| &all[share * designs.len() + design];
    let older = |share: usize| at(share, 2).notices_of(NoticeFate::OlderMeta);
    let naive = |share: i64| {
        let knobs = work(share).choose(K::Notify, "pending").choose(K::Mistake, "older-meta");
        first_violation(&knobs)
    };
    assert!(naive(0).is_none(), "without column updates there is no older meta");
    let (when, broken) = naive(300).expect("the older meta is taken");
    assert_eq!(broken.invariant, "same-metas");
    assert_eq!((older(0), at(0, 2).rewritten), (0, 0));
    assert!(older(1) > 0 && older(2) > older(1) && older(3) > older(2));
    for share in 1..4 {
        let [told, refused, completed] = [1, 2, 3].map(|design| at(share, design));
        assert!(refused.rowset_calls() >= told.rowset_calls());
        for totals in [told, completed] {
            assert_eq!(totals.notices_of(NoticeFate::OlderMeta), 0);
        }
    }
    let follows = format!(
        "**Q11.** A publish that meets rows which came since the load began adds a segment: of {} rowsets of column \
         updates and others at 300 ‰, {} had another meta at their commit than when they were written. Version and \
         visible time are then not enough. What has to be sent depends on what the backend remembers:\n\n\
         - *What the publish made*: nothing more. The backend that publishes is the one that wrote; it replaces the \
         meta in its memory in the same step. No notice meets an older meta, {} kB are sent at 300 ‰.\n\
         - *What was written, and older ones refused*: with every notice the number of rows, bytes and segments at the \
         commit ({} kB sent). At 300 ‰ {} notices are refused and {} calls follow where the first design makes {}; at \
         1000 ‰ it is {} refused and {} calls. It is safe, and it turns the notice off exactly for what it was to save.\n\
         - *What was written, completed*: the same three numbers only for rowsets that changed ({} kB). No notice is \
         refused, and the calls are those of the first design ({}). It needs a manager that hears from the publish \
         which metas changed.\n\
         - *What was written, and not compared* (the mistake `older-meta`): the invariant that a rowset's meta is the \
         same here and there breaks after {} s: {}. A reader there misses the rows of the last segment.\n\n\
         The rest of the price is the publish's: at 1000 ‰ the lock is held {} ms at p95 instead of {}. It flips with \
         concurrency: a load that is alone meets no newer rows, and its meta does not change.",
        at(2, 1).loads.count() * 6,
        at(2, 1).rewritten,
        at(2, 1).bytes_sent / 1_000,
        at(2, 2).bytes_sent / 1_000,
        older(2),
        at(2, 2).rowset_calls(),
        at(2, 1).rowset_calls(),
        older(3),
        at(3, 2).rowset_calls(),
        at(2, 3).bytes_sent / 1_000,
        at(2, 3).rowset_calls(),
        ms(when.micros() / 1_000),
        broken.text,
        ms(at(3, 1).lock.quantile(950)),
        ms(at(0, 1).lock.quantile(950)),
    );
    section(
        "Q11. Column updates: what must be sent, and what of a notice that carries the older meta?",
        "Merge-on-write; 6 tablets, a load every 200 ms that takes 200 ms to write, a query every 200 ms; of a thousand \
         loads so many update columns.",
        &table.text,
        &follows,
    )
}
