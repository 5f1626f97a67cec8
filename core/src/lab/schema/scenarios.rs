//! Runs to start from.

use super::command::{Change, SchemaCommand};
use super::config::{Design, Knobs, SchemaConfig};
use super::{SchemaLab, Totals};
use crate::base::{Rng, SimTime};
use crate::lab::board::Start;
use crate::schema::{CaseMode, History};
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

/// Keys of all scenarios, the one for a new user first.
pub(super) const KEYS: &[&str] = &[
    "steady",
    "rebuild",
    "too-old",
    "long-compaction",
    "stale-16",
    "hole-filling",
    "reader-outlasts-wait",
    "lost-ddl",
    "lost-pivot",
    "old-crash",
    "service-two-hours",
    "old-many-tables",
    "service-many-tables",
    "empty",
];

const FILL_HOLES: i64 = 1;
const NO_REPLAY: i64 = 3;
const NO_PIVOT: i64 = 4;
const HOUR: i64 = 3_600;

/// A scenario by its key.
pub(super) fn scenario(key: &str) -> Option<Start<SchemaLab>> {
    let key = KEYS.iter().copied().find(|&known| known == key)?;
    let start = |knobs: Knobs, design: Design, tables: u32, commands: Vec<SchemaCommand>, play: u64| Start {
        key,
        config: SchemaConfig { knobs, design, tables, columns: 4 },
        seed: 0x5eed_0005,
        commands,
        play: SimTime::from_millis(play),
    };
    let service = |knobs: Knobs, commands: Vec<SchemaCommand>, play: u64| {
        start(knobs, Design::Service, 24, commands, play)
    };
    let knobs = Knobs::default;
    let quiet = || Knobs::default().with("ddl-every", 0).with("statement-every", 0);
    let ddl = |change| SchemaCommand::Ddl { change, table: 0 };
    let statement = |back, hold_ms| SchemaCommand::Statement { node: 1, table: 0, back, hold_ms };
    Some(match key {
        "steady" => service(knobs(), vec![], 20_000),
        "rebuild" => service(knobs().with("ddl-every", 40).with("threshold", 3_000), vec![], 20_000),
        "too-old" => {
            let often =
                knobs().with("recycle-every", 4).with("keep", 4).with("stale", 60).with("ddl-every", 150);
            service(often, vec![], 20_000)
        }
        "long-compaction" => {
            let often = knobs().with("recycle-every", 4).with("keep", 2).with("ddl-every", 150);
            let compact = SchemaCommand::Compact { node: 1, back: 10, hold_ms: 12_000 };
            service(often, vec![compact], 20_000)
        }
        "stale-16" => service(knobs().with("stale", 60).with("ddl-every", 100), vec![], 20_000),
        // The list of t0 holds [alter, create again]; a look-up two versions before fills the first
        // table in, and then the version in between means the wrong one.
        "hole-filling" => service(
            quiet()
                .with("name-versions", 2)
                .with("fault", FILL_HOLES)
                .with("nodes", 1)
                .with("refresh-every", 10),
            vec![ddl(Change::Drop), ddl(Change::Create), ddl(Change::Alter), statement(3, 100)],
            400,
        ),
        "reader-outlasts-wait" => {
            let wait = knobs().with("free", 1).with("wait", 5).with("pause", 800);
            service(wait.with("ddl-every", 40).with("threshold", 3_000), vec![], 20_000)
        }
        "lost-ddl" => {
            let fast = knobs().with("ddl-every", 40).with("threshold", 3_000).with("fault", NO_REPLAY);
            service(fast.with("row-cost", 20_000).with("refresh-every", 200), vec![], 20_000)
        }
        "lost-pivot" => {
            let often = knobs().with("recycle-every", 4).with("keep", 2).with("fault", NO_PIVOT);
            service(often.with("hold", 6_000), vec![], 20_000)
        }
        "old-crash" | "service-two-hours" => {
            let slow = knobs().with("ddl-every", 60_000).with("statement-every", 600_000).with("nodes", 1);
            let slow = slow.with("hold", 3 * HOUR * 1_000).with("refresh-every", 60_000).with("fresh", 0);
            let design = if key == "old-crash" { Design::SchemaManager } else { Design::Service };
            start(slow, design, 24, vec![], 5 * 3_600_000)
        }
        "old-many-tables" | "service-many-tables" => {
            let many = knobs().with("refresh-limit", 1).with("row-cost", 100).with("ddl-every", 2_000);
            let many = many.with("statement-every", 1_000).with("nodes", 1).with("threshold", 1 << 30);
            let design = if key == "old-many-tables" { Design::SchemaManager } else { Design::Service };
            start(many, design, 2_500, vec![SchemaCommand::Restart { node: 1 }], 20_000)
        }
        _ => start(quiet(), Design::Service, 4, vec![], 0),
    })
}

/// The state before the first step.
pub(super) fn build(config: &SchemaConfig, seed: u64) -> SchemaLab {
    let mut lab = SchemaLab {
        knobs: config.knobs.clone(),
        design: config.design,
        rng: Rng::new(seed),
        now: SimTime::ZERO,
        steps: 0,
        history: History::new(CaseMode::Sensitive),
        nodes: Vec::new(),
        statements: BTreeMap::new(),
        next_statement: 1,
        next_object: 2_000,
        next_table: 1,
        ddl_at: SimTime::MAX,
        statement_at: SimTime::MAX,
        recycle_at: SimTime::MAX,
        versions: VecDeque::new(),
        ddls: VecDeque::new(),
        open_spans: BTreeMap::new(),
        spans: VecDeque::new(),
        next_span: 1,
        points: Vec::new(),
        totals: Totals::default(),
        wrong: None,
        freed: None,
        changed: Vec::new(),
    };
    lab.populate(config.tables, config.columns);
    for _ in 0..config.knobs.get("nodes") {
        let node = lab.fresh_node(false);
        lab.nodes.push(node);
    }
    if config.design == Design::SchemaManager {
        let last = lab.history.last();
        let mut out = Vec::new();
        for place in 0..lab.nodes.len() {
            lab.publish_old(place, last, &mut out);
        }
    }
    lab.plan();
    lab
}
