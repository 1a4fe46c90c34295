//! Starting programs, and times as people say them.

use crate::place;
use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A command in the root of the repository with our `PATH`. Nothing that we start reads our standard input.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    // Looked up here, because the child's new `PATH` does not count for finding the child itself.
    let name = program.as_ref();
    let found = name
        .to_str()
        .filter(|name| !name.contains('/'))
        .and_then(place::on_path);
    let mut command = Command::new(found.as_deref().map_or(name, |file| file.as_os_str()));
    command
        .current_dir(place::root())
        .env("PATH", place::path())
        .stdin(Stdio::null());
    command
}

/// Cargo itself, the very one that runs us.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What `cargo run` told us of our own package would make build scripts that
    // look at it run again, and rebuild all that hangs on them.
    let ours = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
        "CARGO_PRIMARY_",
    ];
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| ours.iter().any(|own| name.starts_with(own)))
        {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs a command to its end with its output shown, and fails in words.
pub(crate) fn must(command: &mut Command, what: &str) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{what} failed ({status})")),
        Err(error) => Err(format!("{what} could not start: {error}")),
    }
}

/// What a command prints on its standard output; an error carries what it said on the other.
pub(crate) fn output(command: &mut Command, what: &str) -> Result<String, String> {
    let out = command
        .output()
        .map_err(|error| format!("{what} could not start: {error}"))?;
    if out.status.success() {
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    } else {
        Err(format!(
            "{what} failed ({}): {}",
            out.status,
            String::from_utf8_lossy(&out.stderr).trim()
        ))
    }
}

/// Whether a command runs and says yes, quietly.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command and says how long it took: `built in 3 m 12 s`.
pub(crate) fn timed(command: &mut Command, what: &str, done: &str) -> Result<(), String> {
    let start = Instant::now();
    must(command, what)?;
    println!("{done} in {}", spoken(start.elapsed()));
    Ok(())
}

/// A duration in words: `0.4 s`, `12 s`, `3 m 12 s`.
pub(crate) fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} m {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_say_them() {
        let said = |ms| spoken(Duration::from_millis(ms));
        assert_eq!(said(420), "0.4 s");
        assert_eq!(said(12_900), "12 s");
        assert_eq!(said(192_000), "3 m 12 s");
        assert_eq!(said(3_605_000), "60 m 05 s");
    }

    #[test]
    fn a_program_that_is_missing_or_fails_is_named() {
        let missing = must(&mut command("vereda-no-such-program"), "the impossible").unwrap_err();
        assert!(
            missing.starts_with("the impossible could not start"),
            "{missing}"
        );
        let failing = must(&mut command("false"), "failing").unwrap_err();
        assert!(failing.contains("failing failed"), "{failing}");
    }
}
