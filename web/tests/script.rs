//! Runs whose policy is a script give the same digests in a browser as natively (`tests/labs/scripted.txt`).
#![cfg(target_arch = "wasm32")]

use tabletop_core::base::SimTime;
use tabletop_core::compaction::script::FaultKind;
use tabletop_core::lab::tablet::{Kind, TabletCommand, TabletLab, scenarios};
use tabletop_core::lab::timeline::Timeline;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const NATIVE: &str = include_str!("../../tests/labs/scripted.txt");
const ENDLESS: &str = "let n = 0;\nloop { n += 1; }";

fn scripted(key: &str, text: &str) -> Timeline<TabletLab> {
    tabletop_script::install();
    let scenario = scenarios::scenario(key).expect("it exists");
    let mut run: Timeline<TabletLab> = Timeline::new(scenario.config, scenario.seed);
    for command in scenario.commands {
        run.act(command).expect("its own command");
    }
    run.advance(scenario.play, u64::MAX);
    run.act(TabletCommand::SetScript(text.to_owned())).expect("it can be read");
    run
}

#[wasm_bindgen_test]
fn wasm_picks_what_native_picked() {
    assert_eq!(NATIVE.lines().count(), 5);
    for line in NATIVE.lines() {
        let (key, rest) = line.split_once(' ').expect("a scenario");
        let (name, _) = rest.split_once(' ').expect("a script");
        let example = tabletop_script::EXAMPLES.iter().find(|example| example.0 == name);
        let mut run = scripted(key, example.map_or(ENDLESS, |example| example.1));
        run.advance(SimTime::from_secs(1_200), 20_000);
        assert_eq!(format!("{key} {name} {} {}", run.step(), run.digest()), line);
    }
}

/// The stack of a browser is smaller than that of a process.
#[wasm_bindgen_test]
fn deep_scripts_end_in_a_fault() {
    let deep = [
        "fn f(n) { f(n + 1) } f(0)",
        "fn f(n) { if true { if true { if true { ((((1 + f(n + 1) + f(n))))) } } } } f(0)",
        "let a = [1]; loop { a = [a, a]; }",
    ];
    for text in deep {
        let why = scripted("empty", text).lab().selection(Kind::Cumulative).pick.why;
        assert_eq!(why.fault.map(|fault| fault.kind), Some(FaultKind::Size), "{text}");
    }
    let mut run = scripted("empty", "leave()");
    for text in ["(".repeat(7_000), "{".repeat(7_000), "[".repeat(7_000), "if true {".repeat(1_500)] {
        let refused = run.act(TabletCommand::SetScript(text)).expect_err("too deep");
        assert_eq!(refused.key, "script");
    }
}
