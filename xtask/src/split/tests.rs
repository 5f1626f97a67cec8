//! Small modules in two parts, run by an interpreter.

use super::part;
use wasmi::{Caller, Engine, Instance, Linker, Module, Store, Val};

/// Everything that can cross the line: calls both ways, a table, an export, state, a host's function
/// that only late code uses, a reference taken.
const WHOLE: &str = r#"(module
    (type $binary (func (param i32 i32) (result i32)))
    (import "host" "log" (func $log (param i32)))
    (import "host" "note" (func $note (param i32)))
    (table $fns 4 funcref)
    (memory (export "memory") 1)
    (global $depth (mut i32) (i32.const 100))
    (elem (table $fns) (i32.const 1) func $first_add $late_mul)
    (data (i32.const 16) "\2a")
    (export "late_exported" (func $late_exported))
    (elem declare func $late_only)

    (func $first_add (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $late_mul (type $binary)
        (call $note (local.get 0))
        (i32.mul (call $first_add (local.get 0) (i32.const 0)) (local.get 1)))
    (func $late_only (type $binary)
        (global.set $depth (i32.sub (global.get $depth) (i32.const 1)))
        (call_indirect (type $binary) (local.get 0) (local.get 1) (i32.const 1)))
    (func $late_exported (param i64) (result i64)
        (call $log (i32.load8_u (i32.const 16)))
        (drop (ref.func $late_only))
        (drop (call $late_only (i32.const 1) (i32.const 2)))
        (i64.add (local.get 0) (i64.extend_i32_u (global.get $depth))))
    (func $late_small (result i32) (i32.const 7))
    (func $first_dead (result i32) (i32.const 8))

    (func (export "first_run") (param $which i32) (param i32 i32) (result i32)
        (call $log (i32.const 5))
        (i32.add (call $late_small)
            (call_indirect (type $binary) (local.get 1) (local.get 2) (local.get $which))))
)"#;

/// What the host knows: the late part's bytes, what it was told, how often it was asked for them.
#[derive(Default)]
struct Host {
    late: Vec<u8>,
    first: Option<Instance>,
    told: Vec<(&'static str, i32)>,
    loads: Vec<i32>,
}

fn linker(engine: &Engine) -> Linker<Host> {
    let mut linker = Linker::new(engine);
    for name in ["log", "note"] {
        let tell = move |mut caller: Caller<'_, Host>, value: i32| caller.data_mut().told.push((name, value));
        linker.func_wrap("host", name, tell).unwrap();
    }
    linker
}

/// Links the late part as the page's script does: host functions, and exports of the first part.
fn link(mut store: impl wasmi::AsContextMut<Data = Host>) -> Result<(), wasmi::Error> {
    let mut store = store.as_context_mut();
    let engine = store.engine().clone();
    let module = Module::new(&engine, &store.data().late)?;
    let first = store.data().first.expect("the first part runs");
    let mut linker = linker(&engine);
    let exports: Vec<_> =
        first.exports(&store).map(|export| (export.name().to_owned(), export.into_extern())).collect();
    for (name, export) in exports {
        linker.define("~", &name, export)?;
    }
    linker.instantiate_and_start(&mut store, &module).map(drop)
}

fn started(text: &str) -> (Store<Host>, Instance) {
    let parts = part(&wat::parse_str(text).unwrap(), |path| path.starts_with("late")).unwrap();
    let engine = Engine::default();
    let mut store = Store::new(&engine, Host { late: parts.late, ..Host::default() });
    let mut linker = linker(&engine);
    let load = |mut caller: Caller<'_, Host>, slot: i32| {
        caller.data_mut().loads.push(slot);
        link(&mut caller)
    };
    linker.func_wrap("~", "load", load).unwrap();
    let module = Module::new(&engine, &parts.first).unwrap();
    let first = linker.instantiate_and_start(&mut store, &module).unwrap();
    store.data_mut().first = Some(first);
    (store, first)
}

