//! `devices --run-dir DIR`: virtual devices under the real daemons, told what
//! to do by lines on the input, until the input closes or a signal comes.
//!
//! It moves itself into namespaces of its own (root, or a machine that lets
//! users make namespaces). The first line of output is `ok SOCKET`.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use vereda_devices::commands::{Desk, HELP};
use vereda_devices::pcscd::{self, Daemon};
use vereda_devices::{SOCKET_VARIABLE, socket_path};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--inside", "--run-dir", dir] => serve(dir.into()),
        ["--run-dir", dir] => {
            std::fs::create_dir_all(dir).context("run directory")?;
            let dir = std::fs::canonicalize(dir).context("run directory")?;
            let dir = dir
                .to_str()
                .context("run directory: not a UTF-8 path")?
                .to_owned();
            let error = pcscd::enter_namespace(&["--run-dir".to_owned(), dir]);
            Err(error).context("unshare")
        }
        _ => bail!("usage: devices --run-dir DIR; then, on the input: {HELP}"),
    }
}

/// On the main thread, with the daemon as its child: see [`Daemon::start`].
fn serve(run_dir: PathBuf) -> Result<()> {
    let mut output = io::stdout();
    let daemon = match pcscd::prepare(&run_dir).and_then(|()| Daemon::start()) {
        Ok(daemon) => daemon,
        Err(error) => {
            // Also as an answer, for whoever waits for the first line.
            writeln!(output, "error {error}")?;
            return Err(error.into());
        }
    };
    writeln!(
        output,
        "ok {SOCKET_VARIABLE}={}",
        socket_path(&run_dir).display()
    )?;
    let mut desk = Desk::new(daemon);
    for line in io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            writeln!(output, "{}", desk.answer(&line))?;
        }
    }
    Ok(())
}
