//! How a machine becomes a node, with the semantics of EST (RFC 7030): an administrator makes a code at the hub's console, the
//! machine makes its own key and asks for a certificate with the code, and renews it by itself from then on. Who it is and
//! what it may hold is said by the code, never by the machine.
//!
//! A certificate that has ended while its node was away is renewed once an administrator agrees; one that was revoked, never.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use vereda_sync::enrolment::Code;
use vereda_web::desk::port::Event;
use vereda_web::place::Zone;

use crate::authority::issue::{Asked, Is, Issued, Issuing};
use crate::authority::{self, Enrolled, Role};
use crate::config::{Config, Enrolment};
use crate::link::enrolled;
use crate::node::Node;
use crate::store::enrolment::{self as stored, MAX_TRIES, Renewal};
use crate::store::revoked;

pub mod device;
pub(crate) mod pkcs7;

/// Whoever used a code gets the same certificate again for so long, in milliseconds: the power may go while it comes.
const SAME_FOR_MS: i64 = 24 * 3_600_000;

/// Who a machine becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its id.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Its block of numbers.
    pub prefix: String,
    /// `vehicle`, `care-home` or `fixed`.
    pub kind: String,
    /// Its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<String>,
    /// Where it always stands, as `37,3184; -8,5561`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// The time zone of its place, where that is not Lisbon's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Its scopes.
    pub scopes: Vec<String>,
}

/// What a machine that was enrolled is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Where spots reach the hub.
    pub hub: String,
    /// The name in the hub's certificate.
    pub hub_name: Option<String>,
    /// Where a certificate that has ended is renewed.
    pub renewal: String,
    /// The hub's public key for bundles.
    pub bundle_key: Option<String>,
    /// Where citizens see how far their requests are.
    pub verify: Option<String>,
    /// Who it is.
    pub node: Settings,
}

/// What becomes of somebody who asks for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is this, DER.
    Given(Vec<u8>),
    /// Somebody has to agree first.
    Waits,
    /// There is no such code. Nobody hears whether it is nearly one.
    Wrong,
    /// No, and why, in words that say what to do.
    Refused(&'static str),
    /// The request for a certificate is none, or for a key of another kind.
    Malformed(String),
}

/// The hub, where it signs certificates.
#[derive(Debug)]
pub struct Office {
    node: Arc<Node>,
    issuing: Issuing,
    config: Enrolment,
    list: PathBuf,
    /// One after another: of codes that are tried at once each one counts.
    turn: Mutex<()>,
}

impl Office {
    /// That of this hub; `None` where nobody enrols.
    ///
    /// # Errors
    /// When the authority's key is missing, or not its.
    pub fn of(node: &Arc<Node>) -> anyhow::Result<Option<Self>> {
        let Config {
            enrolment, sync, ..
        } = &node.config;
        let Some((config, sync)) = enrolment.as_ref().zip(sync.as_ref()) else {
            return Ok(None);
        };
        let issuing = Issuing::load(&sync.authority, &config.authority_key)
            .context("`[enrolment]` needs the authority's key")?;
        Ok(Some(Self {
            node: Arc::clone(node),
            issuing,
            config: config.clone(),
            list: sync.enrolled.clone(),
            turn: Mutex::default(),
        }))
    }

    /// The key that signs.
    #[must_use]
    pub fn issuing(&self) -> &Issuing {
        &self.issuing
    }

    fn issue(&self, asked: &Asked, (id, scopes): (&str, &[String])) -> anyhow::Result<Issued> {
        let is = Is {
            id,
            role: Role::Spot,
            scopes,
            dns: &[],
        };
        Ok(self
            .issuing
            .issue(&asked.key, &is, i32::from(self.config.days))?)
    }

