//! `docs/cloud-answers.md`: every design over the same loads, queries and faults, and what follows.
//!
//! `cargo xtask answers` rewrites it. Each number of a conclusion is taken from the runs, and the
//! comparisons that carry it are asserted; why it is so is our reading of the model.

mod columns;
mod days;
mod notices;
mod reads;
mod stores;

use expect_test::expect_file;
use std::fmt::Write;
use tabletop_core::base::SimTime;
use tabletop_core::cloud::{Family, SyncCause};
use tabletop_core::lab::Lab;
use tabletop_core::lab::cluster::{
    CAUSES, ClusterCommand, ClusterConfig, ClusterLab, K, Knobs, NoticeFate, TableSpec, Totals,
};

const S: i64 = 1_000_000;
const MS: i64 = 1_000;
const SEED: u64 = 0x5eed_0001;
const PLAIN: TableSpec = TableSpec { buckets: 6, merge_on_write: false };
const UPSERTS: TableSpec = TableSpec { buckets: 6, merge_on_write: true };

type Script = Vec<(SimTime, ClusterCommand)>;

/// A minute of a cluster.
fn play(knobs: &Knobs, table: TableSpec, script: &Script) -> Totals {
    play_for(knobs, table, script, 60)
}

fn play_for(knobs: &Knobs, table: TableSpec, script: &Script, seconds: u64) -> Totals {
    let config = ClusterConfig { knobs: knobs.clone(), tables: vec![table], script: script.clone() };
    let (mut lab, mut events) = (ClusterLab::new(&config, SEED), Vec::new());
    let until = SimTime::from_secs(seconds);
    while lab.next_at().is_some_and(|at| at <= until) {
        lab.step(&mut events);
        events.clear();
        if let Err(violation) = lab.check() {
            panic!("{violation}, {knobs:?}");
        }
    }
    lab.totals().clone()
}

fn ms(us: u64) -> String {
    format!("{}.{}", us / 1_000, us / 100 % 10)
}

fn of(totals: &Totals, cause: SyncCause) -> u64 {
    let at = CAUSES.iter().position(|known| *known == cause).expect("it is counted");
    totals.syncs[at].calls
}

/// A table in Markdown: names of columns, then rows of a name and cells.
struct Table {
    text: String,
}

impl Table {
    fn new(columns: &[&str]) -> Self {
        let mut text = String::from("| |");
        for column in columns {
            let _ = write!(text, " {column} |");
        }
        text += "\n|---|";
        text += &"--:|".repeat(columns.len());
        text.push('\n');
        Self { text }
    }

    fn row(&mut self, name: &str, cells: &[String]) {
        let _ = write!(self.text, "| {name} |");
        for cell in cells {
            let _ = write!(self.text, " {cell} |");
        }
        self.text.push('\n');
    }
}

/// A section: the questions as the spec asks them, what was run, its table, what follows for each.
fn section(question: &str, what: &str, table: &str, follows: &str) -> String {
    format!("## {question}\n\n{what}\n\n{table}\n{follows}\n\n")
}

/// How many times as much, to a tenth.
fn times(more: u64, less: u64) -> String {
    let tenths = (more * 10 + less / 2) / less.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

const USUAL: &[&str] = &["get_rowset", "keys read", "kB sent", "p50 ms", "p95 ms", "p99 ms", "wait ‰"];

fn usual(totals: &Totals) -> Vec<String> {
    vec![
        totals.rowset_calls().to_string(),
        totals.kv_all().keys_read.to_string(),
        (totals.bytes_sent / 1_000).to_string(),
        ms(totals.queries.quantile(500)),
        ms(totals.queries.quantile(950)),
        ms(totals.queries.quantile(990)),
        totals.waited_per_mille().to_string(),
    ]
}

fn dashboards() -> Knobs {
    Knobs::default().with(K::LoadEvery, 500 * MS).with(K::QueryEvery, 100 * MS)
}

fn told() -> Knobs {
    dashboards().choose(K::Notify, "pending")
}

fn upserts() -> Knobs {
    dashboards().with(K::LoadEvery, 700 * MS).with(K::QueryEvery, 500 * MS)
}

fn at(second: u64, command: ClusterCommand) -> (SimTime, ClusterCommand) {
    (SimTime::from_secs(second), command)
}

#[test]
fn answers() {
    let mut text = format!(
        "# What the cluster lab answers\n\n\
         Written by `cargo xtask answers`; a test holds it current. The questions are those of the seed document, \
         numbered as in its list. A row is one minute of virtual time where nothing else is said, seed \
         `{SEED:#x}`, three backends, costs as the lab's defaults: 2 ms a call of the meta-service, 0.5 ms a \
         message with a long tail, 5 ms a scan of a tablet. Every invariant is checked after every step of \
         every row. The figures compare designs over the same work; they are no measurement of a real \
         cluster.\n\n"
    );
    for part in [
        reads::queries_wait(),
        reads::restarts(),
        reads::causes(),
        notices::notifying(),
        notices::disorder(),
        stores::persisting(),
        days::moving(),
        days::together(),
        columns::updates(),
    ] {
        text += &part;
    }
    expect_file![format!("{}/../docs/cloud-answers.md", env!("CARGO_MANIFEST_DIR"))].assert_eq(&text);
}
