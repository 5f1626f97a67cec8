//! Carrying out what a user asks.

use super::config::{self, TableSpec};
use super::note::{Note, Tick};
use super::place::{Group, Place};
use super::{
    CLIENT, ClusterCommand, ClusterEvent, ClusterLab, DB, FE, K, Knobs, TableLine, backend, partition_id,
    table_id, tablet_id,
};
use crate::base::{RowsetId, SimTime, VersionRange};
use crate::cloud::{
    JobCounting, JobKind, NewTablet, NewTablets, SyncRule, TabletIndex, TabletMeta, TabletState,
};
use crate::lab::Rejection;
use crate::lab::board::{BoardLab, Input, InputError, Kind, Knob, Value, Verb};
use crate::rowset::RowsetMeta;
use crate::view::board::Unit;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Tables at most.
const TABLES_MAX: u32 = 1 << 17;
/// Tablets at most, of all tables together.
const TABLETS_MAX: u32 = 1 << 20;
/// Buckets of a table at most.
const BUCKETS_MAX: u32 = 1_000;
/// Queries and loads under way at most.
const UNDER_WAY_MAX: usize = 2_000;

const KINDS: &[&str] = &["cumulative", "base", "full"];

const fn number(key: &'static str, max: i64, default: i64) -> Input {
    Input { key, kind: Kind::Number { min: 1, max, step: 1, unit: Unit::Id, default } }
}

const TABLE: Input = number("table", TABLES_MAX as i64, 1);
const TABLET: Input = number("tablet", TABLETS_MAX as i64, 1);
const BACKEND: Input = number("backend", config::BACKENDS_MAX, 1);
const BUCKETS: Input = Input {
    key: "buckets",
    kind: Kind::Number { min: 1, max: BUCKETS_MAX as i64, step: 1, unit: Unit::Number, default: 3 },
};
const MERGE_ON_WRITE: Input = Input { key: "merge-on-write", kind: Kind::Switch { default: false } };
const TABLES: Input = Input {
    key: "tables",
    kind: Kind::Number { min: 1, max: TABLES_MAX as i64, step: 1, unit: Unit::Number, default: 100 },
};

/// What a user can do.
pub(super) const VERBS: &[Verb] = &[
    Verb { key: "query", arguments: &[TABLE] },
    Verb { key: "load", arguments: &[TABLE] },
    Verb { key: "delete", arguments: &[TABLE] },
    Verb {
        key: "compact",
        arguments: &[TABLET, Input { key: "kind", kind: Kind::Choice { of: KINDS, default: "cumulative" } }],
    },
    Verb { key: "move", arguments: &[TABLET, BACKEND] },
    Verb { key: "kill", arguments: &[BACKEND] },
    Verb { key: "start", arguments: &[BACKEND] },
    Verb { key: "restart-all", arguments: &[] },
    Verb { key: "cut", arguments: &[BACKEND, Input { key: "is-cut", kind: Kind::Switch { default: true } }] },
    Verb { key: "create", arguments: &[BUCKETS, MERGE_ON_WRITE] },
    Verb { key: "create-many", arguments: &[TABLES, BUCKETS, MERGE_ON_WRITE] },
];

/// Makes a command from a verb and its values.
pub(super) fn command(key: &str, values: &[Value]) -> Result<ClusterCommand, InputError> {
    let verb = ClusterLab::verb(key)?;
    let numbers = verb.numbers(values)?;
    let at = |index: usize| numbers.get(index).copied().unwrap_or_default();
    let from_one = |index: usize| (at(index) - 1) as u32;
    Ok(match verb.key {
        "query" => ClusterCommand::Query { table: from_one(0) },
        "load" => ClusterCommand::Load { table: from_one(0) },
        "delete" => ClusterCommand::Delete { table: from_one(0) },
        "compact" => {
            let kind = match at(1) {
                0 => JobKind::Cumulative,
                1 => JobKind::Base,
                _ => JobKind::Full,
            };
            ClusterCommand::Compact { tablet: from_one(0), kind }
        }
        "move" => ClusterCommand::Move { tablet: from_one(0), backend: from_one(1) },
        "kill" => ClusterCommand::Kill { backend: from_one(0) },
        "start" => ClusterCommand::Start { backend: from_one(0) },
        "restart-all" => ClusterCommand::RestartAll,
        "cut" => ClusterCommand::Cut { backend: from_one(0), on: at(1) != 0 },
        "create-many" => {
            let of = TableSpec { buckets: at(1) as u32, merge_on_write: at(2) != 0 };
            ClusterCommand::CreateMany { tables: at(0) as u32, of }
        }
        _ => ClusterCommand::Create(TableSpec { buckets: at(0) as u32, merge_on_write: at(1) != 0 }),
    })
}