fn call(store: &mut Store<Host>, first: Instance, name: &str, given: &[Val]) -> Result<Val, wasmi::Error> {
    let function = first.get_func(&*store, name).unwrap();
    let mut results = [Val::I32(0)];
    function.call(store, given, &mut results)?;
    let [result] = results;
    Ok(result)
}

fn run(store: &mut Store<Host>, first: Instance, which: i32) -> i32 {
    let given = [Val::I32(which), Val::I32(3), Val::I32(5)];
    call(store, first, "first_run", &given).unwrap().i32().unwrap()
}

#[test]
fn a_late_function_called_early_fetches_its_part_once() {
    let (mut store, first) = started(WHOLE);
    assert_eq!(run(&mut store, first, 1), 7 + 8, "by the table, in the first part");
    assert_eq!(store.data().loads, Vec::<i32>::new(), "nothing late was needed");
    assert_eq!(run(&mut store, first, 2), 7 + 15, "by the table, late");
    assert_eq!(call(&mut store, first, "late_exported", &[Val::I64(1)]).unwrap().i64(), Some(100));
    assert_eq!(run(&mut store, first, 2), 22);
    assert_eq!(store.data().loads.len(), 1);
    let told = &store.data().told;
    assert!(told.contains(&("note", 3)) && told.contains(&("log", 42)), "{told:?}");
}

#[test]
fn a_late_part_that_came_by_itself_is_not_asked_for() {
    let (mut store, first) = started(WHOLE);
    link(&mut store).unwrap();
    assert_eq!(run(&mut store, first, 2), 22);
    assert_eq!(call(&mut store, first, "late_exported", &[Val::I64(-99)]).unwrap().i64(), Some(0));
    assert_eq!(store.data().loads, Vec::<i32>::new());
}

#[test]
fn a_part_that_cannot_be_had_is_an_error_and_asked_for_again() {
    let (mut store, first) = started(WHOLE);
    let late = std::mem::take(&mut store.data_mut().late);
    let given = [Val::I32(2), Val::I32(3), Val::I32(5)];
    assert!(call(&mut store, first, "first_run", &given).is_err());
    store.data_mut().late = late;
    assert_eq!(run(&mut store, first, 2), 22);
    assert_eq!(store.data().loads.len(), 2);
}

/// State stays in the first part, late code leaves it, and what nothing reaches is in neither.
#[test]
fn each_part_holds_what_is_its() {
    let parts = part(&wat::parse_str(WHOLE).unwrap(), |path| path.starts_with("late")).unwrap();
    let (late, entries) = parts.functions;
    assert_eq!((late, entries), (3, 2), "late_small is smaller than its thunk, late_only has none");
    let engine = Engine::default();
    let imports = |bytes: &[u8]| {
        let module = Module::new(&engine, bytes).unwrap();
        module.imports().map(|import| format!("{}.{}", import.module(), import.name())).collect::<Vec<_>>()
    };
    assert_eq!(imports(&parts.first), ["host.log", "~.load"], "`note` is used by late code alone");
    let late = imports(&parts.late);
    assert!(late.contains(&"host.note".to_owned()) && late.contains(&"~.m0".to_owned()), "{late:?}");
    // Nothing late: the same module, and an empty second part.
    let whole = part(&wat::parse_str(WHOLE).unwrap(), |_| false).unwrap();
    assert_eq!(whole.functions, (0, 0));
    assert!(parts.first.len() < whole.first.len());
}

#[test]
fn what_cannot_be_parted_is_refused_by_name() {
    let error = |text: &str| part(&wat::parse_str(text).unwrap(), |_| true).unwrap_err();
    assert!(error("(module (func))").contains("name"));
    assert!(error(r#"(module (import "a" "b" (global i32)) (func $f))"#).contains("a.b"));
    assert!(error(r#"(module (func $f (export "f3")))"#).contains("f3"));
    assert!(part(b"\0asm nonsense", |_| true).unwrap_err().contains("read"));
}
