//! Files, their descriptions and a Tweet.

use crate::server::{Server, png, video};

#[test]
fn images_are_uploaded_described_and_tweeted_in_the_order_given() {
    let server = Server::start();
    for (name, gray) in [("b.png", 1), ("a.png", 2), ("c.png", 3)] {
        png(server.dir(), name, gray);
    }
    server.write("alt.csv", "file,alt_text\na.png,\"Two, really\"\nb.png,One\n");
    let tweet = ["--alt-from", "alt.csv", "--tweet", "Hello", "--json"];
    let ran = server.run(&[&["upload", "b.png", "[ac].png"], &tweet[..]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let lines = ran.json();
    let files: Vec<&str> = lines[..3].iter().map(|line| line["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["b.png", "a.png", "c.png"]);
    assert_eq!(lines[1]["descriptions"][0]["alt_text"], "Two, really");
    assert_eq!(lines[2]["descriptions"].as_array().map(Vec::len), Some(0));
    let tweet = &server.timeline()[0];
    assert_eq!(tweet["id_str"], lines[3]["tweet_id"]);
    let media = tweet["extended_entities"]["media"].as_array().expect("media");
    let posted: Vec<_> = media.iter().map(|one| (&one["id_str"], &one["ext_alt_text"])).collect();
    let expected = [(0, "One".into()), (1, "Two, really".into()), (2, serde_json::Value::Null)];
    for ((id, alt), (at, text)) in posted.into_iter().zip(expected) {
        assert_eq!((id, alt), (&lines[at]["media_id"], &text));
    }
}

#[test]
fn without_a_terminal_nothing_is_asked_and_only_results_are_printed() {
    let server = Server::start();
    png(server.dir(), "a.png", 1);
    let ran = server.run(&["upload", "a.png"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(ran.out.ends_with("  a.png  undescribed\n"), "{ran:?}");
    let ran = server.run(&["upload", "a.png", "--alt", "A gray\nsquare"]);
    assert!(ran.out.ends_with("  a.png  \"A gray square\"\n"), "{ran:?}");
}

#[test]
fn a_gif_and_a_video_are_processed_before_they_are_reported() {
    let server = Server::start();
    let dir = server.dir();
    video(dir, "v.mp4", 0);
    let gif = std::process::Command::new("ffmpeg")
        .current_dir(dir)
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "v.gif"])
        .status();
    assert!(gif.expect("ffmpeg runs").success());
    let ran = server.run(&["upload", "v.mp4", "--tweet", "A video", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()[0]["kind"], "video");
    let ran = server.run(&["upload", "v.gif", "--alt", "Bars", "--tweet", "A GIF", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()[0]["kind"], "animated_gif");
    let media = &server.timeline()[0]["extended_entities"]["media"][0];
    assert_eq!((&media["type"], &media["ext_alt_text"]), (&"animated_gif".into(), &"Bars".into()));
}

#[test]
fn what_cannot_be_uploaded_is_reported_and_the_rest_is() {
    let server = Server::start();
    png(server.dir(), "a.png", 1);
    server.write("broken.png", b"\x89PNG\r\n\x1a\nnothing more");
    server.write("notes.txt", "hello");
    server.write("broken.mp4", [&b"\0\0\0\x18ftypmp42"[..], &[0; 100]].concat());
    let files = ["upload", "notes.txt", "broken.png", "a.png", "missing.png", "broken.mp4"];
    let ran = server.run(&files);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
    let expected = [
        "notes.txt: neither an image",
        "broken.png: media type unrecognized",
        "missing.png: No such file",
        "broken.mp4: ",
        "remedy: ",
    ];
    for text in expected {
        assert!(ran.err.contains(text), "{text}: {ran:?}");
    }
    assert!(server.records().is_empty(), "what is refused for good is not resumed");
    let ran = server.run(&[&files[..], &["--json"]].concat());
    let lines = ran.json();
    assert_eq!((ran.code, lines.len(), ran.err.as_str()), (1, 5, ""), "{ran:?}");
    assert_eq!(lines[1]["error"]["status"], 400);
    assert!(lines[0]["error"]["cure"].as_str().unwrap().contains("WebP"), "{lines:?}");
}

#[test]
fn wrong_arguments_and_wrong_credentials_are_told_apart() {
    let server = Server::start();
    png(server.dir(), "a.png", 1);
    video(server.dir(), "v.mp4", 0);
    for wrong in [
        &["upload", "*.webp"][..],
        &["upload", "a.png", "v.mp4", "--tweet", "x"],
        &["upload", "a.png", "v.mp4", "--alt", "x"],
        &["upload", "a.png", "--alt-from", "missing.csv"],
        &["upload", "a.png", "--alt", "x", "--decorative"],
        &["upload", "a.png", "--alt", "x", "--lang", "no language"],
        &["upload", "a.png", "--extended", "x"],
        &["upload"],
    ] {
        let ran = server.run(wrong);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong:?}: {ran:?}");
    }
    let mut wrong = server.command_at(&server.address, &["upload", "a.png"]);
    wrong.env("BIRDHOUSE_ACCESS_TOKEN_SECRET", "another");
    let ran = crate::server::Ran::of(wrong.output().expect("it runs"));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("Could not authenticate you"), "{ran:?}");
    assert!(ran.err.contains("`birdhouse profile add`"), "{ran:?}");
    let ran = crate::server::Ran::of(server.anonymous(&["upload", "a.png"]).output().unwrap());
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("there is no profile `default`"), "{ran:?}");
}

#[test]
fn an_oauth2_token_uploads_describes_and_tweets_too() {
    let server = Server::start();
    png(server.dir(), "a.png", 1);
    let bytes = video(server.dir(), "v.mp4", 3 * 1024 * 1024);
    let token = server.oauth2_token();
    let run = |arguments: &[&str]| {
        let mut command = server.anonymous(arguments);
        command.env("BIRDHOUSE_URL", format!("http://{}", server.address));
        command.env("BIRDHOUSE_BEARER_TOKEN", &token);
        crate::server::Ran::of(command.output().expect("it runs"))
    };
    let ran = run(&["upload", "a.png", "--alt", "A square", "--tweet", "Hello", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let tweet = &server.timeline()[0];
    assert_eq!(tweet["id_str"], ran.json()[1]["tweet_id"]);
    assert_eq!(tweet["extended_entities"]["media"][0]["ext_alt_text"], "A square");
    let ran = run(&["upload", "v.mp4", "--tweet", "Hello again"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(server.has_stored(&bytes));
}

#[test]
fn what_a_server_requires_of_descriptions_is_told() {
    let server = Server::start_with_settings("[alt_text_policy]\nmode = \"remind\"\n");
    png(server.dir(), "a.png", 1);
    let ran = server.run(&["upload", "a.png", "--tweet", "Hello", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lacking = ran.json()[1]["lacking"].as_str().map(str::to_owned);
    assert!(lacking.is_some_and(|lacking| lacking.starts_with("missing; media_id=")), "{ran:?}");
    let ran = server.run(&["upload", "a.png", "--tweet", "Hello again"]);
    let told = "the Tweet is posted, but a.png has no alt text (policy: remind)";
    assert!(ran.err.contains(told), "{ran:?}");
    let server = Server::start_with_settings("[alt_text_policy]\nmode = \"require\"\n");
    png(server.dir(), "a.png", 1);
    let ran = server.run(&["upload", "a.png", "--tweet", "Hello"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("has no alt text") && ran.err.contains("--alt-from"), "{ran:?}");
    let ran = server.run(&["upload", "a.png", "--alt", "A gray square", "--tweet", "Hello"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
}

#[test]
fn several_files_are_counted_and_what_is_only_described_is_told_once() {
    let server = Server::start();
    for (name, gray) in [("a.png", 1), ("b.png", 2)] {
        png(server.dir(), name, gray);
    }
    server.write("alt.csv", "file,alt_text\na.png,A square\nc,C\nd,D\ne,E\nf,F\n");
    let ran = server.run(&["upload", "a.png", "b.png", "--alt-from", "alt.csv"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2), "{ran:?}");
    for text in [
        "warning: 4 files are described, but not uploaded: c, d, e and 1 more\n",
        "2 uploaded, 1 described\n",
        "No Tweet shows them: the server deletes them in about ",
    ] {
        assert!(ran.err.contains(text), "{text}: {ran:?}");
    }
}

#[test]
fn a_file_that_is_uploaded_and_not_described_is_told_how() {
    let server = Server::start();
    png(server.dir(), "a.png", 1);
    let ran = server.run(&["upload", "a.png", "--alt", &"long ".repeat(1000)]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let told = "describes it; this command again would upload it twice";
    assert!(ran.err.contains("`birdhouse describe ") && ran.err.contains(told), "{ran:?}");
}
