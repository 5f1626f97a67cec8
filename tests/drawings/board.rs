//! Boards as text: what the page copies and `tabletop run` prints.

use expect_test::expect_file;
use tabletop_core::base::SimTime;
use tabletop_core::draw::board::{Language, draw, facts};
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::inode::InodeLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::lab::schema::SchemaLab;
use tabletop_core::view::board::BoardWindow;
use tabletop_tests::board_run;

fn check<L: BoardLab>(key: &str, language: Language, expected: expect_test::ExpectFile) {
    check_from::<L>(key, SimTime::ZERO, language, expected);
}

/// From a moment to the end of the run.
fn check_from<L: BoardLab>(key: &str, from: SimTime, language: Language, expected: expect_test::ExpectFile) {
    let run = board_run::<L>(key);
    let board = run.lab().view(&BoardWindow { from, ..BoardWindow::ALL });
    let text = draw(&board, L::WORDS, language) + "\n" + &facts(&board, L::WORDS, language);
    expected.assert_eq(&text);
}

#[test]
fn loads() {
    for key in LoadLab::SCENARIOS {
        let file = format!("{}/drawings/load/{key}.txt", env!("CARGO_MANIFEST_DIR"));
        check::<LoadLab>(key, Language::English, expect_file![file]);
    }
    let file = format!("{}/drawings/load/back-pressure.zh.txt", env!("CARGO_MANIFEST_DIR"));
    check::<LoadLab>("back-pressure", Language::Chinese, expect_file![file]);
}

#[test]
fn clusters() {
    for (key, from) in
        [("baseline", 29), ("notify", 29), ("mow-moving", 24), ("incident-55630", 37), ("empty", 0)]
    {
        let file = format!("{}/drawings/cluster/{key}.txt", env!("CARGO_MANIFEST_DIR"));
        check_from::<ClusterLab>(key, SimTime::from_secs(from), Language::English, expect_file![file]);
    }
    let file = format!("{}/drawings/cluster/notify.zh.txt", env!("CARGO_MANIFEST_DIR"));
    check_from::<ClusterLab>("notify", SimTime::from_secs(29), Language::Chinese, expect_file![file]);
}

#[test]
fn schemas() {
    for key in
        ["steady", "faster", "many-tables", "hole-filling", "reader-outlasts-wait", "old-crash", "empty"]
    {
        let file = format!("{}/drawings/schema/{key}.txt", env!("CARGO_MANIFEST_DIR"));
        check::<SchemaLab>(key, Language::English, expect_file![file]);
    }
    let file = format!("{}/drawings/schema/hole-filling.zh.txt", env!("CARGO_MANIFEST_DIR"));
    check::<SchemaLab>("hole-filling", Language::Chinese, expect_file![file]);
}

#[test]
fn inodes() {
    for key in ["side-by-side", "lost-append", "hidden-append", "own-design", "fetch-times-out", "text-keys"]
    {
        let file = format!("{}/drawings/inode/{key}.txt", env!("CARGO_MANIFEST_DIR"));
        check::<InodeLab>(key, Language::English, expect_file![file]);
    }
    let file = format!("{}/drawings/inode/lost-append.zh.txt", env!("CARGO_MANIFEST_DIR"));
    check::<InodeLab>("lost-append", Language::Chinese, expect_file![file]);
}
