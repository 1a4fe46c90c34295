//! A catalogue of services.

use std::collections::BTreeMap;

use vereda_sync::catalogue::{Catalogue, search};

/// What is read can be searched and asked for.
pub fn case(input: &[u8]) {
    let Ok(catalogue) = Catalogue::parse(&String::from_utf8_lossy(input)) else {
        return;
    };
    let _ = search::search(&catalogue, "certidao de nascimento");
    for service in &catalogue.services {
        assert!(catalogue.service(&service.id).is_some());
        let none = BTreeMap::new();
        let _ = service.fee_cents(&none);
        for step in service.steps_for(&none) {
            let _ = step.fields_for(&none).count();
        }
    }
}

/// The demonstration's, a service each.
pub fn seeds() -> Vec<Vec<u8>> {
    let demo = include_str!("../../../images/demo/catalogue.toml");
    let lines = demo.lines().filter(|l| !l.trim_start().starts_with('#'));
    let plain = lines.collect::<Vec<_>>().join("\n");
    let services: Vec<&str> = plain.split("\n[[service]]").collect();
    let head = services[0];
    let one = |service: &&str| format!("{head}\n[[service]]{service}").into_bytes();
    services[1..].iter().map(one).collect()
}
