//! Mail over SMTP.

use std::path::Path;

use anyhow::{Context, ensure};
use lettre::address::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport, Tokio1Executor};
use vereda_sync::record::outcome::Way;

use super::{Courier, Delivery, Letter, PATIENCE, Trouble};
use crate::config::{MailServer, Tls as Wanted};

/// Answers after which no other attempt is of use: there is no such address, or it takes no such message. What else is
/// refused (who we are, in which order) is the server's or ours to mend.
const FOR_GOOD: [u16; 6] = [550, 551, 552, 553, 554, 556];
/// Largest file with a password or with authorities, in bytes.
const MAX_PASSWORD_BYTES: u64 = 1 << 10;
const MAX_AUTHORITIES_BYTES: u64 = 8 << 20;

/// A server that takes mail.
pub(super) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

pub(super) fn file(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let said = || path.display().to_string();
    let bytes = std::fs::metadata(path).with_context(said)?.len();
    ensure!(bytes <= most, "{}: larger than it can be", said());
    std::fs::read(path).with_context(said)
}

/// What stands in a file of one line: a password, a token.
pub(super) fn secret(path: &Path) -> anyhow::Result<String> {
    let text = String::from_utf8(file(path, MAX_PASSWORD_BYTES)?)
        .with_context(|| path.display().to_string())?;
    let line = text.trim();
    ensure!(
        !line.is_empty() && line.chars().all(|c| !c.is_control()),
        "{}: one line, and something in it",
        path.display()
    );
    Ok(line.to_owned())
}

impl Mail {
    pub(super) fn new(config: &MailServer, authorities: &Path) -> anyhow::Result<Self> {
        let parameters = || -> anyhow::Result<TlsParameters> {
            let pem = file(authorities, MAX_AUTHORITIES_BYTES)?;
            let begins = b"-----BEGIN CERTIFICATE-----";
            ensure!(
                pem.windows(begins.len()).any(|bytes| bytes == begins),
                "{}: no authority in it",
                authorities.display()
            );
            // All that stand in the file.
            let known =
                Certificate::from_pem(&pem).with_context(|| authorities.display().to_string())?;
            let builder = TlsParameters::builder(config.host.clone())
                .certificate_store(CertificateStore::None)
                .add_root_certificate(known);
            Ok(builder.build_rustls()?)
        };
        let tls = match config.tls {
            Wanted::Starttls => Tls::Required(parameters()?),
            Wanted::Always => Tls::Wrapper(parameters()?),
            Wanted::None => Tls::None,
        };
        let from: Mailbox = config.from.parse().context("`from`")?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            // Our own name in the sender's address: the machine's is nobody's business.
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some((user, file)) = config.user.as_ref().zip(config.password_file.as_ref()) {
            builder = builder.credentials(Credentials::new(user.clone(), secret(file)?));
        }
        Ok(Self {
            transport: builder.build(),
            from,
        })
    }

    fn message(&self, letter: &Letter) -> anyhow::Result<Message> {
        let to: Address = letter.to.parse()?;
        let header = |name: &'static str, value: &str| -> anyhow::Result<HeaderValue> {
            let name = HeaderName::new_from_ascii(name.to_owned())?;
            Ok(HeaderValue::new(name, value.to_owned()))
        };
        Ok(Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .message_id(Some(format!(
                "<{}@{}>",
                letter.key,
                self.from.email.domain()
            )))
            // No machine answers it (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated")?)
            .raw_header(header("Content-Language", &letter.language)?)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())?)
    }
}

fn trouble(error: &Error) -> Trouble {
    let said = format!("{error}");
    match error.status().map(u16::from) {
        Some(code) if FOR_GOOD.contains(&code) => Trouble::Never(format!("recusado: {said}")),
        Some(_) => Trouble::Later(format!("não aceitou: {said}")),
        None => Trouble::Later(format!("não se chegou ao servidor: {said}")),
    }
}

impl Courier for Mail {
    fn way(&self) -> Way {
        Way::Mail
    }

    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        Box::pin(async move {
            let message = self
                .message(letter)
                .map_err(|error| Trouble::Never(format!("o endereço não serve: {error}")))?;
            match self.transport.send(message).await {
                Ok(_) => Ok(()),
                Err(error) => Err(trouble(&error)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        let config = MailServer {
            host: "127.0.0.1".into(),
            port: 1,
            tls: Wanted::None,
            from: "Espaço Cidadão <nao-responda@exemplo.pt>".into(),
            user: None,
            password_file: None,
        };
        Mail::new(&config, Path::new("/nowhere")).unwrap()
    }

    #[test]
    fn a_message_says_who_it_is_from_and_no_line_of_it_becomes_a_header() {
        let letter = Letter {
            key: "00ff".into(),
            to: "olena@exemplo.pt".into(),
            language: "uk".into(),
            subject: "Запит 7\r\nBcc: mallory@exemplo.pt".into(),
            text: "Olá.\n.\nFim.".into(),
        };
        let said = String::from_utf8(mail().message(&letter).unwrap().formatted()).unwrap();
        let head = said.split("\r\n\r\n").next().unwrap();
        assert!(head.contains("Message-ID: <00ff@exemplo.pt>"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("Content-Language: uk"), "{head}");
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    }

    #[test]
    fn what_is_no_address_is_sent_nowhere() {
        for to in [
            "",
            "olena",
            "a@b@c",
            "olena@exemplo.pt\r\nRCPT TO:<x@y>",
            "a b@c.pt",
        ] {
            let letter = Letter {
                key: "k".into(),
                to: to.into(),
                language: "pt".into(),
                subject: "s".into(),
                text: "t".into(),
            };
            assert!(mail().message(&letter).is_err(), "{to:?}");
        }
    }
}
