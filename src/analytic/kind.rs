//! Kinds of networks, and how far the solver is off for each.

use super::Folded;
use super::model::{Drive, Law, Model, Node, Thinning};
use crate::network::StationKind;

/// What a network is made of, as far as it decides how accurate the solver is.
///
/// The first of these that applies: [`Bursty`](Kind::Bursty); [`Mixed`](Kind::Mixed) where two or
/// more of forks, tokens, balancing and regulation occur, and the one of them where one does;
/// [`Ports`](Kind::Ports); [`ProductForm`](Kind::ProductForm); and by its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// Closed and Poisson sources; exponential stations with one server and one mean for all,
    /// processor sharing with one server, delays; choices at random.
    ProductForm,
    /// Open sources only, at stations of any number of servers and any shape.
    Open,
    /// Closed sources only.
    Closed,
    /// Open and closed sources.
    OpenAndClosed,
    /// Pipelined ports, and nothing of what follows.
    Ports,
    /// Branches side by side or transfers in chunks.
    Forks,
    /// Tokens that are waited for.
    Tokens,
    /// A choice of the least busy of several ways.
    Balanced,
    /// Limiters, priorities, or ports with several classes.
    Regulated,
    /// Several of forks, tokens, balancing and regulation.
    Mixed,
    /// An open source more variable than Poisson: bursts, traces.
    Bursty,
    /// Finite buffers, which are taken as infinite: right only where refusals are rare.
    Buffers,
    /// Choices that go by the clock: the network is taken as it is before the first instant.
    Clock,
}

/// Relative differences from a simulation that are expected in 95 of 100 networks of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Of the I/Os a second.
    pub iops: f64,
    /// Of the mean latency.
    pub latency: f64,
}

impl Kind {
    /// The kinds whose tolerance is measured: all but [`Kind::Buffers`] and [`Kind::Clock`].
    pub const ALL: [Self; 11] = [
        Self::ProductForm,
        Self::Open,
        Self::Closed,
        Self::OpenAndClosed,
        Self::Ports,
        Self::Forks,
        Self::Tokens,
        Self::Balanced,
        Self::Regulated,
        Self::Mixed,
        Self::Bursty,
    ];

    /// In words, as in "a network with ...".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProductForm => "a product form",
            Self::Open => "open sources",
            Self::Closed => "closed sources",
            Self::OpenAndClosed => "open and closed sources",
            Self::Ports => "pipelined ports",
            Self::Forks => "forks or splits",
            Self::Tokens => "tokens",
            Self::Balanced => "balancing by load",
            Self::Regulated => "limiters, priorities or traffic classes",
            Self::Mixed => "several of forks, tokens, balancing and regulation",
            Self::Bursty => "bursty sources",
            Self::Buffers => "finite buffers",
            Self::Clock => "changes at stated instants",
        }
    }

    /// How far the solver may be off: the 95th percentile of its error on random networks of the
    /// kind, rounded up with up to two points to spare; infinite where none is measured. See the
    /// table in [the module's documentation](super).
    #[must_use]
    pub const fn tolerance(self) -> Tolerance {
        let (iops, latency) = match self {
            Self::ProductForm => (0.02, 0.02),
            Self::Open => (0.02, 0.09),
            Self::Closed => (0.07, 0.08),
            Self::OpenAndClosed => (0.06, 0.10),
            Self::Ports => (0.08, 0.19),
            Self::Forks => (0.10, 0.21),
            Self::Tokens => (0.07, 0.25),
            Self::Balanced => (0.09, 0.24),
            Self::Regulated => (0.06, 0.12),
            Self::Mixed => (0.09, 0.16),
            Self::Bursty => (0.04, 0.34),
            // How wrong it is depends on how often a buffer is full.
            // That of a time which the solver does not know.
            Self::Buffers | Self::Clock => (f64::INFINITY, f64::INFINITY),
        };
        Tolerance { iops, latency }
    }
}

/// What occurs in the trees of a network.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each occurs or not, whatever the others do")]
struct Parts {
    forks: bool,
    tokens: bool,
    balanced: bool,
    ports: bool,
    in_turn: bool,
}

impl Parts {
    fn note(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Visit(_) | Node::Release { .. } => {}
                Node::Run(_) => self.ports = true,
                Node::Acquire(_) => self.tokens = true,
                Node::Fork { branches, .. } => {
                    self.forks = true;
                    for branch in branches {
                        self.note(branch);
                    }
                }
                Node::Choose { thinning, branches, .. } => {
                    self.balanced |= *thinning == Thinning::Balanced;
                    self.in_turn |= *thinning == Thinning::InTurn;
                    for branch in branches {
                        self.note(branch);
                    }
                }
                Node::Split(split) => {
                    self.forks = true;
                    self.note(&split.body);
                    self.note(split.rest.as_deref().unwrap_or_default());
                }
            }
        }
    }
}

impl Folded<'_> {
    /// What kind of network it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let model = &self.model;
        let mut parts = Parts::default();
        let (mut open, mut closed, mut bursty, mut product) = (false, false, false, true);
        for chain in &model.chains {
            chain.trees.iter().for_each(|(_, tree)| parts.note(tree));
            match chain.drive {
                Drive::Closed { most, .. } => {
                    closed = true;
                    product &= most.is_infinite();
                }
                Drive::Open { scv, .. } => {
                    open = true;
                    bursty |= scv > 1.0;
                    product &= scv == 1.0;
                }
            }
        }
        let mut visited = vec![false; model.centres.len()];
        for leaf in &model.leaves {
            visited[leaf.centre as usize] |= leaf.visits > 0.0;
        }
        let regulated = self.classes.centres.iter().enumerate().any(|(c, class)| {
            let station = self.net.stations.as_slice().get(class.first as usize);
            let classes = station.map(|station| match &station.kind {
                StationKind::Limiter { .. } => 2,
                StationKind::Priority { classes } => *classes,
                StationKind::Port(port) => port.weights.len() as u32,
                _ => 1,
            });
            visited[c] && classes.is_some_and(|classes| classes > 1)
        });
        let special = [
            (parts.forks, Kind::Forks),
            (parts.tokens, Kind::Tokens),
            (parts.balanced, Kind::Balanced),
            (regulated, Kind::Regulated),
        ];
        let mut special = special.into_iter().filter(|(occurs, _)| *occurs).map(|(_, kind)| kind);
        let first = special.next();
        if model.clocked {
            Kind::Clock
        } else if model.finite {
            Kind::Buffers
        } else if bursty {
            Kind::Bursty
        } else if special.next().is_some() {
            Kind::Mixed
        } else if let Some(kind) = first {
            kind
        } else if parts.ports {
            Kind::Ports
        } else if product && !parts.in_turn && stations_have_product_form(model) {
            Kind::ProductForm
        } else if open && closed {
            Kind::OpenAndClosed
        } else if open {
            Kind::Open
        } else {
            Kind::Closed
        }
    }
}

fn stations_have_product_form(model: &Model) -> bool {
    let mut mean = vec![None; model.centres.len()];
    model.leaves.iter().all(|leaf| {
        let centre = &model.centres[leaf.centre as usize];
        match centre.law {
            Law::Delay => true,
            Law::Sharing => centre.servers == 1.0,
            Law::Queue => {
                let mean = mean[leaf.centre as usize].get_or_insert(leaf.service);
                centre.servers == 1.0 && leaf.exponential && *mean == leaf.service
            }
            _ => false,
        }
    })
}
