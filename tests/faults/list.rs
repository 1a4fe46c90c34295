//! The list of cases: it must not name what is not there.

use std::path::{Path, PathBuf};

use vereda_tests::folder;

#[test]
fn every_test_that_the_list_names_is_there() {
    let list = include_str!("README.md");
    let mut sources = String::new();
    for place in [
        "node",
        "sync/src",
        "tests/faults",
        "tests/fuzz/tests",
        "tests/journeys",
    ] {
        read(&folder::repository().join(place), &mut sources);
    }
    let rows = list
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| case"));
    let mut named = 0;
    for row in rows {
        let tests = row.split('|').nth(3).unwrap();
        for name in tests.split('`').skip(1).step_by(2) {
            let rust = format!("fn {name}(");
            let journey = format!("test('{name}'");
            let fuzz = sources.contains("fuzz! {") && name == "change";
            let there = sources.contains(&rust) || sources.contains(&journey) || fuzz;
            assert!(there, "the list names {name:?}");
            named += 1;
        }
    }
    assert!(named > 30, "only {named} names were read");
}

/// All sources under a folder.
fn read(folder: &Path, all: &mut String) {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    paths.retain(|path| !path.ends_with("node_modules"));
    for path in paths {
        if path.is_dir() {
            read(&path, all);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "mjs") {
            *all += &std::fs::read_to_string(&path).unwrap();
        }
    }
}
