//! An edition as the files that people edit: what came sealed is written out again, without its comments.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::source::{HEAD, SERVICES, STANDARDS, TRANSLATIONS};
use super::texts::{self, At};
use super::{Catalogue, Source, Words};

/// The files of an edition: [`super::source::read`] makes the same of them.
#[must_use]
pub fn of(catalogue: &Catalogue) -> Vec<Source> {
    let mut catalogue = catalogue.clone();
    let mut languages: BTreeMap<String, Table> = BTreeMap::new();
    texts::each(&mut catalogue, &mut |text| {
        for (lang, said) in text.words.all().filter(|(lang, _)| *lang != "pt") {
            put(
                languages.entry(lang.to_owned()).or_default(),
                &text.key,
                said,
            );
        }
        *text.words = match text.words.has("pt") {
            true => Words::from([("pt", text.words.pt())]),
            false => Words::default(),
        };
    });
    let mut head = match Value::try_from(&catalogue) {
        Ok(Value::Table(head)) => head,
        // Nothing in it can fail to be written: texts, numbers, lists.
        _ => Table::new(),
    };
    let services = list(head.remove("service"));
    let standards = head.remove("standard");
    let mut files = vec![file(HEAD.to_owned(), head)];
    if let Some(standards) = standards {
        let table = Table::from_iter([("standard".to_owned(), standards)]);
        files.push(file(STANDARDS.to_owned(), table));
    }
    for (service, value) in catalogue.services.iter().zip(services) {
        if let Value::Table(table) = value {
            files.push(file(format!("{SERVICES}{}.toml", service.id), table));
        }
    }
    let of_language = |(lang, table)| file(format!("{TRANSLATIONS}{lang}.toml"), table);
    files.extend(languages.into_iter().map(of_language));
    files
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        _ => vec![],
    }
}

fn file(name: String, table: Table) -> Source {
    let text = toml::to_string(&plain(Value::Table(table))).unwrap_or_default();
    Source { name, text }
}

/// What is in Portuguese alone is written as a plain text.
fn plain(value: Value) -> Value {
    match value {
        Value::Table(mut table) => match (table.len(), table.remove("pt")) {
            (1, Some(Value::String(said))) => Value::String(said),
            (_, kept) => {
                let pairs = kept.map(|said| ("pt".to_owned(), said));
                let pairs = table.into_iter().chain(pairs);
                Value::Table(pairs.map(|(key, value)| (key, plain(value))).collect())
            }
        },
        Value::Array(list) => Value::Array(list.into_iter().map(plain).collect()),
        other => other,
    }
}

fn put(table: &mut Table, way: &[At], said: &str) {
    let [At::Key(key), rest @ ..] = way else {
        return;
    };
    match rest {
        [] => {
            table.insert(key.clone(), Value::String(said.to_owned()));
        }
        [At::Nth(nth), ..] => {
            let list = table
                .entry(key.clone())
                .or_insert_with(|| Value::Array(vec![]));
            if let Value::Array(list) = list {
                list.resize(list.len().max(nth + 1), Value::String(String::new()));
                list[*nth] = Value::String(said.to_owned());
            }
        }
        _ => {
            let inner = table
                .entry(key.clone())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                put(inner, rest, said);
            }
        }
    }
}
