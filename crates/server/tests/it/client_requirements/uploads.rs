//! Encodings of parameters, files and alt text (R12 to R20).

use crate::support::{Call, FORM, METADATA, TestApp, UPDATE, UPLOAD, VERIFY, png};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

#[tokio::test]
async fn r12_parameters_may_be_in_query_form_or_parts() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let total = bytes.len().to_string();
    let init = format!("{UPLOAD}?command=INIT&total_bytes={total}&media_type=image%2Fpng");
    let media = test.send_signed(&test.alice, Call::post(&init, None, "")).await.media_id();
    let append = format!("{UPLOAD}?command=APPEND&media_id={media}&segment_index=0");
    let odd = [
        &b"--b\r\nContent-Disposition: form-data; name=media; filename=0; filename*=utf-8''0\r\n\r\n"[..],
        &bytes,
        b"\r\n--b--",
    ]
    .concat();
    let kind = Some("multipart/form-data; boundary=\"b\"");
    let response = test.send_signed(&test.alice, Call::post(&append, kind, odd)).await;
    assert_eq!(response.status, 204, "{}", response.line());
    let finalize: [(&str, &[u8]); 2] = [("command", b"FINALIZE"), ("media_id", media.as_bytes())];
    assert_eq!(test.post_multipart(UPLOAD, &finalize).await.status, 201);
    let parts: [(&str, &[u8]); 3] =
        [("command", b"INIT"), ("total_bytes", total.as_bytes()), ("media_type", b"image/png")];
    assert_eq!(test.post_multipart(UPLOAD, &parts).await.status, 202);
}

#[tokio::test]
async fn r13_media_may_be_raw_or_base64() {
    let test = TestApp::start().await;
    let bytes = png(16, 16);
    let text = STANDARD.encode(&bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(60).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let lines = lines.join("\r\n");
    for name in ["media", "media_data"] {
        for text in [&text, &lines] {
            let response = test.post_form(UPLOAD, &[(name, text)]).await;
            assert_eq!(response.json()["size"], json!(bytes.len()), "{name}: {}", response.line());
        }
    }
    for (name, body) in
        [("media", &bytes[..]), ("media_data", text.as_bytes()), ("media_data", lines.as_bytes())]
    {
        assert_eq!(
            test.post_multipart(UPLOAD, &[(name, body)]).await.json()["size"],
            json!(bytes.len())
        );
    }
    let part = format!(
        "--b\r\nContent-Disposition: form-data; name=\"media[]\"; filename=\"x\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--b--\r\n\r\n"
    );
    let call = Call::post(UPLOAD, Some("multipart/form-data; boundary=b"), part);
    assert_eq!(test.send_signed(&test.alice, call).await.json()["size"], json!(bytes.len()));
}

#[tokio::test]
async fn r14_every_known_part_header_is_parsed() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let heads = [
        "Content-Disposition: form-data; name=\"media\"",
        "Content-Disposition: form-data; name=\"media\"; filename=\"'sm2.png'\"\r\nContent-Type: video/mp4",
        "Content-Type: application/octet-stream\r\nContent-Disposition: form-data; name=\"media\"; filename=\"stream-580\"",
        "Content-Disposition: form-data; name=media; filename=0",
    ];
    for head in heads {
        for end in ["\r\n--b--", "\r\n--b--\r\n", "\r\n--b--\r\n\r\n"] {
            let category = "--b\r\nContent-Disposition: form-data; name=\"media_category\"; \
                            filename=\"media_category\"\r\nContent-Type: text/plain; \
                            charset=UTF-8\r\n\r\ntweet_image\r\n";
            let media = [format!("--b\r\n{head}\r\n\r\n").as_bytes(), &bytes].concat();
            let after =
                [&media, b"\r\n".as_slice(), category.trim_end().as_bytes(), end.as_bytes()]
                    .concat();
            let before = [category.as_bytes(), &media, end.as_bytes()].concat();
            for body in [before, after] {
                let call = Call::post(UPLOAD, Some("multipart/form-data; boundary=b"), body);
                let response = test.send_signed(&test.alice, call).await;
                assert!(
                    response.json()["media_key"].as_str().is_some_and(|k| k.starts_with("3_")),
                    "{head} {}",
                    response.line()
                );
            }
        }
    }
}

