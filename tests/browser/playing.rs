//! Playing, stepping, acting in the past.

use crate::page::Page;
use std::thread;
use std::time::Duration;
use xtask::webdriver::key;

#[test]
fn play_goes_on_and_pause_holds() {
    let page = Page::open("play");
    page.scenario("steady");
    let start = page.step();
    page.click("to-end");
    page.click("play");
    page.until(&format!("Number(document.querySelector('[data-test=root]').dataset.step) > {}", start + 3));
    assert_eq!(page.root("playing"), "true");
    page.click("play");
    page.until("document.querySelector('[data-test=root]').dataset.playing === undefined");
    let (step, now) = (page.step(), page.root("now"));
    thread::sleep(Duration::from_millis(400));
    assert_eq!((page.step(), page.root("now")), (step, now), "paused");
    page.assert_quiet();
}

#[test]
fn seeking_anywhere_equals_playing_to_there() {
    let page = Page::open("seek");
    page.scenario("steady");
    let head = page.step();
    let at_head = page.digest();
    let mut digests = Vec::new();
    for step in [head / 3, head / 2, head - 1] {
        page.seek(step);
        digests.push((step, page.digest()));
    }
    page.click("to-start");
    page.until_root("step", 0);
    page.click("step-next");
    page.until_root("step", 1);
    page.click("step-prev");
    page.until_root("step", 0);
    for (step, digest) in digests.into_iter().rev() {
        page.seek(step);
        assert_eq!(page.digest(), digest, "step {step}");
    }
    page.click("to-end");
    page.until_root("step", head);
    assert_eq!(page.digest(), at_head);
}

#[test]
fn acting_in_the_past_branches_and_undo_has_redo() {
    let page = Page::open("fork");
    page.scenario("empty");
    for _ in 0..4 {
        page.verb("verb-load");
    }
    let head = (page.step(), page.digest());
    page.click("step-prev");
    page.until_root("step", head.0 - 1);
    page.click("step-prev");
    page.until_root("step", head.0 - 2);
    page.verb("verb-delete");
    page.until_there("toast-forked");
    let forked = (page.step(), page.digest());
    assert_ne!(forked.1, head.1);

    page.click("branch-menu");
    page.until_there("branch-switch");
    assert_eq!(page.count("branch-switch"), 2);
    page.browser.press("", key::ESCAPE).unwrap();
    page.until_gone("menu");

    page.browser.press(key::CONTROL, "z").unwrap();
    page.until_root("step", forked.0 - 1);
    page.browser.press(&[key::CONTROL, key::SHIFT].concat(), "z").unwrap();
    page.until_root("step", forked.0);
    assert_eq!(page.digest(), forked.1, "redo comes back to the same state");

    // Nothing of the first branch is lost.
    page.click("branch-menu");
    page.until_there("branch-switch");
    page.browser.click("[data-test=branch-switch][data-branch='0']").unwrap();
    page.until_root("step", head.0);
    assert_eq!(page.digest(), head.1);
    page.assert_quiet();
}

#[test]
fn a_refused_command_says_why_and_changes_nothing() {
    let page = Page::open("refused");
    page.scenario("empty");
    let (step, digest) = (page.step(), page.digest());
    page.click("verb-cumulative");
    page.until_there("toast-rejected");
    assert!(page.text("toast-rejected").len() > 20, "{}", page.text("toast-rejected"));
    assert_eq!((page.step(), page.digest()), (step, digest));
}

#[test]
fn keys_do_what_the_sheet_says() {
    let page = Page::open("keys");
    page.scenario("empty");
    let before = page.step();
    page.browser.press("", "l").unwrap();
    page.until_root("step", before + 1);
    page.browser.press("", key::LEFT).unwrap();
    page.until_root("step", before);
    page.browser.press("", key::END).unwrap();
    page.until_root("step", before + 1);
    page.browser.press("", key::HOME).unwrap();
    page.until_root("step", 0);
    // Space would press a focused button, as it should.
    page.js("document.activeElement.blur()");
    page.browser.press("", " ").unwrap();
    page.until_root("playing", "true");
    page.browser.press("", " ").unwrap();
    page.browser.press("", "?").unwrap();
    page.until("document.querySelector('dialog[open]') !== null");
    page.browser.press("", key::ESCAPE).unwrap();
    page.until("document.querySelector('dialog[open]') === null");
    page.browser.press(key::CONTROL, "k").unwrap();
    page.until_there("palette-field");
    page.browser.press("", "sweep").unwrap();
    page.until_there("palette-line");
    page.browser.press("", key::ESCAPE).unwrap();
    page.until_gone("palette-field");
}
