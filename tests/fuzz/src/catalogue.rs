//! A catalogue of services: its files one after the other, each behind a line with its name.

use std::collections::BTreeMap;
use std::path::Path;

use vereda_sync::catalogue::{CatalogueError, EXAMPLE_DAY, Source, search, source};

/// The day on which conditions are looked at.
const DAY: &str = "2026-07-01";
/// What a line with the name of a file begins with.
const NAME: &str = "\u{1}";

/// What is read can be searched and asked for; what is refused is refused at a place.
pub fn case(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let files = text.split(NAME).filter_map(|file| file.split_once('\n'));
    let sources: Vec<Source> = files
        .map(|(name, text)| Source {
            name: name.to_owned(),
            text: text.to_owned(),
        })
        .collect();
    let catalogue = match source::read(&sources) {
        Ok(catalogue) => catalogue,
        Err(CatalogueError::Faults(faults)) => {
            assert!(!faults.is_empty());
            for fault in faults {
                assert!(fault.line > 0 && fault.column > 0 && !fault.remedy.is_empty());
            }
            return;
        }
        Err(_) => return,
    };
    let _ = search::search(&catalogue, "certidao de nascimento");
    for service in &catalogue.services {
        assert!(catalogue.service(&service.id).is_some());
        let none: BTreeMap<String, String> = BTreeMap::new();
        let _ = service.fee_cents(&none, DAY);
        for step in service.steps_for(&none, DAY) {
            let _ = step.fields_for(&service.asked(&none, DAY), DAY).count();
        }
        for step in &service.steps {
            if let Some(values) = service.path_to(step) {
                let steps = service.steps_for(&values, EXAMPLE_DAY);
                let first = step.every_instance().next().map(|s| s.id.clone());
                assert!(steps.iter().any(|s| Some(&s.id) == first.as_ref()));
            }
        }
    }
}

/// The demonstration's: each service alone with its translations, and then all of it.
pub fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../images/demo/catalogue");
    let all = vereda::catalogue::sources(&folder).unwrap();
    let written = |sources: &[&Source]| -> Vec<u8> {
        let files = sources
            .iter()
            .map(|s| format!("{NAME}{}\n{}", s.name, s.text));
        files.collect::<String>().into_bytes()
    };
    let head = all.iter().find(|s| s.name == source::HEAD).unwrap();
    let services = all.iter().filter(|s| s.name.starts_with(source::SERVICES));
    let portuguese = Source {
        name: head.name.clone(),
        text: head.text.replace(", \"en\"", ""),
    };
    services
        .map(|service| written(&[&portuguese, service]))
        .chain([written(&all.iter().collect::<Vec<_>>())])
        .collect()
}
