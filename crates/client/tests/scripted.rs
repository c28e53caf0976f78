//! The client against a server that answers by a script: pauses, pages, and answers that are lost.

use birdhouse_client::clock::Clock;
use birdhouse_client::connection::Connection;
use birdhouse_client::error::Error;
use birdhouse_client::overview::{Search, search};
use birdhouse_client::profile::{Member, Members, Profile};
use birdhouse_client::transfer::export;
use birdhouse_client::tweet;
use birdhouse_oauth::params::Params;
use futures_util::stream::TryStreamExt;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

const NOW: u64 = 1_767_225_600;

/// Answers one connection with each; returns the URL, and the first lines of the requests.
fn server(answers: Vec<String>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("it works");
    let url = format!("http://{}", listener.local_addr().expect("it works"));
    let requests = std::thread::spawn(move || {
        let mut lines = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("it works");
            let mut head = vec![0; 16 * 1024];
            let length = stream.read(&mut head).expect("it works");
            let text = String::from_utf8_lossy(&head[..length]).into_owned();
            lines.push(text.lines().next().unwrap_or_default().to_owned());
            stream.write_all(answer.as_bytes()).expect("it works");
        }
        lines
    });
    (url, requests)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn ok(body: &str) -> String {
    answer("200 OK", "", body)
}

fn connect(url: &str, clock: &Clock) -> Connection {
    let mut members: Members = [(Member::Url, url.to_owned())].into();
    members.extend(Member::OAUTH1.map(|member| (member, "x".to_owned())));
    let profile = Profile::resolve("test", &members, &Members::new()).expect("it works");
    Connection::new(profile, clock.clone(), 1).expect("it works")
}

#[tokio::test]
async fn the_end_of_a_rate_window_is_waited_for() {
    let reset = format!("x-rate-limit-reset: {}\r\n", NOW + 700);
    let limited = answer("429 Too Many Requests", &reset, "{}");
    let (url, requests) = server(vec![limited, ok("{\"id_str\":\"8\"}")]);
    let clock = Clock::skipping(NOW);
    let posted = tweet::post(&connect(&url, &clock), "Hello", &["7".to_owned()]).await.unwrap();
    assert_eq!(posted.id.as_deref(), Some("8"));
    let [pause] = clock.pauses()[..] else { panic!("{:?}", clock.pauses()) };
    assert!(pause > Duration::from_secs(700) && pause < Duration::from_secs(703), "{pause:?}");
    assert_eq!(requests.join().unwrap().len(), 2);
}

#[tokio::test]
async fn a_tweet_whose_answer_is_lost_is_not_posted_twice() {
    let duplicate = answer(
        "403 Forbidden",
        "",
        "{\"errors\":[{\"code\":187,\"message\":\"Status is a duplicate.\"}]}",
    );
    let (url, requests) = server(vec![String::new(), duplicate]);
    let clock = Clock::skipping(NOW);
    let posted = tweet::post(&connect(&url, &clock), "Hello", &["7".to_owned()]).await.unwrap();
    assert_eq!(posted.id, None, "posted, with an id that nobody knows");
    assert_eq!(requests.join().unwrap().len(), 2);
}

#[tokio::test]
async fn a_server_that_never_answered_is_given_up_soon() {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let clock = Clock::skipping(NOW);
    let error = connect(&url, &clock).get("/1.1/x.json").await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { is_sent: false, .. }), "{error:?}");
    assert_eq!(clock.pauses().len(), 3);
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_credentials() {
    let moved = answer("308 Permanent Redirect", "Location: https://other.example/\r\n", "");
    let (url, requests) = server(vec![moved]);
    let error = connect(&url, &Clock::skipping(NOW)).get("/1.1/x.json").await.unwrap_err();
    assert!(error.to_string().contains("redirects to https://other.example/"), "{error}");
    assert_eq!(requests.join().unwrap().len(), 1);
}

#[tokio::test]
async fn all_pages_of_an_export_are_read_in_order() {
    let described = |text: &str| {
        ok(&format!("{{\"descriptions\":[{{\"lang\":\"en\",\"alt_text\":\"{text}\"}}]}}"))
    };
    let (url, requests) = server(vec![
        ok("{\"media\":[{\"media_id\":\"9\"},{\"media_id\":\"8\"}],\"next_cursor\":\"8\"}"),
        described("nine"),
        described("eight"),
        ok("{\"media\":[{\"media_id\":\"7\"}],\"next_cursor\":null}"),
        described("seven"),
    ]);
    let connection = connect(&url, &Clock::skipping(NOW));
    let all = Params::default();
    let rows: Vec<_> = export(&connection, &all).try_collect().await.unwrap();
    let texts: Vec<_> = rows.iter().map(|row| row.alt_text.as_deref().unwrap()).collect();
    assert_eq!(texts, ["nine", "eight", "seven"]);
    let requests = requests.join().unwrap();
    assert!(requests[3].starts_with("GET /birdhouse/v1/media?limit=100&cursor=8 "), "{requests:?}");
}

#[tokio::test]
async fn a_search_reads_no_more_pages_than_it_needs() {
    let page = "{\"results\":[{\"media_id\":\"9\"},{\"media_id\":\"8\"}],\"next_cursor\":\"8\"}";
    let (url, requests) = server(vec![ok(page)]);
    let wanted = Search {
        words: "gray cat".to_owned(),
        lang: Some("de".to_owned()),
        filters: vec!["undescribed".to_owned(), "app:a b".to_owned()],
    };
    let connection = connect(&url, &Clock::skipping(NOW));
    assert_eq!(search(&connection, &wanted, 1).await.unwrap().len(), 1);
    let requests = requests.join().unwrap();
    let query = "q=gray%20cat&lang=de&filter=undescribed&filter=app%3Aa%20b&limit=100";
    assert!(requests[0].contains(query), "{requests:?}");
}
