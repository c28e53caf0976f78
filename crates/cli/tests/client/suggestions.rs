//! What others suggest.

use crate::server::Server;

fn suggest(server: &Server, media: &str, text: &str) {
    let target = format!("/birdhouse/v1/media/{media}/suggestions");
    let body = format!("{{\"lang\":\"en\",\"alt_text\":\"{text}\"}}");
    let answer = server.post_json_as("friend", &target, &body);
    assert!(answer.contains("\"state\":\"open\""), "{answer}");
}

#[test]
fn suggestions_are_listed_accepted_declined_and_blocked() {
    let server = Server::start();
    assert!(server.run(&["suggestions"]).out.contains("No suggestion is open"));
    let media: Vec<String> = (1..=4).map(|gray| server.tweet_image(gray)).collect();
    server.run_as("friend", &["suggestions"]);
    for (id, text) in media.iter().zip(["A square", "A box", "A tile", "A field"]) {
        suggest(&server, id, text);
    }
    let listed = server.run(&["suggestions", "--json"]).json();
    assert_eq!(listed.len(), 4, "{listed:?}");
    let id_of = |text: &str| {
        let one = listed.iter().find(|one| one["alt_text"] == text).expect("it is listed");
        one["id"].as_str().expect("an id").to_owned()
    };
    let text = server.run(&["suggestions"]);
    assert!(text.out.contains("@friend: A square\n"), "{text:?}");
    let (square, tile) = (id_of("A square"), id_of("A box"));
    for decision in [
        &["suggestions", "accept", &square, "--text", "A gray square"][..],
        &["suggestions", "decline", &tile],
        &["suggestions", "block", "@friend"],
    ] {
        let ran = server.run(decision);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    }
    let described = server.run(&["describe", &media[0]]);
    assert!(described.out.contains("A gray square"), "{described:?}");
    assert!(server.run(&["suggestions", "--json"]).out.is_empty());
    let nobody = server.run(&["suggestions", "block", "friend"]);
    assert_eq!(nobody.code, 2, "{nobody:?}");
    let unknown = server.run(&["suggestions", "accept", "5"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
}
