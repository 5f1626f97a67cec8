//! Runs to start from.

use super::FILE;
use super::InodeLab;
use super::command::InodeCommand;
use super::config::{InodeConfig, K, Knobs};
use super::side::Side;
use crate::base::{Rng, SimTime};
use crate::inode::{Attributes, InodeStore, KeyStyle, Keys, Layout};
use crate::kv::MemKv;
use crate::lab::board::Start;
use alloc::vec::Vec;

/// Keys of all scenarios, the one for a new user first.
pub const KEYS: &[&str] = &[
    "side-by-side",
    "update-times-out",
    "fetch-times-out",
    "lossy-stream",
    "random-writes",
    "lost-append",
    "hidden-append",
    "two-reads",
    "own-design",
    "failing-compaction",
    "text-keys",
    "empty",
];

const MIB: u64 = 1 << 20;

const fn write(offset: u64, len: u64, upload_ms: u64) -> InodeCommand {
    InodeCommand::Write { offset: Some(offset * MIB), len: len * MIB, upload_ms }
}

const fn turn(knob: K, value: i64) -> InodeCommand {
    InodeCommand::Turn { knob: knob as u16, value }
}

/// What the hazards need: two writes, a slow one between them by id, a compaction.
fn slow_writer(upload_ms: u64) -> [(u64, InodeCommand); 4] {
    [(0, write(0, 4, 0)), (5, write(2, 1, upload_ms)), (10, write(4, 4, 0)), (100, InodeCommand::Compact)]
}

/// A scenario by its key.
pub(super) fn scenario(key: &str) -> Option<Start<InodeLab>> {
    let key = KEYS.iter().copied().find(|&known| known == key)?;
    let start = |knobs: &[(K, i64)], beside: Layout, script: &[(u64, InodeCommand)], play_ms: u64| Start {
        key,
        config: InodeConfig {
            knobs: Knobs::default().with(knobs),
            beside,
            keys: if key == "text-keys" { KeyStyle::Text } else { KeyStyle::Ordered },
            script: script.iter().map(|&(at, command)| (SimTime::from_millis(at), command)).collect(),
        },
        seed: 0x0c07_e0f5,
        commands: Vec::new(),
        play: SimTime::from_millis(play_ms),
    };
    let fill = |infos, per_row| InodeCommand::Fill { infos, len: 4_096, per_row };
    let few = [(K::Threshold, 1)];
    Some(match key {
        "side-by-side" => start(
            &[],
            Layout::Split,
            &[
                (0, fill(2_000, 4)),
                (10, write(0, 8, 0)),
                (60, write(2, 1, 0)),
                (110, InodeCommand::Lookup),
                (160, InodeCommand::Read { offset: 0, len: MIB }),
                (210, InodeCommand::Truncate { length: 40 * MIB }),
                (260, InodeCommand::Compact),
                (320, write(60, 8, 0)),
            ],
            3_000,
        ),
        "update-times-out" => start(
            &[(K::CodecSpeed, 25_000_000)],
            Layout::Split,
            &[(0, fill(20_000, 16)), (1, turn(K::Every, 20)), (3_000, turn(K::Every, 0))],
            4_000,
        ),
        "fetch-times-out" => start(
            &[(K::Bandwidth, 50_000), (K::InlineLimit, 5_000), (K::StreamPage, 8_000)],
            Layout::Split,
            &[(0, fill(20_000, 16)), (10, InodeCommand::Read { offset: 0, len: MIB })],
            40_000,
        ),
        "lossy-stream" => start(
            &[
                (K::Bandwidth, 200_000),
                (K::InlineLimit, 5_000),
                (K::StreamPage, 16_000),
                (K::Loss, 150),
                (K::IdleTimeout, 300),
                (K::Retries, 8),
            ],
            Layout::Split,
            &[
                (0, fill(10_000, 16)),
                (10, InodeCommand::Read { offset: 0, len: MIB }),
                (20, write(0, 4, 0)),
                (5_000, InodeCommand::Read { offset: 0, len: MIB }),
            ],
            20_000,
        ),
        "random-writes" => start(
            &[(K::Every, 5), (K::Threshold, 50)],
            Layout::Sequenced,
            &[
                (0, write(0, 64, 0)),
                (1_000, InodeCommand::Compact),
                (4_000, InodeCommand::Compact),
                (6_000, turn(K::Every, 0)),
            ],
            6_500,
        ),
        "lost-append" => start(&few, Layout::Split, &slow_writer(200), 3_000),
        "hidden-append" => start(&few, Layout::Split, &slow_writer(2_500), 3_500),
        "two-reads" => start(
            &[(K::Threshold, 1), (K::TwoReads, 1), (K::ReadGap, 200)],
            Layout::Split,
            &[(0, write(0, 4, 0)), (10, write(4, 4, 0)), (100, InodeCommand::Compact), (150, write(8, 4, 0))],
            3_000,
        ),
        "own-design" => {
            let mut script = slow_writer(200).to_vec();
            script.push((20, write(1, 2, 2_500)));
            script.push((150, write(8, 4, 0)));
            script.push((3_000, InodeCommand::Compact));
            script.sort_by_key(|&(at, _)| at);
            start(&few, Layout::Sequenced, &script, 5_000)
        }
        "failing-compaction" => start(
            &[(K::Threshold, 1), (K::Fail, 1)],
            Layout::Sequenced,
            &[
                (0, write(0, 12, 0)),
                (10, write(2, 4, 0)),
                (100, InodeCommand::Compact),
                (1_500, turn(K::Fail, 2)),
                (1_510, InodeCommand::Compact),
                (3_000, turn(K::Fail, 3)),
                (3_010, InodeCommand::Compact),
                (4_500, turn(K::Fail, 0)),
                (4_510, InodeCommand::Compact),
            ],
            6_500,
        ),
        "text-keys" => start(
            &[],
            Layout::Split,
            &[
                (0, write(0, 12 * 64, 0)),
                (10, write(100, 4, 0)),
                (20, InodeCommand::Read { offset: 0, len: MIB }),
            ],
            1_000,
        ),
        _ => start(&[], Layout::Split, &[], 0),
    })
}

/// The state before the first step.
pub(super) fn build(config: &InodeConfig, seed: u64) -> InodeLab {
    // A run has one store of each kind; a record that asks for two monolithic ones gets the reference.
    let beside = if config.beside == Layout::Monolithic { Layout::Split } else { config.beside };
    let keys = Keys { style: config.keys, partition: 1 };
    let side = |layout| {
        let mut store = InodeStore::new(MemKv::new(), keys, layout);
        // An empty store takes an inode.
        let inserted = store.insert(FILE, Attributes { length: 0, atime: 0, nlink: 1 }, 1);
        debug_assert_eq!(inserted, Ok(()));
        Side::new(store)
    };
    InodeLab {
        knobs: config.knobs.clone(),
        rng: Rng::new(seed),
        now: SimTime::ZERO,
        sides: [side(Layout::Monolithic), side(beside)].into_iter().collect(),
        length: 0,
        next_chunk: 1,
        next_call: 1,
        every_at: match config.knobs.get(K::Every) {
            0 => SimTime::MAX,
            every => SimTime::from_millis(every),
        },
        changed: Vec::new(),
        script: config.script.iter().copied().collect(),
    }
}
