//! Where pasted text is read: [`here`], or in a worker of its own that is loaded when needed.
//!
//! Reading text is a fifth of all the engine's code, and few who open the page paste one.

use crate::protocol::Both;
use crate::text::importing;
use core::pin::Pin;
use serde::{Deserialize, Serialize};
use tabletop_core::import::{Imported, import};

/// Why a text was refused, for [`Reply::ImportFailed`](crate::protocol::Reply::ImportFailed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What was expected, what stands there, what to do.
    pub said: Both,
}

/// What a text says, and its notes in Chinese.
pub type Outcome = Result<(Imported, Vec<String>), Refused>;

/// Reads a text. An error on the outside: there is no reader.
pub type ReadText = fn(&[u8]) -> Pin<Box<dyn Future<Output = Result<Outcome, String>>>>;

/// Reads a text at once.
pub fn here(text: &[u8]) -> Pin<Box<dyn Future<Output = Result<Outcome, String>>>> {
    let outcome = read(text);
    Box::pin(core::future::ready(Ok(outcome)))
}

/// Reads a text.
///
/// # Errors
/// It says nothing usable about a tablet.
pub fn read(text: &[u8]) -> Outcome {
    match import(text) {
        Ok(imported) => {
            let notes = imported.notes.iter().map(|note| importing::note(&note.key)).collect();
            Ok((imported, notes))
        }
        Err(error) => {
            let said = Both { en: error.said(), zh: importing::refused(&error) };
            Err(Refused { line: error.line, column: error.column, said })
        }
    }
}
