//! A run is its inputs: replayed from them it is the same run, and a difference is told.

use tabletop_core::base::{Digest, Rng, SimTime};
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::inode::InodeLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::lab::schema::SchemaLab;
use tabletop_core::lab::tablet::{TabletLab, scenarios};
use tabletop_core::lab::timeline::{Branch, Timeline};
use tabletop_tests::{assert_replays, board_run, run, some_command};

fn wandered(seed: u64) -> Timeline<TabletLab> {
    let mut rng = Rng::new(seed);
    let mut run = run("steady");
    for _ in 0..25 {
        if rng.below(3) == 0 {
            let step = rng.below(run.head().step + 1);
            run.seek_step(step);
        }
        let command = some_command(&mut rng, run.lab());
        let _ = run.act(command);
        run.advance(SimTime::from_secs(rng.below(90)), u64::MAX);
    }
    run
}

fn record(run: &Timeline<TabletLab>) -> Vec<Branch<<TabletLab as Lab>::Command>> {
    run.branches().to_vec()
}

#[test]
fn a_replayed_run_is_the_same_on_every_branch() {
    for seed in 0..6 {
        assert_replays(&mut wandered(seed));
    }
}

#[test]
fn another_digest_names_the_first_step_that_differs() {
    let run = wandered(3);
    let mut branches = record(&run);
    let branch = branches.iter_mut().find(|branch| !branch.entries.is_empty()).expect("commands were given");
    let entry = branch.entries.last_mut().expect("it has some");
    entry.digest = Digest(entry.digest.0 ^ 1);
    let (step, recorded) = (entry.after + 1, entry.digest);
    let (_, verdict) = Timeline::<TabletLab>::load(run.config().clone(), run.seed(), branches);
    let differs = verdict.expect_err("one bit differs");
    assert_eq!((differs.step, differs.recorded), (step, recorded));
}

#[test]
fn a_checkpoint_goes_round() {
    let run = run("steady");
    let bytes = postcard::to_allocvec(run.lab()).expect("a state can be packed");
    let again: TabletLab = postcard::from_bytes(&bytes).expect("and unpacked");
    assert_eq!(again.digest(), run.lab().digest());
    let (mut left, mut right) = (run.lab().clone(), again);
    let (mut out_left, mut out_right) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        left.step(&mut out_left);
        right.step(&mut out_right);
    }
    assert_eq!(out_left, out_right);
    assert_eq!(left.digest(), right.digest());
}

fn board_digests<L: BoardLab>(text: &mut String) {
    for key in L::SCENARIOS {
        let mut run = board_run::<L>(key);
        run.set_checkers(false);
        run.advance(SimTime::from_secs(600), 20_000);
        text.push_str(&format!("{}/{key} {} {}\n", L::KEY, run.step(), run.digest()));
    }
}

/// Digests are part of the format: a change here is a change of every stored run. The same
/// numbers are compared in the browser by `web/tests/digests.rs`.
#[test]
fn digests_of_all_scenarios() {
    let mut text = String::new();
    for key in scenarios::KEYS {
        let mut run = run(key);
        run.set_checkers(false);
        run.advance(SimTime::from_secs(600), 20_000);
        text.push_str(&format!("{key} {} {}\n", run.step(), run.digest()));
    }
    board_digests::<LoadLab>(&mut text);
    board_digests::<ClusterLab>(&mut text);
    board_digests::<SchemaLab>(&mut text);
    board_digests::<InodeLab>(&mut text);
    expect_test::expect_file!["./digests.txt"].assert_eq(&text);
}
