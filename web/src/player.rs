//! When does virtual time pass? One state machine, fed by the frame clock.
//!
//! ```text
//! tick(now) --> micros due since the last one --> Request::Advance --> Frame --> answered()
//!               nothing while an answer is awaited: requests never queue
//! ```
//!
//! Invariant *no drift*: what was asked for since `since_ms` adds up to elapsed time by speed,
//! to the microsecond, also at ×1/1000 where one frame is worth 16 µs.

/// Paused at a step, or playing since a moment of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Player {
    /// Stands still.
    Paused {
        /// The step.
        at: u64,
    },
    /// Time passes.
    Playing {
        /// The step it began at.
        from: u64,
        /// When it began, ms of the frame clock; `None` until the first frame.
        since_ms: Option<f64>,
    },
}

/// Playback speed: 1, 2, 5 times a power of ten, from 1/1000 to 1000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(i8);

impl Speed {
    /// Slowest, as a position of the slider.
    pub const MIN: i8 = -9;
    /// Fastest.
    pub const MAX: i8 = 9;
    /// ×1.
    pub const ONE: Self = Self(0);

    /// From a position of the slider; clamped.
    pub const fn at(position: i8) -> Self {
        Self(if position < Self::MIN {
            Self::MIN
        } else if position > Self::MAX {
            Self::MAX
        } else {
            position
        })
    }

    /// Position of the slider.
    pub const fn position(self) -> i8 {
        self.0
    }

    /// Numerator and denominator.
    pub const fn ratio(self) -> (u32, u32) {
        const LADDER: [u32; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
        let rung = LADDER[self.0.unsigned_abs() as usize % 10];
        if self.0 < 0 { (1, rung) } else { (rung, 1) }
    }

    /// As a factor.
    pub fn factor(self) -> f64 {
        let (up, down) = self.ratio();
        f64::from(up) / f64::from(down)
    }
}

/// A gap between frames longer than this (a hidden tab, a stopped machine) does not count, ms.
const GAP_MS: f64 = 250.0;
/// Most steps of one request: what the engine does well within a frame.
pub const MAX_STEPS: u32 = 4_000;

/// The player with what it has asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Playback {
    state: Player,
    speed: Speed,
    last_ms: f64,
    asked_micros: u64,
    waiting: bool,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            state: Player::Paused { at: 0 },
            speed: Speed::at(2),
            last_ms: 0.0,
            asked_micros: 0,
            waiting: false,
        }
    }
}

impl Playback {
    /// The state.
    pub const fn state(&self) -> Player {
        self.state
    }

    /// Whether time passes.
    pub const fn playing(&self) -> bool {
        matches!(self.state, Player::Playing { .. })
    }

    /// The speed.
    pub const fn speed(&self) -> Speed {
        self.speed
    }

    /// Starts at a step.
    pub fn play(&mut self, from: u64) {
        self.state = Player::Playing { from, since_ms: None };
    }

    /// Stops at a step. An answer on its way is still taken.
    pub fn pause(&mut self, at: u64) {
        self.state = Player::Paused { at };
    }

    /// Changes speed; time counts anew from here.
    pub fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
        if let Player::Playing { since_ms, .. } = &mut self.state {
            *since_ms = None;
        }
    }

    /// A frame of the clock: how many microseconds to ask for, if any.
    pub fn tick(&mut self, now_ms: f64) -> Option<u64> {
        let Player::Playing { since_ms, .. } = &mut self.state else { return None };
        let Some(since) = since_ms else {
            (*since_ms, self.last_ms, self.asked_micros) = (Some(now_ms), now_ms, 0);
            return None;
        };
        let gap = now_ms - self.last_ms;
        if gap > GAP_MS {
            *since += gap - GAP_MS;
        }
        self.last_ms = now_ms;
        let due = ((now_ms - *since).max(0.0) * 1_000.0 * self.speed.factor()) as u64;
        if self.waiting || due <= self.asked_micros {
            return None;
        }
        let micros = due - self.asked_micros;
        (self.asked_micros, self.waiting) = (due, true);
        Some(micros)
    }

    /// The awaited answer came, whatever it was.
    pub fn answered(&mut self) {
        self.waiting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{Playback, Speed};

    #[test]
    fn one_request_at_a_time_and_none_is_lost() {
        let mut player = Playback::default();
        player.set_speed(Speed::ONE);
        player.play(0);
        assert_eq!(player.tick(1_000.0), None);
        assert_eq!(player.tick(1_016.0), Some(16_000));
        assert_eq!(player.tick(1_032.0), None);
        player.answered();
        assert_eq!(player.tick(1_048.0), Some(32_000));
    }

    #[test]
    fn slow_speeds_do_not_drift() {
        let mut player = Playback::default();
        player.set_speed(Speed::at(Speed::MIN));
        player.play(0);
        let mut sum = 0;
        for frame in 0..=600 {
            sum += player.tick(f64::from(frame) * 16.7).unwrap_or(0);
            player.answered();
        }
        assert_eq!(sum, 10_020);
    }

    #[test]
    fn a_hidden_tab_does_not_burst() {
        let mut player = Playback::default();
        player.set_speed(Speed::ONE);
        player.play(0);
        player.tick(0.0);
        assert_eq!(player.tick(60_000.0), Some(250_000));
    }

    #[test]
    fn speeds_are_symmetric() {
        assert_eq!(Speed::at(-9).ratio(), (1, 1_000));
        assert_eq!(Speed::at(9).ratio(), (1_000, 1));
        assert_eq!(Speed::at(100), Speed::at(9));
    }
}
