//! The binary: what it prints, where, and with which exit code.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/samples").join(name)
}

fn tabletop(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tabletop"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut pipe = child.stdin.take().expect("piped");
    // The program may refuse its arguments before it reads.
    let _ = pipe.write_all(stdin);
    drop(pipe);
    child.wait_with_output().expect("ends")
}

fn show(name: &str) -> Output {
    tabletop(&["show", sample(name).to_str().expect("a path")], b"")
}

#[test]
fn a_reply_is_shown() {
    let output = show("compaction_show/05-issue-minus230-2020-05-12.json");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    assert!(text.contains("cumulative point: 25920\n"), "{text}");
    assert!(text.contains("[25910-25919]"), "{text}");
    assert!(output.stderr.is_empty());
}

#[test]
fn a_damaged_reply_is_shown_with_a_warning() {
    let output = show("compaction_show/08-tuning-guide-2021-05-trailing-comma.txt");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    assert!(text.contains("warning: line 16, column 105: a comma too many was skipped"), "{text}");
}

#[test]
fn a_refusal_goes_to_stderr_with_exit_code_1() {
    let output = show("compaction_show/21-not-found-0.12.json");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(text.starts_with("tabletop: ") && text.contains("\"Tablet not found\""), "{text}");
    assert_eq!(show("no such file").status.code(), Some(1));
}

#[test]
fn stdin_is_read_and_json_is_printed() {
    let output = tabletop(&["show", "-", "--json", "--tablet", "7"], b"{\"rowsets\": [\"[0-1] 0 DATA\"]}");
    assert!(output.status.success());
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["tablet_id"], 7);
    assert_eq!(value["live"][0]["meta"]["range"]["end"], 1);
}

#[test]
fn a_folder_without_golden_cases_is_a_failure() {
    let folder = std::env::temp_dir().join(format!("tabletop-empty-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let output = tabletop(&["golden", folder.to_str().expect("a path")], b"");
    std::fs::remove_dir(&folder).expect("was empty");
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stderr.is_empty());
}

#[test]
fn wrong_arguments_have_their_own_exit_code() {
    assert_eq!(tabletop(&["show"], b"").status.code(), Some(2));
    assert!(tabletop(&["--help"], b"").status.success());
}
