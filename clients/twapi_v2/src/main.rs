//! twapi-v2, a Rust library for v2. Its host is api.x.com; it uploads in segments, and sets alt text
//! by the older path.
use std::future::Future;
use twapi_v2::api::post_2_media_upload_initialize::MediaCategory;
use twapi_v2::api::{
    self, Authentication, BearerAuthentication, get_2_media_upload, get_2_tweets_id,
    post_2_media_metadata_create as metadata, post_2_tweets,
};
use twapi_v2::error::Error;
use twapi_v2::headers::Headers;
use twapi_v2::oauth10a::OAuthAuthentication;
use twapi_v2::upload_v2::{check_processing, get_media_id, upload_media_from_bytes};

const ALT: &str =
    "A red square \u{2014} caf\u{e9} & \u{201c}quotes\u{201d} 100% ~!*'() \u{1F600}";
const TEXT: &str = "hello w\u{f6}rld! (*~') & 100% + #tag \u{1F426}";
type Progress = fn(i64, &get_2_media_upload::Response, &Headers) -> Result<(), Error>;

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Runs one step and prints PASS or FAIL.
async fn step<T, E: std::fmt::Debug>(
    bad: &mut bool,
    name: &str,
    work: impl Future<Output = Result<T, E>>,
) -> Option<T> {
    match work.await {
        Ok(value) => {
            println!("PASS {name}");
            Some(value)
        }
        Err(error) => {
            *bad = true;
            println!("FAIL {name} {error:?}");
            None
        }
    }
}

async fn flow(name: &str, auth: &impl Authentication, data: &[u8], bad: &mut bool) -> Option<()> {
    let named = |step: &str| format!("{step} ({name})");
    let upload = upload_media_from_bytes(
        data, "image/png", Some(MediaCategory::TweetImage), vec![], auth, None);
    let (response, _) = step(bad, &named("chunked upload"), upload).await?;
    let id = get_media_id(&response);
    let processed = check_processing(response, auth, None::<Progress>, None);
    step(bad, &named("status, polled"), processed).await?;
    let status = get_2_media_upload::Api::new(&id, get_2_media_upload::Command::Status);
    step(bad, &named("status"), status.execute(auth)).await?;
    let alt_text = Some(metadata::AltText { text: ALT.into() });
    let body = metadata::Body { media_id: id.clone(), alt_text, ..Default::default() };
    step(bad, &named("alt text"), metadata::Api::new(body).execute(auth)).await?;
    let post = |ids: Vec<String>| post_2_tweets::Body {
        text: Some(TEXT.into()),
        media: Some(post_2_tweets::Media { media_ids: ids, ..Default::default() }),
        ..Default::default()
    };
    let tweet = post_2_tweets::Api::new(post(vec![id]));
    let (tweet, _) = step(bad, &named("Tweet"), tweet.execute(auth)).await?;
    let tweet = tweet.data.and_then(|data| data.id).unwrap_or_default();
    let back = async {
        let (found, _) = get_2_tweets_id::Api::all(&tweet).execute(auth).await
            .map_err(|error| format!("{error:?}"))?;
        let media = found.includes.and_then(|includes| includes.media).unwrap_or_default();
        let alt_text = media.first().and_then(|media| media.alt_text.clone());
        if alt_text.as_deref() == Some(ALT) { Ok(()) } else { Err(format!("{alt_text:?}")) }
    };
    step(bad, &named("read back"), back).await?;
    let unknown = async {
        match post_2_tweets::Api::new(post(vec!["1".into()])).execute(auth).await {
            Err(error) if format!("{error:?}").contains("media IDs are invalid") => Ok(()),
            other => Err(format!("{:?}", other.map(|_| ()))),
        }
    };
    step(bad, &named("error path: unknown media"), unknown).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    api::setup_prefix_url("https://api.x.com");
    let path = std::env::args().nth(1).expect("the path of an image");
    let data = std::fs::read(path).expect("a readable image");
    let mut bad = false;
    println!("SKIP simple upload - the library always uploads in segments");
    let oauth1 = OAuthAuthentication::new(
        env("CONSUMER_KEY"), env("CONSUMER_SECRET"), env("ACCESS_TOKEN"), env("ACCESS_SECRET"));
    flow("OAuth 1.0a", &oauth1, &data, &mut bad).await;
    flow("OAuth 2.0", &BearerAuthentication::new(env("BEARER")), &data, &mut bad).await;
    std::process::exit(i32::from(bad));
}
