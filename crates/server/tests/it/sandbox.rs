//! A kernel that does not enforce the sandbox: nothing is processed, and the operator is told.

use crate::support::{Call, Response, TestApp};
use birdhouse_core::actions::health;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// Runs a test on threads whose kernel seems to lack a system call; child processes inherit that.
fn without<F: Future>(call: libc::c_long, test: impl FnOnce() -> F + Send + 'static) {
    let body = move || {
        let arch = std::env::consts::ARCH.try_into().unwrap();
        let lacking = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        let rules = [(call, vec![])].into();
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, lacking, arch).unwrap();
        let program: BpfProgram = filter.try_into().unwrap();
        seccompiler::apply_filter(&program).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(test());
    };
    std::thread::spawn(body).join().unwrap();
}

async fn ready(test: &TestApp) -> Response {
    test.send(axum::http::Request::get("/readyz").body(axum::body::Body::empty()).unwrap()).await
}

/// A size of an uploaded image that has to be derived.
async fn derived_size(test: &TestApp, media: &str) -> Response {
    let posted =
        test.post_form(crate::support::UPDATE, &[("status", "x"), ("media_ids", media)]).await;
    let url = posted.json()["extended_entities"]["media"][0]["media_url"].clone();
    let url = url.as_str().unwrap();
    let path = format!("{}?format=jpg&name=small", &url[url.find("/media/").unwrap()..]);
    test.send(axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap()).await
}

#[test]
fn without_landlock_processing_refuses_and_readyz_names_the_cure() {
    without(libc::SYS_landlock_create_ruleset, || async {
        let test = TestApp::start().await;
        let answer = ready(&test).await;
        assert_eq!(answer.status, 503);
        for word in ["does not enforce Landlock", "lsm=", "allow_unsandboxed_processing = true"] {
            assert!(answer.text().contains(word), "{word}: {}", answer.text());
        }
        let refused = test.init(1000, "video/mp4", Some("tweet_video")).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, "60"));
        let body =
            r#"{"media_type":"video/mp4","total_bytes":1000,"media_category":"tweet_video"}"#;
        let refused =
            test.send_signed(&test.alice, Call::json("/2/media/upload/initialize", body)).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, "60"));

        let media = test.upload_image().await;
        test.run_jobs().await;
        assert_eq!(health::job_count(&test.app).await.unwrap(), 1, "it is done later");
        assert_eq!(derived_size(&test, &media).await.status, 503);
    });
}

#[test]
fn without_seccomp_processing_refuses() {
    without(libc::SYS_seccomp, || async {
        let test = TestApp::start().await;
        let answer = ready(&test).await;
        assert_eq!(answer.status, 503);
        assert!(answer.text().contains("seccomp fails"), "{}", answer.text());
        let media = test.upload_image().await;
        test.run_jobs().await;
        assert_eq!(health::job_count(&test.app).await.unwrap(), 1, "it is done later");
        assert_eq!(derived_size(&test, &media).await.status, 503);
    });
}

#[test]
fn a_setting_allows_processing_without_landlock() {
    without(libc::SYS_landlock_create_ruleset, || async {
        let test =
            TestApp::start_with(|layer| layer.allow_unsandboxed_processing = Some(true)).await;
        let answer = ready(&test).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().starts_with("ready\n"), "{}", answer.text());
        assert!(answer.text().contains("does not enforce Landlock"), "{}", answer.text());
        let media = test.upload_image().await;
        test.run_jobs().await;
        assert_eq!(health::job_count(&test.app).await.unwrap(), 0);
        assert_eq!(derived_size(&test, &media).await.status, 200);
    });
}
