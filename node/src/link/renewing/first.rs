//! The first contact of a machine with its hub: by a code, and whatever it is interrupted by, once more.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Limited};
use hyper::{Request, StatusCode};
use rustls::pki_types::ServerName;
use tokio::time::timeout;
use vereda_sync::enrolment::Code;

use super::{is_there, refused};
use crate::catalogue::signed;
use crate::config::{Config, Hub};
use crate::enrolment::device::{Keys, pem_of};
use crate::enrolment::{Welcome, pkcs7};
use crate::link::connection::Connection;
use crate::link::enrolling::{ENROL, SETTINGS};
use crate::link::visit::{Failed, Visit};
use crate::link::{IDLE, tls};
use crate::whole;

/// What a machine enrols with.
#[derive(Debug)]
pub struct First<'a> {
    /// Where machines enrol at the hub: name and port.
    pub hub: &'a str,
    /// The code, as somebody typed it.
    pub code: &'a str,
    /// The folder in which the node will live.
    pub folder: &'a Path,
    /// Where its pages will be.
    pub web: SocketAddr,
    /// The catalogue, where the hub hands none out.
    pub catalogue: Option<&'a Path>,
}

/// Enrols this machine: its key, certificate and configuration are in the folder then. Gives the configuration's file. What an
/// earlier try got is used.
///
/// # Errors
/// In words that say what to do; then it can be tried again, with the same code while nobody else used it.
pub async fn enrol(first: &First<'_>) -> anyhow::Result<PathBuf> {
    let code = Code::parse(first.code).context(
        "this is no enrolment code: it has five groups of four letters and digits, as the hub's console shows it",
    )?;
    let keys = first.folder.join("keys");
    fs::create_dir_all(&keys)
        .and_then(|()| fs::create_dir_all(first.folder.join("data")))
        .with_context(|| first.folder.display().to_string())?;
    let file = |name: &str| keys.join(name);
    let (certificate, key, authority) = (file("node.crt"), file("node.key"), file("authority.crt"));
    let own = Keys {
        certificate: &certificate,
        key: &key,
        authority: &authority,
    };
    // Before anything else leaves this machine the hub shows that it is of the authority that the code names.
    let mut visit = go(first.hub, &code, None).await?;
    if !is_there(&certificate) {
        let shown = visit
            .authority
            .clone()
            .context("the hub shows no authority")?;
        whole::put(&authority, pem_of(&shown).as_bytes(), whole::PUBLIC)?;
        let request = own.request(false)?;
        let basic = STANDARD.encode(format!("{}:{}", code.handle, code.secret));
        let headers = [("authorization", format!("Basic {basic}"))];
        let said = visit.ask(ENROL, &request, &headers).await?;
        if said.status == StatusCode::TOO_MANY_REQUESTS {
            let after = said.headers.get("retry-after");
            let after = after.and_then(|v| v.to_str().ok()).unwrap_or("600");
            bail!("too many wrong codes came from this address: try again in {after} seconds");
        }
        refused(&said)?;
        let all = pkcs7::carried(&said.body).context("what the hub sent is no certificate")?;
        let given = all.first().context("the hub sent no certificate")?;
        let is = tls::neighbour(given)?;
        own.take(given, &is.node)?;
    }
    let mut visit = go(first.hub, &code, Some((&certificate, &key))).await?;
    let said = visit.get(SETTINGS).await?;
    refused(&said)?;
    let welcome: Welcome = toml::from_str(std::str::from_utf8(&said.body)?)
        .context("what the hub says of this node")?;
    if let Some(key) = &welcome.bundle_key {
        let text = format!("{key}\n");
        whole::put(&file("bundle.pub"), text.as_bytes(), whole::PUBLIC)?;
    }
    let staff = first.folder.join("staff.toml");
    if !staff.exists() {
        let text = "# Who may sign in, until the hub gives a list of its own.\n";
        whole::put(&staff, text.as_bytes(), whole::PUBLIC)?;
    }
    let hub = Hub {
        address: welcome.hub.clone(),
        name: welcome.hub_name.clone(),
        certificate,
        key,
        authority,
        bundle_key: None,
        renewal: Some(welcome.renewal.clone()),
        retry_max_s: 30,
        poll_s: 5,
        urgent_after_days: 3,
    };
    let catalogue = match first.catalogue {
        Some(path) => path
            .canonicalize()
            .with_context(|| path.display().to_string())?,
        None => fetched(&hub, first.folder).await?,
    };
    let config = first.folder.join("config.toml");
    if !config.exists() {
        let text = written(&welcome, first.web, &catalogue);
        whole::put(&config, text.as_bytes(), whole::PUBLIC)?;
    }
    Config::load(&config)?;
    Ok(config)
}

