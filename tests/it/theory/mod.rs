//! The engine against queueing theory.
//!
//! Each case runs [`case::REPLICATIONS`] replications of a network with a known answer and demands
//! that the Student t interval of each measured quantity at [`case::LEVEL`] contains it, or lies
//! between known bounds. If the engine is right, each claim still fails for three seeds in ten
//! thousand, so the whole suite of `n` claims raises a false alarm for at most a share
//! `n * (1 - level)` of seeds (Boole's inequality, whatever the dependence between claims).
//! [`the_suite_rarely_cries_wolf`] counts the claims and holds that share below 5 %: with 83 claims
//! it is 2.5 %, and the claims of [`coverage`] add what [`coverage::FALSE_ALARMS`] states. The seed
//! is fixed, so this is a statement about the choice of the seed and not about reruns. An interval
//! that is too wide proves nothing; a case also demands a relative half width below
//! [`case::WIDEST`].
//!
//! [`laws`] and [`shares`] check what holds exactly, up to the ends of a window, and need no
//! interval. [`sweep`] holds the analytic solver to the errors it states.

mod brute;
mod case;
mod coverage;
mod formulas;
mod general;
mod laws;
mod models;
mod networks;
mod paired;
mod shares;
mod sweep;

use case::LEVEL;

macro_rules! cases {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(#[test] fn $name() { $module::$name().check(); })*

        #[test]
        fn the_suite_rarely_cries_wolf() {
            let cases: usize = [$($module::$name().claims()),*].iter().sum();
            let claims = cases + paired::CLAIMS;
            assert_eq!(claims, 83, "the number the module's documentation states");
            assert!(claims as f64 * (1.0 - LEVEL) + coverage::FALSE_ALARMS < 0.05);
        }
    };
}

cases![
    models::one_exponential_server,
    models::several_exponential_servers,
    models::constant_service,
    models::log_normal_service,
    models::hyper_exponential_service,
    models::sharing_an_exponential_demand,
    models::sharing_a_constant_demand,
    models::sharing_a_spread_demand_on_two_servers,
    models::tandem,
    models::closed_balanced_network,
    models::machine_repair,
    models::priorities,
    models::finite_buffer,
    general::paced_arrivals_at_an_exponential_server,
    general::bursty_arrivals_at_an_exponential_server,
    general::paced_arrivals_within_the_bounds,
    general::bursty_arrivals_within_the_bounds,
    networks::departures_of_several_servers_are_poisson,
    networks::departures_of_a_shared_server_are_poisson,
    networks::feedback,
    networks::tokens_are_servers,
    networks::transfers_in_chunks,
    networks::fork_of_two,
    networks::closed_with_two_classes,
];
