//! Runs to start from.

use super::command::{Change, SchemaCommand};
use super::config::{Design, Knobs, SchemaConfig};
use super::{SchemaLab, Totals};
use crate::base::{Rng, SimTime};
use crate::lab::board::Start;
use crate::schema::{CaseMode, History, SchemaVersion};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

/// Keys of all scenarios, the one for a new user first.
pub(super) const KEYS: &[&str] = &[
    "steady",
    "faster",
    "memory",
    "many-tables",
    "old-crash",
    "service-two-hours",
    "rebuild",
    "too-old",
    "long-compaction",
    "stale-16",
    "hole-filling",
    "reader-outlasts-wait",
    "lost-ddl",
    "lost-pivot",
    "empty",
];

/// Places of choices.
const BOTH: i64 = 2;
const FIXED_WAIT: i64 = 1;
const WAIT: i64 = 1;
const FILL_HOLES: i64 = 1;
const NO_REPLAY: i64 = 3;
const NO_PIVOT: i64 = 4;
const HOUR: i64 = 3_600_000;

/// A scenario by its key.
pub(super) fn scenario(key: &str) -> Option<Start<SchemaLab>> {
    let key = KEYS.iter().copied().find(|&known| known == key)?;
    let start = |knobs: Knobs, tables: u32, commands: Vec<SchemaCommand>, play: u64| Start {
        key,
        config: SchemaConfig { knobs, tables, columns: 4 },
        seed: 0x5eed_0005,
        commands,
        play: SimTime::from_millis(play),
    };
    let small = |knobs: Knobs, commands: Vec<SchemaCommand>| start(knobs, 24, commands, 20_000);
    let quiet = Knobs::default;
    let knobs = || Knobs::default().with("ddl-every", 400).with("statement-every", 150);
    let one = || knobs().with("nodes", 1).with("design", BOTH);
    let ddl = |change| SchemaCommand::Ddl { change, table: 0 };
    let statement = |back, hold_ms| SchemaCommand::Statement { node: 1, table: 0, back, hold_ms };
    Some(match key {
        "steady" => small(knobs(), vec![]),
        // One statement in fifty follows a DDL of its own session; the others take what there is.
        "faster" => {
            let busy = one().with("ddl-every", 200).with("statement-every", 25).with("hold", 10);
            start(busy.with("fresh", 20).with("threshold", 400_000), 1_000, vec![], 20_000)
        }
        "memory" => {
            let slow = one().with("ddl-every", 10_000).with("statement-every", 60_000).with("fresh", 0);
            let slow = slow.with("refresh-every", 30_000).with("threshold", 20_000);
            start(slow, 400, vec![], 6 * HOUR as u64)
        }
        "many-tables" => {
            let many = one().with("refresh-limit", 1).with("row-cost", 100).with("ddl-every", 2_000);
            let many = many.with("statement-every", 1_000).with("threshold", 1 << 30);
            start(many, 2_500, vec![SchemaCommand::Restart { node: 1 }], 20_000)
        }
        "old-crash" | "service-two-hours" => {
            let slow = one().with("ddl-every", 30_000).with("statement-every", 300_000).with("fresh", 0);
            let slow = slow.with("refresh-every", 60_000).with("threshold", 200_000);
            let slow = if key == "old-crash" { slow } else { slow.with("design", 0) };
            let compact = SchemaCommand::Compact { node: 1, back: 0, hold_ms: 4 * HOUR as u32 };
            start(slow, 400, vec![compact], 5 * HOUR as u64)
        }
        "rebuild" => small(knobs().with("ddl-every", 40).with("threshold", 3_000), vec![]),
        "too-old" => {
            let often = knobs().with("recycle-every", 4).with("keep", 4).with("stale", 60);
            small(often.with("ddl-every", 150), vec![])
        }
        "long-compaction" => {
            let often = knobs().with("recycle-every", 4).with("keep", 2).with("ddl-every", 150);
            small(often, vec![SchemaCommand::Compact { node: 1, back: 0, hold_ms: 12_000 }])
        }
        "stale-16" => small(knobs().with("stale", 60).with("ddl-every", 100), vec![]),
        // The list of t0 holds [alter, create again]; a look-up two versions before fills the first
        // table in, and then the version in between means the wrong one.
        "hole-filling" => {
            let two = quiet().with("name-versions", 2).with("fault", FILL_HOLES).with("nodes", 1);
            let steps = vec![ddl(Change::Drop), ddl(Change::Create), ddl(Change::Alter), statement(3, 100)];
            start(two.with("refresh-every", 10), 24, steps, 400)
        }
        "reader-outlasts-wait" => {
            let wait = knobs().with("free", FIXED_WAIT).with("wait", 5).with("pause", 800);
            small(wait.with("ddl-every", 40).with("threshold", 3_000), vec![])
        }
        "lost-ddl" => {
            let fast = knobs().with("ddl-every", 40).with("threshold", 3_000).with("fault", NO_REPLAY);
            small(fast.with("row-cost", 20_000).with("refresh-every", 200).with("behind", WAIT), vec![])
        }
        "lost-pivot" => {
            let often = knobs().with("recycle-every", 4).with("keep", 2).with("fault", NO_PIVOT);
            small(often.with("hold", 6_000), vec![])
        }
        _ => start(quiet(), 4, vec![], 0),
    })
}

/// The state before the first step.
pub(super) fn build(config: &SchemaConfig, seed: u64) -> SchemaLab {
    let mut lab = SchemaLab {
        knobs: config.knobs.clone(),
        rng: Rng::new(seed),
        now: SimTime::ZERO,
        steps: 0,
        history: History::new(CaseMode::Sensitive),
        nodes: BTreeMap::new(),
        statements: BTreeMap::new(),
        next_statement: 1,
        next_object: 2_000,
        next_table: 1,
        ddl_at: SimTime::MAX,
        statement_at: SimTime::MAX,
        recycle_at: SimTime::MAX,
        versions: VecDeque::new(),
        versions_before: 0,
        ddls: VecDeque::new(),
        open_spans: BTreeMap::new(),
        spans: VecDeque::new(),
        next_span: 1,
        points: Vec::new(),
        ddls_done: 0,
        recycled: 0,
        totals: [Totals::default(); 2],
        wrong: None,
        freed: None,
        changed: Vec::new(),
    };
    lab.populate(config.tables, config.columns);
    let last = lab.history.last();
    for id in config.knobs.node_ids() {
        let node = lab.fresh_node(false);
        lab.nodes.insert(id, node);
        if id.design == Design::SchemaManager {
            // It has read everything, which is not counted.
            let (_, _, bytes) = lab.history.uncounted(|| lab.old_rows(SchemaVersion::ZERO));
            lab.publish_old(id, last, bytes, &mut Vec::new());
        }
    }
    lab.plan();
    lab
}
