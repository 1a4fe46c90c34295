//! `vereda catalogue sign`, as somebody at the hub's machine runs it: two different administrators, or nothing is signed.

use std::path::Path;
use std::process::Command;

use vereda::catalogue::signed;

use crate::process::{configure, vereda};

/// Runs it; gives whether it did, and what it said of why not.
fn sign(config: &Path, out: &Path, by: &[&str]) -> (bool, String) {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/demo/catalogue");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vereda"));
    command.args(["catalogue", "sign"]).arg(catalogue);
    command.arg("--config").arg(config).arg("--out").arg(out);
    for id in by {
        command.args(["--by", id]);
    }
    let done = command.output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    (done.status.success(), said)
}

#[test]
fn a_catalogue_is_signed_by_two_administrators_on_the_command_line_or_not_at_all() {
    let folder = std::env::temp_dir().join(format!("vereda-signers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let authority = folder.join("authority");
    let authority = authority.to_str().unwrap();
    vereda(&["authority", "new", "--dir", authority, "--name", "Ensaio"]);
    let keys = "certificate = \"keys/node.crt\"\nkey = \"keys/node.key\"\nauthority = \"keys/authority.crt\"\n";
    let rest = format!(
        "[sync]\nlisten = \"127.0.0.1:0\"\nenrolled = \"{authority}/enrolled.toml\"\n{keys}"
    );
    let config = configure(&folder, "central", "hub", &rest);
    let pin = vereda::staff::hash_pin("2718").unwrap();
    let member = |id: &str, role: &str, more: &str| {
        format!(
            "[[mediator]]\nid = \"{id}\"\nname = \"P. {id}\"\nrole = \"{role}\"\npin = \"{pin}\"\n{more}\n"
        )
    };
    let staff = [
        member("vasco", "administrator", ""),
        member("teresa", "administrator", ""),
        member("left", "administrator", "ends = \"2020-01-01\""),
        member("jorge", "operator", ""),
    ];
    std::fs::write(folder.join("central/staff.toml"), staff.concat()).unwrap();
    let out = folder.join("one.vcat");
    for (by, words) in [
        (&[][..], "--by"),
        (&["vasco"], "two different persons"),
        (&["vasco", "vasco"], "two different persons"),
        (&["vasco", "jorge"], "`jorge` is no administrator"),
        (&["vasco", "left"], "`left` is no administrator"),
        (&["vasco", "nobody"], "`nobody` is no administrator"),
    ] {
        let (done, said) = sign(&config, &out, by);
        assert!(!done && said.contains(words), "{by:?}: {said}");
        assert!(!out.exists(), "{by:?}");
    }
    let (done, said) = sign(&config, &out, &["vasco", "teresa"]);
    assert!(done, "{said}");
    let trusted = folder.join("central/keys/authority.crt");
    let signed = signed::load(&out, &trusted).unwrap();
    let names: Vec<&str> = signed
        .agreed
        .iter()
        .flat_map(|a| &a.by)
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(names, ["P. vasco", "P. teresa"]);
    // One byte of it, wherever: of the names, the catalogue, the seal.
    let whole = std::fs::read(&out).unwrap();
    let changed = folder.join("changed.vcat");
    for at in [0, 20, whole.len() / 2, whole.len() - 3] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&changed, &bytes).unwrap();
        assert!(signed::load(&changed, &trusted).is_err(), "{at}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
