//! The table of what `cargo xtask test` runs, cheap steps first.

use crate::count::{self, Count};
use crate::process::{Finished, run, say};
use crate::tools::{self, AXE, NO_STD_TARGET, TYPESCRIPT, WEB_TARGET, cargo};
use crate::workspace::Workspace;
use crate::{page, size};
use std::fs;
use std::process::Command;

/// One row.
#[derive(Debug)]
pub struct Step {
    /// What `--only` takes.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    /// Counts what passed and failed. An error is a step that broke off.
    pub run: fn(&Workspace) -> Result<Count, String>,
}

/// In order.
pub const STEPS: &[Step] = &[
    Step { name: "fmt", about: "rustfmt would change nothing", run: fmt },
    Step { name: "no-std", about: "core alone, on a target that has no std", run: no_std },
    Step { name: "clippy", about: "host, all targets, warnings denied", run: clippy },
    Step { name: "clippy-web", about: "wasm32, all targets, warnings denied", run: clippy_web },
    Step { name: "host", about: "unit, golden, model and tidy tests, doc tests", run: host },
    Step { name: "golden", about: "the headless twin against the reference systems' cases", run: golden },
    Step { name: "wasm-node", about: "wasm-bindgen tests in Node.js", run: wasm_node },
    Step { name: "wasm-web", about: "wasm-bindgen tests in headless Chromium", run: wasm_web },
    Step { name: "packages", about: "the JavaScript API for web, bundler and Node.js", run: packages },
    Step { name: "example", about: "the Node.js example, and the API's types", run: example },
    Step { name: "page", about: "the page builds and keeps its size budget", run: built_page },
    Step { name: "browser", about: "the built page, end to end in headless Chromium", run: browser },
];

fn check(finished: &Finished) -> Count {
    Count::one(finished.ok)
}

/// The runners' own totals. A runner that failed without a failed test (it did not compile, it
/// crashed) counts as one failure.
fn tests(finished: &Finished) -> Count {
    judged(finished, count::of_tests(&finished.output))
}

fn judged(finished: &Finished, mut count: Count) -> Count {
    if !finished.ok && count.failed == 0 {
        count.failed = 1;
    }
    count
}

fn fmt(workspace: &Workspace) -> Result<Count, String> {
    tools::component("rustfmt", "fmt")?;
    Ok(check(&run(&mut cargo(workspace, &["fmt", "--all", "--check"]))?))
}

fn no_std(workspace: &Workspace) -> Result<Count, String> {
    tools::target(NO_STD_TARGET)?;
    // By itself: a workspace unifies features.
    let mut count = check(&run(&mut cargo(workspace, &["check", "-p", "tabletop-core"]))?);
    count +=
        check(&run(&mut cargo(workspace, &["check", "-p", "tabletop-core", "--target", NO_STD_TARGET]))?);
    Ok(count)
}

fn clippy(workspace: &Workspace) -> Result<Count, String> {
    tools::component("clippy", "clippy")?;
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--features",
        "tabletop-tests/browser",
        "--",
        "-D",
        "warnings",
    ];
    Ok(check(&run(&mut cargo(workspace, &arguments))?))
}

fn clippy_web(workspace: &Workspace) -> Result<Count, String> {
    tools::component("clippy", "clippy")?;
    tools::target(WEB_TARGET)?;
    let mut count = Count::default();
    for features in ["--no-default-features", "--all-features"] {
        let arguments = ["clippy", "-p", "tabletop-web", "--target", WEB_TARGET, "--all-targets", features];
        count += check(&run(cargo(workspace, &arguments).args(["--", "-D", "warnings"]))?);
    }
    Ok(count)
}

fn host(workspace: &Workspace) -> Result<Count, String> {
    Ok(tests(&run(&mut cargo(workspace, &["test", "--workspace", "--no-fail-fast"]))?))
}

fn golden(workspace: &Workspace) -> Result<Count, String> {
    let mut twin = cargo(workspace, &["run", "--quiet", "-p", "tabletop", "--", "golden", "tests/golden"]);
    let finished = run(&mut twin)?;
    Ok(judged(&finished, count::of_golden(&finished.output)))
}

fn wasm_pack(workspace: &Workspace, arguments: &[&str]) -> Result<Finished, String> {
    let mut wasm_pack = tools::command("wasm-pack");
    wasm_pack.current_dir(&workspace.root).args(arguments);
    wasm_pack.env("WASM_BINDGEN_TEST_TIMEOUT", "300").env("CARGO_TERM_COLOR", "never");
    run(&mut wasm_pack)
}

fn wasm_node(workspace: &Workspace) -> Result<Count, String> {
    tools::for_wasm_pack(workspace)?;
    tools::node()?;
    Ok(tests(&wasm_pack(workspace, &["test", "--node", "web"])?))
}

fn wasm_web(workspace: &Workspace) -> Result<Count, String> {
    tools::for_wasm_pack(workspace)?;
    tools::chromium()?;
    Ok(tests(&wasm_pack(workspace, &["test", "--headless", "--chrome", "web"])?))
}

/// Package folder under `web/`, by wasm-pack target.
const PACKAGES: [(&str, &str); 3] =
    [("web", "pkg-web"), ("bundler", "pkg-bundler"), ("nodejs", "pkg-nodejs")];

fn packages(workspace: &Workspace) -> Result<Count, String> {
    tools::for_wasm_pack(workspace)?;
    let mut count = Count::default();
    for (target, folder) in PACKAGES {
        let arguments =
            ["build", "web", "--target", target, "--out-dir", folder, "--profile", "web", "--no-opt"];
        count += check(&wasm_pack(workspace, &arguments)?);
    }
    Ok(count)
}

fn example(workspace: &Workspace) -> Result<Count, String> {
    tools::node()?;
    for (_, folder) in PACKAGES {
        if !workspace.root.join("web").join(folder).join("tabletop_web.d.ts").is_file() {
            return Err(format!("web/{folder} is not built; run the step `packages` first"));
        }
    }
    let mut count =
        tests(&run(Command::new("node").arg("tests/node/example.mjs").current_dir(&workspace.root))?);
    TYPESCRIPT.ensure(workspace)?;
    let mut tsc = Command::new(workspace.npm(".bin/tsc"));
    tsc.args(["--project", "tests/node/tsconfig.json"]).current_dir(&workspace.root);
    count += check(&run(&mut tsc)?);
    Ok(count)
}

fn built_page(workspace: &Workspace) -> Result<Count, String> {
    tools::for_page(workspace)?;
    let _ = fs::remove_dir_all(&workspace.dist);
    page::build(workspace)?;
    let mut count = Count::one(true);
    let fits = size::of_dist(workspace).and_then(|sum| size::within(sum, size::BUDGET_BYTES));
    if let Err(message) = &fits {
        say(message);
    }
    count += Count::one(fits.is_ok());
    Ok(count)
}

fn browser(workspace: &Workspace) -> Result<Count, String> {
    tools::chromium()?;
    if !workspace.dist.join("index.html").is_file() {
        return Err("dist holds no page; run the step `page` first".to_owned());
    }
    AXE.ensure(workspace)?;
    let arguments =
        ["test", "-p", "tabletop-tests", "--features", "browser", "--test", "browser", "--no-fail-fast"];
    let mut cargo = cargo(workspace, &arguments);
    // Two browsers at a time are what two cores carry.
    cargo.args(["--", "--test-threads=2"]);
    Ok(tests(&run(&mut cargo)?))
}
