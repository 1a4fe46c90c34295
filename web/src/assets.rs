//! What pages load: embedded in the binary, compressed once, cached for good.

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Name, media type, content.
const ASSETS: [(&str, &str, &[u8]); 17] = [
    (
        "base.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/base.css"),
    ),
    (
        "desk.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/desk.css"),
    ),
    (
        "tours.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/tours.css"),
    ),
    (
        "homes.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/homes.css"),
    ),
    (
        "packs.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/packs.css"),
    ),
    (
        "citizen.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/citizen.css"),
    ),
    (
        "console.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/console.css"),
    ),
    (
        "verify.css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/verify.css"),
    ),
    (
        "desk.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/desk.js"),
    ),
    (
        "citizen.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/citizen.js"),
    ),
    (
        "write.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/write.js"),
    ),
    (
        "console.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/console.js"),
    ),
    (
        "noto-sans-latin.woff2",
        "font/woff2",
        include_bytes!("../assets/fonts/noto-sans-latin.woff2"),
    ),
    (
        "noto-sans-names.woff2",
        "font/woff2",
        include_bytes!("../assets/fonts/noto-sans-names.woff2"),
    ),
    (
        "noto-sans-cyrillic.woff2",
        "font/woff2",
        include_bytes!("../assets/fonts/noto-sans-cyrillic.woff2"),
    ),
    (
        "noto-sans-devanagari.woff2",
        "font/woff2",
        include_bytes!("../assets/fonts/noto-sans-devanagari.woff2"),
    ),
    (
        "noto-sans-arabic.woff2",
        "font/woff2",
        include_bytes!("../assets/fonts/noto-sans-arabic.woff2"),
    ),
];

struct Packed {
    /// Hash over all of them: it stands in every address, so that a new binary
    /// is never read with the style or script of an old one.
    fingerprint: String,
    gzipped: HashMap<&'static str, Vec<u8>>,
}

static PACKED: LazyLock<Packed> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    let mut gzipped = HashMap::new();
    for (name, media_type, bytes) in ASSETS {
        hash.update(name.as_bytes());
        hash.update(bytes);
        // woff2 is compressed already.
        if media_type.starts_with("text/")
            && let Some(packed) = gzip(bytes)
        {
            gzipped.insert(name, packed);
        }
    }
    let fingerprint = hash
        .finalize()
        .iter()
        .take(6)
        .fold(String::new(), |hex, b| format!("{hex}{b:02x}"));
    Packed {
        fingerprint,
        gzipped,
    }
});

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// The address of an asset.
#[must_use]
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", PACKED.fingerprint)
}

pub(crate) async fn serve(
    Path((fingerprint, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some((name, media_type, bytes)) = ASSETS.into_iter().find(|(n, ..)| *n == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // A page of before an update asks with the old fingerprint: it gets the new
    // bytes, but must not keep them under the old name.
    let keep = if fingerprint == PACKED.fingerprint {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let takes_gzip = headers
        .get(ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| {
            v.split(',')
                .any(|e| e.trim().split(';').next() == Some("gzip"))
        });
    let common = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, keep),
        (VARY, "accept-encoding"),
    ];
    match PACKED.gzipped.get(name) {
        Some(packed) if takes_gzip => {
            (common, [(CONTENT_ENCODING, "gzip")], packed.as_slice()).into_response()
        }
        _ => (common, bytes).into_response(),
    }
}

/// Bytes that a browser fetches for a page with these assets, compressed.
#[cfg(test)]
pub(crate) fn transferred(names: &[&str]) -> usize {
    ASSETS
        .iter()
        .filter(|(n, ..)| names.contains(n))
        .map(|(n, _, bytes)| PACKED.gzipped.get(n).map_or(bytes.len(), Vec::len))
        .sum()
}

/// All assets, for the dump of pages.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (String, &'static [u8])> {
    ASSETS
        .into_iter()
        .map(|(name, _, bytes)| (url(name), bytes))
}
