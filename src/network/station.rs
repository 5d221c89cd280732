//! Stations, pools, selectors and accounts.

use super::AccountId;
use crate::random::maths;

/// Where a port stands, for the reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The node.
    pub node: String,
    /// The network interface.
    pub nic: String,
    /// True for the transmit side.
    pub transmit: bool,
    /// True where the port belongs to the network that carries CSV traffic.
    pub csv: bool,
}

/// One direction of a full-duplex port.
///
/// Within a class it is first in, first out; between classes it is weighted. Consecutive ports that
/// one message visits (equal services) are pipelined: a transfer enters the next port `latency_ps`
/// after its first bit left, and is through when both its own serialization and the arrival of its
/// last bit are.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Picoseconds a byte takes: `8e12 / rate`.
    pub ps_per_byte: f64,
    /// Propagation, and the latency of what lies behind the port, in picoseconds.
    pub latency_ps: u64,
    /// Weights of the traffic classes; one class is plain first in, first out.
    pub weights: Vec<u32>,
    /// Picoseconds a byte takes from an instant on, in picoseconds since the start of the run,
    /// ascending. A transfer keeps the rate at which it begins. The analytic solver knows no clock
    /// and sees the rate before all changes.
    pub changes: Vec<(u64, f64)>,
    /// Where it stands.
    pub link: Option<Link>,
}

/// How the times of services rise with the number of servers in use.
///
/// `time = demand * (1 + most * ((beside + others) / span) ^ power)`, where `others` counts the
/// other servers busy when the service starts. Cores share caches and memory, hardware threads a
/// core; schedulers fill idle cores first, so that the rise begins slowly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rise {
    /// The rise where `beside + others` is `span`.
    pub most: f64,
    /// How late it comes: 1 is a straight line.
    pub power: f64,
    /// Servers that are always busy with something else.
    pub beside: f64,
    /// How many others there are at most.
    pub span: f64,
}

impl Rise {
    /// Times that are always the same.
    pub const NONE: Self = Self { most: 0.0, power: 1.0, beside: 0.0, span: 1.0 };

    /// A straight line from one busy server to all of them.
    #[must_use]
    pub fn linear(most: f64, servers: u32) -> Self {
        Self { most, span: f64::from(servers.max(2) - 1), ..Self::NONE }
    }

    /// The relative rise with `others` busy.
    #[must_use]
    pub fn at(&self, others: f64) -> f64 {
        let busy = self.beside + others;
        if self.most <= 0.0 || busy <= 0.0 {
            0.0
        } else if self.power.to_bits() == 1.0_f64.to_bits() {
            self.most / self.span * busy
        } else {
            self.most * maths::exp(self.power * maths::ln(busy / self.span))
        }
    }
}

/// How a station serves.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StationKind {
    /// First in, first out, with several servers.
    Fifo {
        /// Number of servers.
        servers: u32,
        /// Relative rise of the service time from one busy server to all busy:
        /// `time = demand * (1 + cost_rise * (busy - 1) / (servers - 1))`.
        cost_rise: f64,
    },
    /// The processors of a node: first in, first out, with times that rise with their use.
    Cores {
        /// Number of servers.
        servers: u32,
        /// How times rise.
        rise: Rise,
        /// Share of the rise that visits of a class other than 0 see.
        batched: f64,
    },
    /// No queue: every visitor is served at once.
    Delay,
    /// Processor sharing among all visitors, each at most one server's worth.
    Shared {
        /// Number of servers.
        servers: u32,
    },
    /// One server, strict priority between classes (0 first), non-preemptive.
    Priority {
        /// Number of classes.
        classes: u32,
    },
    /// A port.
    Port(Port),
    /// A rate limiter (generic cell rate algorithm): the service time is the token's worth, and a
    /// burst of up to `burst_ps` worth passes at once.
    Limiter {
        /// Burst tolerance in picoseconds.
        burst_ps: u64,
    },
}

/// A station.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Unique label, such as `HV1/nic1/tx`.
    pub label: String,
    /// How it serves.
    pub kind: StationKind,
    /// The account its busy time is booked on.
    pub account: Option<AccountId>,
}

impl Station {
    /// A first-in-first-out station with constant cost.
    #[must_use]
    pub fn fifo(label: impl Into<String>, servers: u32) -> Self {
        Self::new(label, StationKind::Fifo { servers, cost_rise: 0.0 })
    }

    /// A station of any kind, on no account.
    #[must_use]
    pub fn new(label: impl Into<String>, kind: StationKind) -> Self {
        Self { label: label.into(), kind, account: None }
    }

