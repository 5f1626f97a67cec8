//! Carrying out what a user asks.

use super::command::{LoadCommand, UpgradeSpec};
use super::config::{self, BYTES, DESIGN, Design, LoadSpec, ROWS, TABLETS};
use super::disk::Disk;
use super::insert::Phase;
use super::{LoadEvent, LoadLab};
use crate::lab::Rejection;
use crate::lab::board::{BoardLab, Input, InputError, Kind, Knob, Value, Verb};
use crate::load::{FlushError, FlushExecutor, LoadId};
use crate::view::board::Unit;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Loads that may wait.
const WAITING_MAX: usize = 1_000;
/// Reads at the same time.
const READS_MAX: usize = 64;
/// Upgrades that may wait.
const UPGRADES_MAX: usize = 16;

const fn number(key: &'static str, min: i64, max: i64, step: i64, default: i64) -> Input {
    Input { key, kind: Kind::Number { min, max, step, unit: Unit::Number, default } }
}

/// What a user can do.
pub(super) const VERBS: &[Verb] = &[
    Verb { key: "load", arguments: &[BYTES, ROWS, TABLETS, DESIGN] },
    Verb {
        key: "cancel",
        arguments: &[Input {
            key: "load-id",
            kind: Kind::Number { min: 1, max: 1 << 40, step: 1, unit: Unit::Id, default: 1 },
        }],
    },
    Verb { key: "fail", arguments: &[number("directory", 1, 16, 1, 1), number("after", 0, 100_000, 1, 0)] },
    Verb {
        key: "read",
        arguments: &[Input {
            key: "limit",
            kind: Kind::Number { min: 1, max: 1 << 40, step: 10, unit: Unit::Rows, default: 10 },
        }],
    },
    Verb {
        key: "upgrade",
        arguments: &[
            number("backends", 1, 64, 1, 6),
            number("metas", 0, 100_000_000, 100_000, 1_000_000),
            number("together", 1, 64, 1, 1),
            number("replicas", 1, 8, 1, 3),
            number("meta-cost", 0, 1_000_000, 50, 500),
            number("restart-cost", 0, 3_600_000, 1_000, 30_000),
        ],
    },
];

/// Makes a command from a verb and its values.
pub(super) fn command(key: &str, values: &[Value]) -> Result<LoadCommand, InputError> {
    let verb = LoadLab::verb(key)?;
    let numbers = verb.numbers(values)?;
    let at = |index: usize| numbers.get(index).copied().unwrap_or_default() as u64;
    Ok(match verb.key {
        "load" => LoadCommand::Load(LoadSpec {
            bytes: at(0),
            rows: at(1),
            tablets: at(2) as u32,
            design: Design::of(at(3) as i64),
        }),
        "cancel" => LoadCommand::Cancel { load: at(0) },
        "fail" => LoadCommand::Fail { store: at(0) as u32 - 1, after: at(1) as u32 },
        "read" => LoadCommand::Read { limit: at(0) },
        _ => LoadCommand::Upgrade(UpgradeSpec {
            backends: at(0) as u32,
            metas: at(1),
            together: at(2) as u32,
            replicas: at(3) as u32,
            meta_us: at(4),
            restart_ms: at(5),
        }),
    })
}

fn refused(key: &str, numbers: &[i64], text: String) -> Rejection {
    Rejection { code: 0, key: key.to_string(), numbers: numbers.to_vec(), text }
}

impl LoadLab {
    /// Whether a command can be carried out now. A stored or shared command was not made by
    /// [`command`], so its numbers are tested here too.
    pub(super) fn allows(&self, command: &LoadCommand) -> Result<(), Rejection> {
        match *command {
            LoadCommand::Load(spec) => {
                fits_spec(&spec)?;
                if self.waiting.len() >= WAITING_MAX {
                    let text = format!("{WAITING_MAX} loads wait already; let time go on first.");
                    return Err(refused("too-many-wait", &[WAITING_MAX as i64], text));
                }
            }
            LoadCommand::Cancel { load } => {
                let known = self.waiting.iter().any(|(id, _, _)| id.0 == load)
                    || self
                        .senders
                        .iter()
                        .any(|sender| sender.load().0 == load && !sender.is_idle() && sender.error.is_none());
                if !known {
                    let text = format!("Load {load} neither runs nor waits.");
                    return Err(refused("no-such-load", &[load as i64], text));
                }
            }
            LoadCommand::Fail { store, .. } => {
                let stores = self.disks.len() as u32;
                if store >= stores {
                    let text = format!("There is no directory {}; there are {stores}.", store + 1);
                    return Err(refused("no-such-directory", &[i64::from(store) + 1, stores.into()], text));
                }
            }
            LoadCommand::Read { .. } if self.visible_rows() == 0 => {
                let text = "Nothing is visible yet: a read needs a load that has ended well.".to_string();
                return Err(refused("nothing-visible", &[], text));
            }
            LoadCommand::Read { .. } if self.reads.len() >= READS_MAX => {
                let text = format!("{READS_MAX} reads run already.");
                return Err(refused("too-many-reads", &[READS_MAX as i64], text));
            }
            LoadCommand::Read { .. } => {}
            LoadCommand::Upgrade(spec) => {
                if !(1..=64).contains(&spec.backends) || spec.together == 0 || spec.replicas == 0 {
                    let text = "An upgrade needs 1 to 64 backends, and at least one together.".to_string();
                    return Err(refused("no-backends", &[], text));
                }
                if self.upgrades.len() >= UPGRADES_MAX {
                    let text = format!("{UPGRADES_MAX} upgrades wait already.");
                    return Err(refused("too-many-upgrades", &[UPGRADES_MAX as i64], text));
                }
            }
            LoadCommand::Turn { knob, value } => {
                Knob::test(config::KNOBS, knob.into(), value)?;
                let key = config::KNOBS[usize::from(knob)].input.key;
                if key == "directories" && !self.is_quiet() {
                    let text = "The number of directories changes only while no load runs.".to_string();
                    return Err(refused("busy", &[], text));
                }
            }
        }
        Ok(())
    }

