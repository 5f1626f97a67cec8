//! `version_graph`: the graph and its stale paths.

use super::case::{CaseError, OpsCase, Outcome, Verdict, compare, parse};
use super::json::{Span, Timed, TimedPath, member, range, span, spans, timed};
use serde::Deserialize;
use tabletop_core::base::{PathId, SimTime, VersionRange};
use tabletop_core::version_graph::{CaptureMode, StalePathRow, VersionGraph, VersionTracker};

/// Kinds of cases; unit tests have none.
const KINDS: &[&str] = &["realistic_small", "realistic_large", "fuzz", "recover", "rebuild"];

pub(super) fn run(line: &str) -> Result<Verdict, CaseError> {
    let case: OpsCase = parse(line)?;
    if let Some(kind) = case.kind.as_deref()
        && !KINDS.contains(&kind)
    {
        let what = format!("unknown kind {kind:?}");
        return Err(CaseError { case: Some(case.id), op: None, what });
    }
    let mut subject = Subject::default();
    case.run(|op| subject.carry_out(op))
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Op {
    Init { rowsets: Vec<Timed>, expect: Listing },
    InitWithStale { rowsets: Vec<Timed>, stale: Vec<Timed>, expect: Listing },
    GraphConstruct { rowsets: Vec<Timed>, expect: Built },
    GraphReconstruct { rowsets: Vec<Timed>, expect: Built },
    Add { v: Span, expect: Option<Vertices> },
    Delete { v: Span, expect: Deleted },
    AddStalePath { rowsets: Vec<Timed>, expect: PathIdOf },
    CaptureExpired { endtime: u64, expect: PathIds },
    Fetch { path_id: u64, expect: Versions },
    FetchAndDelete { path_id: u64, expect: Versions },
    Capture { v: Span, expect: Captured },
    CaptureFiltered { mode: Mode, v: Span, cold: Vec<Span>, expect: CodeAndPath },
    OrphanRatio { expect: Counted },
    StalePathDoc { tz: Utc, expect: Vec<Row> },
    Recover { paths: Vec<TimedPath>, expect: Listing },
    Paths { expect: Listing },
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    paths: Vec<TimedPath>,
    next_path_id: Option<u64>,
    vertices: Option<usize>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Built {
    vertices: usize,
    max_version: i64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vertices {
    vertices: usize,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Deleted {
    code: i32,
    vertices: Option<usize>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PathIdOf {
    /// Null for no members; it has to be there.
    #[serde(deserialize_with = "Option::deserialize")]
    path_id: Option<u64>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PathIds {
    path_ids: Vec<u64>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Versions {
    /// Null for an unknown path; it has to be there.
    #[serde(deserialize_with = "Option::deserialize")]
    versions: Option<Vec<Timed>>,
}

/// `path` with code 0, `partial` with another.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Captured {
    code: i32,
    path: Option<Vec<Span>>,
    partial: Option<Vec<Span>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeAndPath {
    code: i32,
    path: Vec<Span>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    vertices: usize,
    orphans: usize,
    ratio: Option<f64>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "path id")]
    path_id: String,
    #[serde(rename = "last create time")]
    last_create_time: String,
    #[serde(rename = "path list")]
    path_list: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Validator,
    ValidatorMow,
    PreferCache,
}

/// The zone of all recordings.
#[derive(Deserialize)]
enum Utc {
    #[serde(rename = "UTC")]
    Utc,
}

/// The bare graph is for unit tests that ask for nothing else.
#[derive(Default)]
struct Subject {
    tracker: VersionTracker,
    bare: Option<VersionGraph>,
    path: Vec<VersionRange>,
}

impl Subject {
    fn carry_out(&mut self, op: Op) -> Result<Outcome, String> {
        Ok(match op {
            Op::Init { rowsets, expect } => self.init(&rowsets, &[], expect),
            Op::InitWithStale { rowsets, stale, expect } => self.init(&rowsets, &stale, expect),
            Op::GraphConstruct { rowsets, expect } => {
                let graph = self.bare.get_or_insert_default();
                let max_version = graph.construct(ranges(&rowsets)).ok_or("nothing to construct")?;
                compare(&expect, &Built { vertices: graph.vertex_count(), max_version })
            }
            Op::GraphReconstruct { rowsets, expect } => {
                let graph = self.bare.get_or_insert_default();
                let max_version = graph.reconstruct(ranges(&rowsets)).ok_or("nothing to construct")?;
                compare(&expect, &Built { vertices: graph.vertex_count(), max_version })
            }
            Op::Add { v, expect } => {
                match &mut self.bare {
                    Some(graph) => graph.add(range(v)),
                    None => self.tracker.add_version(range(v)),
                }
                let vertices = self.graph().vertex_count();
                expect.and_then(|expect| compare(&expect, &Vertices { vertices }))
            }
            Op::Delete { v, expect } => {
                let deleted = match &mut self.bare {
                    Some(graph) => graph.delete(range(v)),
                    None => self.tracker.delete_version(range(v)),
                };
                let code = deleted.err().map_or(0, |error| error.code());
                let vertices = expect.vertices.map(|_| self.graph().vertex_count());
                compare(&expect, &Deleted { code, vertices })
            }
            Op::AddStalePath { rowsets, expect } => {
                let path_id = self.tracker.add_stale_path(members(&rowsets)).map(|id| id.0);
                compare(&expect, &PathIdOf { path_id })
            }
            Op::CaptureExpired { endtime, expect } => {
                let ids = self.tracker.capture_expired(SimTime::from_secs(endtime));
                compare(&expect, &PathIds { path_ids: ids.iter().map(|id| id.0).collect() })
            }
            Op::Fetch { path_id, expect } => {
                let versions = self.tracker.fetch(PathId(path_id)).map(timed);
                compare(&expect, &Versions { versions })
            }
            Op::FetchAndDelete { path_id, expect } => {
                let versions = self.tracker.fetch_and_delete(PathId(path_id)).as_ref().map(timed);
                compare(&expect, &Versions { versions })
            }
            Op::Capture { v, expect } => {
                let mut out = std::mem::take(&mut self.path);
                let result = self.graph().capture(range(v), &mut out);
                let got = spans(&out);
                self.path = out;
                compare(
                    &expect,
                    &match result {
                        Ok(()) => Captured { code: 0, path: Some(got), partial: None },
                        Err(error) => Captured { code: error.code(), path: None, partial: Some(got) },
                    },
                )
            }
            Op::CaptureFiltered { mode, v, cold, expect } => {
                let mode = match mode {
                    Mode::Validator => CaptureMode::Validator,
                    Mode::ValidatorMow => CaptureMode::ValidatorMow,
                    Mode::PreferCache => CaptureMode::PreferCache,
                };
                let mut out = Vec::new();
                let warm = |range| !cold.contains(&span(range));
                let result = self.graph().capture_filtered(mode, range(v), warm, &mut out);
                let code = result.err().map_or(0, |error| error.code());
                compare(&expect, &CodeAndPath { code, path: spans(&out) })
            }
            Op::OrphanRatio { expect } => {
                let (vertices, orphans) = (self.graph().vertex_count(), self.graph().orphan_count());
                compare(&(expect.vertices, expect.orphans), &(vertices, orphans)).or_else(|| {
                    let ratio = orphans as f64 / vertices as f64;
                    let expected = expect.ratio.filter(|expected| (expected - ratio).abs() > 1e-9)?;
                    Some((format!("ratio {expected}"), format!("ratio {ratio}")))
                })
            }
            Op::StalePathDoc { tz: Utc::Utc, expect } => {
                let rows: Vec<_> = self.tracker.stale_path_rows(0).into_iter().map(Row::from).collect();
                let document = self.tracker.stale_path_document(0);
                let printed: Vec<Row> = serde_json::from_str(&document).map_err(|error| error.to_string())?;
                compare(&expect, &rows).or_else(|| compare(&expect, &printed))
            }
            Op::Recover { paths, expect } => {
                self.tracker.recover(paths.iter().map(TimedPath::stale_path));
                self.compare_paths(expect)
            }
            Op::Paths { expect } => self.compare_paths(expect),
        })
    }

    fn init(&mut self, live: &[Timed], stale: &[Timed], expect: Listing) -> Outcome {
        self.tracker.construct(&ranges(live).collect::<Vec<_>>(), &members(stale));
        self.compare_paths(expect)
    }

    fn compare_paths(&self, expect: Listing) -> Outcome {
        let got = Listing {
            paths: TimedPath::all(&self.tracker),
            next_path_id: expect.next_path_id.map(|_| self.tracker.paths().next_id().0),
            vertices: expect.vertices.map(|_| self.graph().vertex_count()),
        };
        compare(&expect, &got)
    }

    fn graph(&self) -> &VersionGraph {
        self.bare.as_ref().unwrap_or_else(|| self.tracker.graph())
    }
}

impl From<StalePathRow> for Row {
    fn from(row: StalePathRow) -> Self {
        let StalePathRow { path_id, last_create_time, path_list } = row;
        Self { path_id, last_create_time, path_list }
    }
}

fn ranges(rowsets: &[Timed]) -> impl Iterator<Item = VersionRange> + Clone {
    rowsets.iter().map(|&(start, end, _)| VersionRange::new(start, end))
}

fn members(rowsets: &[Timed]) -> Vec<(VersionRange, SimTime)> {
    rowsets.iter().copied().map(member).collect()
}
