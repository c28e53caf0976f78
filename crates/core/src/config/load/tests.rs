//! Which settings are taken, and what is said of those that are not.

use super::*;
use birdhouse_domain::rate_table::TABLE;

const EXAMPLE: &str = include_str!("../../../../../birdhouse.example.toml");

fn refusal(text: &str) -> String {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("birdhouse.toml");
    std::fs::write(&path, text).unwrap();
    let error = load(Layer::default(), Some(&path)).unwrap_err().to_string();
    error.replace(&path.display().to_string(), "FILE")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_refused_setting_is_named_with_its_value_and_what_is_right() {
    let cases = [
        (
            "log = 'inof'",
            "log: `inof` is none of the levels off, error, warn, info, debug, \
                          trace; did you mean `info`?",
        ),
        (
            "log = 'warn,birdhouse=loud'",
            "log: `loud` is none of the levels off, error, warn, \
          info, debug, trace; such as `info`, or `warn,birdhouse=debug` for more of one part",
        ),
        ("media_life_seconds = 0", "media_life_seconds: 0 is too small; the smallest value is 1"),
        (
            "media_life_seconds = 9223372036854775807",
            "media_life_seconds: 9223372036854775807 is too large; the largest value is 3153600000",
        ),
        (
            "trusted_proxies = ['10.0.0.0/8']",
            "FILE: line 1: trusted_proxies: write single IP addresses, such as [\"10.0.0.1\"]; \
             networks are not supported",
        ),
        (
            "media_cache_seconds = 'long'",
            "FILE: line 1: media_cache_seconds: write a whole number from 0 on, without quotes",
        ),
        (
            "media_life_seconds = '1 day'",
            "FILE: line 1: media_life_seconds: write a whole number, without quotes",
        ),
        ("rate_limits = 'on'", "FILE: line 1: rate_limits: write true or false, without quotes"),
        (
            "trusted_proxies = '10.0.0.1'",
            "FILE: line 1: trusted_proxies: write single IP addresses, such as [\"10.0.0.1\"]; \
             networks are not supported",
        ),
        (
            "outbound_allow = '10.0.0.0/8'",
            "FILE: line 1: outbound_allow: write a list of networks, such as [\"10.0.0.0/8\"]",
        ),
        ("log = 1", "FILE: line 1: log: write a text in quotes"),
        ("data_dir = 1", "FILE: line 1: data_dir: write a path in quotes"),
        (
            "limits = 5",
            "FILE: line 1: limits: write the name in brackets on a line of its own, and its \
             settings below",
        ),
        (
            "[rate_figures]\nmetdata = 5",
            "rate_figures: `metdata` is no rate window; did you mean `metadata`?",
        ),
        (
            "[rate_figures]\nbanana = 5",
            "rate_figures: `banana` is no rate window; birdhouse.example.toml lists every one",
        ),
        (
            "blob_url = 'file://server/blobs'",
            "blob_url: `file://server/blobs` must be file:PATH, such as file:/srv/blobs; object \
             stores are not available yet",
        ),
        ("[limits]\nrequests = 0", "limits.requests: 0 is too small; the smallest value is 1"),
        (
            "listen = 'banana'",
            "FILE: line 1: listen: write an IP address and a port, such as \
                               127.0.0.1:8080",
        ),
        (
            "\nlisten = 8080",
            "FILE: line 2: listen: write an IP address and a port, such as \
                             127.0.0.1:8080",
        ),
        (
            "database_url = 'sqlite::memory:'",
            "database_url: `sqlite::memory:` keeps nothing; \
          name a file, such as sqlite:birdhouse.db",
        ),
        (
            "database_url = 'mysql://u:secret@h'",
            "database_url: must start with sqlite: or \
          postgres://, such as sqlite:birdhouse.db",
        ),
        (
            "public_url = 'https://a.example/b/'",
            "public_url: `https://a.example/b` has a path, \
          but clients sign paths as they request them: give Birdhouse a host of its own, such \
          as `https://a.example`",
        ),
        ("public_url = 'https://'", "public_url: `https:` does not start with http:// or https://"),
        ("lisetn = '127.0.0.1:1'", "FILE: line 1: unknown field `lisetn`; did you mean `listen`?"),
        (
            "valkey_url = 'redis://127.0.0.1'",
            "FILE: line 1: unknown field `valkey_url`; \
          birdhouse.example.toml lists every setting",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn the_example_has_every_setting_with_its_default() {
    let is_setting = |line: &&str| line.starts_with('[') || line.contains(" = ");
    let lines = EXAMPLE.lines().filter_map(|line| line.strip_prefix("# ")).filter(is_setting);
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut example: Layer = toml::from_str(&text).unwrap();
    // Those of single apps have no defaults.
    example.alt_text_policy.iter_mut().for_each(|policy| policy.apps.clear());
    let absent = format!("{example:?}").matches("None").count();
    assert_eq!(absent, 1, "only the worker is no setting of the file: {example:?}");
    for name in example.rate_figures.take().unwrap().keys() {
        assert!(TABLE.iter().any(|row| row.name == name), "{name}");
    }
    let [default, example] = [Layer::default(), example]
        .map(|file| format!("{:?}", resolve(Layer::default(), file).unwrap()));
    assert_eq!(example, default);
    let words = || EXAMPLE.split(|c: char| !c.is_alphanumeric() && c != '_');
    for row in &TABLE {
        assert!(words().any(|word| word == row.name), "{} is not listed", row.name);
    }
}

#[test]
fn filters_and_urls_that_are_right_are_taken() {
    for log in ["info", "WARN", "warn,birdhouse=debug", "info,birdhouse::access=off", ""] {
        let layer = Layer { log: Some(log.to_owned()), ..Layer::default() };
        assert!(resolve(layer, Layer::default()).is_ok(), "{log}");
    }
    let url = |listen: &str| {
        let listen = Some(listen.parse().unwrap());
        resolve(Layer { listen, ..Layer::default() }, Layer::default()).unwrap().public_url
    };
    assert_eq!(url("0.0.0.0:8080"), "http://127.0.0.1:8080");
    assert_eq!(url("[::]:80"), "http://[::1]:80");
    assert_eq!(url("192.0.2.1:8080"), "http://192.0.2.1:8080");
}

#[test]
fn a_file_url_with_two_slashes_is_a_path_from_the_root() {
    for url in ["file:/srv/blobs", "file:///srv/blobs"] {
        assert_eq!(blob_dir(Some(url.to_owned()), Path::new("")).unwrap(), Path::new("/srv/blobs"));
    }
}

#[test]
fn the_url_has_the_port_that_was_bound_unless_it_is_set() {
    let at = |address: &str| address.parse::<SocketAddr>().unwrap();
    let layer = Layer { listen: Some(at("127.0.0.1:0")), ..Layer::default() };
    let mut config = resolve(layer.clone(), Layer::default()).unwrap();
    config.set_bound(at("127.0.0.1:40001"), None);
    assert_eq!(config.public_url, "http://127.0.0.1:40001");
    let public_url = Some("https://a.example".to_owned());
    let mut config = resolve(Layer { public_url, ..layer }, Layer::default()).unwrap();
    config.set_bound(at("127.0.0.1:40001"), None);
    assert_eq!(config.public_url, "https://a.example");
}
