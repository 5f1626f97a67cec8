//! A power cut, as near as a test comes: SIGKILL to the whole browser while it saves.
//!
//! ```text
//! loads     1 2 3 4 5 6 7 8 9 …            one every few milliseconds
//! shown     saved 3   saved 7              what the page claimed, with the digest
//! kill -9                      ^
//! restart   step 7 is there, and its digest is the one that was shown
//! ```

use crate::page::Page;
use serde_json::Value;
use std::thread;
use std::time::Duration;
use tabletop_core::base::Rng;
use xtask::process::Stopwatch;

const ROUNDS: u32 = 20;

/// Notes every step that is on the screen while the page says "saved", and loads without a pause.
const WATCH: &str = "(() => {
    const root = document.querySelector('[data-test=root]');
    window.shown = [];
    const look = () => {
        if (root.dataset.save !== 'saved') return;
        const digest = document.querySelector('[data-test=digest]').title;
        if (window.shown.at(-1)?.[0] !== Number(root.dataset.step)) window.shown.push([Number(root.dataset.step), digest]);
    };
    new MutationObserver(look).observe(root, { attributes: true, subtree: true, childList: true });
    look();
    setInterval(() => document.querySelector('[data-test=verb-load]').click(), 7);
})()";

#[test]
fn what_was_shown_as_saved_survives_a_kill_at_any_moment() {
    let mut page = Page::open("kill");
    page.scenario("empty");
    page.until_saved();
    let mut moments = Rng::new(0x6b11);
    let (mut claims, mut steps) = (0, 0);
    for round in 0..ROUNDS {
        page.until_saved();
        page.js(WATCH);
        let moment = Duration::from_millis(moments.between(40, 900));
        let watch = Stopwatch::start();
        let mut last = Value::Null;
        while watch.elapsed() < moment {
            last = page.js("[window.shown.at(-1), window.shown.length]");
            thread::sleep(Duration::from_millis(3));
        }
        let profile = page.kill();
        let step = last[0][0].as_u64().expect("something is saved before the first load");
        let digest = last[0][1].as_str().unwrap();
        claims += last[1].as_u64().unwrap_or(0);

        page = Page::again(profile, "lang=en");
        if page.root("save") == "memory" {
            // The database did not answer within its seconds, and the page says so: nothing is
            // lost, and a reload has it.
            println!("round {round}: {}", page.explain());
            page.browser.reload().unwrap();
            page.ready();
        }
        let head = page.step();
        let told = page.explain();
        assert!(head >= step, "round {round}: step {step} was shown as saved, {head} came back; {told}");
        assert!(
            !page.has("banner-tail") && !page.has("banner-core") && !page.has("banner-lost"),
            "round {round}"
        );
        page.until_saved();
        page.seek(step);
        assert_eq!(page.digest(), digest, "round {round}: step {step}");
        page.click("to-end");
        page.until_root("step", head);
        steps = head;
    }
    println!("{ROUNDS} kills, {claims} times shown as saved, {steps} steps kept");
    assert!(claims > u64::from(ROUNDS), "too little was saved to prove anything");
}
