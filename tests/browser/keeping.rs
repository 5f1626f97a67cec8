//! What is kept: over a reload, between tabs, without a database.

use crate::page::{Page, address, altered};
use std::fs;
use xtask::server::Server;
use xtask::webdriver::key;

#[test]
fn a_reload_keeps_everything() {
    let page = Page::open("reload");
    page.scenario("steady");
    page.seek(10);
    page.verb("verb-load");
    page.click("mark");
    page.verb("verb-delete");
    page.until_saved();
    let shown = |page: &Page| {
        (page.step(), page.root("now"), page.digest(), page.text("branch-menu"), page.text("run-menu"))
    };
    let before = shown(&page);
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!(shown(&page), before);
    page.click("branch-menu");
    page.until_there("branch-switch");
    assert_eq!(page.count("branch-switch"), 2);
    page.browser.press("", key::ESCAPE).unwrap();
    page.until_gone("menu");
    page.click("run-menu");
    page.until_there("run-open");
    assert_eq!(page.count("run-open"), 2, "the incident and this one");
    page.assert_quiet();
}

#[test]
fn a_second_tab_reads_only_and_can_take_over() {
    let page = Page::open("tabs");
    page.scenario("empty");
    page.verb("verb-load");
    page.until_saved();
    let (step, digest) = (page.step(), page.digest());
    let first = page.browser.this_tab().unwrap();

    let second = page.browser.new_tab().unwrap();
    page.browser.go(&format!("{}#lang=en", address())).unwrap();
    page.ready();
    page.until_root("save", "read-only");
    page.until_there("banner-read-only");
    assert_eq!((page.step(), page.digest()), (step, digest), "it sees what the first one saved");

    page.click("take-over");
    page.until_saved();
    page.verb("verb-load");
    page.until_saved();
    let after = (page.step(), page.digest());

    // The first one may not write any more, and learns it when it tries at the latest.
    page.browser.tab(&first).unwrap();
    page.js("document.querySelector('[data-test=verb-load]').click()");
    page.until_root("save", "read-only");
    assert!(page.has("take-over"));

    // The first one may close: nothing of the second is lost.
    page.browser.close_tab().unwrap();
    page.browser.tab(&second).unwrap();
    page.browser.reload().unwrap();
    page.ready();
    assert_eq!((page.step(), page.digest()), after);
    page.until_saved();
}

#[test]
fn without_a_database_it_says_so_and_works() {
    // The same page, whose worker finds no IndexedDB.
    let folder = altered("no-database", "Object.defineProperty(self, 'indexedDB', { value: undefined });");
    let server = Server::start(&folder, 0).unwrap();
    let page = Page::open_at("no-database", &server.url(), "lang=en", (1440, 900));
    page.until_root("save", "memory");
    page.until_there("banner-memory");
    assert!(page.has("banner-export"), "the way out is offered");
    page.verb("verb-load");
    assert_eq!(page.root("save"), "memory");
    assert!(page.text("save-state").contains("memory"), "{}", page.text("save-state"));
    drop(page);
    fs::remove_dir_all(folder).unwrap();
}
