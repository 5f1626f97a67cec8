//! What a script sees and answers; what it may not do, and where it is told.

use crate::{EXAMPLES, limits, run};
use tabletop_core::base::{RowsetId, SimTime, VersionRange};
use tabletop_core::compaction::script::{Answer, Fault, FaultKind, Question, ScriptRowset};
use tabletop_core::compaction::{Config, TabletFacts};

/// `[0-1] [2] [3] …`: so many bytes each.
fn question(script: &str, bytes: &[u64]) -> Question {
    let rowset = |(at, &bytes): (usize, &u64)| {
        let version = at as i64 + 1;
        ScriptRowset {
            id: RowsetId(version as u64),
            range: VersionRange::new(if at == 0 { 0 } else { version }, version),
            bytes,
            rows: bytes / 10,
            segments: 1,
            overlapping: false,
            level: 0,
            created_at: SimTime::from_secs(version as u64),
            delete_predicate: false,
            visible: true,
        }
    };
    Question {
        script: script.to_owned(),
        base_round: false,
        now: SimTime::from_secs(100),
        facts: TabletFacts { point: 2, promotion_bytes: 500, visible: 99, ..TabletFacts::default() },
        config: Config::default(),
        rowsets: bytes.iter().enumerate().map(rowset).collect(),
    }
}

fn of(script: &str) -> Result<Answer, Fault> {
    run::answer(&question(script, &[0, 10, 20, 30]))
}

fn fault(script: &str) -> (FaultKind, u32, u32) {
    let fault = of(script).expect_err(script);
    assert!(!fault.to_string().is_empty());
    (fault.kind, fault.line, fault.column)
}

/// The reason that a script gives.
fn said(script: &str) -> String {
    of(script).map_err(|fault| fault.to_string()).expect("it answers").why
}

#[test]
fn a_script_sees_the_tablet() {
    let all = "let t = 0; for r in rowsets { t += r.bytes; } leave(`${rowsets.len} ${t} ${point} ${promotion} ${score}`)";
    assert_eq!(said(all), "4 60 2 500 3");
    let one = "let r = rowsets[3]; leave(`${r.id} ${r.first}-${r.last} ${r.rows} ${r.segments} ${r.created} ${r.level}`)";
    assert_eq!(said(one), "4 4-4 3 1 4000 0");
    let rest = "let r = rowsets[0]; leave(`${r} ${r.overlapping} ${r.delete} ${r.visible} ${now} ${visible} ${base_round}`)";
    assert_eq!(said(rest), "[0-1] false false true 100000 99 false");
    let knobs = "leave(`${knobs.min_score} ${knobs.max_score} ${knobs.file_count} ${knobs.time_ms} ${knobs.base_min_rowsets} ${knobs.base_max_score}`)";
    assert_eq!(said(knobs), "5 1000 2000 3600000 5 20");
}

#[test]
fn a_script_answers_with_a_range_a_reason_and_a_point() {
    let range = Some(VersionRange::new(2, 4));
    let answer = |merge, point, why: &str| Ok(Answer { merge, point, why: why.to_owned() });
    assert_eq!(of("pick(2, 4)"), answer(range, None, ""));
    assert_eq!(of("pick(2, 4, \"small\")"), answer(range, None, "small"));
    assert_eq!(of("return pick(2, 4, \"small\", 5);"), answer(range, Some(5), "small"));
    assert_eq!(of("leave(\"later\", 3)"), answer(None, Some(3), "later"));
    assert_eq!(of("leave()"), answer(None, None, ""));
    assert_eq!(of("// nothing"), answer(None, None, ""));
}

#[test]
fn an_error_names_line_and_column() {
    assert_eq!(fault("let a = 1;\n  let b = a +;"), (FaultKind::Syntax, 2, 14));
    assert_eq!(fault("let a = 1;\nleave(b)"), (FaultKind::Run, 2, 7));
    assert_eq!(fault("\n\nlet x = 1 / (point - 2);"), (FaultKind::Run, 3, 11));
    assert_eq!(fault("rowsets[0].size"), (FaultKind::Run, 1, 12));
    assert_eq!(fault("let r = rowsets[9];").0, FaultKind::Run);
    assert_eq!(fault("fn f(x) {\n x.nothing\n}\nf(1)"), (FaultKind::Run, 2, 4), "inside the function");
    assert_eq!(fault("pik(1, 2)"), (FaultKind::Run, 1, 1));
    assert_eq!(fault("throw \"no\""), (FaultKind::Run, 1, 1));
    assert_eq!(fault("let a = 1;\na + 1\n\n// end\n"), (FaultKind::Answer, 2, 1));
    assert_eq!(fault("let e = \"üé\"; leave(missing)").2, 21, "columns count characters");
    assert!(run::check("let x = ;").is_err() && run::check("pick(1, 2)").is_ok());
}

