//! bench
use csvnet::engine::*;
use csvnet::network::*;
use csvnet::random::*;
fn main() {
    for k in [64u32, 65536] {
        let mut net = Network::default();
        let ex = |us: f64| Service::time(us * 1e6, 0.0, Shape::Exponential);
        let ln = |us: f64| Service::time(us * 1e6, 0.0, Shape::log_normal(1.0).unwrap());
        let mut st = |n: &str| net.add_station(Station::fifo(n, 1));
        let (vm, host, smb, l0, l1, sw, nic, co, sto) = (
            st("vm"),
            st("host"),
            st("smb"),
            st("l0"),
            st("l1"),
            st("sw"),
            st("nic"),
            st("co"),
            st("sto"),
        );
        let sel = net.add_selector("links", SelectorKind::Weights(vec![1.0, 1.0]));
        let v = |s, r, x| Step::Visit(Visit::new(s, r, x));
        let r = net.add_route(
            "io",
            vec![
                v(vm, "vm", ex(1.0)),
                v(host, "host", ex(1.2)),
                v(smb, "smb", ln(1.5)),
                Step::Choose {
                    selector: sel,
                    role: "link",
                    branches: vec![vec![v(l0, "l0", ex(2.0))], vec![v(l1, "l1", ex(2.0))]],
                },
                v(sw, "sw", ex(0.5)),
                v(nic, "nic", ex(1.0)),
                v(co, "co", ln(1.6)),
                v(sto, "sto", ln(2.0)),
            ],
        );
        net.add_source(Source::closed("s", r, k));
        let t = std::time::Instant::now();
        let run =
            simulate(&net, &RunPlan::new(Seed(1), 0, 2_000_000_000_000 * 2), &|| false).unwrap();
        let dt = t.elapsed().as_secs_f64();
        println!(
            "K {k} ios {} events {} us/io {:.4} ns/io {:.1} Mio/s {:.2} fp {:x}",
            run.completed,
            run.events,
            4e6 / run.completed as f64,
            dt * 1e9 / run.completed as f64,
            run.completed as f64 / dt / 1e6,
            run.fingerprint
        );
    }
}
