//! Replays a stored run.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use tabletop_core::draw::{self, board::Language};
use tabletop_core::lab::board::BoardLab;
use tabletop_core::lab::cluster::ClusterLab;
use tabletop_core::lab::inode::InodeLab;
use tabletop_core::lab::load::LoadLab;
use tabletop_core::lab::schema::SchemaLab;
use tabletop_core::lab::tablet::TabletLab;
use tabletop_core::lab::timeline::{BranchId, Differs, Timeline};
use tabletop_core::lab::{Lab, stored};
use tabletop_core::record::{RecordError, RunFile};
use tabletop_core::view::board::BoardWindow;
use tabletop_core::view::tablet::TabletWindow;

/// Why a run is not shown.
#[derive(Debug)]
pub enum RunError {
    /// The file cannot be read.
    Read(PathBuf, std::io::Error),
    /// It is no run file of this Tabletop.
    Record(PathBuf, RecordError),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(file, error) => write!(f, "{}: {error}", file.display()),
            Self::Record(file, error) => write!(f, "{}: {error}", file.display()),
        }
    }
}

impl std::error::Error for RunError {}

/// Replays `file`, compares every digest with the recorded one, and returns what to print and
/// whether all were equal.
///
/// # Errors
/// Where the file cannot be read, or is no run file.
pub fn run(file: &Path, json: bool) -> Result<(String, bool), RunError> {
    let bytes = std::fs::read(file).map_err(|error| RunError::Read(file.into(), error))?;
    let record = RunFile::decode(&bytes).map_err(|error| RunError::Record(file.into(), error))?;
    let shown = match record.header.lab {
        LoadLab::STORED => shown(LoadLab::STORED, &record, json, |lab: &LoadLab| board(lab)),
        ClusterLab::STORED => shown(ClusterLab::STORED, &record, json, |lab: &ClusterLab| board(lab)),
        SchemaLab::STORED => shown(SchemaLab::STORED, &record, json, |lab: &SchemaLab| board(lab)),
        InodeLab::STORED => shown(InodeLab::STORED, &record, json, |lab: &InodeLab| board(lab)),
        _ => shown(stored::LAB_TABLET, &record, json, |lab: &TabletLab| {
            draw::tablet::draw(&lab.view(&TabletWindow::ALL))
        }),
    };
    shown.map_err(|error| RunError::Record(file.into(), error))
}

/// A board as text: the drawing, then its facts.
fn board<L: BoardLab>(lab: &L) -> String {
    let board = lab.view(&BoardWindow::ALL);
    let drawing = draw::board::draw(&board, L::WORDS, Language::English);
    format!("{drawing}\n{}", draw::board::facts(&board, L::WORDS, Language::English))
}

/// Replays a record of one lab.
fn shown<L: Lab>(
    lab: u8,
    record: &RunFile,
    json: bool,
    drawing: impl Fn(&L) -> String,
) -> Result<(String, bool), RecordError> {
    let (timeline, verdict) = stored::replay::<L>(lab, record)?;
    let is_good = verdict.is_ok();
    let drawing = drawing(timeline.lab());
    let text = if json {
        as_json(record, timeline, &verdict, &drawing)
    } else {
        as_text(record, timeline, &verdict, &drawing)
    };
    Ok((text, is_good))
}

fn as_text<L: Lab>(
    record: &RunFile,
    mut run: Timeline<L>,
    verdict: &Result<(), Differs>,
    drawing: &str,
) -> String {
    let mut text = format!("run       {}\nseed      {:#x}\n", record.header.name, run.seed());
    match verdict {
        Ok(()) => text.push_str("replay    same as recorded\n"),
        Err(Differs { step, recorded, replayed }) => {
            let _ =
                writeln!(text, "replay    differs from step {step} on: recorded {recorded}, here {replayed}");
        }
    }
    let here = (run.branch(), run.step(), run.now());
    for index in 0..run.branches().len() {
        let (name, head) = (run.branches()[index].name.clone(), run.branches()[index].head);
        let _ = writeln!(text, "branch    {name}: step {}, {}, digest {}", head.step, head.time, head.digest);
    }
    run.go(here.0, here.1, here.2);
    let _ = writeln!(text, "cursor    branch {}, step {}, {}", here.0.0, here.1, here.2);
    let _ = write!(text, "digest    {}\n\n{drawing}\n", run.digest());
    for (name, value) in metrics(&run) {
        let _ = writeln!(text, "{name:<18}{value}");
    }
    text
}

fn as_json<L: Lab>(
    record: &RunFile,
    run: Timeline<L>,
    verdict: &Result<(), Differs>,
    drawing: &str,
) -> String {
    let branches: Vec<_> = (0..run.branches().len())
        .map(|index| {
            let branch = &run.branches()[index];
            serde_json::json!({
                "id": BranchId(index as u32).0,
                "name": branch.name,
                "steps": branch.head.step,
                "time_us": branch.head.time.micros(),
                "digest": format!("{:016x}", branch.head.digest.0),
                "commands": branch.entries.len(),
            })
        })
        .collect();
    let metrics: serde_json::Map<_, _> =
        metrics(&run).map(|(name, value)| (name.to_owned(), value.into())).collect();
    let differs = verdict.as_ref().err().map(|differs| differs.step);
    let text = serde_json::json!({
        "name": record.header.name,
        "seed": run.seed(),
        "differs_from_step": differs,
        "step": run.step(),
        "time_us": run.now().micros(),
        "digest": format!("{:016x}", run.digest().0),
        "branches": branches,
        "metrics": metrics,
        "drawing": drawing,
    });
    format!("{text:#}\n")
}

fn metrics<L: Lab>(run: &Timeline<L>) -> impl Iterator<Item = (&'static str, i64)> + use<L> {
    let mut row = Vec::new();
    run.lab().metrics(&mut row);
    L::METRICS.iter().copied().zip(row)
}
