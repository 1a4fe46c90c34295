//! Hubs: how citizens are sent word of how their requests ended.

use std::path::PathBuf;

use lettre::message::Mailbox;
use serde::Deserialize;

use crate::agencies::Target;

/// How word is sent, and for how long that is tried.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// So many minutes after an outcome: until then it can be taken back unseen.
    #[serde(default = "default_delay_minutes")]
    pub delay_minutes: u32,
    /// For so many minutes it is tried; then a person has to tell them.
    #[serde(default = "default_give_up_minutes")]
    pub give_up_minutes: u32,
    /// Longest pause between two tries, in seconds.
    #[serde(default = "default_retry_max_s")]
    pub retry_max_s: u32,
    /// The authorities that the certificates of server and gateway may be of (PEM).
    #[serde(default = "system_authorities")]
    pub authorities: PathBuf,
    /// The server that takes mail.
    pub mail: Option<MailServer>,
    /// The gateway that takes text messages.
    pub sms: Option<SmsGateway>,
}

/// A server that takes mail (SMTP).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailServer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: Tls,
    /// From whom it is: `Espaço Cidadão <nao-responda@exemplo.pt>`.
    pub from: String,
    /// Who signs in there; without, nobody does.
    pub user: Option<String>,
    /// The file with the password.
    pub password_file: Option<PathBuf>,
}

/// How the connection to a server of mail is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// It begins in the clear and nothing is said before it is encrypted.
    #[default]
    Starttls,
    /// From the first byte.
    Always,
    /// Not at all: only on this machine.
    None,
}

/// A gateway that takes text messages over HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsGateway {
    /// Where messages are posted: `https://…`, or `http://` on this machine.
    pub url: String,
    /// The file with the token that is shown there.
    pub token_file: PathBuf,
}

fn default_delay_minutes() -> u32 {
    10
}

fn default_give_up_minutes() -> u32 {
    3 * 24 * 60
}

fn default_retry_max_s() -> u32 {
    3_600
}

fn system_authorities() -> PathBuf {
    "/etc/ssl/certs/ca-certificates.crt".into()
}

impl Notices {
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let password = self.mail.iter_mut().flat_map(|it| &mut it.password_file);
        let token = self.sms.iter_mut().map(|it| &mut it.token_file);
        password.chain(token).chain([&mut self.authorities])
    }

    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.mail.is_none() && self.sms.is_none() {
            let fault = "a server of mail (`[notices.mail]`), a gateway of text messages (`[notices.sms]`), or both";
            return Err(("notices", fault.into()));
        }
        if !(1..=30 * 24 * 60).contains(&self.give_up_minutes) {
            return Err(("notices.give_up_minutes", "1 to 43200: thirty days".into()));
        }
        if self.delay_minutes > 24 * 60 {
            return Err(("notices.delay_minutes", "0 to 1440: a day".into()));
        }
        if !(1..=24 * 3_600).contains(&self.retry_max_s) {
            return Err(("notices.retry_max_s", "1 to 86400 seconds".into()));
        }
        if let Some(mail) = &self.mail {
            mail.check()?;
        }
        match self.sms.as_ref().map(|it| Target::parse(&it.url)) {
            Some(Err(fault)) => Err(("notices.sms.url", fault)),
            _ => Ok(()),
        }
    }
}

impl MailServer {
    fn check(&self) -> Result<(), (&'static str, String)> {
        let is_here = self.host == "localhost"
            || self
                .host
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if self.host.is_empty() || self.port == 0 {
            return Err(("notices.mail.host", "a name and a port".into()));
        }
        if self.tls == Tls::None && !is_here {
            let fault = "without TLS only this machine is sent to: `starttls` or `always`";
            return Err(("notices.mail.tls", fault.into()));
        }
        if self.from.parse::<Mailbox>().is_err() {
            let fault = "as `Espaço Cidadão <nao-responda@exemplo.pt>`";
            return Err(("notices.mail.from", fault.into()));
        }
        if self.user.is_some() != self.password_file.is_some() {
            let fault = "who signs in, and the file with the password, or none of both";
            return Err(("notices.mail.user", fault.into()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    /// The sample, with what it only explains of this.
    fn sample() -> String {
        let text = include_str!("../../../images/hub.toml");
        let (before, rest) = text.split_once("# [notices]").unwrap();
        let (notices, after) = rest.split_once("\n\n# Agencies").unwrap();
        let is_said = |line: &&str| line.contains(" = ") || line.starts_with("# [notices.");
        let lines = notices.lines().filter(is_said);
        let lines: Vec<&str> = lines.map(|line| line.trim_start_matches("# ")).collect();
        format!(
            "{before}\n[notices]\n{}\n\n# Agencies{after}",
            lines.join("\n")
        )
    }

    #[test]
    fn what_the_sample_says_of_notices_is_right() {
        let config = Config::parse(&sample()).unwrap();
        config.check().unwrap();
        let notices = config.notices.unwrap();
        assert!(notices.mail.is_some() && notices.sms.is_some());
    }

    #[test]
    fn what_would_send_in_the_clear_or_never_end_is_refused() {
        let sample = sample();
        for (was, is, key) in [
            ("tls = \"starttls\"", "tls = \"none\"", "notices.mail.tls"),
            ("url = \"https://", "url = \"http://", "notices.sms.url"),
            (
                "give_up_minutes = 4320",
                "give_up_minutes = 0",
                "notices.give_up_minutes",
            ),
            (
                "from = \"Espaço",
                "from = \"@@@ Espaço",
                "notices.mail.from",
            ),
            (
                "password_file = \"keys/mail.password\"\n",
                "",
                "notices.mail.user",
            ),
            (
                "retry_max_s = 3600",
                "retry_max_s = 0",
                "notices.retry_max_s",
            ),
        ] {
            assert!(sample.contains(was), "{was}");
            let config = Config::parse(&sample.replacen(was, is, 1)).unwrap();
            assert_eq!(config.check().unwrap_err().0, key, "{was}");
        }
    }
}
