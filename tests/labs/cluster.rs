//! The cluster lab: what each design saves, what faults do, what the older rule loses; seeks, replay.

use tabletop_core::base::{Rng, SimTime};
use tabletop_core::cloud::{JobKind, SyncCause};
use tabletop_core::lab::Lab;
use tabletop_core::lab::board::{BoardLab, Value};
use tabletop_core::lab::cluster::{
    CAUSES, ClusterCommand, ClusterEvent, ClusterLab, NoticeFate, TableSpec, Totals,
};
use tabletop_core::lab::timeline::{BranchId, Timeline};
use tabletop_core::view::board::{BoardWindow, ItemId};
use tabletop_tests::{board_fingerprint as fingerprint, board_run};

type Run = Timeline<ClusterLab>;

fn run(key: &str) -> Run {
    board_run(key)
}

fn totals(run: &Run) -> &Totals {
    run.lab().totals()
}

fn broken(run: &Run) -> Option<&str> {
    run.violation().map(|(_, violation)| violation.invariant.as_str())
}

#[test]
fn scenarios_hold_their_invariants() {
    for key in ClusterLab::SCENARIOS {
        let run = run(key);
        let expected = (*key == "incident-55630").then_some("nothing-lost");
        assert_eq!(broken(&run), expected, "{key}: {:?}", run.violation());
        println!("{key} {} steps {} {:?}", run.step(), run.now(), run.lab().totals().queries.count());
    }
}
