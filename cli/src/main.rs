//! Entry point: arguments in, text or JSON out, exit code 1 on any failure.

use clap::{Parser, Subcommand};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tabletop::show;

/// Tabletop without a browser.
#[derive(Parser)]
#[command(name = "tabletop", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Import what a cluster prints and show the tablet.
    Show {
        /// A status reply, a tablet header, rowset texts or rows of `information_schema.rowsets`; - reads stdin.
        file: PathBuf,
        /// Print the imported tablet as JSON.
        #[arg(long)]
        json: bool,
        /// The tablet to take where the text holds several.
        #[arg(long, value_name = "ID")]
        tablet: Option<u64>,
    },
    /// Replay a stored run; fails where it replays differently.
    Run {
        /// A `.tabletop` file.
        file: PathBuf,
        /// Print the run as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Replay golden cases of the reference systems; fails on any difference.
    Golden {
        /// A folder of JSON Lines files.
        dir: PathBuf,
        /// Print one JSON object per file.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    tabletop_script::install();
    let result = match Arguments::parse().command {
        Command::Show { file, json, tablet } => {
            show::show(&file, tablet, json).map(|text| (text, true)).map_err(|error| error.to_string())
        }
        Command::Run { file, json } => tabletop::run::run(&file, json).map_err(|error| error.to_string()),
        Command::Golden { dir, json } => golden(&dir, json),
    };
    match result {
        Ok((text, is_good)) => {
            // A closed pipe (`| head`) is no failure.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("tabletop: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One line per file, and whether all cases agree. A folder without cases is a failure.
fn golden(dir: &Path, json: bool) -> Result<(String, bool), String> {
    let reports = tabletop::golden::run_dir(dir).map_err(|error| error.to_string())?;
    if reports.is_empty() {
        return Err(format!("{}: no golden cases", dir.display()));
    }
    let mut text = String::new();
    for report in &reports {
        let (file, cases, differ) = (&report.file, report.cases, report.differ);
        if json {
            let line = serde_json::json!({
                "file": file, "cases": cases, "differ": differ, "first_difference": report.first_difference,
            });
            let _ = writeln!(text, "{line}");
            continue;
        }
        let _ = writeln!(text, "{file}: {cases} cases, {differ} differ");
        if let Some(first) = &report.first_difference {
            let _ = writeln!(text, "  {first}");
        }
    }
    let is_good = reports.iter().all(|report| report.differ == 0);
    Ok((text, is_good))
}