    /// A port with one class, of `bits_per_second`.
    #[must_use]
    pub fn port(label: impl Into<String>, bits_per_second: f64, latency_ps: u64) -> Self {
        Self::new(
            label,
            StationKind::Port(Port {
                ps_per_byte: 8e12 / bits_per_second,
                latency_ps,
                weights: vec![1],
                changes: Vec::new(),
                link: None,
            }),
        )
    }

    /// The same station, booked on an account.
    #[must_use]
    pub fn on(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Number of servers; infinite for a delay.
    #[must_use]
    pub fn servers(&self) -> f64 {
        match self.kind {
            StationKind::Fifo { servers, .. }
            | StationKind::Cores { servers, .. }
            | StationKind::Shared { servers } => servers.into(),
            StationKind::Delay => f64::INFINITY,
            _ => 1.0,
        }
    }

    /// The port, where it is one.
    #[must_use]
    pub fn as_port(&self) -> Option<&Port> {
        if let StationKind::Port(port) = &self.kind { Some(port) } else { None }
    }

    /// Picoseconds a byte at a port, zero elsewhere.
    #[must_use]
    pub fn ps_per_byte(&self) -> f64 {
        self.as_port().map_or(0.0, |p| p.ps_per_byte)
    }
}

/// A pool of tokens, granted in the order asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Unique label.
    pub label: String,
    /// Tokens when nothing is outstanding.
    pub tokens: u64,
    /// How many must be waiting for each token beyond the first that is taken: workers that help
    /// out when one cannot keep up. 0: tokens are granted as long as there are some.
    pub backlog: u64,
}

impl Pool {
    /// Whether `tokens` more are granted with `available` left and `waiting` in the queue, the one
    /// who asks included.
    #[must_use]
    pub fn grants(&self, tokens: u64, available: u64, waiting: u64) -> bool {
        let taken = self.tokens.saturating_sub(available);
        let called = taken == 0 || waiting >= taken.saturating_mul(self.backlog);
        available >= tokens && called
    }
}

/// How a selector chooses.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SelectorKind {
    /// At random, by weight.
    Weights(Vec<f64>),
    /// In turn, by the number of the I/O, so that no other source shifts the turn.
    RoundRobin(u32),
    /// The alternative with the fewest I/Os inside, the first of equals.
    LeastOutstanding(u32),
    /// By the place of the I/O among those outstanding: each place of a closed source keeps to one
    /// alternative. Without places, in turn.
    Place(u32),
    /// Drawn once a replication from the selector's label: the hash that ties a flow to a member.
    Hash(u32),
    /// By the clock: the number of these instants that have passed at the moment of the choice.
    /// The analytic solver knows no clock and takes the first alternative.
    Phase {
        /// Instants in picoseconds since the start of the run, ascending.
        at_ps: Vec<u64>,
    },
    /// The first of two while nobody is inside either, else the second.
    Vacant {
        /// Long-run share of the first, for the analytic solver.
        expected: f64,
    },
    /// One alternative, and the I/O notes the instant at which it takes it.
    Mark,
    /// By the time since the instant noted last: the second alternative when it is longer than
    /// this. The analytic solver knows no such instant and takes each half of the time.
    Overdue {
        /// Picoseconds.
        after_ps: u64,
    },
}

impl SelectorKind {
    /// Whether it depends on who is inside.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self, Self::LeastOutstanding(_) | Self::Vacant { .. })
    }
}

/// A selector among alternatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// Unique label.
    pub label: String,
    /// How it chooses.
    pub kind: SelectorKind,
}

impl Selector {
    /// Number of alternatives.
    #[must_use]
    pub fn ways(&self) -> usize {
        match &self.kind {
            SelectorKind::Weights(w) => w.len(),
            SelectorKind::RoundRobin(n)
            | SelectorKind::LeastOutstanding(n)
            | SelectorKind::Place(n)
            | SelectorKind::Hash(n) => *n as usize,
            SelectorKind::Phase { at_ps } => at_ps.len() + 1,
            SelectorKind::Mark => 1,
            SelectorKind::Vacant { .. } | SelectorKind::Overdue { .. } => 2,
        }
    }

    /// Long-run share of alternative `way`, where it is known beforehand.
    #[must_use]
    pub fn share(&self, way: usize) -> f64 {
        match &self.kind {
            SelectorKind::Weights(w) => w[way] / w.iter().sum::<f64>(),
            SelectorKind::Phase { .. } => f64::from(u8::from(way == 0)),
            SelectorKind::Vacant { expected } if way == 0 => *expected,
            SelectorKind::Vacant { expected } => 1.0 - expected,
            _ => 1.0 / self.ways() as f64,
        }
    }
}

/// A resource that several stations consume.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Label, such as `HV1 CPU`.
    pub label: String,
    /// Capacity in servers: the cores of a node.
    pub servers: f64,
    /// Share of the capacity that is busy with what is not simulated.
    pub load: f64,
}