    /// A machine shows the two groups of a code, and asks for a certificate (PKCS#10, DER).
    ///
    /// # Errors
    /// When the store or the list does not answer: the same machine may ask again.
    pub fn enrol(&self, (handle, secret): (&str, &str), request: &[u8]) -> anyhow::Result<Answer> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (node, now_ms) = (&self.node, self.node.now_ms());
        let found = stored::code(&node.store.read(), handle)?;
        let Some(code) = found.filter(|code| code.tries < MAX_TRIES) else {
            return Ok(Answer::Wrong);
        };
        if !crate::staff::is_pin_of(secret, &code.secret) {
            stored::tried(&node.store.write(), handle)?;
            tracing::warn!(node = code.node, "a wrong enrolment code was shown");
            return Ok(Answer::Wrong);
        }
        let asked = match Asked::read(request) {
            Ok(asked) => asked,
            Err(error) => return Ok(Answer::Malformed(error.to_string())),
        };
        let settings: Settings = toml::from_str(&code.settings)?;
        if let Some((at, key, certificate)) = &code.used {
            if *key != asked.digest || !(0..SAME_FOR_MS).contains(&(now_ms - at)) {
                return Ok(Answer::Refused(
                    "this code was used already; ask an administrator for another",
                ));
            }
            return match self.put(certificate.clone(), &settings)? {
                true => Ok(Answer::Given(certificate.clone())),
                false => Ok(Answer::Refused("this node was revoked since")),
            };
        }
        if !code.is_good(now_ms) {
            return Ok(Answer::Refused(
                "this code is good no longer: it was taken back, or is older than 15 minutes; ask an administrator for another",
            ));
        }
        if enrolled::spots(&self.list).contains(&settings.id) {
            return Ok(Answer::Refused(
                "a node of that id is enrolled already: ask an administrator",
            ));
        }
        let issued = self.issue(&asked, (&settings.id, &settings.scopes))?;
        // First that it is used, and for what: whoever has that key gets this certificate again.
        stored::use_code(
            &node.store.write(),
            handle,
            (&asked.digest, &issued.der),
            now_ms,
        )?;
        self.put(issued.der.clone(), &settings)?;
        tracing::info!(node = settings.id, "a machine enrolled");
        node.tell(Event::Strip);
        Ok(Answer::Given(issued.der))
    }

    /// Puts the certificate of a machine that enrolled on the list, if it is not there. Gives whether it is good.
    fn put(&self, certificate: Vec<u8>, settings: &Settings) -> anyhow::Result<bool> {
        let entry = entry_of(
            &certificate,
            (&settings.id, &settings.scopes),
            settings.zone,
        )?;
        let was_revoked = revoked::is(&self.node.store.read(), &entry.fingerprint)?;
        Ok(authority::change(&self.list, |list| {
            let mut there = list.nodes.iter();
            if let Some(there) = there.find(|n| n.fingerprint == entry.fingerprint) {
                return Ok(there.revoked.is_none() && !was_revoked);
            }
            if !was_revoked {
                list.put(entry);
            }
            Ok(!was_revoked)
        })?)
    }

    /// A node asks for a newer certificate under the one that it has, which holds.
    ///
    /// # Errors
    /// When the list does not answer.
    pub fn renew(&self, spot: &Enrolled, request: &[u8]) -> anyhow::Result<Answer> {
        let asked = match Asked::read(request) {
            Ok(asked) => asked,
            Err(error) => return Ok(Answer::Malformed(error.to_string())),
        };
        let issued = self.issue(&asked, (&spot.id, &spot.scopes))?;
        self.beside(spot, issued.der)
    }

    fn beside(&self, spot: &Enrolled, certificate: Vec<u8>) -> anyhow::Result<Answer> {
        let entry = entry_of(&certificate, (&spot.id, &spot.scopes), spot.zone)?;
        let is_there =
            authority::change(&self.list, |list| Ok(list.renew(entry, &spot.fingerprint)))?;
        Ok(match is_there {
            true => Answer::Given(certificate),
            false => Answer::Refused("this node is enrolled no longer"),
        })
    }

    /// The same, after it ended (`ended_ms`): once an administrator agreed. `heard_ms`: when all of the node was last proven
    /// to be here, as it says.
    ///
    /// # Errors
    /// When the store or the list does not answer.
    pub fn renew_late(
        &self,
        spot: &Enrolled,
        request: &[u8],
        (ended_ms, heard_ms): (i64, Option<i64>),
    ) -> anyhow::Result<Answer> {
        let asked = match Asked::read(request) {
            Ok(asked) => asked,
            Err(error) => return Ok(Answer::Malformed(error.to_string())),
        };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (certificate, now_ms) = (spot.fingerprint.to_lowercase(), self.node.now_ms());
        let question = Renewal {
            certificate: certificate.clone(),
            node: spot.id.clone(),
            key: asked.digest,
            asked_ms: (now_ms, now_ms),
            ended_ms,
            heard_ms,
            answered: None,
            renewed: None,
        };
        let before = stored::renewal(&self.node.store.read(), &certificate)?;
        let stands = stored::ask_renewal(&self.node.store.write(), &question)?;
        if before.is_none_or(|before| before.key != asked.digest) {
            tracing::warn!(
                node = spot.id,
                "its certificate has ended: somebody has to agree that it gets another"
            );
            self.node.tell(Event::Strip);
        }
        match (&stands.answered, &stands.renewed) {
            (None, _) => Ok(Answer::Waits),
            (Some((_, _, false)), _) => Ok(Answer::Refused(
                "an administrator of the hub did not agree: ask there",
            )),
            (Some(_), Some(made)) => self.beside(spot, made.clone()),
            (Some(_), None) => {
                let issued = self.issue(&asked, (&spot.id, &spot.scopes))?;
                stored::renewed(&self.node.store.write(), &certificate, &issued.der)?;
                self.beside(spot, issued.der)
            }
        }
    }

    /// The node uses this certificate: the one that it had before is good no longer.
    ///
    /// # Errors
    /// When the list does not answer.
    pub fn settle(&self, spot: &Enrolled) -> anyhow::Result<()> {
        if enrolled::certificates(&self.list, &spot.id) > 1 {
            authority::change(&self.list, |list| {
                list.settle(&spot.id, &spot.fingerprint);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What a machine is told that enrolled by a code; `None` of one that did not.
    ///
    /// # Errors
    /// When the store does not answer, or the hub's own certificate cannot be read.
    pub fn welcome(&self, spot: &Enrolled) -> anyhow::Result<Option<Welcome>> {
        let Some(settings) = stored::settings_of(&self.node.store.read(), &spot.id)? else {
            return Ok(None);
        };
        let config = &self.node.config;
        let sync = config.sync.as_ref().context("no `[sync]`")?;
        let own = crate::link::tls::certificate(&sync.certificate)?;
        let own = webpki::EndEntityCert::try_from(&own)?;
        let host = self
            .config
            .hub
            .rsplit_once(':')
            .map_or("", |(host, _)| host);
        let mut names = own.valid_dns_names();
        let hub_name = match own.valid_dns_names().any(|name| name == host) {
            true => None,
            false => names.next().map(str::to_owned),
        };
        let bundle_key = sync.bundle_key.as_ref();
        let bundle_key = bundle_key.map(|file| crate::bundle::cipher::SecretKey::load(file));
        Ok(Some(Welcome {
            hub: self.config.hub.clone(),
            hub_name,
            renewal: self.config.address.clone(),
            bundle_key: bundle_key.transpose()?.map(|key| key.public().to_string()),
            verify: config.verify.as_ref().map(|it| it.address.clone()),
            node: toml::from_str(&settings)?,
        }))
    }
}

/// As the list has a certificate that was made here.
fn entry_of(
    certificate: &[u8],
    (id, scopes): (&str, &[String]),
    zone: Option<Zone>,
) -> anyhow::Result<Enrolled> {
    let (from_ms, to_ms) = authority::issue::holds(certificate)?;
    let day = |ms: i64| -> anyhow::Result<String> {
        let at = jiff::Timestamp::from_millisecond(ms)?;
        Ok(at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
    };
    let der = rustls::pki_types::CertificateDer::from(certificate);
    Ok(Enrolled {
        id: id.to_owned(),
        role: Role::Spot,
        scopes: scopes.to_vec(),
        fingerprint: crate::link::tls::fingerprint(&der),
        // It holds from a day back, as the clocks of vehicles are wrong.
        enrolled: day(from_ms + 24 * 3_600_000)?,
        ends: Some(day(to_ms)?),
        zone,
        revoked: None,
    })
}

/// Draws a code for that node, and keeps it without its secret.
///
/// # Errors
/// When there is no randomness, or the store does not answer.
pub fn make_code(
    node: &Node,
    settings: &Settings,
    authority: &[u8; 32],
    by: (&str, &str),
) -> anyhow::Result<Code> {
    for _ in 0..8 {
        let code = Code::new(node.random()?, authority);
        if stored::code(&node.store.read(), &code.handle)?.is_some() {
            continue;
        }
        let kept = stored::Code {
            handle: code.handle.clone(),
            secret: crate::staff::hash_pin(&code.secret).map_err(anyhow::Error::msg)?,
            node: settings.id.clone(),
            settings: toml::to_string(settings)?,
            by: (by.0.to_owned(), by.1.to_owned()),
            made_ms: node.now_ms(),
            tries: 0,
            is_withdrawn: false,
            used: None,
        };
        stored::keep_code(&node.store.write(), &kept)?;
        return Ok(code);
    }
    anyhow::bail!("no code is free: take old ones back")
}
