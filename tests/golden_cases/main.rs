//! The recorded cases of the reference systems, and that the runner takes nothing on trust.

use std::fs;
use std::path::{Path, PathBuf};
use tabletop::golden::{FileReport, GoldenError, run_dir, run_file};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");

/// A folder that is removed with its contents at the end of a test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("golden-{test}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the target folder can be written");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the folder can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn line_of(file: &str, line: usize) -> String {
    let text = fs::read_to_string(Path::new(GOLDEN).join(file)).expect("golden files are there");
    text.lines().nth(line).expect("that many cases").to_string()
}

fn run_line(test: &str, file: &str, line: &str) -> Result<FileReport, GoldenError> {
    let folder = Folder::new(test);
    run_file(&folder.write(file, line))
}

#[test]
fn no_golden_case_differs() {
    for report in run_dir(Path::new(GOLDEN)).expect("every line is understood") {
        assert_eq!(report.differ, 0, "{report}");
        assert!(report.cases > 0, "{report}");
    }
}

#[test]
fn a_changed_expectation_differs_and_is_named() {
    for (file, from, to) in [
        ("version_graph.jsonl", r#""code":6,"partial":["#, r#""code":33,"partial":["#),
        ("version_graph.jsonl", r#""next_path_id":1"#, r#""next_path_id":2"#),
        ("unit_version_graph.jsonl", r#""vertices":6"#, r#""vertices":7"#),
        (
            "tablet_ops.jsonl",
            r#""stale_metas":[],"paths":[],"vertices":2"#,
            r#""stale_metas":[[0,1]],"paths":[],"vertices":2"#,
        ),
        ("tablet_ops.jsonl", r#""newly_unused":["rs9"]"#, r#""newly_unused":["rs8"]"#),
        ("cloud_sync.jsonl", r#""capture_code":0"#, r#""capture_code":6"#),
        ("cloud_sync.jsonl", r#""request_start":0"#, r#""request_start":1"#),
        ("schema_scenarios.jsonl", r#""released":1"#, r#""released":2"#),
        ("schema_scenarios.jsonl", r#""names":["test"]"#, r#""names":[]"#),
        ("schema_scenarios.jsonl", r#"{"found":false}"#, r#"{"error":"GUARD_CLOSED"}"#),
    ] {
        let line = line_of(file, 0);
        assert!(line.contains(from), "{file} has no {from}");
        let report = run_line("changed", file, &line.replacen(from, to, 1)).expect("still a case");
        assert_eq!((report.cases, report.differ), (1, 1), "{file}: {to}");
        let text = report.to_string();
        assert!(text.starts_with(&format!("{file}: 1 cases, 1 differ\n  line 1, ")), "{text}");
        assert!(text.contains("op ") && text.contains("expected"), "{text}");
    }
}

#[test]
fn what_is_not_understood_is_an_error_with_its_place() {
    let line = line_of("version_graph.jsonl", 0);
    for (from, to, says) in [
        (r#""endtime":"#, r#""until":1,"endtime":"#, "unknown field `until`"),
        (r#""op":"capture_expired""#, r#""op":"capture_all""#, "unknown variant `capture_all`"),
        (r#","expect":{"path_ids":[]}"#, "", "missing field `expect`"),
        (r#"{"path_ids":[]}"#, "{}", "missing field `path_ids`"),
        (r#"{"path_ids":[]}"#, r#"{"path_ids":[],"more":1}"#, "unknown field `more`"),
        (r#""kind":"realistic_small""#, r#""kind":"odd""#, "unknown kind"),
        (r#""seed":"#, r#""salt":1,"seed":"#, "unknown field `salt`"),
        (r#""endtime":1"#, r#""endtime":1.5e3,"x":1"#, "op 1 (capture_expired)"),
    ] {
        assert!(line.contains(from), "the case has no {from}");
        let error = run_line("wrong", "version_graph.jsonl", &line.replacen(from, to, 1))
            .expect_err(says)
            .to_string();
        assert!(error.contains("version_graph.jsonl:1: ") && error.contains(says), "{error}");
    }
}

#[test]
fn a_schema_script_is_understood_whole_or_not_at_all() {
    let line = line_of("schema_scenarios.jsonl", 0);
    for (from, to, says) in [
        (r#"{"id":100}"#, r#"{"id":100,"more":1}"#, "unknown field `more`"),
        (r#","expect":{"id":100}"#, "", "missing field `expect`"),
        (r#"{"id":100}"#, "{}", "nothing is expected"),
        (r#""op":"get_database_id""#, r#""op":"get_database_ids""#, "unknown variant `get_database_ids`"),
        (r#""title":"#, r#""config":{"n_names":1},"title":"#, "unknown field `n_names`"),
        (r#""title":"#, r#""tags":["fast"],"title":"#, "unknown variant `fast`"),
        (r#""id":101,"v":2"#, r#""id":101,"v":2,"w":2"#, "unknown field `w`"),
    ] {
        let line = line.replace(": ", ":").replace(", ", ",");
        assert!(line.contains(from), "the case has no {from}");
        let error = run_line("schema", "schema_scenarios.jsonl", &line.replacen(from, to, 1))
            .expect_err(says)
            .to_string();
        assert!(error.contains("schema_scenarios.jsonl:1: ") && error.contains(says), "{error}");
    }
}

#[test]
fn unknown_and_empty_things_are_errors() {
    let folder = Folder::new("unknown");
    assert!(matches!(run_dir(&folder.0), Err(GoldenError::EmptyFolder(_))));
    folder.write("README.md", "notes");
    assert!(matches!(run_dir(&folder.0), Err(GoldenError::EmptyFolder(_))), "notes are no cases");
    let empty = folder.write("tablet_ops.jsonl", "");
    assert!(matches!(run_file(&empty), Err(GoldenError::EmptyFile(_))));
    folder.write("tablet_ops.jsonl", &line_of("tablet_ops.jsonl", 0));
    assert_eq!(run_dir(&folder.0).expect("one known file").len(), 1);
    folder.write("tablet_opz.jsonl", "{}");
    assert!(
        matches!(run_dir(&folder.0), Err(GoldenError::UnknownFile(path)) if path.ends_with("tablet_opz.jsonl"))
    );
    assert!(matches!(run_dir(&folder.0.join("nowhere")), Err(GoldenError::Io(..))));
}

#[test]
fn what_depends_on_hash_order_is_not_compared() {
    let line = line_of("version_graph.jsonl", 0);
    let changed = line.replacen(r#""code":6,"partial":["#, r#""code":33,"partial":["#, 1);
    let sensitive = changed.replacen(r#""seed":"#, r#""order_sensitive_from":0,"seed":"#, 1);
    let differ = |line: &str| run_line("order", "version_graph.jsonl", line).expect("a case").differ;
    assert_eq!((differ(&changed), differ(&sensitive)), (1, 0));
}
