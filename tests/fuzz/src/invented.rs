//! A morning of invented work, as a journal holds it.

use std::collections::BTreeMap;

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::journal::Entry;
use vereda_sync::record::document::{Author, Written, actor};
use vereda_sync::record::{attendance, request};

pub(crate) fn author(process: u8) -> Author {
    Author {
        actor: actor("m07", &[process; 16]),
        node: "m07".into(),
        spot: "Carrinha 7".into(),
        stop: Some("Lar de Santa Marta".into()),
        person: "Ana Martins".into(),
        clock_sure: true,
        zone: None,
    }
}

pub(crate) fn said(pairs: &[(&str, &str)]) -> BTreeMap<String, Answer> {
    let answer = |value: &str| Answer {
        value: value.into(),
        provenance: Provenance::Typed,
    };
    let pairs = pairs.iter();
    pairs.map(|(f, v)| ((*f).into(), answer(v))).collect()
}

fn entry(record: RecordId, written: Written) -> Entry {
    Entry {
        record,
        change: written.change,
        bytes: written.bytes,
    }
}

/// Attendances, each with a request that is corrected and noted.
pub(crate) fn morning(citizens: u8) -> Vec<Entry> {
    let mut all = Vec::new();
    for n in 0..citizens {
        let by = author(n / 2);
        let at = |s: u64| Hlc::new(1_795_000_000_000 + u64::from(n) * 600_000 + s * 1_017, 0);
        let identity = said(&[("full-name", "Maria da Luz"), ("nif", "299900001")]);
        let (mut who, first) = attendance::begin(&by, at(0)).unwrap();
        let served = RecordId::from(first.change);
        all.push(entry(served, first));
        let identified = attendance::identify(&mut who, &by, at(1), &identity).unwrap();
        all.push(entry(served, identified));
        let (mut asked, first) =
            request::begin(&by, at(2), ("cesd", 4), served, &identity).unwrap();
        let record = RecordId::from(first.change);
        all.push(entry(record, first));
        let step = said(&[
            ("phone", "912345678"),
            ("iban", "PT50000000000000000000000"),
        ]);
        let iban = said(&[("iban", "PT50999999999999999999999")]);
        let d = &mut asked;
        all.extend(
            [
                request::finish_step(d, &by, at(3), "contacts", &step, &[]),
                request::record(d, &by, at(4), "M07-2345-6789-C", 250, None),
                request::correct(d, &by, at(5), "iban", &iban["iban"], "enganou-se"),
                request::note(d, &by, at(6), "ligar depois das 17h"),
            ]
            .map(|w| entry(record, w.unwrap())),
        );
    }
    all
}
