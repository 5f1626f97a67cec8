//! A case that is a list of operations, and how results are compared.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// How a case went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every compared result was the expected one.
    Same,
    /// The first that was not, in words.
    Differs(String),
}

/// Why a line is no case of its family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseError {
    /// The case, where the line got that far.
    pub case: Option<String>,
    /// Index of the operation and its name, where it got that far.
    pub op: Option<(usize, String)>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(case) = &self.case {
            write!(f, "{case}, ")?;
        }
        if let Some((at, name)) = &self.op {
            write!(f, "op {at} ({name}): ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for CaseError {}

/// A line as far as every family agrees on it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpsCase {
    pub(super) id: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default, rename = "seed")]
    _seed: Option<u64>,
    #[serde(default)]
    order_sensitive_from: Option<usize>,
    ops: Vec<Value>,
}

/// A case from its line.
pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Result<T, CaseError> {
    serde_json::from_str(line).map_err(|error| CaseError { case: None, op: None, what: error.to_string() })
}

/// What carrying out an operation gave beside what was expected, both as JSON; nothing where the
/// two agree.
pub(super) type Outcome = Option<(String, String)>;

/// Equal, or both in words.
pub(super) fn compare<T: PartialEq + fmt::Debug>(expected: &T, got: &T) -> Outcome {
    (expected != got).then(|| (format!("{expected:?}"), format!("{got:?}")))
}

impl OpsCase {
    /// Of a family whose lines say more than the others' do.
    pub(super) const fn of(id: String, ops: Vec<Value>) -> Self {
        Self { id, kind: None, _seed: None, order_sensitive_from: None, ops }
    }

    /// Carries the operations out one after the other and compares each, until one differs or the
    /// reference is order sensitive.
    pub(super) fn run<Op: DeserializeOwned>(
        self,
        mut carry_out: impl FnMut(Op) -> Result<Outcome, String>,
    ) -> Result<Verdict, CaseError> {
        let compared = self.order_sensitive_from.unwrap_or(usize::MAX);
        let mut verdict = Verdict::Same;
        for (at, op) in self.ops.into_iter().enumerate() {
            let name = op.get("op").and_then(Value::as_str).unwrap_or("?").to_string();
            let error = |what| CaseError { case: Some(self.id.clone()), op: Some((at, name.clone())), what };
            // Operations that are not carried out any more are read all the same.
            let op: Op = serde_json::from_value(op).map_err(|wrong| error(wrong.to_string()))?;
            if at >= compared || verdict != Verdict::Same {
                continue;
            }
            if let Some((expected, got)) = carry_out(op).map_err(error)? {
                verdict = Verdict::Differs(format!(
                    "{}, op {at} ({name}): expected {expected}, got {got}",
                    self.id
                ));
            }
        }
        Ok(verdict)
    }
}