fn refused(key: &str, numbers: &[i64], text: String) -> Rejection {
    Rejection { code: 0, key: key.to_string(), numbers: numbers.to_vec(), text }
}

impl ClusterLab {
    /// Whether a command can be carried out now. A stored or shared command was not made by
    /// [`command`], so its numbers are tested here too.
    pub(super) fn allows(&self, command: &ClusterCommand) -> Result<(), Rejection> {
        match *command {
            ClusterCommand::Create(of) => self.has_room(1, of.buckets),
            ClusterCommand::CreateMany { tables, of } => self.has_room(tables, of.buckets),
            ClusterCommand::Load { table }
            | ClusterCommand::Delete { table }
            | ClusterCommand::Query { table } => {
                let (known, wanted) = (self.tables.len(), i64::from(table) + 1);
                if table as usize >= known {
                    let text = format!("There is no table {wanted}; there are {known}.");
                    return Err(refused("no-such-table", &[wanted, known as i64], text));
                }
                if self.queries.len() + self.loads.len() >= UNDER_WAY_MAX {
                    let text = format!("{UNDER_WAY_MAX} queries and loads are under way already.");
                    return Err(refused("too-many", &[UNDER_WAY_MAX as i64], text));
                }
                Ok(())
            }
            ClusterCommand::Compact { tablet, kind } => {
                self.knows_tablet(tablet)?;
                let home = self.serving(tablet);
                let busy = !self.takes_job(home, tablet, kind);
                if !self.is_up(home) || busy || matches!(kind, JobKind::StopToken | JobKind::EmptyCumulative)
                {
                    let wanted = i64::from(tablet) + 1;
                    let text = format!("Tablet {wanted} is compacted already, or its backend is down.");
                    return Err(refused("busy", &[wanted], text));
                }
                Ok(())
            }
            ClusterCommand::Move { tablet, backend } => {
                self.knows_tablet(tablet)?;
                self.knows_backend(backend)?;
                self.is_in_state(backend, true)
            }
            ClusterCommand::Kill { backend } => {
                self.knows_backend(backend)?;
                self.is_in_state(backend, true)
            }
            ClusterCommand::Start { backend } => {
                self.knows_backend(backend)?;
                self.is_in_state(backend, false)
            }
            ClusterCommand::Cut { backend, .. } => self.knows_backend(backend),
            ClusterCommand::RestartAll => Ok(()),
            ClusterCommand::Turn { knob, value } => Ok(Knob::test(config::KNOBS, knob.into(), value)?),
        }
    }

    /// Whether so many tables more are allowed.
    fn has_room(&self, tables: u32, buckets: u32) -> Result<(), Rejection> {
        let tables_then = self.tables.len() as u64 + u64::from(tables);
        let buckets_then = self.tablets.len() as u64 + u64::from(tables) * u64::from(buckets);
        if tables >= 1
            && (1..=BUCKETS_MAX).contains(&buckets)
            && tables_then <= TABLES_MAX.into()
            && buckets_then <= TABLETS_MAX.into()
        {
            return Ok(());
        }
        let text = format!(
            "There can be {TABLES_MAX} tables of 1 to {BUCKETS_MAX} buckets, and {TABLETS_MAX} buckets in all."
        );
        Err(refused("too-many-tables", &[TABLES_MAX.into(), BUCKETS_MAX.into(), TABLETS_MAX.into()], text))
    }

