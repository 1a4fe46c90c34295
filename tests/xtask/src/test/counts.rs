//! How many tests passed and failed, read from the lines in which the runners say so.

use std::fmt;
use std::ops::Add;

/// Tests by how they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Counts {
    /// What a line of a runner's output counts; nothing, if it is any other line.
    pub(super) fn read(line: &str) -> Self {
        let plain = without_colours(line);
        let words: Vec<&str> = plain
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .collect();
        match plain.trim_start() {
            // nextest: "Summary [ 0.1s] 9/10 tests run: 8 passed, 1 failed, 0 skipped"; rustdoc: "test result: ok. 3 passed; …"
            start if start.starts_with("Summary [") || start.starts_with("test result: ") => {
                Counts {
                    passed: before(&words, "passed"),
                    failed: before(&words, "failed") + before(&words, "timed"),
                    skipped: before(&words, "skipped") + before(&words, "ignored"),
                }
            }
            // node: "ℹ pass 5", and "# pass 5" when it writes TAP.
            start if start.starts_with("ℹ ") || start.starts_with("# ") => Counts {
                passed: after(&words, "pass"),
                failed: after(&words, "fail") + after(&words, "cancelled"),
                skipped: after(&words, "skipped") + after(&words, "todo"),
            },
            _ => Counts::default(),
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Counts {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// The number in front of a word.
fn before(words: &[&str], word: &str) -> u32 {
    words
        .windows(2)
        .find(|pair| pair[1] == word)
        .and_then(|pair| pair[0].parse().ok())
        .unwrap_or(0)
}

/// The number after a word, where the two are the whole line but for its mark.
fn after(words: &[&str], word: &str) -> u32 {
    match words {
        [_mark, name, number] if *name == word => number.parse().unwrap_or(0),
        _ => 0,
    }
}

/// The line without the escapes that colour it.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("\x1b[") {
        plain.push_str(&rest[..start]);
        let escape = &rest[start + 2..];
        rest = escape
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or("", |end| &escape[end + 1..]);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(line: &str, passed: u32, failed: u32, skipped: u32) {
        assert_eq!(
            Counts::read(line),
            Counts {
                passed,
                failed,
                skipped
            },
            "{line}"
        );
    }

    #[test]
    fn the_lines_of_every_runner_are_counted() {
        reads(
            "     Summary [   0.005s] 3 tests run: 3 passed, 0 skipped",
            3,
            0,
            0,
        );
        reads(
            "     Summary [  12.005s] 9/12 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped",
            7,
            2,
            2,
        );
        reads(
            "test result: FAILED. 4 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out",
            4,
            1,
            2,
        );
        reads("ℹ pass 5\n", 5, 0, 0);
        reads("ℹ fail 1", 0, 1, 0);
        reads("# cancelled 2", 0, 2, 0);
    }

    #[test]
    fn colours_do_not_hide_a_count() {
        reads(
            "\x1b[32;1m     Summary\x1b[0m [   0.1s] \x1b[1m2\x1b[0m tests run: \x1b[1m2\x1b[0m passed",
            2,
            0,
            0,
        );
        reads("\x1b[34mℹ pass 5\x1b[39m", 5, 0, 0);
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in [
            "3 passed",
            "# a heading that will pass 5 times",
            "ℹ duration_ms 812.3",
            "ℹ tests 5",
            "",
        ] {
            reads(line, 0, 0, 0);
        }
    }
}
