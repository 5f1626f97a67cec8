//! Boards as text: what the page copies and `tabletop run` prints.

use expect_test::expect_file;
use tabletop_core::draw::board::{Language, draw, facts};
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::inode::InodeLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::view::board::BoardWindow;
use tabletop_tests::board_run;

fn check<L: BoardLab>(key: &str, language: Language, expected: expect_test::ExpectFile) {
    let run = board_run::<L>(key);
    let board = run.lab().view(&BoardWindow::ALL);
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
fn inodes() {
    for key in ["side-by-side", "lost-append", "hidden-append", "own-design", "fetch-times-out", "text-keys"]
    {
        let file = format!("{}/drawings/inode/{key}.txt", env!("CARGO_MANIFEST_DIR"));
        check::<InodeLab>(key, Language::English, expect_file![file]);
    }
    let file = format!("{}/drawings/inode/lost-append.zh.txt", env!("CARGO_MANIFEST_DIR"));
    check::<InodeLab>("lost-append", Language::Chinese, expect_file![file]);
}