#[test]
fn a_loop_without_end_is_stopped_at_the_same_step() {
    let stopped = of("loop { }").expect_err("it does not end");
    assert_eq!((stopped.kind, stopped.numbers[0] as u64), (FaultKind::Steps, limits::operations(4)));
    let small = run::answer(&question("let n = 0; while n < 20_000 { n += 1; } leave()", &[1; 4]));
    let many = run::answer(&question("let n = 0; while n < 20_000 { n += 1; } leave()", &[1; 2_000]));
    assert!(small.is_ok() && many.is_ok(), "{small:?}");
    for rowsets in [4, 2_000] {
        let question = question("let n = 0; while n < 500_000 { n += 1; }", &vec![1; rowsets]);
        assert_eq!(run::answer(&question).expect_err("too many").kind, FaultKind::Steps);
    }
}

#[test]
fn hostile_scripts_end_in_a_fault() {
    let deep = |open: &str, close: &str, count: usize| [open.repeat(count), close.repeat(count)].join("1");
    assert_eq!(fault(&deep("(", ")", 7_000)).0, FaultKind::Syntax);
    assert_eq!(fault(&deep("[", "]", 7_000)).0, FaultKind::Syntax);
    assert_eq!(fault(&deep("{", "}", 7_000)).0, FaultKind::Syntax);
    assert_eq!(fault(&deep("if true {", "}", 1_500)).0, FaultKind::Syntax);
    assert_eq!(fault(&["let a = ", &"-".repeat(9_000), "1;"].concat()).0, FaultKind::Syntax);
    assert_eq!(fault(&["let a = 1", &" + 1".repeat(3_000), ";"].concat()).0, FaultKind::Syntax);
    assert_eq!(fault("fn f(n) { f(n + 1) } f(0)").0, FaultKind::Size);
    assert_eq!(fault("fn f(n) { 1 + f(n + 1) + f(n) } f(0)").0, FaultKind::Size);
    assert_eq!(fault("let s = \"x\"; loop { s += s; }").0, FaultKind::Size);
    assert_eq!(fault("let s = \"x\"; loop { s = `${s}${s}`; }").0, FaultKind::Size);
    assert_eq!(fault("let a = [1]; loop { a = [a, a]; }").0, FaultKind::Size);
    assert_eq!(fault("let a = [1]; loop { a.push(a); }").0, FaultKind::Size);
    assert_eq!(
        fault("let a = []; loop { a.push(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"); }").0,
        FaultKind::Size
    );
    assert_eq!(fault("let m = #{}; m.a = m; loop { m.b = m; m.c = m; }").0, FaultKind::Size);
    assert_eq!(fault("let n = 0; loop { let a = n; let b = a; n += 1; }").0, FaultKind::Steps);
    assert_eq!(fault("let f = |x| x; loop { f.call(1); }").0, FaultKind::Steps);
    assert_eq!(fault("for i in 0..9223372036854775807 { }").0, FaultKind::Steps);
    assert_eq!(fault("9223372036854775807 + 1").0, FaultKind::Run, "an overflow is an error");
    assert_eq!(fault("(-9223372036854775807 - 1) / -1").0, FaultKind::Run);
    assert!(
        !said("leave(`${1 << 64} ${1 << -1} ${1 >> 200}`)").is_empty(),
        "a number of some kind, no panic"
    );
    for absent in
        ["eval(\"1\")", "sleep(9)", "timestamp()", "import \"x\" as x;", "print(1)", "rand()", "1.5"]
    {
        assert!(of(absent).is_err(), "{absent} is not there");
    }
    for constant in ["point = 3;", "rowsets = 1;", "rowsets[0].bytes = 1;", "now += 1;"] {
        assert!(of(constant).is_err(), "{constant} cannot be changed");
    }
}

#[test]
fn a_question_has_one_answer() {
    let script = "let m = #{z: 1, a: 2, k: 3}; let s = \"\"; for k in m.keys() { s += k; } leave(s)";
    assert!(of(script).is_err(), "an object's keys are not walked");
    let counted = "let n = 0; for r in rowsets { n += r.bytes; } leave(`${n}`)";
    let first = of(counted);
    assert_eq!(of("leave(\"between\")").map(|answer| answer.why), Ok("between".to_owned()));
    assert_eq!(of(counted), first);
    let other = run::answer(&question(counted, &[0, 1, 1, 1]));
    assert_eq!(other.map(|answer| answer.why), Ok("3".to_owned()), "another tablet is asked anew");
}

#[test]
fn a_fault_does_not_outlive_its_script() {
    assert_eq!(fault("loop { }").0, FaultKind::Steps);
    assert_eq!(said("leave(\"well\")"), "well");
    assert_eq!(fault("fn f() { f() } f()").0, FaultKind::Size);
    assert_eq!(said("leave(\"again\")"), "again");
}

#[test]
fn the_examples_run() {
    for (name, text) in EXAMPLES {
        assert_eq!(run::check(text), Ok(()), "{name}");
        for count in [1, 3, 30, 2_000] {
            let answer = run::answer(&question(text, &vec![1 << 20; count]));
            assert!(
                answer.as_ref().is_ok_and(|answer| !answer.why.is_empty()),
                "{name}, {count}: {answer:?}"
            );
        }
    }
}