    fn knows_tablet(&self, tablet: u32) -> Result<(), Rejection> {
        let (known, wanted) = (self.tablets.len() as i64, i64::from(tablet) + 1);
        let text = format!("There is no tablet {wanted}; there are {known}.");
        (wanted <= known).then_some(()).ok_or_else(|| refused("no-such-tablet", &[wanted, known], text))
    }

    fn knows_backend(&self, backend: u32) -> Result<(), Rejection> {
        let (known, wanted) = (self.backends.len() as i64, i64::from(backend) + 1);
        let text = format!("There is no backend {wanted}; there are {known}.");
        (wanted <= known).then_some(()).ok_or_else(|| refused("no-such-backend", &[wanted, known], text))
    }

    fn is_in_state(&self, backend: u32, up: bool) -> Result<(), Rejection> {
        if self.is_up(backend) == up {
            return Ok(());
        }
        let wanted = i64::from(backend) + 1;
        Err(if up {
            refused("is-down", &[wanted], format!("Backend {wanted} is down; start it first."))
        } else {
            refused("is-up", &[wanted], format!("Backend {wanted} runs already."))
        })
    }

    /// Carries out a command that is allowed.
    pub(super) fn obey(&mut self, command: &ClusterCommand, out: &mut Vec<ClusterEvent>) {
        match *command {
            ClusterCommand::Create(spec) => {
                let (table, buckets) = (self.tables.len() as u32, spec.buckets);
                self.create(1, spec);
                out.push(ClusterEvent::Created { table, buckets });
            }
            ClusterCommand::CreateMany { tables, of } => {
                let (first, buckets) = (self.tables.len() as u32, of.buckets);
                self.create(tables, of);
                out.push(ClusterEvent::CreatedMany { first, tables, buckets });
            }
            ClusterCommand::Load { table } => self.load(table, false, out),
            ClusterCommand::Delete { table } => self.load(table, true, out),
            ClusterCommand::Query { table } => self.query(table, out),
            ClusterCommand::Compact { tablet, kind } => {
                let home = self.serving(tablet);
                self.begin_job(home, tablet, kind, out);
            }
            ClusterCommand::Move { tablet, backend } => self.move_tablet(tablet, backend, out),
            ClusterCommand::Kill { backend } => self.kill(backend, out),
            ClusterCommand::Start { backend } => self.start_again(backend, out),
            ClusterCommand::RestartAll => {
                for backend in 0..self.backends.len() as u32 {
                    if self.is_up(backend) {
                        self.kill(backend, out);
                    }
                }
                for backend in 0..self.backends.len() as u32 {
                    self.start_again(backend, out);
                }
            }
            ClusterCommand::Cut { backend, on } => self.cut(backend, on, out),
            ClusterCommand::Turn { knob, value } => self.turn_knob(knob, value, out),
        }
    }

    /// New tables: the tablets of each are spread over the backends in turn.
    fn create(&mut self, tables: u32, of: TableSpec) {
        let TableSpec { buckets, merge_on_write } = of;
        let (first_table, first_tablet) = (self.tables.len() as u32, self.tablets.len() as u32);
        let (all, backends) = (tables * buckets, self.backends.len().max(1) as u32);
        let now = self.time();
        let first = NewTablet {
            tablet: tablet_id(first_tablet),
            index: TabletIndex {
                db: DB,
                table: table_id(first_table),
                index: 1,
                partition: partition_id(first_table),
            },
            meta: TabletMeta { state: TabletState::Running, merge_on_write },
            first: RowsetMeta::empty(RowsetId(self.next_rowset + 1), VersionRange::new(0, 1), now),
            point: 2,
        };
        self.next_rowset += u64::from(all);
        let new = NewTablets { first, tablets: all.into(), of_partition: buckets.into() };
        if let Err(error) = self.ms.create_tablets(&new, now) {
            self.wrong.get_or_insert((super::check::AHEAD, format!("new tablets are refused: {error}")));
        }
        self.tablets.add(Group { first_tablet, first_table, buckets, backends }, all);
        let line = |table| TableLine {
            merge_on_write,
            first: first_tablet + table * buckets,
            buckets,
            version: 1,
            heard: 1,
        };
        self.tables.extend((0..tables).map(line));
    }

