//! What the interpreter says went wrong, as a [`Fault`] with line and column.

use crate::limits;
use rhai::{EvalAltResult, ParseError, Position};
use tabletop_core::compaction::script::{Fault, FaultKind};

/// A text that cannot be read.
pub(crate) fn unreadable(error: &ParseError) -> Fault {
    at(FaultKind::Syntax, error.position(), error.err_type().to_string())
}

/// A run that failed: the innermost place, in whichever function it is.
pub(crate) fn failed(mut error: Box<EvalAltResult>, operations: u64) -> Fault {
    while let EvalAltResult::ErrorInFunctionCall(_, _, inner, _) = *error {
        error = inner;
    }
    let place = error.take_position();
    let (kind, numbers) = match *error {
        EvalAltResult::ErrorTooManyOperations(_) => (FaultKind::Steps, [operations as i64, 0]),
        EvalAltResult::ErrorTerminated(..) => (FaultKind::Time, [limits::WALL_MS as i64, 0]),
        EvalAltResult::ErrorDataTooLarge(..)
        | EvalAltResult::ErrorStackOverflow(_)
        | EvalAltResult::ErrorTooManyVariables(_) => (FaultKind::Size, [0; 2]),
        EvalAltResult::ErrorParsing(..) => (FaultKind::Syntax, [0; 2]),
        _ => (FaultKind::Run, [0; 2]),
    };
    let text = match kind {
        FaultKind::Steps | FaultKind::Time => String::new(),
        _ => error.to_string(),
    };
    Fault { numbers, ..at(kind, place, text) }
}

/// A fault at a place; a long text is cut.
pub(crate) fn at(kind: FaultKind, place: Position, text: String) -> Fault {
    let text = text.chars().take(200).collect();
    let number = |part: Option<usize>| part.map_or(0, |part| u32::try_from(part).unwrap_or(u32::MAX));
    Fault {
        kind,
        line: number(place.line()),
        column: number(place.line().map(|_| place.position().unwrap_or(1))),
        numbers: [0; 2],
        text,
    }
}
