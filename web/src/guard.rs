//! The door: which hosts are served, which posts are believed, which headers go out.
//!
//! A page of a foreign site must not reach the desk: not by DNS rebinding (the
//! Host is on a list), not by a forged form (Origin or Sec-Fetch-Site must say
//! "same origin", the cookie is `SameSite=Strict`, every form carries a token).

use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// What pages may load and do: only what this node itself serves.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; \
     font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'";

/// The hosts that are served, and whether it is over TLS.
#[derive(Debug, Clone)]
pub struct HostGuard {
    hosts: Arc<RwLock<Vec<String>>>,
    tls: bool,
    mark: String,
}

impl HostGuard {
    /// Serves requests whose `Host` is one of `hosts`. An entry without a port
    /// (`127.0.0.1`, `posto.local`, `[::1]`) stands for every port of it.
    pub fn new<H: Into<String>>(hosts: impl IntoIterator<Item = H>) -> Self {
        let guard = Self {
            hosts: Arc::default(),
            tls: false,
            mark: String::new(),
        };
        guard.serve_as(hosts);
        guard
    }

    /// From now on serves these hosts, and no others: the address of a node on a network changes.
    pub fn serve_as<H: Into<String>>(&self, hosts: impl IntoIterator<Item = H>) {
        let hosts = hosts.into_iter().map(|h| h.into().to_ascii_lowercase());
        *self.hosts.write().unwrap_or_else(PoisonError::into_inner) = hosts.collect();
    }

    /// The connection is TLS: cookies are `Secure` and carry the `__Host-` prefix.
    #[must_use]
    pub fn over_tls(mut self) -> Self {
        self.tls = true;
        self
    }

    fn knows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let bare = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty() => {
                name
            }
            _ => host.as_str(),
        };
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        hosts.iter().any(|h| *h == host || h == bare)
    }

    /// Cookies do not tell ports apart: two nodes on one machine would sign each
    /// other's people out, so each node's cookies carry its mark.
    #[must_use]
    pub fn marked(mut self, mark: &str) -> Self {
        self.mark = format!("-{mark}");
        self
    }

    fn cookie_name(&self, name: &str) -> String {
        let secure = if self.tls { "__Host-" } else { "" };
        format!("{secure}{name}{}", self.mark)
    }

    /// A `Set-Cookie` value; an empty token takes the cookie away.
    pub(crate) fn cookie(&self, name: &str, token: &str) -> String {
        format!(
            "{}={token}; Path=/; HttpOnly; SameSite=Strict{}{}",
            self.cookie_name(name),
            if self.tls { "; Secure" } else { "" },
            if token.is_empty() { "; Max-Age=0" } else { "" },
        )
    }

    /// As [`HostGuard::cookie`], for so many days, also after the browser was closed.
    pub(crate) fn lasting_cookie(&self, name: &str, token: &str, days: u32) -> String {
        let seconds = days * 86_400;
        format!("{}; Max-Age={seconds}", self.cookie(name, token))
    }

    /// The token in the request's cookie, if it has one.
    pub(crate) fn token(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let name = self.cookie_name(name);
        headers
            .get_all(axum::http::header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(k, v)| *k == name && !v.is_empty() && v.len() <= 512)
            .map(|(_, v)| v.to_owned())
    }
}

/// Middleware around everything that is served.
pub(crate) async fn stand_at_the_door(
    State(guard): State<HostGuard>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match refuse(
        &guard,
        request.method(),
        request.headers(),
        request.uri().authority().map(Authority::as_str),
    ) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    // A handler may be stricter (a photograph is sandboxed), never laxer.
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: with it browsers send `Origin: null` with a form, and on a
    // plain-http tablet of the van there is no Sec-Fetch-Site to tell by instead.
    // This one tells other sites as little.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    // Nothing of a citizen stays in a cache of the browser.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refuse(
    guard: &HostGuard,
    method: &Method,
    headers: &HeaderMap,
    authority: Option<&str>,
) -> Option<(StatusCode, &'static str)> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    // HTTP/2 carries the host in the URI.
    let host = text(HOST).or(authority).unwrap_or_default();
    if !guard.knows(host) {
        return Some((
            StatusCode::MISDIRECTED_REQUEST,
            "Este endereço não é o deste posto. Abra o posto pelo endereço que está na configuração.\n",
        ));
    }
    if method == Method::GET || method == Method::HEAD {
        return None;
    }
    let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    let origin = text(ORIGIN);
    let believed = match (site, origin) {
        (Some(site), _) if site != "same-origin" => false,
        (_, Some(origin)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
        (Some(_), None) => true,
        (None, None) => false,
    };
    (!believed).then_some((
        StatusCode::FORBIDDEN,
        "Este pedido não veio de uma página deste posto e não foi feito. Volte ao posto e tente de novo.\n",
    ))
}

/// A token against forged forms for a page that has no session of the desk (the
/// citizen's screen): it follows from the cookie, which a foreign page cannot read.
pub(crate) fn derived(cookie_token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"vereda form guard\0");
    hash.update(cookie_token.as_bytes());
    hash.finalize()
        .iter()
        .take(16)
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Whether two tokens are the same, in a time that does not tell where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len()
        && a.bytes()
            .zip(b.bytes())
            .fold(0, |diff, (a, b)| diff | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)))
            .collect()
    }

    #[test]
    fn only_known_hosts_and_own_posts_pass() {
        let guard = HostGuard::new(["127.0.0.1", "posto.local:8080", "[::1]"]);
        let own = ("sec-fetch-site", "same-origin");
        for (method, sent, passes) in [
            (Method::GET, &[("host", "127.0.0.1:7070")][..], true),
            (Method::GET, &[("host", "[::1]:7070")], true),
            (Method::GET, &[("host", "POSTO.local:8080")], true),
            (Method::GET, &[("host", "posto.local:8081")], false),
            (Method::GET, &[("host", "evil.example")], false),
            (Method::GET, &[("host", "127.0.0.1.evil.example")], false),
            (Method::GET, &[], false),
            (Method::POST, &[("host", "127.0.0.1:1"), own], true),
            (
                Method::POST,
                &[("host", "127.0.0.1:1"), ("origin", "http://127.0.0.1:1")],
                true,
            ),
            (
                Method::POST,
                &[("host", "127.0.0.1:1"), ("origin", "http://127.0.0.1:2")],
                false,
            ),
            (
                Method::POST,
                &[("host", "127.0.0.1:1"), ("origin", "null")],
                false,
            ),
            (
                Method::POST,
                &[("host", "127.0.0.1:1"), ("sec-fetch-site", "cross-site")],
                false,
            ),
            (
                Method::POST,
                &[
                    ("host", "127.0.0.1:1"),
                    own,
                    ("origin", "http://evil.example"),
                ],
                false,
            ),
            (Method::POST, &[("host", "127.0.0.1:1")], false),
        ] {
            assert_eq!(
                refuse(&guard, &method, &headers(sent), None).is_none(),
                passes,
                "{method} {sent:?}"
            );
        }
    }

    #[test]
    fn cookies_are_strict() {
        let guard = HostGuard::new(["x"]);
        assert_eq!(
            guard.cookie("vereda", "t"),
            "vereda=t; Path=/; HttpOnly; SameSite=Strict"
        );
        assert_eq!(
            guard.clone().over_tls().cookie("vereda", "t"),
            "__Host-vereda=t; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            guard
                .token(&headers(&[("cookie", "a=1; vereda=t2")]), "vereda")
                .as_deref(),
            Some("t2")
        );
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab"));
    }
}
