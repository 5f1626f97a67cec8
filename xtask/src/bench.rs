//! `cargo xtask bench`: the bench targets, then the same work native and in Chromium's worker.

use crate::process::{ask, run, say};
use crate::tools;
use crate::workspace::Workspace;
use serde_json::Value;
use std::process::Command;

/// Times the whole comparison is run, native and browser in turn. The fastest of each counts: a busy
/// neighbour on the machine only ever adds.
const ROUNDS: u32 = 3;

/// Runs every bench target, then the comparison; further arguments go to the bench targets.
/// `compare` alone runs the comparison only.
///
/// # Errors
/// A bench failed, or a tool is missing.
pub fn main(workspace: &Workspace, arguments: &[String]) -> Result<(), String> {
    if arguments == ["compare"] {
        return compare(workspace);
    }
    for (package, bench) in benches(workspace)? {
        say(format!("{package}: {bench}"));
        let mut cargo = tools::cargo(workspace, &["bench", "--package", &package, "--bench", &bench, "--"]);
        run(cargo.args(arguments))?.success()?;
    }
    compare(workspace)
}

/// Bench targets of the workspace, as (package, target).
fn benches(workspace: &Workspace) -> Result<Vec<(String, String)>, String> {
    let metadata = ask(&mut tools::cargo(workspace, &["metadata", "--no-deps", "--format-version", "1"]));
    let metadata: Value = metadata
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or("cargo metadata does not know this workspace")?;
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        for target in package["targets"].as_array().into_iter().flatten() {
            if let (Some(package), Some(name)) = (package["name"].as_str(), target["name"].as_str())
                && target["kind"][0] == "bench"
            {
                found.push((package.to_owned(), name.to_owned()));
            }
        }
    }
    Ok(found)
}

/// Both halves print `speed|NAME|NANOSECONDS` lines; see `tests/speed/cases.rs`.
fn compare(workspace: &Workspace) -> Result<(), String> {
    say("the same work, native and in a worker of headless Chromium");
    tools::for_wasm_pack(workspace)?;
    tools::chromium()?;
    let (mut native, mut wasm) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        say(format!("round {round} of {ROUNDS}"));
        fastest(&mut native, figures(&run(&mut native_half(workspace))?.success()?));
        fastest(&mut wasm, figures(&run(&mut browser_half(workspace))?.success()?));
    }
    println!("\n{:<44} {:>14} {:>14} {:>8}", "work", "native", "wasm", "ratio");
    for (name, native) in native {
        let Some((_, wasm)) = wasm.iter().find(|(other, _)| *other == name) else {
            return Err(format!("the browser did not time `{name}`"));
        };
        println!("{name:<44} {:>14} {:>14} {:>8.2}", human(native), human(*wasm), wasm / native);
    }
    Ok(())
}

fn native_half(workspace: &Workspace) -> Command {
    tools::cargo(workspace, &["run", "--quiet", "--release", "--package", "tabletop-tests", "--bin", "speed"])
}

fn browser_half(workspace: &Workspace) -> Command {
    let mut browser = tools::command("wasm-pack");
    browser.args(["test", "--release", "--headless", "--chrome", "web", "--test", "speed"]);
    browser.args(["--features", "bench", "--", "--nocapture"]);
    browser.current_dir(&workspace.root).env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    // As the page ships core (profile `web`); wasm-pack knows no such profile.
    browser.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2").env("CARGO_PROFILE_RELEASE_LTO", "fat");
    browser
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        // wasm-pack runs cargo in `web`: a relative folder would lie there.
        .env("CARGO_TARGET_DIR", workspace.target.join("speed"));
    browser
}

/// Keeps the smaller figure of each name.
fn fastest(best: &mut Vec<(String, f64)>, round: Vec<(String, f64)>) {
    for (name, figure) in round {
        match best.iter_mut().find(|(other, _)| *other == name) {
            Some((_, known)) => *known = known.min(figure),
            None => best.push((name, figure)),
        }
    }
}

fn figures(output: &str) -> Vec<(String, f64)> {
    let figure = |line: &str| {
        // A browser's console line has the test runner's margin in front.
        let (name, nanoseconds) = line.split_once("speed|")?.1.split_once('|')?;
        let digits = nanoseconds.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        Some((name.to_owned(), digits.parse().ok()?))
    };
    output.lines().filter_map(figure).collect()
}

fn human(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::{fastest, figures, human};

    #[test]
    fn the_fastest_round_counts() {
        let mut best = Vec::new();
        fastest(&mut best, vec![("a".to_owned(), 2.0), ("b".to_owned(), 5.0)]);
        fastest(&mut best, vec![("b".to_owned(), 4.0), ("a".to_owned(), 3.0)]);
        assert_eq!(best, [("a".to_owned(), 2.0), ("b".to_owned(), 4.0)]);
    }

    #[test]
    fn figures_are_found_behind_a_margin() {
        let output = "noise\n    speed|capture 1000|123.45\nspeed|play|1500000.00\r\nspeed|broken\n";
        assert_eq!(figures(output), [("capture 1000".to_owned(), 123.45), ("play".to_owned(), 1_500_000.0)]);
        assert_eq!(human(1_500_000.0), "1.50 ms");
    }
}
