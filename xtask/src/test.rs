//! `cargo xtask test`: everything that CI runs, counted.

use crate::count::Count;
use crate::process::{Stopwatch, human, say};
use crate::steps::{STEPS, Step};
use crate::workspace::Workspace;
use std::process::ExitCode;

/// Runs the steps, goes on after failures, and ends with `N passed, N failed`.
pub fn main(workspace: &Workspace, arguments: &[String]) -> ExitCode {
    let chosen = match choose(arguments) {
        Ok(Some(chosen)) => chosen,
        Ok(None) => {
            for step in STEPS {
                println!("{:<10} {}", step.name, step.about);
            }
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("xtask: {message}");
            return ExitCode::FAILURE;
        }
    };
    let whole = Stopwatch::start();
    let mut rows = Vec::new();
    for (index, step) in chosen.iter().enumerate() {
        let number = format!("[{}/{}]", index + 1, chosen.len());
        say(format!("{number} {}: {} (at {})", step.name, step.about, human(whole.elapsed())));
        let watch = Stopwatch::start();
        let (count, note) = judge((step.run)(workspace));
        let time = human(watch.elapsed());
        say(format!(
            "{number} {}: {} passed, {} failed in {time}{note}",
            step.name, count.passed, count.failed
        ));
        rows.push((step.name, count, time, note));
    }
    let mut sum = Count::default();
    println!("\n{:<10} {:>7} {:>7} {:>13}", "step", "passed", "failed", "time");
    for (name, count, time, note) in rows {
        println!("{name:<10} {:>7} {:>7} {time:>13}{note}", count.passed, count.failed);
        sum += count;
    }
    println!("whole run: {}\n", human(whole.elapsed()));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed == 0 && sum.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a step found, and what to say about it. A step that breaks off, or in which nothing
/// ran, counts as one failure: a green run must mean that tests were run.
fn judge(result: Result<Count, String>) -> (Count, String) {
    match result {
        Ok(count) if count.is_empty() => (Count::one(false), "  no test ran".to_owned()),
        Ok(count) => (count, String::new()),
        Err(message) => (Count::one(false), format!("  {message}")),
    }
}

fn choose(arguments: &[String]) -> Result<Option<Vec<&'static Step>>, String> {
    let mut chosen = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--list" => return Ok(None),
            "--only" => {
                let name = rest.next().map_or("", String::as_str);
                let step = STEPS.iter().find(|step| step.name == name);
                chosen.push(step.ok_or_else(|| format!("no step `{name}`; --list names them"))?);
            }
            other => return Err(format!("test does not know `{other}`; it takes --only STEP and --list")),
        }
    }
    if chosen.is_empty() {
        chosen.extend(STEPS);
    }
    Ok(Some(chosen))
}

#[cfg(test)]
mod tests {
    use super::{Count, choose, judge};
    use crate::steps::STEPS;

    #[test]
    fn nothing_run_is_a_failure() {
        assert_eq!(judge(Ok(Count::default())).0, Count { passed: 0, failed: 1 });
        assert_eq!(judge(Err("broke off".to_owned())).0.failed, 1);
        assert_eq!(judge(Ok(Count { passed: 2, failed: 1 })).0, Count { passed: 2, failed: 1 });
    }

    #[test]
    fn all_steps_run_unless_some_are_named() {
        assert_eq!(choose(&[]).unwrap().unwrap().len(), STEPS.len());
        let only = ["--only".to_owned(), "fmt".to_owned()];
        assert_eq!(choose(&only).unwrap().unwrap().len(), 1);
        assert!(choose(&["--only".to_owned(), "fmtt".to_owned()]).is_err());
    }
}