async fn go(address: &str, code: &Code, shows: Option<(&Path, &Path)>) -> anyhow::Result<Visit> {
    let config = tls::towards_named(code.clone(), shows)?;
    // Nobody looks at the name: the code says whose hub it is.
    let name = ServerName::from(std::net::Ipv4Addr::LOCALHOST);
    Visit::to(address, name, config).await.map_err(|failed| match failed {
        Failed::Tls(rustls::Error::InvalidCertificate(error)) => match error {
            rustls::CertificateError::Expired | rustls::CertificateError::NotValidYet => {
                let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string();
                anyhow::anyhow!(
                    "the hub's certificate does not hold at this time: this machine's clock says {now}; set it right and try again, or tell the hub"
                )
            }
            _ => anyhow::anyhow!(
                "what answers at {address} is not the hub of this code: look at address and code again (nothing was sent)"
            ),
        },
        Failed::Tls(error) => anyhow::anyhow!("{address}: {error}"),
        Failed::Line(error) => anyhow::anyhow!(
            "{address} cannot be reached ({error}): look at the address, and whether this machine has a network"
        ),
    })
}

/// The catalogue that the hub hands out.
async fn fetched(hub: &Hub, folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join("catalogue.vcat");
    if is_there(&file) {
        return Ok(file);
    }
    let mut connection = Connection::open(hub).await.map_err(|fault| {
        anyhow::anyhow!(
            "this node is enrolled, but the hub at {}: {fault}",
            hub.address
        )
    })?;
    let form = signed::FORM_BY_TWO;
    let request = Request::get(format!("/v1/catalogue?after=0&form={form}")).body(Body::empty())?;
    let answer = timeout(IDLE, connection.requests.send_request(request)).await??;
    ensure!(
        answer.status() == StatusCode::OK,
        "this node is enrolled, but its hub hands out no signed catalogue: copy the hub's folder here and run this again with --catalogue FOLDER"
    );
    let packed = Limited::new(answer.into_body(), signed::MAX_FILE_BYTES).collect();
    let packed = timeout(4 * IDLE, packed)
        .await
        .context("it takes too long")?;
    let packed = packed.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
    let text = zstd::bulk::decompress(&packed, signed::MAX_FILE_BYTES)
        .context("what the hub sent is larger than any catalogue")?;
    signed::read(&text, &hub.authority)?;
    whole::put(&file, &text, whole::PUBLIC)?;
    Ok(file)
}

/// The configuration of the node, with all that it needs; `images/spot.toml` explains each value.
fn written(welcome: &Welcome, web: SocketAddr, catalogue: &Path) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let node = &welcome.node;
    let scopes: Vec<String> = node.scopes.iter().map(|s| quoted(s)).collect();
    let mut out = format!(
        "# Made by `vereda enrol`. Every value that can stand here is explained in images/spot.toml of the source.\n\n[node]\nid = {}\nname = {}\nprefix = {}\nkind = {}\nscopes = [{}]\n",
        quoted(&node.id),
        quoted(&node.name),
        quoted(&node.prefix),
        quoted(&node.kind),
        scopes.join(", ")
    );
    let mut line = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.push_str(&format!("{key} = {}\n", quoted(value)));
        }
    };
    line("stop", node.stop.as_deref());
    line("position", node.position.as_deref());
    let zone = node.zone.map(|zone| zone.name());
    line("zone", zone);
    out.push_str(&format!(
        "\n[store]\npath = \"data/vereda.db\"\nkey_file = \"data/store.key\"\n\n[web]\nlisten = \"{web}\"\n\n[hub]\naddress = {}\nrenewal = {}\ncertificate = \"keys/node.crt\"\nkey = \"keys/node.key\"\nauthority = \"keys/authority.crt\"\n",
        quoted(&welcome.hub),
        quoted(&welcome.renewal)
    ));
    if let Some(name) = &welcome.hub_name {
        out.push_str(&format!("name = {}\n", quoted(name)));
    }
    if welcome.bundle_key.is_some() {
        out.push_str("bundle_key = \"keys/bundle.pub\"\n");
    }
    if let Some(address) = &welcome.verify {
        out.push_str(&format!("\n[verify]\naddress = {}\n", quoted(address)));
    }
    out.push_str(&format!(
        "\n[catalogue]\nfile = {}\n\n[staff]\nfile = \"staff.toml\"\n",
        quoted(&catalogue.display().to_string())
    ));
    out
}