#[tokio::test]
async fn r15_every_known_boundary_is_parsed() {
    let test = TestApp::start().await;
    let content_types = [
        (
            "multipart/form-data, boundary=\"00Twurl540768757418670494lruwT99\"",
            "00Twurl540768757418670494lruwT99",
        ),
        ("multipart/form-data; boundary=###Python-Twitter###", "###Python-Twitter###"),
        ("multipart/form-data; charset=utf-8; boundary=xYzZY", "xYzZY"),
        ("multipart/form-data;boundary=6b9ed6fc", "6b9ed6fc"),
        ("multipart/form-data;charset=UTF-8;boundary=\"a b\"", "a b"),
    ];
    for (kind, boundary) in content_types {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n");
        let end = format!("\r\n--{boundary}--\r\n");
        let body = [head.as_bytes(), &png(4, 4), end.as_bytes()].concat();
        let response = test.send_signed(&test.alice, Call::post(UPLOAD, Some(kind), body)).await;
        assert_eq!(response.status, 200, "{kind}: {}", response.line());
    }
}

#[tokio::test]
async fn r16_metadata_is_json_under_any_content_type_with_a_string_or_number_as_id() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let kinds = [
        None,
        Some("application/json"),
        Some("application/json; charset=UTF-8"),
        Some("text/plain; charset=utf-8"),
        Some(FORM),
    ];
    for kind in kinds {
        for id in [format!("\"{media}\""), media.clone()] {
            let text = format!("described as {kind:?} {id}").replace('"', "'");
            let body = format!(
                r#"{{"media_id":{id},"alt_text":{{"text":"{text}"}},"CustomQueryParameters":[],"FormattedCustomQueryParameters":""}}"#
            );
            let response = test.send_signed(&test.alice, Call::post(METADATA, kind, body)).await;
            assert_eq!(response.line(), "200 {}", "{kind:?} {id}");
            let id = birdhouse_domain::MediaId::parse(&media).unwrap();
            let stored = test.catalog.media(id).await.unwrap().unwrap();
            assert_eq!(stored.alt_text.unwrap(), text);
        }
    }
    let form =
        test.post_form(METADATA, &[("media_id", &media), ("alt_text[text]", "by form")]).await;
    assert_eq!(form.status, 200);
}

#[tokio::test]
async fn r17_update_takes_parameters_from_query_and_body() {
    let test = TestApp::start().await;
    let calls = [
        Call::form(UPDATE, &[("status", "in the body")]),
        Call::post("/1.1/statuses/update.json?status=in%20the%20query%21", None, ""),
        Call::post("/1.1/statuses/update.json?status=with+a+type", Some("application/json"), ""),
        Call::form("/1.1/statuses/update.json?trim_user=true", &[("status", "in both")]),
    ];
    for call in calls {
        let path = call.path;
        assert_eq!(test.send_signed(&test.alice, call).await.status, 200, "{path}");
    }
    let get = Call { content_type: Some("application/json;charset=utf8"), ..Call::get(VERIFY) };
    assert_eq!(test.send_signed(&test.alice, get).await.status, 200);
}

#[tokio::test]
async fn r18_booleans_have_many_spellings_and_unknown_parameters_are_ignored() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let id = test.post_form(UPDATE, &[("media_ids", &media), ("nonsense", "1")]).await.json();
    let id = id["id_str"].as_str().unwrap();
    for (value, is_on) in
        [("true", true), ("True", true), ("t", true), ("1", true), ("False", false), ("0", false)]
    {
        let path = format!(
            "/1.1/statuses/show.json?id={id}&include_ext_alt_text={value}&tweet_mode=compat"
        );
        let item = test.get(&path).await.json()["extended_entities"]["media"][0].clone();
        assert_eq!(item.get("ext_alt_text").is_some(), is_on, "{value}");
    }
}

#[tokio::test]
async fn r19_categories_have_many_spellings_and_media_type_is_not_trusted() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    for category in ["tweet_image", "TweetImage", "TWEET_IMAGE", "DmImage"] {
        assert_eq!(test.init(bytes.len(), "image/png", Some(category)).await.status, 202);
    }
    for kind in ["application/octet-stream", "video/mp4", "video/mov"] {
        let media = test.init(bytes.len(), kind, None).await.media_id();
        test.append(&media, "0", &bytes).await;
        let response = test.finalize(&media).await;
        assert_eq!(response.json()["image"]["image_type"], "image/png", "{kind}");
    }
}

#[tokio::test]
async fn r20_an_empty_last_segment_is_accepted() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let media = test.init(bytes.len(), "image/png", None).await.media_id();
    test.append(&media, "0", &bytes).await;
    let last = test.append(&media, "1", b"").await;
    assert_eq!(last.status, 204, "{}", last.line());
    assert_eq!(test.finalize(&media).await.status, 201);
}
