//! `cargo xtask split --record`: watches a first visit and writes what it called.
//!
//! The page is built in one piece with every function noting its call, then driven as a visitor
//! does in the first seconds, who looks and plays: whatever that runs belongs into the first part. The
//! second part is there a moment after the first frame, so the line may be drawn close.

use super::module::Module;
use super::rules::{Rules, Seen};
use super::{PARTED, built, read, read_text, rules_file, write};
use crate::process::say;
use crate::server::Server;
use crate::webdriver::{Browser, Launch, profile};
use crate::workspace::Workspace;
use crate::{page, tools};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Stands before a counted script; `PART` is the module's name.
const COUNTER: &str = include_str!("counter.js");
/// Asks page and worker what was called.
const ASK: &str =
    "const [parts, done] = arguments, heard = {}, talk = new BroadcastChannel('tabletop.called');
    talk.onmessage = ({ data }) => {
        if (data.part) heard[data.part] = data.called;
        if (Object.keys(heard).length === parts) { talk.close(); done(heard); }
    };
    talk.postMessage('tell');";

/// What the command does.
///
/// # Errors
/// The page could not be built or driven.
pub fn main(workspace: &Workspace, arguments: &[String]) -> Result<(), String> {
    if arguments != ["--record"] {
        return Err("split takes --record: it writes xtask/split/*.txt anew".to_owned());
    }
    tools::for_page(workspace)?;
    tools::chromium()?;
    page::build_whole(workspace)?;
    let folder = workspace.target.join("split-record");
    let _ = fs::remove_dir_all(&folder);
    copy(&workspace.dist, &folder)?;
    for name in PARTED {
        let (wasm, script) = built(&folder, name)?;
        let whole = read(&wasm)?;
        write(&wasm, &super::write::counted(&Module::read(&whole)?)?)?;
        let text = COUNTER.replace("PART", name) + &read_text(&script)?;
        write(&script, text.as_bytes())?;
    }
    let heard = visit(workspace, &folder)?;
    for name in PARTED {
        let (wasm, _) = built(&workspace.dist, name)?;
        let whole = read(&wasm)?;
        let module = Module::read(&whole)?;
        let called: BTreeSet<u64> =
            heard[name].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        let seen = seen(&module, &called);
        let text = Rules::of(&seen);
        let file = rules_file(workspace, name);
        say(format!(
            "{name}: {} of {} functions were called; {} lines in {}",
            called.len(),
            module.bodies.len(),
            text.lines().count(),
            file.display()
        ));
        let title = format!(
            "# Where the functions of {name}_bg.wasm go, by prefix; the longest decides. Written by\n\
             # `cargo xtask split --record`; see xtask/src/split/rules.rs.\n"
        );
        write(&file, (title + &text).as_bytes())?;
    }
    page::part(workspace)
}

fn seen(module: &Module<'_>, called: &BTreeSet<u64>) -> Vec<Seen> {
    let first = module.imported() as u32;
    (first..)
        .zip(&module.bodies)
        .filter_map(|(function, body)| {
            Some(Seen {
                name: module.path(function)?,
                bytes: body.range().len() as u64,
                called: called.contains(&u64::from(function)),
            })
        })
        .collect()
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    for file in page::files(from) {
        let target = to.join(file.strip_prefix(from).unwrap_or(&file));
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::copy(&file, &target).map_err(|error| format!("{}: {error}", target.display()))?;
    }
    Ok(())
}

/// Looks and plays; what page and worker called meanwhile, by module.
fn visit(workspace: &Workspace, folder: &Path) -> Result<Value, String> {
    let server = Server::start(folder, 0).map_err(|error| error.to_string())?;
    let profile = profile(&workspace.target, "split-record");
    let browser =
        Browser::launch(&Launch { profile: profile.clone(), flags: Vec::new(), size: (1440, 900) })?;
    browser.go(&format!("{}#lang=en&theme=light", server.url()))?;
    until(&browser, "document.querySelector('[data-ready=\"true\"]') !== null")?;
    // It plays by itself at first.
    pause(2_000);
    for _ in 0..2 {
        browser.click("[data-test=play]")?;
        pause(1_500);
    }
    until(&browser, "document.querySelector('[data-test=root]').dataset.save === 'saved'")?;
    let heard = told(&browser);
    drop(browser);
    let _ = fs::remove_dir_all(profile);
    heard
}

fn told(browser: &Browser) -> Result<Value, String> {
    browser.eval_async(ASK, json!([PARTED.len()]))
}

fn until(browser: &Browser, expression: &str) -> Result<(), String> {
    browser.wait(&format!("return {expression}"), json!(null), Duration::from_secs(30)).map(drop)
}

fn pause(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
}
