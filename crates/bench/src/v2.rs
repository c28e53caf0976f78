//! v2 against v1.1, in the same run: the second dialect must cost no more than the first.

use crate::load::{self, Prepared, prepare};
use crate::peers::Birdhouse;
use crate::table::Table;
use crate::work::{METADATA, UPLOAD, image, media_id, multipart, signed};
use anyhow::{Context, Result};
use birdhouse_oauth::params::Params;

/// Exchanges the user's OAuth 1.0a token for an OAuth 2.0 token.
async fn bearer(server: &Birdhouse) -> Result<String> {
    let (client_id, client_secret) = &server.client;
    let form: Params = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", &server.keys.token),
        ("oauth_token_secret", &server.keys.token_secret),
        ("client_id", client_id),
        ("client_secret", client_secret),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let request = prepare("POST", "/2/oauth2/token", &kind, form.print().as_bytes());
    let answer: serde_json::Value =
        serde_json::from_slice(&load::once(server.port, &request).await?)?;
    answer["access_token"].as_str().map(str::to_owned).context("no access_token")
}

/// The size of a round.
struct Load {
    count: usize,
    connections: usize,
}

/// The best rate of each kind of request. Their rounds alternate, so that background work slows down
/// all alike.
async fn alternate<const N: usize>(
    server: &Birdhouse,
    Load { count, connections }: Load,
    kinds: [&dyn Fn() -> Prepared; N],
) -> Result<[f64; N]> {
    let mut best = [0.0_f64; N];
    for round in 0..2 * N {
        for index in 0..N {
            let kind = (index + round) % N;
            let requests = (0..count).map(|_| kinds[kind]()).collect();
            let rate = load::rate(server.port, connections, requests).await?;
            best[kind] = best[kind].max(rate);
        }
    }
    Ok(best)
}

/// Metadata and one-shot uploads by both dialects, signed and with a bearer token.
pub(crate) async fn v2(server: &Birdhouse, table: &mut Table) -> Result<()> {
    let authorization = format!("Bearer {}", bearer(server).await?);
    let with_bearer = |path: &str, kind: &str, body: &[u8]| -> Prepared {
        prepare("POST", path, &[("Authorization", &authorization), ("Content-Type", kind)], body)
    };
    let media = media_id(server, &multipart(server, &[("media", &image(1000))])).await?;
    let old = format!(r#"{{"media_id":"{media}","alt_text":{{"text":"a red square"}}}}"#);
    let new = format!(r#"{{"id":"{media}","metadata":{{"alt_text":{{"text":"a red square"}}}}}}"#);
    let (json, path) = ("application/json", "/2/media/metadata");
    let [v1, v2, token] = alternate(
        server,
        Load { count: 20_000, connections: 64 },
        [
            &|| signed(server, METADATA, json, old.as_bytes(), None),
            &|| signed(server, path, json, new.as_bytes(), None),
            &|| with_bearer(path, json, new.as_bytes()),
        ],
    )
    .await?;
    table.ratio("v2 metadata a second, signed, 64 connections", v2, "v1.1, signed", v1);
    table.ratio("v2 metadata a second, bearer, 64 connections", token, "v1.1, signed", v1);

    let image = image(100_000);
    let body = |category: bool| {
        let mut parts: Vec<(&str, &[u8])> = vec![("media", &image)];
        parts.extend(category.then_some(("media_category", &b"tweet_image"[..])));
        crate::work::parts(&parts)
    };
    let (plain, named) = (body(false), body(true));
    let kind = "multipart/form-data; boundary=b";
    let [v1, v2] = alternate(
        server,
        Load { count: 800, connections: 8 },
        [&|| signed(server, UPLOAD, kind, &plain, None), &|| {
            signed(server, "/2/media/upload", kind, &named, None)
        }],
    )
    .await?;
    table.ratio("v2 one-shot uploads of 100 KB a second, fsync", v2, "v1.1, fsync", v1);
    Ok(())
}
