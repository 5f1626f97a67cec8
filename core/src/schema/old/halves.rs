//! Memory in two halves, switched and freed wholesale by a timer.
//!
//! ```text
//! INIT ── big, fragmented or old ──▶ flip ── PREPARE ── one period ──▶ SWITCHING ── copied ──▶ OVER
//!   ▲                                                                                        │
//!   └────────────────────────── the old half is freed, whoever points into it ◀── one period ┘
//! ```
//!
//! A pointer taken just before the flip lives two periods, with periods of one hour two hours: the
//! crash of the original report. Sizes are counted in bytes of schemas; nothing is really allocated.
//!
//! Source: `OceanBase` 3.x, schema manager and its allocator.

use crate::base::SimTime;
use serde::{Deserialize, Serialize};

/// Sizes and periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HalvesConfig {
    /// A period: how long a state lasts, and how long a freed version is held. One hour for schemas.
    pub period: SimTime,
    /// Smallest total that makes it flip, B: 512 MiB.
    pub threshold_min: u64,
    /// Largest, B: 2.5 GiB.
    pub threshold_max: u64,
    /// Freed bytes that make it flip, B: 32 MiB.
    pub fragments_max: u64,
}

impl Default for HalvesConfig {
    fn default() -> Self {
        Self {
            period: SimTime::from_secs(3_600),
            threshold_min: 512 << 20,
            threshold_max: (5 << 30) / 2,
            fragments_max: 32 << 20,
        }
    }
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HalvesState {
    /// One half is in use.
    Init,
    /// New memory comes from the other half.
    Prepare,
    /// What is in use is copied over.
    Switching,
    /// The old half waits to be freed.
    Over,
}

/// What a look of the timer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// Nothing.
    Not,
    /// It went to another state.
    To(HalvesState),
    /// The old half was freed: generations up to this one are gone.
    Freed(u64),
}

/// Two halves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoHalves {
    config: HalvesConfig,
    state: HalvesState,
    since: SimTime,
    threshold: u64,
    /// Bytes in use, wherever they lie.
    live: u64,
    /// Bytes given up in the half that is in use.
    dead: u64,
    /// Bytes of the other half until it is freed.
    old_half: u64,
    /// Memory taken since this many flips.
    generation: u64,
    freed: u64,
    most: u64,
}

impl TwoHalves {
    /// Empty.
    pub const fn new(config: HalvesConfig) -> Self {
        Self {
            config,
            state: HalvesState::Init,
            since: SimTime::ZERO,
            threshold: config.threshold_min,
            live: 0,
            dead: 0,
            old_half: 0,
            generation: 1,
            freed: 0,
            most: 0,
        }
    }

    /// Where it stands.
    pub const fn state(&self) -> HalvesState {
        self.state
    }

    /// Bytes in use.
    pub const fn live(&self) -> u64 {
        self.live
    }

    /// Bytes given up and not freed.
    pub const fn dead(&self) -> u64 {
        self.dead + self.old_half
    }

    /// All bytes.
    pub const fn bytes(&self) -> u64 {
        self.live + self.dead()
    }

    /// Most bytes at any moment.
    pub const fn most(&self) -> u64 {
        self.most
    }

    /// Generation that memory is taken from now; a pointer remembers it.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether memory of a generation has been freed.
    pub const fn is_freed(&self, generation: u64) -> bool {
        generation <= self.freed
    }

    /// Takes memory.
    pub fn take(&mut self, bytes: u64) {
        self.live += bytes;
        self.most = self.most.max(self.bytes());
    }

    /// Gives memory up; it stays until its half is freed.
    pub fn give_up(&mut self, bytes: u64) {
        let bytes = bytes.min(self.live);
        self.live -= bytes;
        self.dead += bytes;
    }

    /// The timer looks, every ten minutes in the reference.
    pub fn look(&mut self, now: SimTime) -> Switched {
        let waited = now.saturating_since(self.since) >= self.config.period;
        let next = match self.state {
            HalvesState::Init => {
                let old = now.saturating_since(self.since).micros() > 5 * self.config.period.micros();
                let due = self.bytes() >= self.threshold || self.dead >= self.config.fragments_max || old;
                if !due {
                    return Switched::Not;
                }
                self.generation += 1;
                HalvesState::Prepare
            }
            HalvesState::Prepare if waited => HalvesState::Switching,
            HalvesState::Switching => {
                // Everything in use is copied: the old half still holds its own copy of it.
                self.old_half = self.live + self.dead;
                self.dead = 0;
                self.most = self.most.max(self.bytes());
                let next = self.live + self.live / 10;
                self.threshold = next.clamp(self.config.threshold_min, self.config.threshold_max);
                HalvesState::Over
            }
            HalvesState::Over if waited => {
                self.old_half = 0;
                self.freed = self.generation - 1;
                self.state = HalvesState::Init;
                self.since = now;
                return Switched::Freed(self.freed);
            }
            HalvesState::Prepare | HalvesState::Over => return Switched::Not,
        };
        self.state = next;
        self.since = now;
        Switched::To(next)
    }
}
