//! Which function goes where.
//!
//! ```text
//! first part   a ── b ── C' ┄┄ slot ┄┄▶ C ── D      second part
//!              │              lent              │
//!              └─ e ◀───────────────────────────┘
//! ```
//!
//! `C'` is a thunk. `D`, used by late functions alone, leaves no trace in the first part.

use super::module::{Module, Uses};
use std::collections::BTreeSet;

/// A late function as small as what would have to stand for it stays.
const THUNK_BYTES: usize = 14;
const ROUNDS: usize = 20;

/// Where every function goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// In the second part, by index.
    pub(crate) late: BTreeSet<u32>,
    /// Late functions that the first part or the outside still reaches; the place is the slot.
    pub(crate) entries: Vec<u32>,
    /// Functions of the first part that late ones use; imported ones are not among them.
    pub(crate) lent: Vec<u32>,
    /// Reached from nowhere: in neither part.
    pub(crate) dead: BTreeSet<u32>,
}

impl Plan {
    /// Plans by what `is_late` says of each function's index, as far as it can be done.
    ///
    /// # Errors
    /// The module is damaged.
    pub(crate) fn of(
        module: &Module<'_>,
        uses: &[Uses],
        is_late: impl Fn(u32) -> bool,
    ) -> Result<Self, String> {
        let roots = module.roots()?;
        let alive = reached(uses, &roots);
        let first = module.imported() as u32;
        let own = first..uses.len() as u32;
        let may_leave = |function: u32| !uses[function as usize].segments && module.start != Some(function);
        let mut late: BTreeSet<u32> =
            own.clone().filter(|&f| alive.contains(&f) && is_late(f) && may_leave(f)).collect();
        let callers = callers(uses, &alive);
        // Each round moves functions only where that leaves fewer crossings; a few rounds settle it.
        for _ in 0..ROUNDS {
            let before = late.clone();
            // What only late functions use is late too.
            for function in own.clone().rev().filter(|f| alive.contains(f) && !roots.contains(f)) {
                let known_to = &callers[function as usize];
                if may_leave(function)
                    && known_to.iter().all(|caller| *caller == function || late.contains(caller))
                {
                    late.insert(function);
                }
            }
            let entered = entries(uses, &roots, &alive, &late);
            for function in entered {
                let length = module.body(function as usize).map_or(0, |body| body.range().len());
                let leans_on_late = uses[function as usize].functions.iter().any(|used| late.contains(used));
                if length <= THUNK_BYTES && !leans_on_late {
                    late.remove(&function);
                }
            }
            if late == before {
                break;
            }
        }
        let mut entries = entries(uses, &roots, &alive, &late);
        // Thunks that look alike stand together: that is how they are packed best.
        entries.sort_by_key(|&entry| (module.functions[entry as usize], entry));
        let lent: BTreeSet<u32> = late
            .iter()
            .flat_map(|&function| uses[function as usize].functions.iter().copied())
            .filter(|used| *used >= first && !late.contains(used))
            .collect();
        let dead = own.filter(|function| !alive.contains(function)).collect();
        Ok(Self { late, entries, lent: lent.into_iter().collect(), dead })
    }
}

/// Everything that can be called, starting at the roots.
fn reached(uses: &[Uses], roots: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut alive = BTreeSet::new();
    let mut open: Vec<u32> = roots.iter().copied().collect();
    while let Some(function) = open.pop() {
        if alive.insert(function) {
            open.extend(&uses[function as usize].functions);
        }
    }
    alive
}

/// By whom each function is used.
fn callers(uses: &[Uses], alive: &BTreeSet<u32>) -> Vec<Vec<u32>> {
    let mut callers = vec![Vec::new(); uses.len()];
    for &function in alive {
        for &used in &uses[function as usize].functions {
            callers[used as usize].push(function);
        }
    }
    callers
}

/// Late functions that something in the first part knows.
fn entries(uses: &[Uses], roots: &BTreeSet<u32>, alive: &BTreeSet<u32>, late: &BTreeSet<u32>) -> Vec<u32> {
    let stay = alive.difference(late);
    let mut known: BTreeSet<u32> =
        stay.flat_map(|&function| uses[function as usize].functions.iter().copied()).collect();
    known.extend(roots);
    known.intersection(late).copied().collect()
}
