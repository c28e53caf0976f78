//! Descriptions in bulk.

use crate::server::Server;

#[test]
fn an_import_sets_what_differs_and_reports_each_line_that_fails() {
    let server = Server::start();
    let (one, two) = (server.tweet_image(1), server.tweet_image(2));
    server.run(&["describe", &one, "A square"]);
    server.run(&[
        "describe",
        &two,
        "A square",
        "--extended",
        "Not what the file says",
        "--lang",
        "es",
    ]);
    let csv = format!(
        "media_id,lang,alt_text,extended,decorative\n{one},und,A square,,\n{one},de,Ein Quadrat,\
         Grau.,\n{two},,,,true\n{two},es,A square,,\nx,,A,,\n5,,A stranger's,,\n{two},fr,,,\n"
    );
    server.write("rows.csv", csv);
    let dry = server.run(&["import", "rows.csv", "--dry-run"]);
    assert_eq!(dry.out, "3 would be set, 1 are equal already, 3 would fail\n", "{dry:?}");
    assert!(!server.run(&["describe", &two]).out.contains("decorative"), "nothing is changed");
    let first = server.run(&["import", "rows.csv"]);
    assert_eq!(
        (first.code, first.out.as_str()),
        (1, "3 set, 1 equal already, 3 failed\n"),
        "{first:?}"
    );
    for text in ["rows.csv, line 6: media_id is `x`", "line 7: ", "line 8: it has neither"] {
        assert!(first.err.contains(text), "{text}: {first:?}");
    }
    let again = server.run(&["import", "rows.csv", "--json"]).json();
    let all = again.last().expect("a report");
    assert_eq!((&all["set"], &all["equal"]), (&0.into(), &4.into()), "{again:?}");
    assert_eq!((&again[0]["line"], again.len()), (&6.into(), 4), "{again:?}");
    assert!(server.run(&["describe", &one, "--lang", "de"]).out.contains("Grau."));
}

#[test]
fn an_import_stops_where_no_line_can_succeed() {
    let server = Server::start();
    server.write("rows.jsonl", "{\"media_id\":\"5\",\"alt_text\":\"A\"}\n".repeat(3));
    let mut wrong = server.command_at(&server.address, &["import", "rows.jsonl"]);
    wrong.env("BIRDHOUSE_CONSUMER_SECRET", "another");
    let ran = crate::server::Ran::of(wrong.output().expect("it runs"));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert_eq!(ran.err.matches("(HTTP 401").count(), 1, "{ran:?}");
    server.write("other.csv", "a,b\n");
    assert_eq!(server.run(&["import", "other.csv"]).code, 2);
}

#[test]
fn what_is_exported_is_imported_elsewhere_as_it_was() {
    let server = Server::start();
    let (one, two) = (server.tweet_image(1), server.tweet_image(2));
    server.run(&["describe", &one, "A square, \"gray\""]);
    server.run(&["describe", &one, "Zwei\nZeilen", "--lang", "de", "--extended", "Mehr"]);
    server.run(&["describe", &two, "--decorative"]);
    let exported = server.run(&["export"]);
    assert_eq!((exported.code, exported.err.as_str()), (0, ""), "{exported:?}");
    let heading = "media_id,lang,alt_text,extended,decorative,origin,updated_at,url\n";
    assert!(exported.out.starts_with(heading), "{exported:?}");
    let json = server.run(&["export", "--format", "jsonl"]).json();
    assert_eq!(json.len(), 3, "{json:?}");
    assert_eq!(json[0]["media_id"], *two, "newest first");
    server.write("rows.csv", &exported.out);
    let equal = server.run(&["import", "rows.csv"]);
    assert_eq!(equal.out, "0 set, 3 equal already, 0 failed\n", "{equal:?}");
    server.run(&["describe", &one, "--delete", "--lang", "de"]);
    let restored = server.run(&["import", "rows.csv"]);
    assert_eq!(restored.out, "1 set, 2 equal already, 0 failed\n", "{restored:?}");
    let again = server.run(&["export"]);
    let words = |csv: &str| csv.lines().map(str::len).sum::<usize>();
    assert_eq!(words(&again.out), words(&exported.out), "{again:?}");
}

#[test]
fn what_has_no_column_stays_as_it_is() {
    let server = Server::start();
    let id = server.tweet_image(1);
    server.run(&["describe", &id, "A square", "--extended", "It is gray."]);
    server.write("rows.csv", format!("media_id,alt_text\n{id},A tile\n"));
    let ran = server.run(&["import", "rows.csv"]);
    assert_eq!(ran.out, "1 set, 0 equal already, 0 failed\n", "{ran:?}");
    let found = server.run(&["describe", &id]);
    assert!(found.out.contains("A tile\n") && found.out.contains("It is gray."), "{found:?}");
    server.write("rows.csv", format!("media_id,alt_text,extended\n{id},A tile,\n"));
    server.run(&["import", "rows.csv"]);
    assert!(!server.run(&["describe", &id]).out.contains("It is gray."), "an empty cell removes");
}

#[test]
fn undescribed_media_are_exported_with_a_url_and_described_in_that_file() {
    let server = Server::start();
    let (one, two) = (server.tweet_image(1), server.tweet_image(2));
    server.run(&["describe", &one, "A square"]);
    let exported = server.run(&["export", "--filter", "undescribed"]);
    let row = exported.out.lines().nth(1).expect("a row");
    assert_eq!(exported.out.lines().count(), 2, "{exported:?}");
    assert!(row.starts_with(&format!("{two},und,,,false,,,http")), "{row}");
    server.write("rows.csv", &exported.out);
    let ran = server.run(&["import", "rows.csv"]);
    assert_eq!(ran.out, "0 set, 1 equal already, 0 failed\n", "nobody filled it in: {ran:?}");
    let filled = exported.out.replace(",und,,", ",und,A tile,");
    server.write("rows.csv", filled);
    let ran = server.run(&["import", "rows.csv"]);
    assert_eq!(ran.out, "1 set, 0 equal already, 0 failed\n", "{ran:?}");
}

#[test]
fn an_id_that_a_spreadsheet_rounded_is_told_with_its_remedy() {
    let server = Server::start();
    server.write("rows.csv", "media_id,alt_text\n2.12567E+18,A\n2125670000000000000,B\n");
    let ran = server.run(&["import", "rows.csv"]);
    assert_eq!(ran.out, "0 set, 0 equal already, 2 failed\n", "{ran:?}");
    assert_eq!(ran.err.matches("import that column as text").count(), 2, "{ran:?}");
}
