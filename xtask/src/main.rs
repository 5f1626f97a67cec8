//! `cargo xtask`: serve, test, size, shots, split, bench, answers.

use std::env;
use std::process::ExitCode;
use xtask::workspace::Workspace;
use xtask::{answers, bench, serve, shots, size, split, test};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  serve [--port 8080] [--open]  builds the page and serves it on 127.0.0.1
  test [--only STEP] [--list]   everything CI runs; the last line is `N passed, N failed`
  size                          gzipped size of what the first page needs, against the budget
  shots                         pictures of the page's states into shots/
  split --record                watches a first visit; which functions the first page fetches
  bench [compare]               benchmarks, and the same work in wasm and native; `compare`: that only
  answers                       runs the cluster lab's designs and rewrites docs/cloud-answers.md";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let workspace = Workspace::here();
    let result = match command {
        "serve" => serve::main(&workspace, rest),
        "test" => return test::main(&workspace, rest),
        "size" => size::main(&workspace),
        "shots" => shots::main(&workspace, rest),
        "split" => split::record::main(&workspace, rest),
        "answers" => answers::main(&workspace),
        "bench" => bench::main(&workspace, rest),
        "help" | "-h" | "--help" => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(format!("no command `{other}`\n{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
