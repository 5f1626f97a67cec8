//! Reads a script once, runs it for each question, and remembers the last answer: a page asks for the
//! next pick with every frame.

use crate::words::{self, Decision};
use crate::{clock, faults, limits};
use rhai::{AST, Dynamic, Engine, Position};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tabletop_core::compaction::script::{Answer, Fault, FaultKind, Question};

/// Operations between two looks at the clock.
const LOOK_EVERY: u64 = 1_024;

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
    /// When the run must be over, ms of the clock.
    static DUE: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// The interpreter, the script it read last, and its last answer.
struct Desk {
    engine: Engine,
    read: Option<(String, Result<Rc<AST>, Fault>)>,
    answered: Option<(Question, Result<Answer, Fault>)>,
}

impl Desk {
    fn new() -> Self {
        let mut engine = Engine::new_raw();
        words::register(&mut engine);
        engine
            .set_max_call_levels(limits::CALL_LEVELS)
            .set_max_expr_depths(limits::EXPRESSION_DEPTH, limits::EXPRESSION_DEPTH)
            .set_max_string_size(limits::TEXT_BYTES)
            .set_max_array_size(limits::LIST_ELEMENTS)
            .set_max_map_size(limits::OBJECT_PROPERTIES)
            .set_max_functions(limits::FUNCTIONS)
            .set_max_variables(limits::VARIABLES)
            .set_fail_on_invalid_map_property(true)
            .disable_symbol("eval")
            .on_progress(|operations| {
                let late = operations.is_multiple_of(LOOK_EVERY) && clock::now_ms() > DUE.get();
                late.then_some(Dynamic::UNIT)
            });
        Self { engine, read: None, answered: None }
    }

    fn read(&mut self, script: &str) -> Result<Rc<AST>, Fault> {
        if let Some((known, tree)) = &self.read
            && known == script
        {
            return tree.clone();
        }
        let tree = self.engine.compile(script).map(Rc::new).map_err(|error| faults::unreadable(&error));
        self.read = Some((script.to_owned(), tree.clone()));
        tree
    }

    fn answer(&mut self, question: &Question) -> Result<Answer, Fault> {
        let tree = self.read(&question.script)?;
        let operations = limits::operations(question.rowsets.len());
        self.engine.set_max_operations(operations);
        DUE.set(clock::now_ms().saturating_add(limits::WALL_MS));
        let mut scope = words::scope(question);
        let value = self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &tree);
        let value = value.map_err(|error| faults::failed(error, operations))?;
        if value.is_unit() {
            return Ok(Answer { merge: None, point: None, why: String::new() });
        }
        let found = self.engine.map_type_name(value.type_name()).to_owned();
        value.try_cast::<Decision>().map(|decision| decision.0).ok_or_else(|| {
            let text =
                format!("It ended with {found}: end it with pick(first, last, why), leave(why) or nothing.");
            faults::at(FaultKind::Answer, end_of(&question.script), text)
        })
    }
}

/// The last line that says something: where a value comes from that nobody expected.
fn end_of(script: &str) -> Position {
    let said = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let lines = script.lines().count() - script.lines().rev().take_while(|line| !said(line)).count();
    u16::try_from(lines).ok().filter(|&line| line > 0).map_or(Position::NONE, |line| Position::new(line, 1))
}

fn with_desk<T>(work: impl FnOnce(&mut Desk) -> T) -> T {
    DESK.with_borrow_mut(|desk| work(desk.get_or_insert_with(Desk::new)))
}

/// Whether a script can be read.
pub(crate) fn check(script: &str) -> Result<(), Fault> {
    with_desk(|desk| desk.read(script).map(drop))
}

/// What a script answers.
pub(crate) fn answer(question: &Question) -> Result<Answer, Fault> {
    with_desk(|desk| {
        if let Some((known, answer)) = &desk.answered
            && known == question
        {
            return answer.clone();
        }
        let answer = desk.answer(question);
        desk.answered = Some((question.clone(), answer.clone()));
        answer
    })
}