    /// Carries out a command that is allowed.
    pub(super) fn obey(&mut self, command: &LoadCommand, out: &mut Vec<LoadEvent>) {
        match *command {
            LoadCommand::Load(spec) => self.arrive(spec, out),
            LoadCommand::Cancel { load } => self.cancel(LoadId(load), out),
            LoadCommand::Fail { store, after } => {
                self.armed[store as usize] = Some(after);
                out.push(LoadEvent::Armed { store, after });
            }
            LoadCommand::Read { limit } => self.begin_read(limit, out),
            LoadCommand::Upgrade(spec) => self.begin_upgrade(spec, out),
            LoadCommand::Turn { knob, value } => self.turn_knob(knob, value, out),
        }
    }

    fn cancel(&mut self, load: LoadId, out: &mut Vec<LoadEvent>) {
        if let Some(at) = self.waiting.iter().position(|(id, _, _)| *id == load) {
            self.waiting.remove(at);
            self.totals.failed += 1;
            out.push(LoadEvent::Failed { load, error: FlushError::Cancelled, tablet: 0, rows: 0 });
            return;
        }
        let Some(index) = self.senders.iter().position(|sender| sender.load() == load) else { return };
        self.senders[index].error = Some((0, FlushError::Cancelled));
        if matches!(self.senders[index].phase, Phase::Waiting(_)) {
            self.go_on(index, out);
        }
    }

    fn turn_knob(&mut self, knob: u16, value: i64, out: &mut Vec<LoadEvent>) {
        let place = usize::from(knob);
        let from = self.knobs.get(place);
        // What is being written was written at the old speeds until now.
        for (store, disk) in (0..).zip(&mut self.disks) {
            disk.advance(self.now, self.knobs.speed(store), self.knobs.thread_speed);
        }
        self.knobs.set(place, value);
        out.push(LoadEvent::Turned { knob, from, to: value });
        match config::KNOBS[place].input.key {
            "every" => self.due = self.next_load_at(),
            "senders" => self.assign(out),
            "directories" => self.lay_out(),
            "threads" => {
                self.executor.set_threads(self.knobs.threads as u32);
                for store in 0..self.disks.len() as u32 {
                    self.pump(store, out);
                }
            }
            "memory" | "running-max" => self.memory_came_back(out),
            "fault" => self.executor.set_order(self.knobs.order()),
            _ => {}
        }
    }

    /// Makes directories, queues and threads as the knobs say.
    pub(super) fn lay_out(&mut self) {
        let stores = self.knobs.stores.clamp(1, 16) as usize;
        self.executor = FlushExecutor::new(stores as u32, self.knobs.threads.clamp(1, 32) as u32);
        self.executor.set_order(self.knobs.order());
        let mut disk = Disk::default();
        disk.advance(self.now, 1, 1);
        self.disks = alloc::vec![disk; stores];
        self.armed = alloc::vec![None; stores];
    }
}

/// Whether the numbers of a load are in range.
fn fits_spec(spec: &LoadSpec) -> Result<(), InputError> {
    let fits =
        |input: &Input, value: u64| input.test(&Value::Number(i64::try_from(value).unwrap_or(i64::MAX)));
    fits(&BYTES, spec.bytes)?;
    fits(&ROWS, spec.rows)?;
    fits(&TABLETS, spec.tablets.into())
}

/// Preloads tablets: what a run finds there at its start.
pub(super) fn preload(lab: &mut LoadLab, spec: &LoadSpec) {
    let tablets = u64::from(spec.tablets.clamp(1, 2_000));
    for tablet in 0..tablets {
        let share = |whole: u64| whole / tablets + u64::from(tablet < whole % tablets);
        lab.tablets.push(super::TabletLine {
            version: 2,
            rowsets: 1,
            rows: share(spec.rows),
            bytes: share(spec.bytes),
            segments: 1,
        });
        lab.totals.rows += share(spec.rows);
        lab.totals.bytes += share(spec.bytes);
    }
    lab.next_rowset += tablets;
}
