//! The architecture, checked: which crate may not reach which, directly or through others.

use crate::run;
use std::collections::BTreeSet;

/// A crate, what its tree must not hold, and why.
struct Rule {
    package: &'static str,
    refused: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        package: "vereda-sync",
        refused: &["tokio", "axum", "hyper", "rusqlite", "jiff", "chrono"],
        why: "sync is pure: no input, output, clock or database of its own",
    },
    Rule {
        package: "vereda-sync",
        refused: &["vereda-hardware", "vereda-web", "vereda"],
        why: "sync knows no other crate of ours",
    },
    Rule {
        package: "vereda-hardware",
        refused: &[
            "vereda-sync",
            "vereda-web",
            "vereda",
            "tokio",
            "axum",
            "rusqlite",
        ],
        why: "hardware knows devices only",
    },
    Rule {
        package: "vereda-web",
        refused: &["vereda", "rusqlite"],
        why: "node is built on web, never the reverse",
    },
    Rule {
        package: "vereda",
        refused: &["vereda-tests", "vereda-devices"],
        why: "devices are simulated under the real daemons, never inside the product",
    },
];

/// Asks cargo for the tree of every crate that a rule names, and says each breach.
pub(crate) fn check() -> Result<(), String> {
    let mut breaches = Vec::new();
    for rule in RULES {
        let tree = run::output(
            run::cargo().args([
                "tree",
                "--package",
                rule.package,
                "--edges",
                "normal",
                "--prefix",
                "none",
            ]),
            "cargo tree",
        )?;
        let names = names(&tree);
        if !names.contains(rule.package) {
            return Err(format!(
                "cargo tree did not list {} itself: has its output changed?",
                rule.package
            ));
        }
        for refused in rule
            .refused
            .iter()
            .filter(|refused| names.contains(**refused))
        {
            breaches.push(format!(
                "{package} reaches {refused}, but {why}; `cargo tree -p {package} -e normal -i {refused}` shows the way",
                package = rule.package,
                why = rule.why,
            ));
        }
    }
    if breaches.is_empty() {
        println!("{} rules hold", RULES.len());
        Ok(())
    } else {
        Err(breaches.join("\n"))
    }
}

/// The packages in the output of `cargo tree --prefix none`: the first word of each line.
fn names(tree: &str) -> BTreeSet<&str> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_a_tree() {
        let tree = "vereda-sync v0.1.0 (/somewhere/sync)\nautomerge v0.12.0\ncfg-if v1.0.4\n\
                    serde_derive v1.0.228 (proc-macro)\ncfg-if v1.0.4 (*)\n\n";
        let names = names(tree);
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            ["automerge", "cfg-if", "serde_derive", "vereda-sync"]
        );
    }

    #[test]
    fn a_name_is_not_found_in_a_longer_one() {
        assert!(!names("tokio-stream v0.1.0\nvereda-web v0.1.0").contains("tokio"));
        assert!(!names("vereda-web v0.1.0").contains("vereda"));
    }
}
