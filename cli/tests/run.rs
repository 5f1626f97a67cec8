//! `tabletop run` as a process: replays a file, fails where it replays differently.

use std::process::{Command, Output};
use tabletop_core::base::SimTime;
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::lab::stored;
use tabletop_core::lab::tablet::{TabletLab, scenarios};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::record::{RunFile, RunHeader};

fn record() -> RunFile {
    let scenario = scenarios::scenario("steady").expect("it exists");
    let mut run: Timeline<TabletLab> = Timeline::new(scenario.config, scenario.seed);
    run.advance(SimTime::from_secs(400), u64::MAX);
    run.act(tabletop_core::lab::tablet::TabletCommand::Sweep).expect("always possible");
    let header = RunHeader {
        name: "a run".into(),
        scenario: "steady".into(),
        ..stored::header(stored::LAB_TABLET, &run)
    };
    RunFile { header, branches: stored::all_entries(&run), original: None }
}

fn tabletop_run(name: &str, bytes: &[u8], json: bool) -> Output {
    let file = std::env::temp_dir().join(format!("{name}-{}.tabletop", std::process::id()));
    std::fs::write(&file, bytes).expect("a temporary file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabletop"));
    command.arg("run").arg(&file);
    if json {
        command.arg("--json");
    }
    let output = command.output().expect("the binary runs");
    std::fs::remove_file(&file).expect("it was written");
    output
}

#[test]
fn a_run_is_replayed_and_drawn() {
    let output = tabletop_run("good", &record().encode().expect("it is whole"), false);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    for part in ["same as recorded", "live       [", "stale #", "digest", "live_rowsets"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

/// A policy of one's own lies in the file; the binary brings its interpreter.
#[test]
fn a_scripted_run_is_replayed() {
    tabletop_script::install();
    let scenario = scenarios::scenario("steady").expect("it exists");
    let mut run: Timeline<TabletLab> = Timeline::new(scenario.config, scenario.seed);
    let (_, script) = tabletop_script::EXAMPLES[0];
    run.act(tabletop_core::lab::tablet::TabletCommand::SetScript(script.to_owned())).expect("it can be read");
    run.advance(SimTime::from_secs(400), u64::MAX);
    let header = stored::header(stored::LAB_TABLET, &run);
    let file = RunFile { header, branches: stored::all_entries(&run), original: None };
    let output = tabletop_run("scripted", &file.encode().expect("it is whole"), false);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    for part in ["same as recorded", &format!("digest    {}", run.digest())] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn json_tells_the_same_digest() {
    let file = record();
    let output = tabletop_run("json", &file.encode().expect("it is whole"), true);
    let text: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let digest = file.header.branches[0].head_digest.expect("it is known");
    assert_eq!(text["digest"], format!("{:016x}", digest.0));
    assert_eq!(text["differs_from_step"], serde_json::Value::Null);
}

#[test]
fn another_digest_fails_and_names_the_step() {
    let mut file = record();
    let entry = &mut file.branches[0].entries[0];
    entry.digest.0 ^= 1;
    let step = entry.after + 1;
    let output = tabletop_run("other", &file.encode().expect("it is whole"), false);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("differs from step {step} on")));
}

#[test]
fn damaged_files_are_refused_by_name() {
    let mut bytes = record().encode().expect("it is whole");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    let output = tabletop_run("bad", &bytes, false);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(!output.stderr.is_empty());
}

/// A scenario's run, printed: its own digest, and what is drawn.
fn shows<L: BoardLab>(key: &str, parts: &[&str]) {
    let start = L::start(key).expect("it exists");
    let mut run: Timeline<L> = Timeline::new(start.config, start.seed);
    for command in start.commands {
        run.act(command).expect("its own command");
    }
    run.advance(start.play, u64::MAX);
    let header = RunHeader { name: key.into(), ..stored::header(L::STORED, &run) };
    let file = RunFile { header, branches: stored::all_entries(&run), original: None };
    let output = tabletop_run(key, &file.encode().expect("it is whole"), false);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let digest = format!("digest    {}", run.digest());
    for part in parts.iter().copied().chain(["same as recorded", digest.as_str()]) {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_load_run_is_replayed_and_drawn() {
    shows::<LoadLab>("failing-flush", &["flush thread 1", "loads-failed", "Flushes that came back"]);
}

#[test]
fn a_cluster_run_is_replayed_and_drawn() {
    shows::<ClusterLab>("notify", &["meta-service", "get-rowset", "Notices applied", "[=]", "^~~~"]);
}