    fn turn_knob(&mut self, knob: u16, value: i64, out: &mut Vec<ClusterEvent>) {
        let place = usize::from(knob);
        let from = self.knobs.at(place);
        self.knobs.set(place, value);
        out.push(ClusterEvent::Turned { knob, from, to: value });
        let is = |one: K| place == one as usize;
        self.set_links();
        if is(K::SyncRule) {
            self.ms.set_rule(rule_of(&self.knobs));
        }
        if is(K::JobCounts) {
            self.ms.count_jobs(counting_of(&self.knobs));
        }
        if is(K::Backends) {
            self.resize(out);
        }
        let timed = [
            K::LoadEvery,
            K::QueryEvery,
            K::CompactEvery,
            K::Store,
            K::StorePeriod,
            K::MoveEvery,
            K::FaultEvery,
        ];
        if timed.into_iter().any(is) {
            self.set_timers();
        }
    }

    /// As many backends as the knob says: new ones come, those behind the last die and give their tablets
    /// away.
    pub(super) fn resize(&mut self, out: &mut Vec<ClusterEvent>) {
        let wanted = self.knobs.get(K::Backends) as usize;
        while self.backends.len() < wanted {
            self.sim.add_node();
            self.backends.push(backend::Backend::default());
            self.is_back(self.backends.len() as u32 - 1);
            self.set_out(self.backends.len() as u32 - 1);
        }
        // Tablets by the backends that may serve them when their turn comes.
        let mut served = alloc::vec![Vec::new(); self.backends.len() - wanted];
        if !served.is_empty() {
            for tablet in 0..self.tablets.len() as u32 {
                let Place { primary, secondary, .. } = self.tablets.place(tablet);
                for backend in [Some(primary), secondary].into_iter().flatten() {
                    if let Some(all) =
                        (backend as usize).checked_sub(wanted).and_then(|at| served.get_mut(at))
                    {
                        all.push(tablet);
                    }
                }
            }
        }
        for (backend, tablets) in (wanted as u32..).zip(served) {
            if self.is_up(backend) {
                self.kill(backend, out);
            }
            for tablet in tablets {
                if self.serving(tablet) == backend {
                    self.move_tablet(tablet, tablet % wanted as u32, out);
                }
            }
        }
        for backend in 0..wanted as u32 {
            if !self.is_up(backend) {
                self.start_again(backend, out);
            }
        }
    }

    /// Sets every timer that repeats, and lets those set before run out.
    pub(super) fn set_timers(&mut self) {
        self.turns += 1;
        let turns = self.turns;
        let mut set = |node, knob: K, tick: Tick| {
            let every = self.micros(knob);
            if every > SimTime::ZERO {
                self.sim.after(node, every, Note::Tick(tick));
            }
        };
        set(CLIENT, K::LoadEvery, Tick::LoadDue(turns));
        set(CLIENT, K::QueryEvery, Tick::QueryDue(turns));
        set(FE, K::MoveEvery, Tick::Move(turns));
        set(FE, K::FaultEvery, Tick::Fault(turns));
        for backend in 0..self.backends.len() as u32 {
            if !self.is_up(backend) {
                continue;
            }
            let node = super::node_of(backend);
            let mut set = |knob: K, tick: Tick| {
                let every = self.micros(knob);
                if every > SimTime::ZERO {
                    self.sim.after(node, every, Note::Tick(tick));
                }
            };
            set(K::CompactEvery, Tick::Compact(backend, turns));
            if self.knobs.choice(K::Store) == "periodically" {
                self.sim.after(node, self.micros(K::StorePeriod), Note::Tick(Tick::Persist(backend, turns)));
            }
        }
    }
}

/// How the meta-service counts jobs.
pub(super) fn counting_of(knobs: &Knobs) -> JobCounting {
    if knobs.choice(K::JobCounts) == "careful" { JobCounting::Careful } else { JobCounting::ByKind }
}

/// Which rule the meta-service answers by.
pub(super) fn rule_of(knobs: &Knobs) -> SyncRule {
    if knobs.choice(K::SyncRule) == "without-full" { SyncRule::WithoutFull } else { SyncRule::Newest }
}
