//! Regular expressions of fields: matched in linear time, and bounded in size. One that would
//! explode in other engines is refused here too: agencies read the catalogue with theirs.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 200;
/// Largest compiled pattern, in bytes.
const MAX_COMPILED_BYTES: usize = 256 << 10;

/// The pattern, to be fulfilled by the whole of a value.
///
/// # Errors
/// Why it cannot be used, in words.
pub(crate) fn whole(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > MAX_BYTES {
        return Err(format!(
            "the pattern has {} bytes; at most {MAX_BYTES} are read",
            pattern.len()
        ));
    }
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(MAX_COMPILED_BYTES)
        .nest_limit(20)
        .build()
        .map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => {
                "the pattern explodes: its repeated repetitions take more than 256 kB".to_owned()
            }
            other => {
                let said = other.to_string();
                let last = said.lines().last().unwrap_or_default();
                format!(
                    "the pattern cannot be read: {}",
                    last.trim_start_matches("error: ")
                )
            }
        })
}

/// Whether somebody else's engine would take for ever: a repetition without an end that
/// repeats another one.
pub(super) fn explodes(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok_and(|hir| nested(&hir, false))
}

fn nested(hir: &Hir, inside: bool) -> bool {
    match hir.kind() {
        HirKind::Repetition(r) => {
            let endless = r.max.is_none();
            (endless && inside) || nested(&r.sub, inside || endless)
        }
        HirKind::Capture(c) => nested(&c.sub, inside),
        HirKind::Concat(list) | HirKind::Alternation(list) => {
            list.iter().any(|sub| nested(sub, inside))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_explodes_is_refused() {
        for pattern in ["(a+)+", "([a-z]*)*", "(x|y+)*", "((ab)*c+)+"] {
            assert!(explodes(pattern), "{pattern}");
        }
        for pattern in [
            "[A-Z]{1,2}-[0-9]{1,6}",
            "a+b+",
            "(a{1,3})+",
            "[0-9]+/[0-9]+",
        ] {
            assert!(!explodes(pattern) && whole(pattern).is_ok(), "{pattern}");
        }
        let big = whole("((a{100}){100}){100}").unwrap_err();
        assert!(big.contains("explodes"), "{big}");
        assert!(whole("(").unwrap_err().contains("cannot be read"));
        assert!(whole(&"a".repeat(201)).is_err());
    }

    #[test]
    fn the_whole_value_is_matched() {
        let pattern = whole("[0-9]{2}|x").unwrap();
        assert!(pattern.is_match("12") && pattern.is_match("x"));
        assert!(!pattern.is_match("123") && !pattern.is_match("yx") && !pattern.is_match("12\n"));
    }
}
