//! Where something is sent to, as the configuration says: nobody else says where.

use std::net::IpAddr;

use hyper::Uri;

/// An address of an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Over TLS.
    pub is_secure: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Name and port as HTTP says them.
    pub authority: String,
    /// The rest.
    pub path: String,
}

impl Target {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|_| format!("`{url}` is no address"))?;
        let authority = uri
            .authority()
            .ok_or("an address needs a host: https://…")?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_here(&host) => false,
            Some("http") => {
                return Err("without TLS only this machine is sent to: https://…".into());
            }
            _ => return Err("an address begins with https://".into()),
        };
        if authority.as_str().contains('@') {
            return Err("an address names nobody: the signature says who sends".into());
        }
        Ok(Self {
            is_secure,
            port: authority
                .port_u16()
                .unwrap_or(if is_secure { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            host,
        })
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_secure_or_on_this_machine() {
        let at = |url| Target::parse(url);
        let iss = at("https://iss.exemplo.pt/vereda?x=1").unwrap();
        assert_eq!(
            (iss.host.as_str(), iss.port, iss.path.as_str()),
            ("iss.exemplo.pt", 443, "/vereda?x=1")
        );
        let here = at("http://[::1]:8080").unwrap();
        assert_eq!(
            (here.host.as_str(), here.port, here.path.as_str()),
            ("::1", 8080, "/")
        );
        for wrong in [
            "http://iss.exemplo.pt/",
            "ftp://iss/",
            "iss.exemplo.pt",
            "https://a@b/",
            "",
            "http://10.0.0.1/",
        ] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
