//! The demonstration's own authority, and a certificate for every node.

use super::config::{Layout, Site};
use crate::run;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Certificates live for weeks and a demonstration folder for longer: older ones are made anew at the start.
const RENEW_AFTER: Duration = Duration::from_secs(20 * 24 * 3600);

/// Makes the authority and the nodes' certificates, where they are missing or old.
pub(super) fn ready(vereda: &Path, layout: &Layout) -> Result<(), String> {
    let dir = layout.dir.join("authority");
    if !dir.join("authority.crt").exists() {
        let mut new = run::command(vereda);
        new.args([
            "authority",
            "new",
            "--name",
            "Vereda demonstration",
            "--dir",
        ])
        .arg(&dir);
        tell(&mut new, "making the demonstration's authority")?;
    }
    for site in Site::ALL {
        let keys = layout.folder(site).join("keys");
        // Folders of before there were bundles lack the hub's key for them.
        if !is_recent(&keys.join("node.crt")) || !keys.join("bundle.pub").exists() {
            let mut enrol = run::command(vereda);
            enrol.args([
                "authority",
                "enrol",
                "--node",
                site.id(),
                "--role",
                site.role(),
            ]);
            enrol
                .args(["--scope", "monchique", "--dir"])
                .arg(&dir)
                .arg("--out")
                .arg(&keys);
            // Only the hub is reached by name; a spot's certificate carries none.
            if site.role() == "hub" {
                enrol.args(["--dns", "localhost"]);
            }
            tell(&mut enrol, &format!("enrolling {}", site.id()))?;
        }
    }
    Ok(())
}

fn tell(command: &mut Command, what: &str) -> Result<(), String> {
    println!("{what}");
    run::output(command, what).map(drop)
}

fn is_recent(certificate: &Path) -> bool {
    let made = certificate.metadata().and_then(|file| file.modified());
    // A file from the future has the clock to thank for it, and is no reason to make keys anew.
    made.is_ok_and(|made| made.elapsed().unwrap_or_default() < RENEW_AFTER)
}
