//! The same scenarios give the same digests in a browser as natively (`tests/labs/digests.txt`).
#![cfg(target_arch = "wasm32")]

use tabletop_core::base::SimTime;
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::inode::InodeLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::lab::schema::SchemaLab;
use tabletop_core::lab::tablet::{TabletLab, scenarios};
use tabletop_core::lab::timeline::Timeline;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const NATIVE: &str = include_str!("../../tests/labs/digests.txt");

#[wasm_bindgen_test]
fn wasm_replays_what_native_played() {
    let boards = LoadLab::SCENARIOS.len()
        + ClusterLab::SCENARIOS.len()
        + SchemaLab::SCENARIOS.len()
        + InodeLab::SCENARIOS.len();
    assert_eq!(NATIVE.lines().count(), scenarios::KEYS.len() + boards);
    for (line, key) in NATIVE.lines().zip(scenarios::KEYS) {
        let scenario = scenarios::scenario(key).expect("it exists");
        let mut run: Timeline<TabletLab> = Timeline::new(scenario.config, scenario.seed);
        for command in scenario.commands {
            run.act(command).expect("its own command");
        }
        run.advance(scenario.play, u64::MAX);
        run.advance(SimTime::from_secs(600), 20_000);
        assert_eq!(format!("{key} {} {}", run.step(), run.digest()), line);
    }
    replays::<LoadLab>();
    replays::<ClusterLab>();
    replays::<SchemaLab>();
    replays::<InodeLab>();
}

fn replays<L: BoardLab>() {
    for key in L::SCENARIOS {
        let start = L::start(key).expect("it exists");
        let mut run: Timeline<L> = Timeline::new(start.config, start.seed);
        // As natively: a scenario that breaks an invariant stops there.
        run.set_checkers(true);
        for command in start.commands {
            run.act(command).expect("its own command");
        }
        run.advance(start.play, u64::MAX);
        run.set_checkers(false);
        run.advance(SimTime::from_secs(600), 20_000);
        let line = format!("{}/{key} {} {}", L::KEY, run.step(), run.digest());
        assert!(NATIVE.lines().any(|native| native == line), "{line} is not in digests.txt");
    }
}
